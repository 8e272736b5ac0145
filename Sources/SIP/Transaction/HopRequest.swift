/// The two requests a client transaction makes from its INVITE, for the same next hop.
public enum HopRequest {
    /// ACK for a final response other than 2xx (RFC 3261 §17.1.1.3): Request-URI, Call-ID, From and CSeq number of the
    /// INVITE, its top Via alone, its Routes, and the To of the response.
    public static func acknowledgement(of invite: SIPMessage, for response: SIPMessage) -> [UInt8] {
        make(.ack, from: invite, to: response.text(.to) ?? invite.text(.to) ?? "").finish()
    }

    /// CANCEL of a pending INVITE (RFC 3261 §9.1), with the reasons given upstream (RFC 3326 §2).
    public static func cancel(of invite: SIPMessage, reasons: [String] = []) -> [UInt8] {
        var writer = make(.cancel, from: invite, to: invite.text(.to) ?? "")
        for reason in reasons { writer.add(.reason, reason) }
        return writer.finish()
    }

    private static func make(_ method: SIPMethod, from invite: SIPMessage, to: String) -> SIPWriter {
        var writer = SIPWriter.request(method, uri: invite.requestURIText)
        writer.add(.via, invite.bytes(.via).map { invite.string($0) } ?? "")
        writer.copy(.route, from: invite)
        writer.add(.maxForwards, "70")
        writer.copy(.from, from: invite)
        writer.add(.to, to)
        writer.copy(.callID, from: invite)
        writer.add(.cseq, "\(invite.cseqNumber ?? 1) \(method.name)")
        return writer
    }
}
