import LabWorld
import PCSCF
import RoleKit
import SCSCF
import SIP
import TestSupport
import Testing

/// Two registered phones: Alice calls, Bob is called.
final class Pair {
    let core: CoreWorld
    let alice: Phone
    let bob: Phone

    init(_ change: (inout CoreWorld.Options) -> Void = { _ in }) throws {
        core = try CallWorld.core(change)
        alice = try CallWorld.phone(1, in: core)
        bob = try CallWorld.phone(2, in: core)
    }

    /// Bob rings, answers, and agrees to everything after.
    func bobAnswers() {
        bob.answers = { [unowned bob] request in
            switch request.method {
            case .invite where request.toTag == nil: [bob.response(180, to: request), bob.response(200, to: request)]
            case .ack: []
            default: [bob.response(200, to: request)]
            }
        }
    }

    /// A call that stands.
    func establish(extra: [String] = []) throws -> PhoneDialog {
        bobAnswers()
        let call = alice.call(bob.uri, extra: extra)
        try call.establish(try #require(alice.responses.last { $0.status == 200 }, "\(alice.statuses(.invite))"))
        call.acknowledge()
        core.world.settle()
        return call
    }

    /// Alice hangs up; then nothing is left.
    func hangUp(_ call: PhoneDialog) throws {
        bobAnswers()
        call.send("BYE")
        core.world.settle()
        #expect(alice.statuses(.bye) == [200])
        try finish()
    }

    /// Both de-register, and nothing is left behind.
    func finish(_ location: SourceLocation = #_sourceLocation) throws {
        try alice.deregister()
        try bob.deregister()
        #expect(core.calls() == 0, "calls", sourceLocation: location)
        core.expectNothingLeft(location)
    }
}

extension CoreWorld {
    /// Calls the S-CSCF and the P-CSCF know of; they must agree.
    func calls() -> Int? {
        guard case .list(let served) = scscfs[0].assumeIsolated({ $0.snapshot(.calls) }),
            case .list(let passed) = pcscf.assumeIsolated({ $0.snapshot(.calls) }), served.count == passed.count
        else { return nil }
        return served.count
    }
}
