import HSS
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("Many UEs at once over wires that lose, delay and repeat")
struct InterleavingTests {
    @Test(
        "Every REGISTER is answered, states agree, and in the end nothing is left",
        arguments: 1...3 as ClosedRange<UInt64>)
    func wander(seed: UInt64) throws {
        var options = CoreWorld.Options()
        options.seed = seed
        let core = try CoreWorld(options)
        core.world.faults.latencyMilliseconds = 3
        core.world.faults.rule = { flight in
            // The scripted UEs do not repeat themselves: Gm delays, the core does worse.
            let isGm = [flight.from, flight.to].contains { $0.description.hasPrefix("10.45.") }
            return isGm ? .deliver : nil
        }
        core.world.faults.lossPercent = 2
        core.world.faults.delayPercent = 20
        core.world.faults.duplicatePercent = 5
        core.world.faults.delayMilliseconds = 400
        let chance = VirtualRandomness(seed: seed &* 77)
        let ues = try (1...6).map { number in
            WanderingUE(try core.ue(try core.subscribe(number), host: UInt8(number)), chance)
        }
        for _ in 0..<800 {
            core.world.advance(milliseconds: 200)
            for ue in ues { try ue.step() }
            expectAgreement(core)
        }
        let statuses = ues.flatMap(\.statuses)
        #expect(statuses.count { $0 == 200 } > 20)
        // De-registration of who is not registered is 403 at the HSS or 481 here; a wrong answer 403; nothing else.
        #expect(Set(statuses).isSubset(of: [200, 401, 403, 481]), "\(Set(statuses))")
        core.expectNothingLeft()
        for id in 1...6 as ClosedRange<Int64> {
            #expect(core.store.registration(of: id)?.state == .notRegistered)
        }
    }

    /// A UE has one contact at the S-CSCF, and the P-CSCF keeps none the S-CSCF does not have for longer than a message
    /// takes (which is why only counts are compared here).
    private func expectAgreement(_ core: CoreWorld) {
        let impis = core.registrations().compactMap { row -> String? in
            if case .text(let impi)? = row["impi"] { impi } else { nil }
        }
        #expect(Set(impis).count == impis.count)
        #expect(core.registrationsAtPCSCF().count <= 6)
    }
}
