import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@testable import PCSCF

/// What phones say of preconditions, and what becomes of it.
enum PreconditionText {
    static let head = "v=0\r\no=- 1 1 IN IP4 10.45.0.1\r\ns=-\r\nc=IN IP4 10.45.0.1\r\nt=0 0\r\n"
    static let media = "m=audio 49000 RTP/AVP 97\r\na=rtpmap:97 AMR-WB/16000/1\r\n"
    static let tail = "a=sendrecv\r\n"

    static func lines(_ local: String, _ remote: String, more: String = "") -> String {
        "a=curr:qos local \(local)\r\na=curr:qos remote \(remote)\r\na=des:qos mandatory local sendrecv\r\n"
            + "a=des:qos none remote sendrecv\r\n\(more)"
    }

    static func body(_ lines: String) -> String { head + media + lines + tail }

    /// What arrives of such a body after both its crossings of Gm.
    static func arriving(_ mode: PreconditionMode, _ local: String, _ remote: String, more: String = "") -> String {
        switch mode {
        case .pass: body(lines(local, remote, more: more))
        case .assist: body(lines("sendrecv", "sendrecv", more: more))
        case .strip: body("")
        }
    }

    static let confirm = "a=conf:qos remote sendrecv\r\n"
    static let type = "Content-Type: application/sdp"
    static let supported = "Supported: 100rel, precondition"
}

extension Pair {
    convenience init(_ mode: PreconditionMode) throws {
        try self.init { $0.pcscf = [("preconditions", .text(mode.rawValue))] }
    }
}

extension SIPMessage {
    var bodyText: String { String(decoding: body, as: UTF8.self) }
}

@Suite("RFC 3312, TS 24.229 §5.1.3, §5.1.4: QoS preconditions through the P-CSCF")
struct PreconditionTests {
    private typealias Text = PreconditionText

    @Test(
        "IR.92: INVITE, 183, PRACK, UPDATE, 180, 200 in every mode; bodies as the mode has them, else byte for byte",
        arguments: PreconditionMode.allCases)
    func wholeFlow(_ mode: PreconditionMode) throws {
        let pair = try Pair(mode)
        pair.bob.answers = { [bob = pair.bob] request in
            switch request.method {
            case .invite:
                [
                    bob.response(
                        183, to: request, extra: ["Require: 100rel, precondition", "RSeq: 1", Text.type],
                        body: Text.body(Text.lines("none", "none", more: Text.confirm)))
                ]
            case .update:
                [
                    bob.response(
                        200, to: request, extra: ["Require: precondition", Text.type],
                        body: Text.body(Text.lines("sendrecv", "sendrecv")))
                ]
            case .ack: []
            default: [bob.response(200, to: request)]
            }
        }
        let call = pair.alice.initial(
            "INVITE", to: pair.bob.uri, extra: [Text.type, Text.supported], body: Text.body(Text.lines("none", "none")))
        pair.core.world.settle()
        let invite = try #require(pair.bob.last(.invite))
        #expect(invite.bodyText == Text.arriving(mode, "none", "none"))
        #expect(invite.texts(.supported) == (mode == .strip ? ["100rel"] : ["100rel", "precondition"]))
        let progress = try #require(pair.alice.responses.last { $0.status == 183 })
        #expect(progress.bodyText == Text.arriving(mode, "none", "none", more: Text.confirm))
        #expect(progress.texts(.require) == (mode == .strip ? ["100rel"] : ["100rel", "precondition"]))
        try call.establish(progress)
        call.send("PRACK", extra: ["RAck: 1 1 INVITE"])
        call.send(
            "UPDATE", extra: [Text.type, "Require: precondition"], body: Text.body(Text.lines("sendrecv", "none")))
        pair.core.world.settle()
        #expect(pair.alice.statuses(.prack) == [200] && pair.alice.statuses(.update) == [200])
        let update = try #require(pair.bob.last(.update))
        #expect(update.bodyText == Text.arriving(mode, "sendrecv", "none"))
        // RFC 3312 §11: with the wish met there is nothing left to require.
        #expect(update.has(.require) == (mode == .pass) && update.has(.supported) == (mode == .assist))
        let answer = try #require(pair.alice.responses.last { $0.method == .update })
        #expect(answer.bodyText == Text.arriving(mode, "sendrecv", "sendrecv"))
        #expect(answer.has(.require) == (mode != .strip))
        pair.bob.send(pair.bob.response(180, to: invite))
        pair.bob.send(pair.bob.response(200, to: invite))
        pair.core.world.settle()
        #expect(pair.alice.statuses(.invite) == [183, 180, 200])
        call.acknowledge(cseq: 1)
        try pair.hangUp(call)
    }

    @Test("RFC 3312 §4: each P-CSCF speaks of its own UE's access alone: between them only `local` is met")
    func betweenThem() throws {
        let pair = try Pair(.assist)
        pair.bobAnswers()
        _ = pair.alice.initial(
            "INVITE", to: pair.bob.uri, extra: [Text.type, Text.supported], body: Text.body(Text.lines("none", "send")))
        pair.core.world.settle()
        let onMw = try #require(
            pair.core.sent(by: pair.core.scscfNodes[0], containing: "INVITE sip:").last.map {
                try SIPMessage(Array($0.utf8))
            })
        #expect(onMw.bodyText == Text.body(Text.lines("sendrecv", "send")))
    }

    /// A phone that rings once it is told that both accesses are ready: no bearer comes of itself.
    private func insists(_ phone: Phone) {
        phone.answers = { [unowned phone] request in
            guard request.method == .invite else {
                return request.method == .ack ? [] : [phone.response(200, to: request)]
            }
            let offer = QoSPreconditions(request.body)
            guard offer.arePresent, !(offer.localIsMet && offer.remoteIsMet) else {
                return [phone.response(180, to: request), phone.response(200, to: request)]
            }
            return [
                phone.response(
                    183, to: request, extra: ["Require: 100rel", "RSeq: 1", Text.type],
                    body: Text.body(Text.lines("none", "none", more: Text.confirm)))
            ]
        }
    }

    @Test(
        "Checklist B.1 row 31: a phone that waits for a bearer that never comes rings with assist and strip alone",
        arguments: [(PreconditionMode.pass, [183]), (.assist, [180, 200]), (.strip, [180, 200])])
    func insisting(_ row: (mode: PreconditionMode, statuses: [Int])) throws {
        let pair = try Pair(row.mode)
        insists(pair.bob)
        _ = pair.alice.initial(
            "INVITE", to: pair.bob.uri, extra: [Text.type, Text.supported], body: Text.body(Text.lines("none", "none")))
        pair.core.world.settle()
        #expect(pair.alice.statuses(.invite) == row.statuses)
    }

    /// A phone without preconditions, RFC 3261 §8.2.2.3.
    private func knowsNone(_ phone: Phone) {
        phone.answers = { [unowned phone] request in
            if request.lists("precondition", in: .require) {
                return [phone.response(420, to: request, extra: ["Unsupported: precondition"])]
            }
            return request.method == .ack
                ? [] : [phone.response(200, to: request, extra: [Text.type], body: Text.body(""))]
        }
    }

    @Test(
        "Checklist B.3: a phone without preconditions (OnePlus 5) answers a caller that requires them",
        arguments: [(PreconditionMode.pass, 420), (.assist, 200), (.strip, 200)])
    func withoutSupport(_ row: (mode: PreconditionMode, status: Int)) throws {
        let pair = try Pair(row.mode)
        knowsNone(pair.bob)
        _ = pair.alice.initial(
            "INVITE", to: pair.bob.uri, extra: [Text.type, "Require: precondition", "Supported: 100rel"],
            body: Text.body(Text.lines("none", "none")))
        pair.core.world.settle()
        #expect(pair.alice.statuses(.invite) == [row.status])
        // Nothing is made up in its name.
        let answer = try #require(pair.alice.responses.last { $0.method == .invite })
        #expect(row.status == 420 ? answer.text(.unsupported) == "precondition" : answer.bodyText == Text.body(""))
    }

    @Test(
        "A caller that offers them to a phone without, which ignores the lines (RFC 3264 §6)",
        arguments: PreconditionMode.allCases)
    func offeredOnly(_ mode: PreconditionMode) throws {
        let pair = try Pair(mode)
        knowsNone(pair.bob)
        _ = pair.alice.initial(
            "INVITE", to: pair.bob.uri, extra: [Text.type, Text.supported], body: Text.body(Text.lines("none", "none")))
        pair.core.world.settle()
        #expect(pair.alice.statuses(.invite) == [200])
    }

    @Test("Multipart bodies pass untouched in every mode", arguments: PreconditionMode.allCases)
    func multipart(_ mode: PreconditionMode) throws {
        let pair = try Pair(mode)
        pair.bobAnswers()
        let body = "--x\r\nContent-Type: application/sdp\r\n\r\n" + Text.body(Text.lines("none", "none")) + "--x--\r\n"
        _ = pair.alice.initial(
            "INVITE", to: pair.bob.uri, extra: ["Content-Type: multipart/mixed;boundary=x", Text.supported], body: body)
        pair.core.world.settle()
        #expect(pair.bob.last(.invite)?.bodyText == body)
    }

    @Test("`sec-agree` and `precondition` leave one Require together; what else it holds stays")
    func requireHeader() throws {
        for (mode, left) in [
            (PreconditionMode.pass, ["100rel", "Precondition"]), (.assist, ["100rel"]), (.strip, ["100rel"]),
        ] {
            let pair = try Pair(mode)
            pair.bobAnswers()
            _ = pair.alice.initial("MESSAGE", to: pair.bob.uri, extra: ["Require: sec-agree, 100rel, Precondition"])
            pair.core.world.settle()
            #expect(pair.bob.last(.message)?.texts(.require) == left)
        }
    }

    @Test("Each listener has its mode: a UE of a stripping one calls one of a passing one")
    func perListener() throws {
        let core = try CallWorld.core {
            $0.pcscf = [
                (
                    "listeners",
                    .list([.map([("port", .text("5062")), ("preconditions", .text("strip"))])])
                )
            ]
        }
        let alice = try Phone(core.subscribe(1), host: 1, in: core)
        alice.ue.pcscf = CoreWorld.pcscfAddress.with(port: 5062)
        try alice.register()
        let bob = try CallWorld.phone(2, in: core)
        for phone in [alice, bob] {
            phone.answers = { [unowned phone] in $0.method == .ack ? [] : [phone.response(486, to: $0)] }
        }
        for (caller, called) in [(alice, bob), (bob, alice)] {
            _ = caller.initial(
                "INVITE", to: called.uri, extra: [Text.type, Text.supported],
                body: Text.body(Text.lines("none", "none")))
            core.world.settle()
            #expect(called.last(.invite)?.bodyText == Text.body(""))
            #expect(called.last(.invite)?.texts(.supported) == ["100rel"])
        }
    }
}
