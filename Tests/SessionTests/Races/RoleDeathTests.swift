import LabUE
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

/// Who dies, when, and whether it comes back, knowing nothing.
struct RoleDeath: Sendable, CustomTestStringConvertible {
    enum Phase: String, CaseIterable, Sendable { case beforeInvite, ringing, established, byeUnderWay }

    var member: CoreWorld.Member
    var phase: Phase
    var comesBack: Bool

    var testDescription: String { "\(member) \(phase)\(comesBack ? ", back after 1 s" : "")" }

    /// How each end's call has ended a while later; nil where it has heard of none.
    var ends: (alice: String?, bob: String?) {
        switch (phase, member) {
        case (.beforeInvite, .pcscf):
            comesBack ? ("refused(status: 403) unanswered", nil) : ("cancelled unanswered", nil)
        case (.beforeInvite, .icscf) where comesBack: ("hungUp", "hungUpByPeer")
        case (.beforeInvite, .icscf): ("refused(status: 408) unanswered", nil)
        // §5.4.3.2: the S-CSCF that has come back knows no registered user of that name.
        case (.beforeInvite, .scscf): ("refused(status: \(comesBack ? 403 : 408)) unanswered", nil)
        // Until the HSS has found its peers again.
        case (.beforeInvite, .hss): ("refused(status: 504) unanswered", nil)
        case (.ringing, .hss): ("hungUp", "hungUpByPeer")
        // Alice gives up; Bob answers and gets no ACK (RFC 3261 §13.3.1.4).
        case (.ringing, _): ("cancelled unanswered", "hungUp unanswered")
        // A dialog goes past the I-CSCF and the HSS, and an S-CSCF needs nothing but its Record-Route for it.
        case (_, .icscf), (_, .hss): ("hungUp", "hungUpByPeer")
        case (_, .scscf) where comesBack: ("hungUp", "hungUpByPeer")
        case (_, .scscf), (_, .pcscf): ("hungUp", nil)
        }
    }

    static let all: [RoleDeath] = CoreWorld.Member.allCases.flatMap { member in
        Phase.allCases.flatMap { phase in
            [false, true].map { RoleDeath(member: member, phase: phase, comesBack: $0) }
        }
    }
}

@Suite("A role killed in the middle of a call")
struct RoleDeathTests {
    @Test(
        "RFC 3261 §17.1, §16.8, §9.1; TS 24.229 §5.2.6.3, §5.3.2, §5.4.3: each end comes to its end, nothing is left",
        arguments: RoleDeath.all)
    func killed(_ death: RoleDeath) throws {
        let pair = try FleetPair(latencyMilliseconds: 60)
        begin(pair, death.phase)
        pair.core.kill(death.member)
        if death.comesBack {
            pair.world.advance(milliseconds: 1_000)
            try pair.core.revive(death.member)
        }
        if death.phase == .beforeInvite { dial(pair) }
        pair.world.advance(milliseconds: 500_000)
        #expect(end(pair.alice) == death.ends.alice)
        #expect(end(pair.bob) == death.ends.bob)
        #expect(failures(pair.alice) == (death.member == .hss && death.phase == .beforeInvite ? [504] : []))
        // Who has heard of no end hangs up.
        for side in [pair.alice, pair.bob] { side.fleet.assumeIsolated { $0.hangUp(UECallID(raw: 1)) } }
        pair.world.advance(milliseconds: 300_000)
        pair.expectNothingLeft(
            without: death.comesBack ? [] : [death.member], forgettingCalls: true, comparingTimers: false)
    }

    private func end(_ side: FleetUnderTest) -> String? { side.story.last(where: FleetPair.isEnd) }

    /// Statuses of 500 and above that reached a phone.
    private func failures(_ side: FleetUnderTest) -> Set<Int> {
        Set(
            side.node.tap.passages.compactMap { passage in
                guard passage.direction == .received, let message = try? SIPMessage(passage.bytes),
                    !message.isRequest, message.status >= 500
                else { return nil }
                return message.status
            })
    }

    private func dial(_ pair: FleetPair) {
        let uri = pair.bobURI
        let plan = CallPlan(patienceMilliseconds: 60_000, holdMilliseconds: 20_000)
        pair.alice.fleet.assumeIsolated { _ = $0.dial(0, to: uri, plan) }
    }

    /// Brings the call to where the role dies.
    private func begin(_ pair: FleetPair, _ phase: RoleDeath.Phase) {
        let isSlow = phase == .ringing
        pair.bob.fleet.assumeIsolated { $0.setHabit(.answer(afterMilliseconds: isSlow ? 10_000 : 300), of: 0) }
        if phase == .beforeInvite { return }
        dial(pair)
        let sign = isSlow ? "180" : "established"
        pair.world.advance(
            until: { pair.alice.story.contains(sign) && (isSlow || pair.bob.story.contains(sign)) },
            withinMilliseconds: 10_000)
        guard phase == .byeUnderWay else { return }
        pair.alice.fleet.assumeIsolated { $0.hangUp(UECallID(raw: 1)) }
        // The BYE is between the P-CSCF and the S-CSCF.
        pair.world.advance(milliseconds: 90)
    }
}
