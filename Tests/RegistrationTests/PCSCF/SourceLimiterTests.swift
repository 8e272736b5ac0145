import RoleKit
import Testing

@testable import PCSCF

@Suite("Per-source limit on unauthenticated REGISTER")
struct SourceLimiterTests {
    static let source = SocketAddress(192, 0, 2, 1, port: 5060)
    static let start = Moment(nanoseconds: 1_000_000_000)

    private func admits(_ limiter: inout SourceLimiter, _ source: SocketAddress, at now: Moment) -> Bool {
        limiter.admit(source, at: now)
    }

    @Test("A burst passes, one more does not, and a second later the rate's worth passes again")
    func refills() {
        var limiter = SourceLimiter(PCSCFConfig.RegisterLimit(perSecond: 2, burst: 5))
        for _ in 0..<5 { #expect(admits(&limiter, Self.source, at: Self.start)) }
        #expect(!admits(&limiter, Self.source, at: Self.start))
        let later = Self.start.advanced(byMilliseconds: 1000)
        #expect(admits(&limiter, Self.source, at: later))
        #expect(admits(&limiter, Self.source, at: later))
        #expect(!admits(&limiter, Self.source, at: later))
    }

    @Test("Another port of the same address is the same source; another address is not")
    func countsAddresses() {
        var limiter = SourceLimiter(PCSCFConfig.RegisterLimit(perSecond: 1, burst: 1))
        #expect(admits(&limiter, Self.source, at: Self.start))
        #expect(!admits(&limiter, Self.source.with(port: 9), at: Self.start))
        #expect(admits(&limiter, SocketAddress(192, 0, 2, 2, port: 5060), at: Self.start))
    }

    @Test("One source more than the table holds does not grow it")
    func isBounded() {
        var limiter = SourceLimiter(PCSCFConfig.RegisterLimit(perSecond: 1, burst: 2, sources: 4))
        for host in 1...5 { _ = admits(&limiter, SocketAddress(192, 0, 2, UInt8(host), port: 1), at: Self.start) }
        #expect(limiter.count <= 4)
    }

    @Test("Loopback and a rate of 0 are not limited")
    func exemptions() {
        var limiter = SourceLimiter(PCSCFConfig.RegisterLimit(perSecond: 1, burst: 1))
        var none = SourceLimiter(PCSCFConfig.RegisterLimit(perSecond: 0, burst: 1))
        for _ in 0..<10 {
            #expect(admits(&limiter, SocketAddress(127, 0, 0, 1, port: 1), at: Self.start))
            #expect(admits(&none, Self.source, at: Self.start))
        }
    }

    @Test("Sources beyond the table share one allowance, and come back once the table has room")
    func sharesBeyondTheTable() {
        var limiter = SourceLimiter(PCSCFConfig.RegisterLimit(perSecond: 1, burst: 1, sources: 1))
        #expect(admits(&limiter, Self.source, at: Self.start))
        let others = (2...4).map { SocketAddress(192, 0, 2, UInt8($0), port: 1) }
        let admitted = others.map { admits(&limiter, $0, at: Self.start) }
        #expect(admitted == [true, false, false])
        let later = Self.start.advanced(byMilliseconds: 1000)
        #expect(admits(&limiter, others[2], at: later))
        #expect(limiter.count == 1)
    }

    @Test("An IPv6 source is its /64")
    func ipv6Prefix() {
        var limiter = SourceLimiter(PCSCFConfig.RegisterLimit(perSecond: 1, burst: 1))
        #expect(admits(&limiter, SocketAddress(family: .v6, high: 7, low: 1, port: 1), at: Self.start))
        #expect(!admits(&limiter, SocketAddress(family: .v6, high: 7, low: 2, port: 1), at: Self.start))
        #expect(admits(&limiter, SocketAddress(family: .v6, high: 8, low: 1, port: 1), at: Self.start))
    }

    @Test("A full table is gone through for room once a second, not for each new source of a flood")
    func tidiesSeldom() {
        var limiter = SourceLimiter(PCSCFConfig.RegisterLimit(perSecond: 10, burst: 1, sources: 2))
        let sources = (1...9).map { SocketAddress(192, 0, 2, UInt8($0), port: 1) }
        for source in sources[..<3] { _ = admits(&limiter, source, at: Self.start) }
        // Their buckets are full again after 100 ms, but nobody looks before the second is over.
        let soon = Self.start.advanced(byMilliseconds: 999)
        _ = admits(&limiter, sources[3], at: soon)
        #expect(!admits(&limiter, sources[4], at: soon))
        let later = Self.start.advanced(byMilliseconds: 1000)
        #expect(admits(&limiter, sources[5], at: later))
        #expect(admits(&limiter, sources[6], at: later))
        #expect(limiter.count == 2)
    }

    @Test("A flood of 200,000 forged sources is judged in a moment")
    func floodIsCheap() {
        var limiter = SourceLimiter(PCSCFConfig.RegisterLimit(perSecond: 20, burst: 100))
        let clock = ContinuousClock()
        let spent = clock.measure {
            for number in 0..<200_000 {
                let source = SocketAddress(family: .v4, high: 0, low: 0x0A00_0000 + UInt64(number), port: 5060)
                _ = admits(&limiter, source, at: Self.start.advanced(byMilliseconds: number / 100))
            }
        }
        #expect(limiter.count == 10_000)
        // With a look through the table for each it would be minutes.
        #expect(spent < .seconds(20))
    }
}
