import SIP
import Testing

@Suite("RFC 3261 §13.2: the caller")
struct OutgoingCallTests {
    private func call() throws -> OutgoingCall {
        try #require(OutgoingCall(invite: Array(CallText.invite().utf8), timers: .core))
    }

    private func standing() throws -> OutgoingCall {
        var call = try call()
        _ = call.handle(.response(try CallText.response(200)))
        return call
    }

    @Test("RFC 3261 §13.2.2.4: 180, 200: ACK and the call stands")
    func success() throws {
        var call = try call()
        #expect(brief(call.handle(.response(try CallText.response(100)))).isEmpty)
        #expect(brief(call.handle(.response(try CallText.response(180)))) == ["progressing 180"])
        let effects = call.handle(.response(try CallText.response(200)))
        #expect(brief(effects) == ["ack", "established"])
        #expect(try sent(effects).first?.text(.cseq) == "1 ACK")
        #expect(call.state == .standing)
    }

    @Test("RFC 3261 §13.2.2.4: each repeated 2xx is acknowledged again, with the same ACK")
    func repeatedSuccess() throws {
        var call = try call()
        let first = try sent(call.handle(.response(try CallText.response(200))))
        let second = try sent(call.handle(.response(try CallText.response(200))))
        #expect(first.map(\.bytes) == second.map(\.bytes))
        #expect(first.count == 1)
    }

    @Test("RFC 3261 §13.2.2.4: the 2xx of another fork gets ACK and BYE")
    func secondFork() throws {
        var call = try standing()
        let effects = call.handle(.response(try CallText.response(200, tag: "b2")))
        #expect(brief(effects) == ["ack", "send BYE"])
        #expect(try sent(effects).allSatisfy { $0.text(.to) == "<sip:bob@example.org>;tag=b2" })
        #expect(call.state == .standing)
    }

    @Test("RFC 3261 §9.1: CANCEL waits for a provisional response; 487 ends the call as cancelled")
    func cancelWaits() throws {
        var call = try call()
        #expect(brief(call.handle(.hangUp)).isEmpty)
        #expect(brief(call.handle(.response(try CallText.response(100)))) == ["cancel"])
        #expect(brief(call.handle(.hangUp)).isEmpty, "one CANCEL is enough")
        #expect(brief(call.handle(.response(try CallText.response(487)))) == ["ended cancelled"])
        #expect(call.state == .over)
    }

    @Test("RFC 3261 §9.1: a 200 that crosses the CANCEL gets ACK and BYE")
    func successCrossesCancel() throws {
        var call = try call()
        _ = call.handle(.response(try CallText.response(180)))
        #expect(brief(call.handle(.hangUp)) == ["cancel"])
        #expect(brief(call.handle(.response(try CallText.response(200)))) == ["ack", "send BYE"])
        #expect(brief(call.handle(.answered(.bye, status: 200))) == ["ended hungUp"])
    }

    @Test("RFC 3261 §13.2.2.3: a refusal ends the call with its status; silence counts as 408")
    func refusal() throws {
        var busy = try call()
        #expect(brief(busy.handle(.response(try CallText.response(486)))) == ["ended refused(status: 486)"])
        var silent = try call()
        #expect(brief(silent.handle(.unanswered(status: 408))) == ["ended refused(status: 408)"])
    }

    @Test("RFC 3262 §4: a reliable provisional response gets a PRACK with its RSeq and the INVITE's number")
    func prack() throws {
        var call = try call()
        let reliable = "Require: 100rel\r\nRSeq: 71\r\n"
        let effects = call.handle(.response(try CallText.response(183, extra: reliable)))
        #expect(brief(effects) == ["send PRACK", "progressing 183"])
        let prack = try #require(try sent(effects).first)
        #expect(prack.text(.rAck) == "71 1 INVITE")
        #expect(prack.text(.cseq) == "2 PRACK")
    }

    @Test("RFC 3262 §4: repeated and skipping RSeqs are not confirmed, the next one is")
    func prackOrder() throws {
        var call = try call()
        func reliable(_ number: Int) throws -> CallEvent {
            .response(try CallText.response(183, extra: "Require: 100rel\r\nRSeq: \(number)\r\n"))
        }
        _ = call.handle(try reliable(71))
        #expect(brief(call.handle(try reliable(71))) == ["progressing 183"])
        #expect(brief(call.handle(try reliable(73))) == ["progressing 183"])
        #expect(brief(call.handle(try reliable(72))) == ["send PRACK", "progressing 183"])
    }

    @Test("RFC 3261 §15.1.1: BYE ends the call with its answer, or without one")
    func hangUp() throws {
        for status in [200, 408, 481] {
            var call = try standing()
            let effects = call.handle(.hangUp)
            #expect(brief(effects) == ["send BYE"])
            #expect(call.dialog?.state == .terminated)
            #expect(try sent(effects).first?.text(.cseq) == "2 BYE")
            #expect(brief(call.handle(.answered(.bye, status: status))) == ["ended hungUp"])
        }
    }

    @Test("RFC 3261 §15.1.2: the peer's BYE is answered; a second one finds no call")
    func peerHangsUp() throws {
        var call = try standing()
        #expect(
            brief(call.handle(.request(try CallText.request("BYE", cseq: 1)))) == ["respond 200", "ended hungUpByPeer"])
        #expect(brief(call.handle(.request(try CallText.request("BYE", cseq: 2)))) == ["respond 481"])
    }

    @Test("RFC 3261 §15: both hang up at once: each BYE is answered")
    func crossingByes() throws {
        var call = try standing()
        _ = call.handle(.hangUp)
        #expect(brief(call.handle(.request(try CallText.request("BYE", cseq: 1)))) == ["respond 200"])
        #expect(brief(call.handle(.answered(.bye, status: 481))) == ["ended hungUp"])
    }

    @Test("RFC 3261 §14.2: a re-INVITE is answered, repeated until its ACK, a second one meanwhile refused")
    func reInvite() throws {
        var call = try standing()
        let invite = try CallText.request("INVITE", cseq: 1, body: "v=0\r\n")
        #expect(
            brief(call.handle(.request(invite))) == ["respond 200 sdp", "start repetition 500", "start patience 32000"])
        #expect(brief(call.handle(.timer(.repetition))) == ["repeat", "start repetition 1000"])
        let second = try CallText.request("INVITE", cseq: 2)
        #expect(brief(call.handle(.request(second))) == ["respond 500"])
        let ack = try CallText.request("ACK", cseq: 1)
        #expect(brief(call.handle(.request(ack))) == ["stop repetition", "stop patience"])
        #expect(brief(call.handle(.request(ack))).isEmpty)
    }

    @Test("RFC 3311 §5.2: UPDATE is answered with a session only where it has an offer")
    func update() throws {
        var call = try standing()
        #expect(brief(call.handle(.request(try CallText.request("UPDATE", cseq: 1)))) == ["respond 200"])
        let offer = try CallText.request("UPDATE", cseq: 2, body: "v=0\r\n")
        #expect(brief(call.handle(.request(offer))) == ["respond 200 sdp"])
    }

    @Test("RFC 3261 §12.2.2: a request behind its time is answered 500, one of an unknown method 405")
    func inDialogRefusals() throws {
        var call = try standing()
        _ = call.handle(.request(try CallText.request("INFO", cseq: 9)))
        #expect(brief(call.handle(.request(try CallText.request("INFO", cseq: 8)))) == ["respond 500"])
        #expect(brief(call.handle(.request(try CallText.request("REFER", cseq: 10)))) == ["respond 405"])
    }

    @Test("RFC 3261 §13.2.2.4: forks beyond the limit are not followed")
    func forkLimit() throws {
        var call = try call()
        for number in 0..<40 { _ = call.handle(.response(try CallText.response(180, tag: "t\(number)"))) }
        #expect(call.owns(DialogID(callID: "c1", localTag: "a1", remoteTag: "t15")))
        #expect(!call.owns(DialogID(callID: "c1", localTag: "a1", remoteTag: "t16")))
    }
}
