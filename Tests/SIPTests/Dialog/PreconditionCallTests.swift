import SIP
import Testing

@Suite("RFC 3312 §5.1.2, RFC 3262, RFC 3311: calls that wait for their media")
struct PreconditionCallTests {
    private func called(_ extra: String) throws -> IncomingCall {
        let invite = try CallText.message(CallText.invite(extra: extra))
        return try #require(IncomingCall(invite: invite, localTag: "b1", firstRSeq: 70, timers: .core))
    }

    private func alice(_ method: String, _ cseq: Int, extra: String = "", body: String = "") throws -> CallEvent {
        .request(try CallText.request(method, cseq: cseq, fromAlice: true, extra: extra, body: body))
    }

    @Test("a reliable 183 with the answer, PRACK, UPDATE, 180, and a 200 without another answer")
    func calledEnd() throws {
        var call = try called("Supported: 100rel, precondition\r\n")
        #expect(
            brief(call.handle(.progress)) == [
                "invite 183 rel sdp", "start repetition 500", "start patience 32000",
            ])
        #expect(brief(call.handle(.progress)).isEmpty, "RFC 3262 §3: one at a time")
        #expect(
            brief(call.handle(try alice("PRACK", 2, extra: "RAck: 71 1 INVITE\r\n"))) == [
                "stop repetition", "stop patience", "respond 200",
            ])
        #expect(brief(call.handle(try alice("UPDATE", 3, body: "v=0\r\n"))) == ["respond 200 sdp"])
        #expect(brief(call.handle(.ring)) == ["invite 180"])
        #expect(brief(call.handle(.answer)) == ["invite 200", "start repetition 500", "start patience 32000"])
    }

    @Test("RFC 3262 §3: taken before the PRACK of the answer has come, the 200 waits for it")
    func answeredEarly() throws {
        var call = try called("Require: 100rel\r\n")
        _ = call.handle(.progress)
        #expect(brief(call.handle(.answer)).isEmpty)
        #expect(
            brief(call.handle(try alice("PRACK", 2, extra: "RAck: 71 1 INVITE\r\n"))).suffix(3).first == "invite 200")
    }

    @Test("a caller without RFC 3262 gets no 183 that could be lost")
    func unreliable() throws {
        var call = try called("")
        #expect(brief(call.handle(.progress)).isEmpty)
    }

    @Test("the caller offers anew in the early dialog, and not before there is one or after the 200")
    func callerEnd() throws {
        var call = try #require(OutgoingCall(invite: Array(CallText.invite().utf8), timers: .core))
        #expect(brief(call.handle(.renew)).isEmpty)
        _ = call.handle(.response(try CallText.response(183, extra: "Require: 100rel\r\nRSeq: 1\r\n")))
        let effects = call.handle(.renew)
        #expect(brief(effects) == ["send UPDATE"])
        #expect(try sent(effects).first?.text(.cseq) == "3 UPDATE")
        _ = call.handle(.response(try CallText.response(200)))
        #expect(brief(call.handle(.renew)).isEmpty)
    }
}
