import SIP

/// What happens to a message where it crosses Gm, by the listener it crosses at: trust boundary, option tags, session
/// description, access network.
struct GmCrossing: Sendable {
    var preconditions = PreconditionMode.pass
    /// Value of P-Access-Network-Info the network provides; nil: none.
    var accessNetworkInfo: String?
    /// What calls ask of the policy.
    var qos = QoSDemand.off

    /// A message from the UE.
    func enter(_ edit: inout SIPEdit) {
        TrustBoundary.enter(&edit)
        settleOptions(&edit)
        settle(&edit, .fromUE)
        if let accessNetworkInfo, Self.tellsAccess(edit.message) {
            edit.append(.pAccessNetworkInfo, accessNetworkInfo)
        }
    }

    /// A message to the UE.
    func leave(_ edit: inout SIPEdit) {
        TrustBoundary.leave(&edit)
        guard preconditions != .pass else { return }
        settleOptions(&edit)
        settle(&edit, .toUE)
    }

    /// TS 24.229 §7.2A.4, RFC 7315 §5: in every message but ACK, CANCEL and 100.
    static func tellsAccess(_ message: SIPMessage) -> Bool {
        guard message.isRequest else { return message.status > 100 && message.method != .cancel }
        return message.method != .ack && message.method != .cancel
    }

    /// `sec-agree` ends here (RFC 3329 §2.3.1), `precondition` where the listener is told so.
    private func settleOptions(_ edit: inout SIPEdit) {
        let message = edit.message
        let isRequired = preconditions == .assist && message.lists(PreconditionDecision.optionTag, in: .require)
        for header in [HeaderID.require, .proxyRequire, .supported] {
            let change = PreconditionDecision.tag(
                in: header, preconditions, isRequest: message.isRequest, isRequired: isRequired)
            guard message.has(header) || change == .add else { continue }
            var dropped = change == .drop ? [PreconditionDecision.optionTag] : []
            if message.isRequest, header != .supported { dropped.append("sec-agree") }
            guard !dropped.isEmpty || change == .add else { continue }
            RegisterEdit.rewrite(
                header, in: &edit, dropping: dropped, adding: change == .add ? PreconditionDecision.optionTag : nil)
        }
    }

    /// The session description in the body.
    func settle(_ edit: inout SIPEdit, _ heading: GmHeading) {
        guard preconditions != .pass else { return }
        edit.changeSession { bytes, line in
            PreconditionLine(bytes, line).map { PreconditionDecision.change($0, preconditions, heading) } ?? .keep
        }
    }
}
