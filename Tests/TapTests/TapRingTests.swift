import RoleKit
import Tap
import Testing

/// Bounds and order of the ring, and what passes through a tap.
@Suite struct TapRingTests {
    private func entry(_ number: UInt64, bytes: Int) -> TapEntry {
        TapEntry(
            time: Moment(nanoseconds: number), content: .sip([UInt8](repeating: 1, count: bytes)), direction: .sent,
            link: .udp, local: SocketAddress(127, 0, 0, 1, port: 1), remote: SocketAddress(127, 0, 0, 1, port: 2))
    }

    @Test("One entry more than the bound drops the oldest; order stays")
    func countBound() {
        var ring = TapRing(.init(entries: 3, bytes: 1_000))
        for number in 1...10 {
            ring.append(entry(UInt64(number), bytes: 10))
            #expect(ring.count == min(number, 3))
        }
        #expect(ring.entries.map(\.time.nanoseconds) == [8, 9, 10])
        #expect(ring.bytes == 30)
        #expect(ring.dropped == 7)
    }

    @Test("One byte more than the bound drops as many old entries as it takes")
    func byteBound() {
        var ring = TapRing(.init(entries: 100, bytes: 100))
        for number in 1...4 { ring.append(entry(UInt64(number), bytes: 25)) }
        #expect(ring.count == 4)
        ring.append(entry(5, bytes: 26))
        #expect(ring.entries.map(\.time.nanoseconds) == [3, 4, 5])
        #expect(ring.bytes == 76)
        ring.append(entry(6, bytes: 101))
        #expect(ring.entries.map(\.time.nanoseconds) == [3, 4, 5])
        ring.append(entry(7, bytes: 100))
        #expect(ring.entries.map(\.time.nanoseconds) == [7])
    }

    @Test("Long use in mixed sizes keeps both bounds and the newest entries")
    func longUse() {
        var ring = TapRing(.init(entries: 7, bytes: 90))
        var model: [TapEntry] = []
        for number in 0..<2_000 {
            let next = entry(UInt64(number), bytes: (number * 37) % 60)
            ring.append(next)
            model.append(next)
            while model.count > 7 || model.reduce(0, { $0 + $1.content.bytes.count }) > 90 { model.removeFirst() }
            #expect(ring.entries.map(\.time) == model.map(\.time))
        }
    }

    @Test("Events count with their texts, which a stranger may make long")
    func eventsCount() {
        var ring = TapRing(.init(entries: 100, bytes: 1_000))
        for number in 0..<50 {
            let event = TapEvent(
                text: "refused", impu: String(repeating: "u", count: 300), impi: "i", callID: "\(number % 10)")
            var entry = entry(UInt64(number), bytes: 0)
            entry.content = .event(event)
            ring.append(entry)
        }
        #expect(ring.count == 3)
        #expect(ring.bytes == 3 * 309)
    }

    @Test("A ring of no size keeps nothing")
    func noRing() {
        var ring = TapRing(.none)
        ring.append(entry(1, bytes: 0))
        #expect(ring.entries.isEmpty)
    }

    @Test("A tap counts by protocol, direction and class, and keeps messages without their secrets")
    func tapCountsAndRedacts() {
        let tap = InstanceTap(clock: StillClock())
        let here = SocketAddress(127, 0, 0, 1, port: 5060)
        let there = SocketAddress(127, 0, 0, 1, port: 4060)
        let challenge = "SIP/2.0 401 Unauthorized\r\nWWW-Authenticate: Digest ck=\"aa\"\r\n\r\n"
        tap.sip(.received, Array("REGISTER sip:a SIP/2.0\r\n\r\n".utf8), local: here, remote: there, .udp)
        tap.sip(.sent, Array(challenge.utf8), local: here, remote: there, .udp)
        tap.diameter(.sent, [1, 0, 0, 20], local: here, remote: there)
        tap.event("challenged", impu: "sip:a@b", impi: "a@b", callID: "c")
        #expect(tap.counters.sipReceived == 1)
        #expect(tap.counters.sipSent == 1)
        #expect(tap.counters.diameterSent == 1)
        #expect(tap.counters.sentByClass[4] == 1)
        #expect(tap.entries.count == 4)
        #expect(String(decoding: tap.entries[1].content.bytes, as: UTF8.self).contains("ck=\"xx\""))
    }
}

/// A clock that shows one moment.
final class StillClock: Clock {
    let now = Moment(nanoseconds: 5)
    let unixSeconds: Int64 = 0
}
