import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("Calls between two phones")
struct CallTests {
    @Test("TS 24.229 §5.2.6, §5.4.3: INVITE, 180, 200, ACK, BYE from the caller; nothing stays behind")
    func plainCall() throws {
        let pair = try Pair()
        let call = try pair.establish()
        #expect(pair.alice.statuses(.invite) == [180, 200])
        #expect(pair.bob.count(.ack) == 1)
        #expect(pair.core.calls() == 1)
        call.send("BYE")
        pair.core.world.settle()
        #expect(pair.bob.count(.bye) == 1)
        #expect(pair.alice.statuses(.bye) == [200])
        try pair.finish()
    }

    @Test("RFC 3261 §12.2: the callee hangs up; its BYE takes the recorded route back")
    func calleeHangsUp() throws {
        let pair = try Pair()
        _ = try pair.establish()
        pair.alice.answers = { [pair.alice.response(200, to: $0)] }
        let side = try PhoneDialog(pair.bob, answering: try #require(pair.bob.last(.invite)))
        side.send("BYE")
        pair.core.world.settle()
        #expect(pair.alice.count(.bye) == 1)
        #expect(pair.bob.statuses(.bye) == [200])
        try pair.finish()
    }

    @Test("RFC 3261 §21.4.24: busy comes back once and is acknowledged hop by hop")
    func busy() throws {
        let pair = try Pair()
        pair.bob.answers = { $0.method == .invite ? [pair.bob.response(486, to: $0)] : [] }
        let call = pair.alice.call(pair.bob.uri)
        #expect(pair.alice.statuses(.invite) == [486])
        // The P-CSCF acknowledges, not the caller.
        #expect(pair.bob.count(.ack) == 1)
        call.target = pair.bob.uri
        try call.acknowledgeFailure(try #require(pair.alice.responses.last))
        try pair.finish()
    }

    @Test("RFC 3261 §16.8: nobody answers: timer C cancels the call, and 487 or 408 comes back")
    func noAnswer() throws {
        let pair = try Pair()
        pair.bob.answers = { request in
            switch request.method {
            case .invite: [pair.bob.response(180, to: request)]
            case .cancel: [pair.bob.response(200, to: request), pair.bob.terminated()]
            default: []
            }
        }
        let call = pair.alice.call(pair.bob.uri)
        #expect(pair.alice.statuses(.invite) == [180])
        pair.core.world.advance(milliseconds: 240_000)
        #expect(pair.bob.count(.cancel) >= 1)
        let final = try #require(pair.alice.responses.last { $0.method == .invite })
        #expect([487, 408].contains(final.status))
        try call.acknowledgeFailure(final)
        try pair.finish()
    }

    @Test("RFC 3261 §9: the caller cancels while it rings: 200 to CANCEL, 487 to INVITE")
    func cancel() throws {
        let pair = try Pair()
        pair.bob.answers = { request in
            switch request.method {
            case .invite: [pair.bob.response(180, to: request)]
            case .cancel: [pair.bob.response(200, to: request), pair.bob.terminated()]
            default: []
            }
        }
        let call = pair.alice.call(pair.bob.uri)
        call.cancel()
        pair.core.world.settle()
        #expect(pair.alice.statuses(.cancel) == [200])
        #expect(pair.alice.statuses(.invite) == [180, 487])
        #expect(pair.bob.count(.cancel) == 1)
        try call.acknowledgeFailure(try #require(pair.alice.responses.last { $0.method == .invite }))
        try pair.finish()
    }

    @Test("RFC 3261 §9.1, §16.7: 200 crosses the CANCEL: the call stands, the caller acknowledges and hangs up")
    func cancelCrossesAnswer() throws {
        let pair = try Pair()
        pair.bob.answers = { request in
            switch request.method {
            case .invite: [pair.bob.response(180, to: request)]
            // The phone has answered already: the CANCEL comes too late.
            case .cancel: [pair.bob.terminated(200), pair.bob.response(200, to: request)]
            case .bye: [pair.bob.response(200, to: request)]
            default: []
            }
        }
        let call = pair.alice.call(pair.bob.uri)
        call.cancel()
        pair.core.world.settle()
        let answer = try #require(pair.alice.responses.last { $0.method == .invite && $0.status == 200 })
        try call.establish(answer)
        call.acknowledge()
        call.send("BYE")
        pair.core.world.settle()
        #expect(pair.bob.count(.ack) == 1)
        #expect(pair.alice.statuses(.bye) == [200])
        try pair.finish()
    }

    @Test("RFC 3262, RFC 3311, RFC 3261 §14: PRACK, UPDATE and re-INVITE pass both ways, session timers untouched")
    func insideTheDialog() throws {
        let pair = try Pair()
        pair.bob.answers = { request in
            switch request.method {
            case .invite where request.toTag == nil:
                [pair.bob.response(183, to: request, extra: ["Require: 100rel", "RSeq: 1"])]
            case .ack: []
            default: [pair.bob.response(200, to: request, extra: ["Session-Expires: 1800;refresher=uac"])]
            }
        }
        let call = pair.alice.call(
            pair.bob.uri, extra: ["Supported: 100rel, timer", "Session-Expires: 1800", "Min-SE: 90"])
        let early = try #require(pair.alice.responses.last { $0.status == 183 })
        #expect(early.text(.rSeq) == "1")
        try call.establish(early)
        call.send("PRACK", extra: ["RAck: 1 1 INVITE"])
        call.send("UPDATE", extra: ["Session-Expires: 1800;refresher=uac"])
        pair.core.world.settle()
        #expect(pair.alice.statuses(.prack) == [200] && pair.alice.statuses(.update) == [200])
        let invite = try #require(pair.bob.last(.invite))
        #expect(invite.text(.sessionExpires) == "1800" && invite.text(.minSE) == "90")
        #expect(pair.bob.last(.update)?.text(.sessionExpires) == "1800;refresher=uac")
        pair.bob.send(pair.bob.response(200, to: invite))
        pair.core.world.settle()
        call.acknowledge(cseq: 1)
        call.send("INVITE", extra: ["Content-Type: application/sdp"], body: Phone.offer)
        pair.core.world.settle()
        #expect(pair.alice.statuses(.invite) == [183, 200, 200])
        call.acknowledge()
        try pair.hangUp(call)
    }

    @Test("RFC 3515: REFER in and its NOTIFY passes back")
    func refer() throws {
        let pair = try Pair()
        let call = try pair.establish()
        pair.alice.answers = { [pair.alice.response(200, to: $0)] }
        pair.bob.answers = { [pair.bob.response($0.method == .refer ? 202 : 200, to: $0)] }
        call.send("REFER", extra: ["Refer-To: <tel:+15550000003>"])
        pair.core.world.settle()
        #expect(pair.alice.statuses(.refer) == [202])
        let side = try PhoneDialog(pair.bob, answering: try #require(pair.bob.last(.invite)))
        side.send("NOTIFY", extra: ["Event: refer", "Subscription-State: active"])
        pair.core.world.settle()
        #expect(pair.alice.count(.notify) == 1 && pair.bob.statuses(.notify) == [200])
        try pair.hangUp(call)
    }

    @Test("RFC 3428, RFC 3261 §11: MESSAGE and OPTIONS go to the called user", arguments: ["MESSAGE", "OPTIONS"])
    func standAlone(method: String) throws {
        let pair = try Pair()
        pair.bob.answers = { [pair.bob.response(200, to: $0)] }
        _ = pair.alice.initial(method, to: pair.bob.tel, extra: ["Content-Type: text/plain"], body: "Good morning")
        pair.core.world.settle()
        #expect(pair.alice.statuses(SIPMethod(method)) == [200])
        let received = try #require(pair.bob.last(SIPMethod(method)))
        #expect(String(decoding: received.body, as: UTF8.self) == "Good morning")
        #expect(!received.has(.recordRoute))
        try pair.finish()
    }
}
