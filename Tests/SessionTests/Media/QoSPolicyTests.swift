import LabWorld
import PCSCF
import RoleKit
import SIP
import TestSupport
import Testing

/// A policy server that says what it is told, and remembers what it was.
///
/// `@unchecked Sendable`: a world is driven by one thread.
final class ScriptedPolicy: QoSPolicy, @unchecked Sendable {
    var verdict = QoSVerdict.granted
    /// Leaves the question open until `answer`.
    var isSlow = false
    private(set) var notes: [String] = []
    private(set) var legs: [MediaLeg] = []
    private var waiting: [CheckedContinuation<QoSVerdict, Never>] = []

    func authorize(_ leg: MediaLeg, offer: [UInt8]) async -> QoSVerdict {
        note("authorize \(offer.count)", leg)
        guard isSlow else { return verdict }
        return await withCheckedContinuation { waiting.append($0) }
    }

    func describe(_ leg: MediaLeg, _ description: [UInt8], isFromUE: Bool) {
        note("describe \(description.count) \(isFromUE ? "from" : "to")", leg)
    }

    func release(_ leg: MediaLeg) { note("release", leg) }

    func answer() {
        for continuation in waiting { continuation.resume(returning: verdict) }
        waiting = []
    }

    private func note(_ text: String, _ leg: MediaLeg) {
        notes.append(text)
        legs.append(leg)
    }
}

@Suite("TS 24.229 §5.2.7: calls that ask for quality of service")
struct QoSPolicyTests {
    private static let size = Phone.offer.utf8.count

    private func pair(_ demand: QoSDemand, _ policy: ScriptedPolicy?) throws -> Pair {
        try Pair {
            $0.reconfigure = { config in for index in config.listeners.indices { config.listeners[index].qos = demand }
            }
            $0.policy = policy
        }
    }

    @Test(
        "each end is asked for before the INVITE goes on, told what offers and answers say, and released by the BYE",
        arguments: [QoSDemand.required, .bestEffort])
    func granted(_ demand: QoSDemand) throws {
        let policy = ScriptedPolicy()
        let pair = try pair(demand, policy)
        let call = try pair.establish()
        #expect(policy.notes == ["authorize \(Self.size)", "authorize \(Self.size)"])
        // The caller's end and the called one's.
        #expect(policy.legs.map(\.ownTag) == ["f5090", nil] && policy.legs.map(\.peerTag) == [nil, "f5090"])
        pair.bob.answers = { [bob = pair.bob] request in
            request.method == .ack
                ? [] : [bob.response(200, to: request, extra: ["Content-Type: application/sdp"], body: "v=0\r\n")]
        }
        call.send("UPDATE", extra: ["Content-Type: application/sdp"], body: Phone.offer)
        pair.core.world.settle()
        #expect(
            policy.notes.dropFirst(2) == [
                "describe \(Self.size) from", "describe \(Self.size) to", "describe 5 from", "describe 5 to",
            ])
        try pair.hangUp(call)
        #expect(policy.notes.suffix(2) == ["release", "release"])
        let (caller, called) = (policy.legs[policy.legs.count - 2], policy.legs[policy.legs.count - 1])
        #expect(caller.ownTag == called.peerTag && caller.peerTag == called.ownTag && caller.callID == called.callID)
    }

    @Test(
        "§5.2.7.2: what is required and not granted is 500, what nobody could be asked 503 with Retry-After; never 403",
        arguments: [(QoSVerdict.refused(reason: "no bandwidth"), 500), (.unavailable(reason: "no PCRF"), 503)])
    func refused(_ row: (verdict: QoSVerdict, status: Int)) throws {
        let policy = ScriptedPolicy()
        policy.verdict = row.verdict
        let pair = try pair(.required, policy)
        let call = pair.alice.call(pair.bob.uri)
        #expect(pair.alice.statuses(.invite) == [row.status])
        let answer = try #require(pair.alice.responses.last)
        #expect(answer.has(.retryAfter) == (row.status == 503))
        #expect(pair.bob.requests.isEmpty)
        try call.acknowledgeFailure(answer)
        // Nothing but calls needs any.
        pair.bobAnswers()
        _ = pair.alice.initial("MESSAGE", to: pair.bob.uri)
        pair.core.world.settle()
        #expect(pair.alice.statuses(.message) == [200] && policy.notes.count == 1)
        try pair.finish()
    }

    @Test("best effort goes on whatever the policy says, and says so once", arguments: [true, false])
    func bestEffort(isThere: Bool) throws {
        let policy = ScriptedPolicy()
        policy.verdict = .unavailable(reason: "down")
        let pair = try pair(.bestEffort, isThere ? policy : nil)
        for _ in 1...2 { try pair.hangUpAfter(pair.establish()) }
        #expect(pair.core.pcscfNode.log.count("calls without quality of service") == 1)
        try pair.finish()
    }

    @Test("off: nobody is asked, nobody is told")
    func off() throws {
        let policy = ScriptedPolicy()
        let pair = try pair(.off, policy)
        try pair.hangUp(pair.establish())
        #expect(policy.notes.isEmpty)
    }

    @Test("a call that comes to nothing is released at both ends")
    func busy() throws {
        let policy = ScriptedPolicy()
        let pair = try pair(.required, policy)
        pair.bob.answers = { [bob = pair.bob] in $0.method == .invite ? [bob.response(486, to: $0)] : [] }
        let call = pair.alice.call(pair.bob.uri)
        #expect(policy.notes.suffix(2) == ["release", "release"])
        try call.acknowledgeFailure(try #require(pair.alice.responses.last))
        try pair.finish()
    }

    @Test("a slow policy: repeated INVITEs are absorbed, a CANCEL meanwhile ends the call with 487")
    func slow() throws {
        let policy = ScriptedPolicy()
        policy.isSlow = true
        let pair = try pair(.required, policy)
        pair.bobAnswers()
        let call = pair.alice.call(pair.bob.uri)
        call.sendAgain()
        pair.core.world.settle()
        #expect(policy.notes.count == 1 && pair.bob.requests.isEmpty)
        call.cancel()
        pair.core.world.settle()
        policy.answer()
        pair.core.world.settle()
        #expect(pair.alice.statuses(.invite) == [487] && pair.bob.requests.isEmpty)
        try call.acknowledgeFailure(try #require(pair.alice.responses.last { $0.method == .invite }))
        try pair.finish()
    }
}

extension Pair {
    /// Alice hangs up; both stay registered.
    fileprivate func hangUpAfter(_ call: PhoneDialog) throws {
        call.send("BYE")
        core.world.settle()
        #expect(alice.statuses(.bye).last == 200)
    }
}
