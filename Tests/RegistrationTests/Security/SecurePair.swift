import IPsec
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@testable import PCSCF

/// Two phones with IPsec, registered: Alice calls, Bob is called.
final class SecurePair {
    let world: SecureWorld
    let alice: SecurePhone
    let bob: SecurePhone
    var core: CoreWorld { world.core }

    init(_ kind: LinkKind = .udp) throws {
        world = try SecureWorld(calls: true)
        alice = SecurePhone(try world.ue(1), kind)
        bob = SecurePhone(try world.ue(2), kind)
        try alice.register()
        try bob.register()
        bobAnswers()
    }

    /// Bob rings, answers, and agrees to everything after.
    func bobAnswers() {
        bob.phone.answers = { [unowned self] request in
            let phone = self.bob.phone
            return switch request.method {
            case .invite where request.toTag == nil:
                [phone.response(180, to: request), phone.response(200, to: request)]
            case .ack: []
            default: [phone.response(200, to: request)]
            }
        }
        alice.phone.answers = { [unowned self] in $0.method == .ack ? [] : [self.alice.phone.response(200, to: $0)] }
    }

    /// A call that stands, and Bob's side of it.
    func establish() throws -> (call: PhoneDialog, back: PhoneDialog) {
        let call = alice.phone.call(bob.phone.uri)
        let statuses = alice.phone.statuses(.invite)
        let answer = alice.phone.responses.last { $0.method == .invite && $0.status == 200 }
        try call.establish(try #require(answer, "\(statuses)"))
        call.acknowledge()
        core.world.settle()
        #expect(bob.requests(.ack).count == 1)
        return (call, try PhoneDialog(bob.phone, answering: try #require(bob.requests(.invite).last?.message)))
    }

    /// A text either way; the statuses.
    func texts() -> [Int] { [text(alice, bob), text(bob, alice)] }

    func text(_ from: SecurePhone, _ to: SecurePhone) -> Int {
        let before = from.phone.statuses(.message).count
        _ = from.phone.initial(
            "MESSAGE", to: to.phone.uri, callID: "text-\(from.arrivals.count)", extra: ["Content-Type: text/plain"],
            body: "hello")
        core.world.settle()
        let answers = from.phone.statuses(.message)
        return answers.count > before ? answers.last ?? 0 : 0
    }

    /// Both register again, challenged: each has a new set beside the one it had.
    func reauthenticate() throws {
        try world.restartSCSCF()
        try alice.registerAgain()
        try bob.registerAgain()
    }

    /// The protected client ports requests came to Bob from.
    func ports(_ method: SIPMethod) -> [UInt16] { bob.requests(method).map(\.from.port) }

    var clearTraffic: Int { world.clearTraffic(of: alice.secure) + world.clearTraffic(of: bob.secure) }
}

extension CoreWorld {
    /// The P-CSCF's connections with phones.
    var gmConnections: Int {
        let network = pcscfNode.network
        return network.connections.compactMap { network.localAddress(of: $0)?.port }.count {
            $0 == Self.pcscfAddress.port || (5_100...5_108).contains($0)
        }
    }
}

extension SecureWorld {
    /// The S-CSCF forgets, and so challenges the next REGISTER.
    func restartSCSCF() throws {
        core.kill(.scscf)
        try core.revive(.scscf)
        core.world.advance(milliseconds: 40_000)
    }

    var table: SATable? { core.pcscf.assumeIsolated { $0.security?.table } }

    /// What a set of this user's is at.
    func phases(_ ue: SecureUE) -> [SALifecycle.Phase] {
        table?.life(of: ue.ue.subscriber.impi)?.entries.map(\.phase) ?? []
    }

    /// The kernel has what the table says, and nothing else.
    func expectAgreement(_ location: SourceLocation = #_sourceLocation) {
        guard let table else { return }
        #expect(
            Set(kernel.held.keys) == Set(table.all.flatMap { table.flows(of: $0).map(\.stateID) }), "states",
            sourceLocation: location)
        let wanted = Set(table.rules.map { ModelKernel.PolicyKey(selector: $0.selector, direction: $0.direction) })
        let found = Set(kernel.rules.filter { $0.value.action != .block }.keys)
        #expect(found == wanted, "policies", sourceLocation: location)
    }

    /// After the longest life and every linger the P-CSCF and the kernel hold nothing of any phone.
    func expectNothingLeft(_ location: SourceLocation = #_sourceLocation) {
        core.world.advance(milliseconds: 7_800_000)
        #expect(kernel.held.isEmpty && kernel.protecting == 0, "kernel", sourceLocation: location)
        let left = core.pcscf.assumeIsolated {
            [
                $0.security?.table.count, $0.security?.timers.count, $0.registrations.count, $0.regEvents.count,
                $0.stack.counts.transactions,
            ]
        }
        #expect(left == [0, 0, 0, 0, 0], "sets, timers, registrations, …", sourceLocation: location)
        #expect(core.gmConnections == 0, "connections", sourceLocation: location)
        #expect(core.pcscfNode.timers.running == 0, "\(core.pcscfNode.timers.tokens)", sourceLocation: location)
    }
}
