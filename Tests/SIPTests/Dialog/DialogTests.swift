import SIP
import Testing

@Suite("RFC 3261 §12: dialogs")
struct DialogTests {
    private let routes = "Record-Route: <sip:p1.example.org;lr>, <sip:p2.example.org;lr>\r\n"

    private func caller(_ extra: String = "", status: Int = 200) throws -> Dialog {
        let invite = try CallText.message(CallText.invite())
        return try #require(Dialog(caller: invite, response: try CallText.response(status, extra: extra)))
    }

    private func called(_ extra: String = "") throws -> Dialog {
        try #require(Dialog(called: try CallText.message(CallText.invite(extra: extra)), localTag: "b1"))
    }

    @Test("RFC 3261 §12.1.2: the caller's route set is the Record-Route reversed, its target the Contact")
    func callerState() throws {
        let dialog = try caller(routes)
        #expect(dialog.routeSet == ["<sip:p2.example.org;lr>", "<sip:p1.example.org;lr>"])
        #expect(dialog.remoteTarget == "sip:bob@10.0.0.3:5060")
        #expect(dialog.id == DialogID(callID: "c1", localTag: "a1", remoteTag: "b1"))
        #expect(dialog.localSequence == 1 && dialog.remoteSequence == nil)
    }

    @Test("RFC 3261 §12.1.1: the called end's route set is the Record-Route in order")
    func calledState() throws {
        let dialog = try called(routes)
        #expect(dialog.routeSet == ["<sip:p1.example.org;lr>", "<sip:p2.example.org;lr>"])
        #expect(dialog.remoteTarget == "sip:alice@10.0.0.2:5060")
        #expect(dialog.id == DialogID(callID: "c1", localTag: "b1", remoteTag: "a1"))
        #expect(dialog.remoteSequence == 1 && dialog.state == .early)
    }

    @Test("RFC 3261 §12.2.1.1: a request goes to the target through the loose routes")
    func looseRouting() throws {
        var dialog = try caller(routes)
        let bye = dialog.request(.bye)
        let message = try SIPMessage(bye.writer.finish())
        #expect(message.requestURIText == "sip:bob@10.0.0.3:5060")
        #expect(message.texts(.route) == ["<sip:p2.example.org;lr>", "<sip:p1.example.org;lr>"])
        #expect(message.text(.from) == "<sip:alice@example.org>;tag=a1")
        #expect(message.text(.to) == "<sip:bob@example.org>;tag=b1")
        #expect(message.text(.cseq) == "2 BYE")
        #expect(bye.nextHop == "sip:p2.example.org;lr")
    }

    @Test("RFC 3261 §12.2.1.1: a strict router stands in the Request-URI, the target last in Route")
    func strictRouting() throws {
        var dialog = try caller("Record-Route: <sip:p1.example.org;lr>, <sip:strict.example.org>\r\n")
        let request = dialog.request(.info)
        let message = try SIPMessage(request.writer.finish())
        #expect(message.requestURIText == "sip:strict.example.org")
        #expect(message.texts(.route) == ["<sip:p1.example.org;lr>", "<sip:bob@10.0.0.3:5060>"])
        #expect(request.nextHop == "sip:strict.example.org")
    }

    @Test("RFC 3261 §12.2.1.1: without routes the next hop is the remote target")
    func noRoutes() throws {
        var dialog = try caller()
        #expect(dialog.request(.bye).nextHop == "sip:bob@10.0.0.3:5060")
    }

    @Test("RFC 3261 §13.2.2.4: the 2xx recomputes the route set of an early dialog")
    func confirmation() throws {
        var dialog = try caller("Record-Route: <sip:old.example.org;lr>\r\n", status: 180)
        #expect(dialog.state == .early)
        dialog.confirm(by: try CallText.response(200, contact: "<sip:bob@10.0.0.7>", extra: routes))
        #expect(dialog.state == .confirmed)
        #expect(dialog.routeSet.first == "<sip:p2.example.org;lr>")
        #expect(dialog.remoteTarget == "sip:bob@10.0.0.7")
    }

    @Test("RFC 3261 §13.2.2.4: the ACK bears the INVITE's number, whatever came between")
    func acknowledgementNumber() throws {
        var dialog = try caller()
        _ = dialog.request(.prack)
        _ = dialog.request(.update)
        let ack = try SIPMessage(dialog.acknowledgement(of: 1).writer.finish())
        #expect(ack.text(.cseq) == "1 ACK")
        #expect(dialog.localSequence == 3)
    }

    @Test("RFC 3261 §12.2.2: a lower CSeq is out of order, a gap is not")
    func order() throws {
        var dialog = try called()
        #expect(dialog.admit(try CallText.request("INFO", cseq: 5, fromAlice: true)) == .inOrder)
        #expect(dialog.admit(try CallText.request("INFO", cseq: 4, fromAlice: true)) == .outOfOrder)
        #expect(dialog.remoteSequence == 5)
    }

    @Test("RFC 3261 §12.2.2, RFC 3311 §5.2: only target refresh requests bring a new target")
    func targetRefresh() throws {
        var dialog = try called()
        let moved = "Contact: <sip:alice@10.0.0.8>\r\n"
        _ = dialog.admit(try CallText.request("INFO", cseq: 2, fromAlice: true, extra: moved))
        #expect(dialog.remoteTarget == "sip:alice@10.0.0.2:5060")
        _ = dialog.admit(try CallText.request("UPDATE", cseq: 3, fromAlice: true, extra: moved))
        #expect(dialog.remoteTarget == "sip:alice@10.0.0.8")
    }

    @Test("RFC 3261 §12.1: no dialog without a To tag, nor from an INVITE without Contact")
    func impossible() throws {
        let invite = try CallText.message(CallText.invite())
        #expect(Dialog(caller: invite, response: try CallText.response(100)) == nil)
        let bare = try CallText.message(
            CallText.invite().replacing("Contact: <sip:alice@10.0.0.2:5060>\r\n", with: ""))
        #expect(Dialog(called: bare, localTag: "b1") == nil)
    }
}
