import IPsec
import Kernel
import LabHarness
import TestSupport
import Testing

/// A P-CSCF's table of sets and a kernel with ESP, kept in step: run by `Tests/Lab/run` in the lab's kernel.
@Suite("ESP, many sets", .enabled(if: Namespace.hasESP, "needs a kernel with ESP: Tests/Lab/run"), .serialized)
struct ESPManySetsTests {
    /// UEs that register, register anew and leave, each step asked of the kernel at once.
    private struct World {
        let kernel: XFRMSocket
        var random: SeededRandom
        var table: SATable
        var now = 0
        var timers: [(at: Int, id: UInt32)] = []
        /// The set each UE registered with last, and how many it has had.
        var current: [Int: UInt32] = [:]
        var made: [Int: Int] = [:]
        var refusals: [XFRMFailure] = []
        private let keys = SAKeys(integrity: [UInt8](1...20), encryption: [UInt8](1...16))

        init(_ kernel: XFRMSocket, seed: UInt64) {
            self.kernel = kernel
            random = SeededRandom(seed: seed)
            let settings = SATable.Settings(
                suites: ["hmac-sha-1-96/aes-cbc"].compactMap { IPsecSuite($0) }, serverPort: 5_066,
                clientPorts: [5_065, 5_067, 5_068, 5_069], maximumSets: 100_000, owner: 7)
            table = SATable(settings, seed: 1)
        }

        private mutating func perform(_ changes: SATable.Changes) {
            timers += changes.timers.map { (now + $0.milliseconds, $0.id) }
            refusals += kernel.perform(changes.requests).compactMap { $0 }
        }

        private mutating func handle(_ event: SALifecycle.Event, of ue: Int) {
            perform(table.handle(event, of: "ue\(ue)", at: now))
        }

        /// A challenge, and what becomes of it: an answer, a wrong one, or silence.
        mutating func register(_ ue: Int) throws {
            let number = made[ue, default: 0]
            made[ue] = number + 1
            let offer =
                "ipsec-3gpp;alg=hmac-sha-1-96;ealg=aes-cbc;spi-c=\(1_000 + 2 * number);spi-s=\(1_001 + 2 * number)"
                + ";port-c=\(31_800 + number % 50);port-s=31900"
            let isV6 = ue % 2 == 1
            func host(_ low: Int) -> HostAddress {
                HostAddress(isV6: isV6, high: isV6 ? 0xFD45 << 48 : 0, low: UInt64(isV6 ? low : 0x0A2D_0000 + low))
            }
            let agreement: SAAgreement
            do throws(SATable.Refusal) {
                agreement = try table.propose(
                    SARequest(
                        user: "ue\(ue)", ue: host(ue + 2), pcscf: host(1), client: try client(offer),
                        offer: [SecurityMechanism(parsing: offer)].compactMap { $0 }))
            } catch {
                return
            }
            perform(table.install(agreement, keys))
            perform(table.installed(agreement.id, isInitial: current[ue] == nil, at: now))
            switch Int.random(in: 0..<10, using: &random) {
            case 0: handle(.refused(over: agreement.id), of: ue)
            case 1: break
            default:
                handle(.registered(over: agreement.id, seconds: .random(in: 60...3_600, using: &random)), of: ue)
                handle(.received(over: agreement.id), of: ue)
                current[ue] = agreement.id
            }
        }

        private func client(_ offer: String) throws(SATable.Refusal) -> SecurityClient {
            do { return try SecurityClient([offer]) } catch { throw .noCommonSuite }
        }

        mutating func step(_ ue: Int) throws {
            now += .random(in: 0...200, using: &random)
            if current[ue] != nil && Int.random(in: 0..<4, using: &random) == 0 {
                handle(.deregistered, of: ue)
                current[ue] = nil
            } else {
                try register(ue)
            }
        }

        /// Runs the timers that are due, in their order.
        mutating func fire(upTo limit: Int? = nil) {
            let limit = limit ?? now
            let due = timers.filter { $0.at <= limit }.sorted { ($0.at, $0.id) < ($1.at, $1.id) }
            timers.removeAll { $0.at <= limit }
            for timer in due {
                now = max(now, timer.at)
                guard let user = table[timer.id]?.user else { continue }
                perform(table.handle(.timer(id: timer.id), of: user, at: now))
            }
        }

        /// Whether the kernel has what the table has, and nothing else.
        func agree() throws -> Bool {
            let sets = table.all.map(\.set)
            let states = Set(try kernel.states().map(\.id)) == Set(sets.flatMap(\.stateIDs))
            return try states
                && Set(kernel.policies().map(\.selector)) == Set(sets.flatMap { $0.flows.map(\.selector) })
        }
    }

    @Test(
        "Issue 4: 10,000 UEs register, re-register and leave in random order; kernel and table agree, then both are empty",
        arguments: [UInt64(4)])
    func many(seed: UInt64) throws {
        let node = try KeptNamespace()
        var world = World(try node.run { try XFRMSocket() }, seed: seed)
        let count = 10_000
        for ue in (0..<count).shuffled(using: &world.random) { try world.register(ue) }
        #expect(world.table.count > count * 8 / 10)
        #expect(try world.agree(), "after all have come, seed \(seed)")
        for step in 1...count / 2 {
            try world.step(.random(in: 0..<count, using: &world.random))
            if step % 100 == 0 { world.fire() }
        }
        #expect(try world.agree(), "after some have come again and some gone, seed \(seed)")
        while let last = world.timers.map(\.at).max() { world.fire(upTo: last) }
        #expect(world.refusals == [])
        #expect(world.table.count == 0)
        #expect(try world.kernel.states().isEmpty && world.kernel.policies().isEmpty)
    }
}
