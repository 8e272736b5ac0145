/// What a server transaction wants done (RFC 3261 §17.2).
public enum ServerTransactionEffect: Equatable, Sendable {
    /// Send a response, or send it again.
    case send([UInt8])
    /// Make and send a 100 (Trying), through `.respond`.
    case sendTrying
    /// Give the ACK at hand to the transaction user (RFC 6026 §7.1).
    case deliverAck
    case start(SIPTimer, milliseconds: Int)
    case stop(SIPTimer)
    /// Tell the transaction user that nobody waits for its answer any more (RFC 4320 §4.2).
    case timedOut
    /// Tell the transaction user that a response could not be carried.
    case transportFailed
    /// The transaction is over: forget it. Always the last effect.
    case terminated
}

/// What happens to a server transaction.
public enum ServerTransactionEvent: Equatable, Sendable {
    /// The request arrived; happens once, first.
    case start
    /// The request arrived again.
    case retransmission
    /// An ACK matched this transaction (INVITE only).
    case ack
    /// The transaction user answers.
    case respond(status: Int, [UInt8])
    case timer(SIPTimer)
    case transportFailed
    /// The transaction user will not answer (RFC 4320 §4.2).
    case abandon
}
