import Glibc
import Testing

/// `SEEDS` and `FIRST` in the environment run others, and more of them: `make simulate`.
@Suite("TS 33.203 §7: sets under loss, disorder and sudden ends")
struct SecuritySimulationTests {
    private static func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }

    /// Those a usual run has, or those that are asked for.
    static func seeds(_ usual: UInt64) -> [UInt64] {
        let first = number("FIRST") ?? 1
        return Array(first..<first + (number("SEEDS") ?? usual))
    }

    @Test(
        "The kernel agrees at every step, nothing is in the clear, all works in the end and ends", arguments: seeds(2))
    func phones(seed: UInt64) throws {
        let simulation = try SecuritySimulation(seed: seed)
        try simulation.run()
        let done = simulation.phones.map(\.done)
        #expect(done.reduce(0) { $0 + $1.calls } > 0 && done.allSatisfy { $0.registered > 0 })
    }

    @Test("The P-CSCF is killed at any moment and comes back: sets and registrations go on", arguments: seeds(2))
    func restarts(seed: UInt64) throws {
        try SecuritySimulation(seed: seed, .init(phones: 20, steps: 50, restarts: 15)).run()
    }

    /// Every moment where seeds are asked for, else some.
    static let moments = Array(stride(from: 1, through: 150, by: number("SEEDS") == nil ? 15 : 1))

    @Test(
        "Killed at this packet of two phones' registrations, calls and texts, it comes back and all goes on",
        arguments: moments)
    func killed(at packet: Int) throws {
        let simulation = try SecuritySimulation(seed: UInt64(packet), .init(phones: 2, steps: 0))
        try simulation.run(killingAt: packet)
    }

    @Test("A seed is a run: the same again")
    func repeats() throws {
        let digests = try (0..<2).map { _ in
            let simulation = try SecuritySimulation(seed: 77, .init(phones: 8, steps: 30, restarts: 10))
            try simulation.run()
            return simulation.digest
        }
        #expect(digests[0] == digests[1])
    }
}
