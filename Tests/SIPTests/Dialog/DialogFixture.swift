import SIP
import Testing

/// Messages of one call between alice (10.0.0.2) and bob (10.0.0.3), as text.
enum CallText {
    static func message(_ text: String) throws -> SIPMessage { try SIPMessage(Array(text.utf8)) }

    static func invite(extra: String = "", body: String = "v=0\r\n", cseq: Int = 1, toTag: String? = nil) -> String {
        "INVITE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK1\r\n"
            + "From: <sip:alice@example.org>;tag=a1\r\nTo: <sip:bob@example.org>\(toTag.map { ";tag=" + $0 } ?? "")\r\n"
            + "Call-ID: c1\r\nCSeq: \(cseq) INVITE\r\nContact: <sip:alice@10.0.0.2:5060>\r\n\(extra)"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    static func response(
        _ status: Int, tag: String = "b1", cseq: String = "1 INVITE", contact: String? = "<sip:bob@10.0.0.3:5060>",
        extra: String = ""
    ) throws -> SIPMessage {
        let to = status == 100 ? "<sip:bob@example.org>" : "<sip:bob@example.org>;tag=\(tag)"
        return try message(
            "SIP/2.0 \(status) X\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK1\r\n"
                + "From: <sip:alice@example.org>;tag=a1\r\nTo: \(to)\r\nCall-ID: c1\r\nCSeq: \(cseq)\r\n"
                + (contact.map { "Contact: \($0)\r\n" } ?? "") + extra + "Content-Length: 0\r\n\r\n")
    }

    /// A request of bob's toward alice, or of alice's toward bob.
    static func request(
        _ method: String, cseq: Int, fromAlice: Bool = false, extra: String = "", body: String = ""
    ) throws -> SIPMessage {
        let alice = "<sip:alice@example.org>;tag=a1"
        let bob = "<sip:bob@example.org>;tag=b1"
        return try message(
            "\(method) sip:x@10.0.0.9 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK\(method)\(cseq)\r\n"
                + "From: \(fromAlice ? alice : bob)\r\nTo: \(fromAlice ? bob : alice)\r\nCall-ID: c1\r\n"
                + "CSeq: \(cseq) \(method)\r\n\(extra)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }
}

/// Effects as short texts, so that a whole step compares at a glance.
func brief(_ effects: Effects<CallEffect>) -> [String] {
    effects.map { effect in
        switch effect {
        case .send(let request): "send \(request.method.name)"
        case .acknowledge: "ack"
        case .cancel: "cancel"
        case .respondInvite(let reply): "invite \(text(reply))"
        case .respond(let reply): "respond \(text(reply))"
        case .repeatResponse: "repeat"
        case .start(let timer, let milliseconds): "start \(timer) \(milliseconds)"
        case .stop(let timer): "stop \(timer)"
        case .progressing(let status): "progressing \(status)"
        case .established: "established"
        case .ended(let end): "ended \(end)"
        }
    }
}

private func text(_ reply: CallReply) -> String {
    "\(reply.status)" + (reply.rseq == nil ? "" : " rel") + (reply.carriesSession ? " sdp" : "")
}

/// The requests among effects, as messages.
func sent(_ effects: Effects<CallEffect>) throws -> [SIPMessage] {
    try effects.compactMap { effect in
        switch effect {
        case .send(let request), .acknowledge(let request): try SIPMessage(request.writer.finish())
        default: nil
        }
    }
}
