import LabUE
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("One datagram of a call lost, doubled or late, each at each hop")
struct OneDatagramTests {
    @Test("The datagrams the other tests take: every message on every hop of every script")
    func reference() {
        let counts = Dictionary(grouping: WireStep.all) { $0.script }.mapValues(\.count)
        #expect(
            counts == [.callerHangsUp: 34, .calleeHangsUp: 8, .reliable: 42, .cancelled: 40, .busy: 22, .message: 15])
    }

    @Test(
        "RFC 3261 §17.1.1.2, §17.1.2.2, §13.3.1.4: lost, it is repeated by whoever answers for it",
        arguments: WireStep.all)
    func lost(_ step: WireStep) throws { try play(step, .lose) }

    @Test("RFC 3261 §17.2.1, §17.2.2, RFC 6026 §7.1: doubled, it is absorbed", arguments: WireStep.all)
    func doubled(_ step: WireStep) throws { try play(step, .duplicate(afterMilliseconds: 15)) }

    @Test("RFC 3261 §17.1.3, §17.2.3: overtaken by what follows it, it finds its transaction", arguments: WireStep.all)
    func late(_ step: WireStep) throws { try play(step, .delay(milliseconds: step.untilNext)) }

    private func play(_ step: WireStep, _ fate: DatagramFate) throws {
        let pair = try step.script.pair()
        var hits = 0
        pair.world.faults.rule = { datagram in
            guard hits == 0, step.isSameKind(datagram) else { return nil }
            hits += 1
            return fate
        }
        #expect(step.script.play(pair), "\(pair.alice.story), \(pair.bob.story)")
        #expect(hits == 1)
        pair.world.advance(milliseconds: 10_000)
        try expectOneOutcome(pair, step.script)
        pair.expectNothingLeft()
    }

    /// Each end has had one call, established once and ended once, as the script says.
    private func expectOneOutcome(_ pair: FleetPair, _ script: CallScript) throws {
        let told = pair.alice.story.filter { Int($0) == nil }
        let heard = pair.bob.story.filter { !$0.hasPrefix("incoming") && !$0.hasPrefix("message") }
        switch script {
        case .callerHangsUp, .calleeHangsUp, .reliable:
            #expect(told == ["established", script.ends.alice])
            #expect(heard == ["established", script.ends.bob])
        case .cancelled, .busy:
            #expect(told == [script.ends.alice])
            #expect(heard == [script.ends.bob])
        case .message:
            #expect(told == [script.ends.alice])
            #expect(heard.isEmpty)
        }
        #expect(pair.bob.story.count - heard.count == 1, "\(pair.bob.story)")
    }
}
