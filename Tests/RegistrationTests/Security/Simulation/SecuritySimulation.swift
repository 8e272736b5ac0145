import IPsec
import LabUE
import LabWorld
import TestSupport

@testable import PCSCF
@testable import RoleKit

/// Phones that register, call, leave, vanish, start anew and move, as a seed has it, under wires that lose, repeat and
/// delay; a P-CSCF whose sets must agree with its kernel at every step.
final class SecuritySimulation {
    struct Plan {
        var phones = 50
        var steps = 60
        /// Of a hundred steps so many kill the P-CSCF.
        var restarts = 0
    }

    /// Something is not as it must be; the seed brings it back.
    struct Violation: Error, CustomStringConvertible {
        var seed: UInt64
        var step: Int
        var what: String
        var story: [String]

        var description: String {
            "seed \(seed), step \(step): \(what)\n" + story.suffix(25).map { "  " + $0 }.joined(separator: "\n")
        }
    }

    let seed: UInt64
    let plan: Plan
    let core: CoreWorld
    let kernel: ModelKernel
    let state = ModelState()
    private(set) var phones: [SimulatedPhone] = []
    private var random: SeededRandom
    var step = 0
    var story: [String] = []
    var clearSeen = 0
    var isUp = true
    var wasKilled = false
    /// Another's, on the P-CSCF's host: nobody touches it.
    let foreign: (state: XFRMState, policy: XFRMPolicy)

    init(seed: UInt64, _ plan: Plan = Plan()) throws {
        (self.seed, self.plan) = (seed, plan)
        random = SeededRandom(seed: seed)
        let kernel = ModelKernel()
        self.kernel = kernel
        var options = CoreWorld.Options()
        options.seed = seed
        options.kernel = kernel
        options.state = state
        options.scscf = [("icscf", .list([.text("icscf.\(CoreWorld.home)")]))]
        core = try CoreWorld(options)
        let selector = XFRMSelector(
            source: CoreWorld.pcscfAddress.hostAddress, sourcePort: 0,
            destination: SocketAddress(10, 99, 0, 1, port: 0).hostAddress, destinationPort: 0, owner: 4_711)
        foreign = (
            XFRMState(
                selector: selector, spi: 300, requestID: 9, suite: IPsecSuite.all[0],
                keys: SAKeys(integrity: [1], encryption: [])),
            XFRMPolicy(selector: selector, direction: .out, action: .protect(requestID: 9))
        )
        _ = kernel.perform([.addState(foreign.state), .addPolicy(foreign.policy)])
        for number in 1...plan.phones {
            // One in four speaks TCP.
            phones.append(
                try SimulatedPhone(number, core.subscribe(number), number % 4 == 0 ? .tcp : .udp, in: core))
        }
    }

    // MARK: Running

    func run() throws {
        core.world.faults.lossPercent = 3
        core.world.faults.duplicatePercent = 3
        core.world.faults.delayPercent = 6
        core.world.faults.delayMilliseconds = 700
        core.world.faults.latencyMilliseconds = 15
        for _ in 0..<plan.steps {
            step += 1
            for _ in 0..<max(1, plan.phones / 10) { try act(phones[below(phones.count)]) }
            if chance(2) { try restartSCSCF() }
            if chance(plan.restarts) { try restartPCSCF() }
            try pass(milliseconds: chance(10) ? 240_000 : 200 + below(20_000))
        }
        try heal()
        try end()
    }

    private func act(_ phone: SimulatedPhone) throws {
        guard phone.isOn else {
            note(phone, "on")
            try phone.powerOn(expires: 600 + below(3_000))
            return phone.register()
        }
        switch below(100) {
        case ..<35:
            guard phone.isRegistered else { return phone.register() }
            let other = phones[below(phones.count)]
            note(phone, "texts \(other.number)")
            phone.text(other.uri)
        case ..<55:
            guard phone.isRegistered else { return phone.register() }
            let other = phones[below(phones.count)]
            note(phone, "calls \(other.number)")
            phone.call(other.uri, holdMilliseconds: below(60_000))
        case ..<70:
            note(phone, "registers")
            phone.register()
        case ..<78:
            note(phone, "leaves")
            phone.deregister()
        case ..<86:
            note(phone, "vanishes")
            phone.powerOff()
        case ..<96:
            note(phone, "starts anew")
            phone.powerOff()
            try phone.powerOn(expires: 600 + below(3_000))
            phone.register()
        default:
            note(phone, "moves")
            phone.powerOff()
            phone.move()
            try phone.powerOn(expires: 600 + below(3_000))
            phone.register()
        }
        try check()
    }

    func restartSCSCF() throws {
        story.append("\(step): S-CSCF starts anew")
        core.kill(.scscf)
        try core.revive(.scscf)
    }

    /// The process is gone for a while; one time in three the last it had to write down is lost.
    private func restartPCSCF() throws {
        let losesLast = chance(33)
        story.append("\(step): P-CSCF starts anew" + (losesLast ? ", its last words lost" : ""))
        if losesLast {
            state.isLosing = true
            try pass(milliseconds: below(2_000))
        }
        core.kill(.pcscf)
        isUp = false
        core.world.advance(milliseconds: below(30_000))
        state.isLosing = false
        try core.revive(.pcscf)
        isUp = true
        try check()
    }

    /// Time goes by, in pieces, and after each all agrees.
    func pass(milliseconds: Int) throws {
        let piece = max(1, milliseconds / 4)
        for _ in 0..<4 {
            core.world.advance(milliseconds: piece)
            if wasKilled { try comeBack() }
            try check()
        }
    }

    // MARK: The end

    /// Wires are good again: every phone registers, and everybody can text the next.
    func heal() throws {
        core.world.faults = WireFaults()
        for phone in phones where !phone.isOn { try phone.powerOn(expires: 3_600) }
        // What is under way ends, refreshes that have failed are tried again; who is out of it then begins anew.
        for _ in 0..<4 {
            for phone in phones { phone.register() }
            try pass(milliseconds: 400_000)
        }
        if let lost = phones.first(where: { !$0.isRegistered }) { throw violation("\(lost.number) does not register") }
        for (index, phone) in phones.enumerated() {
            let before = phone.done.texts
            phone.text(phones[(index + 1) % phones.count].uri)
            core.world.advance(milliseconds: 3_000)
            if phone.done.texts == before { throw violation("\(phone.number) does not reach the next") }
            try check()
        }
    }

    /// Everybody is gone without a word: what they had ends by itself.
    func end() throws {
        for phone in phones { phone.powerOff() }
        try pass(milliseconds: 7_800_000)
        let left = core.pcscf.assumeIsolated {
            [
                ("sets", $0.security?.table.count ?? 0), ("ends of sets", $0.security?.timers.count ?? 0),
                ("registrations", $0.registrations.count), ("subscriptions", $0.regEvents.count),
                ("secured places", $0.stack.secured.count), ("transactions", $0.stack.counts.transactions),
            ]
        }.filter { $0.1 != 0 }
        if !left.isEmpty { throw violation("left: \(left)") }
        if core.gmConnections != 0 { throw violation("connections left") }
        if core.pcscfNode.timers.running != 0 { throw violation("timers left: \(core.pcscfNode.timers.tokens)") }
        if kernel.held.count != 1 || kernel.protecting != 1 { throw violation("left in the kernel") }
        if state.values.keys.contains(where: { $0 != "flow-tokens" && $0 != "protected-ports" }) {
            throw violation("left written down: \(state.values.keys.sorted())")
        }
    }

    // MARK: Chance and story

    func below(_ bound: Int) -> Int { Int(random.next() % UInt64(max(1, bound))) }
    func chance(_ percent: Int) -> Bool { below(100) < percent }
    func note(_ phone: SimulatedPhone, _ what: String) {
        story.append("\(step): phone \(phone.number) \(what)")
    }

    func violation(_ what: String) -> Violation {
        Violation(seed: seed, step: step, what: what, story: story)
    }

    /// What tells two runs apart.
    var digest: [Int] {
        [core.world.ipsec.sealed, core.world.ipsec.clear.count, core.world.loop.jobsRun, state.changes]
            + phones.flatMap { [$0.done.registered, $0.done.texts, $0.done.calls] }
    }
}
