public import SIP

/// Requests of our own (RFC 3261 §8.1).
extension SIPStack {
    /// Sends a request and gives its final response. Via is added, Max-Forwards too where the writer has none.
    /// Provisional responses are absorbed; an ACK for a 2xx is the caller's.
    public func request(_ writer: SIPWriter, to target: SIPTarget) async -> SIPOutcome {
        guard let message = try? SIPMessage(writer.finish(), limits: limits.message), message.isRequest,
            clients.count < limits.transactions
        else { return .transportFailed }
        var edit = SIPEdit(message)
        if !message.has(.maxForwards) { edit.prepend(.maxForwards, "70") }
        let isInvite = message.method == .invite
        guard let sending = prepare(&edit, isInvite: isInvite, to: target, loopMark: message.loopMark(seed: seed))
        else {
            return .transportFailed
        }
        return await withUnsafeContinuation { waiting in
            tallies.waiting += 1
            let id = begin(sending, .procedure(waiting))
            step(client: id, .start)
        }
    }
}
