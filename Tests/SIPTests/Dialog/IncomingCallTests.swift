import SIP
import Testing

@Suite("RFC 3261 §13.3: the called end")
struct IncomingCallTests {
    private let required = "Require: 100rel\r\n"

    private func call(extra: String = "", body: String = "v=0\r\n") throws -> IncomingCall {
        let invite = try CallText.message(CallText.invite(extra: extra, body: body))
        return try #require(IncomingCall(invite: invite, localTag: "b1", firstRSeq: 70, timers: .core))
    }

    private func alice(_ method: String, _ cseq: Int, extra: String = "") throws -> CallEvent {
        .request(try CallText.request(method, cseq: cseq, fromAlice: true, extra: extra))
    }

    private func standing() throws -> IncomingCall {
        var call = try call()
        _ = call.handle(.answer)
        _ = call.handle(try alice("ACK", 1))
        return call
    }

    @Test("RFC 3261 §13.3.1: 180, 200 with the answer, ACK: the call stands")
    func success() throws {
        var call = try call()
        #expect(brief(call.handle(.ring)) == ["invite 180"])
        #expect(
            brief(call.handle(.answer)) == ["invite 200 sdp", "start repetition 500", "start patience 32000"])
        #expect(brief(call.handle(try alice("ACK", 1))) == ["stop repetition", "stop patience", "established"])
        #expect(call.state == .standing)
    }

    @Test("RFC 3261 §13.3.1.4: the 2xx is repeated at T1, 2·T1 … up to T2; without ACK in 64·T1 a BYE follows")
    func repetition() throws {
        var call = try call()
        _ = call.handle(.answer)
        var intervals: [String] = []
        for _ in 0..<5 { intervals.append(brief(call.handle(.timer(.repetition)))[1]) }
        #expect(intervals == [1_000, 2_000, 4_000, 4_000, 4_000].map { "start repetition \($0)" })
        #expect(brief(call.handle(.timer(.patience))) == ["stop repetition", "stop patience", "send BYE"])
    }

    @Test("RFC 3261 §15: no BYE before the ACK, then at once")
    func hangUpBeforeAck() throws {
        var call = try call()
        _ = call.handle(.answer)
        #expect(brief(call.handle(.hangUp)).isEmpty)
        #expect(brief(call.handle(try alice("ACK", 1))) == ["stop repetition", "stop patience", "send BYE"])
    }

    @Test("RFC 3261 §15.1.2: BYE before the ACK ends the call and the repetition of the 2xx")
    func byeBeforeAck() throws {
        var call = try call()
        _ = call.handle(.answer)
        #expect(
            brief(call.handle(try alice("BYE", 2))) == [
                "stop repetition", "stop patience", "respond 200", "ended hungUpByPeer",
            ])
        #expect(brief(call.handle(try alice("ACK", 1))).isEmpty)
    }

    @Test("RFC 3261 §15.1.2: BYE in an early dialog is answered 200, the INVITE 487")
    func earlyBye() throws {
        var call = try call()
        _ = call.handle(.ring)
        #expect(brief(call.handle(try alice("BYE", 2))) == ["respond 200", "invite 487", "ended cancelled"])
    }

    @Test("RFC 3261 §9.2: CANCEL before the 2xx ends the call, after it changes nothing")
    func cancel() throws {
        var ringing = try call()
        _ = ringing.handle(.ring)
        #expect(brief(ringing.handle(.cancelled)) == ["ended cancelled"])
        #expect(brief(ringing.handle(.answer)).isEmpty)
        var answered = try call()
        _ = answered.handle(.answer)
        #expect(brief(answered.handle(.cancelled)).isEmpty)
        #expect(answered.state == .answered)
    }

    @Test("RFC 3261 §13.3.1.3: a refusal ends the call")
    func refusal() throws {
        var call = try call()
        #expect(brief(call.handle(.reject(status: 486))) == ["invite 486", "ended rejected(status: 486)"])
        #expect(brief(call.handle(.answer)).isEmpty)
    }

    @Test("RFC 3262 §3: a reliable 180 is repeated until its PRACK, each time after twice as long")
    func reliable() throws {
        var call = try call(extra: required)
        #expect(brief(call.handle(.ring)) == ["invite 180 rel", "start repetition 500", "start patience 32000"])
        #expect(brief(call.handle(.timer(.repetition))) == ["repeat", "start repetition 1000"])
        for _ in 0..<4 { _ = call.handle(.timer(.repetition)) }
        #expect(brief(call.handle(.timer(.repetition))) == ["repeat", "start repetition 32000"], "not held at T2")
        #expect(
            brief(call.handle(try alice("PRACK", 2, extra: "RAck: 71 1 INVITE\r\n"))) == [
                "stop repetition", "stop patience", "respond 200",
            ])
    }

    @Test("RFC 3262 §3: a PRACK that matches nothing is answered 481")
    func wrongPrack() throws {
        var call = try call(extra: required)
        _ = call.handle(.ring)
        for (number, text) in ["72 1 INVITE", "71 2 INVITE", "71 1 UPDATE", "71", ""].enumerated() {
            let prack = try alice("PRACK", number + 2, extra: "RAck: \(text)\r\n")
            #expect(brief(call.handle(prack)) == ["respond 481"], "\(text)")
        }
    }

    @Test("RFC 3262 §3: without PRACK in 64·T1 the INVITE is refused with a 5xx")
    func prackMissing() throws {
        var call = try call(extra: required)
        _ = call.handle(.ring)
        #expect(
            brief(call.handle(.timer(.patience))) == [
                "invite 504", "stop repetition", "stop patience", "ended unconfirmed",
            ])
    }

    @Test("RFC 3262 §3: a 2xx may overtake the PRACK of a 180 without a session; the PRACK is still answered")
    func answerBeforePrack() throws {
        var call = try call(extra: required)
        _ = call.handle(.ring)
        #expect(
            brief(call.handle(.answer)) == [
                "stop repetition", "stop patience", "invite 200 sdp", "start repetition 500", "start patience 32000",
            ])
        let prack = try alice("PRACK", 2, extra: "RAck: 71 1 INVITE\r\n")
        #expect(brief(call.handle(prack)) == ["respond 200"])
    }

    @Test("RFC 3262 §3: overtaken by the ACK too, a PRACK is answered 200 once, and the call goes on")
    func prackAfterAck() throws {
        var call = try call(extra: required)
        _ = call.handle(.ring)
        _ = call.handle(.answer)
        _ = call.handle(try alice("ACK", 1))
        let prack = "RAck: 71 1 INVITE\r\n"
        #expect(brief(call.handle(try alice("PRACK", 2, extra: prack))) == ["respond 200"])
        #expect(brief(call.handle(try alice("PRACK", 3, extra: prack))) == ["respond 481"])
        #expect(call.state == .standing)
        #expect(brief(call.handle(try alice("BYE", 4))).first == "respond 200")
    }

    @Test("RFC 3262 §5: an INVITE without offer gets one in the reliable 180, and the 2xx waits for its PRACK")
    func offerInProvisional() throws {
        var call = try call(extra: required, body: "")
        #expect(brief(call.handle(.ring)).first == "invite 180 rel sdp")
        #expect(brief(call.handle(.answer)).isEmpty)
        #expect(
            brief(call.handle(try alice("PRACK", 2, extra: "RAck: 71 1 INVITE\r\n"))) == [
                "stop repetition", "stop patience", "respond 200", "invite 200", "start repetition 500",
                "start patience 32000",
            ])
    }

    @Test("RFC 3261 §14.2: a second INVITE before the first is done is answered 500")
    func secondInvite() throws {
        var call = try call()
        #expect(brief(call.handle(try alice("INVITE", 2))) == ["respond 500"])
        _ = call.handle(.answer)
        #expect(brief(call.handle(try alice("INVITE", 3))) == ["respond 500"])
    }

    @Test("RFC 3261 §12.2.1.1: the called end's BYE goes to the caller's Contact, with its own numbers")
    func bye() throws {
        var call = try standing()
        let effects = call.handle(.hangUp)
        let bye = try #require(try sent(effects).first)
        #expect(bye.requestURIText == "sip:alice@10.0.0.2:5060")
        #expect(bye.text(.from) == "<sip:bob@example.org>;tag=b1")
        #expect(bye.text(.to) == "<sip:alice@example.org>;tag=a1")
        #expect(bye.text(.cseq) == "1 BYE")
        #expect(brief(call.handle(.answered(.bye, status: 200))) == ["ended hungUp"])
    }

    @Test("RFC 3261 §13.3.1.4: an ACK of another number does not confirm")
    func wrongAck() throws {
        var call = try call()
        _ = call.handle(.answer)
        #expect(brief(call.handle(try alice("ACK", 2))).isEmpty)
        #expect(call.state == .answered)
    }
}
