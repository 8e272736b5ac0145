/// What a client transaction wants done (RFC 3261 §17.1).
public enum ClientTransactionEffect: Equatable, Sendable {
    /// Send the request, or send it again.
    case send([UInt8])
    /// Send an ACK for the response at hand, to where the request went (§17.1.1.3).
    case acknowledge
    /// Give the response at hand to the transaction user.
    case deliver
    case start(SIPTimer, milliseconds: Int)
    case stop(SIPTimer)
    /// Tell the transaction user that no answer came in time.
    case timedOut
    /// Tell the transaction user that the request could not be carried.
    case transportFailed
    /// The transaction is over: forget it. Always the last effect.
    case terminated
}

/// What happens to a client transaction.
public enum ClientTransactionEvent: Equatable, Sendable {
    /// The transaction user hands over the request; happens once, first.
    case start
    /// A matching response arrived.
    case response(status: Int)
    case timer(SIPTimer)
    /// The transport could not carry the request or the ACK.
    case transportFailed
    /// A CANCEL for this request has been sent (INVITE only).
    case cancelSent
}
