/// What happens to one end of a call.
public enum CallEvent: Sendable {
    // From the user.
    /// Called end: describe the session before anybody is alerted, with a reliable 183 (RFC 3262, RFC 3312 §5.1.2).
    case progress
    /// Called end: alert, with a 180.
    case ring
    /// Called end: take the call.
    case answer
    /// Called end: refuse it (486, 603, 480 …).
    case reject(status: Int)
    /// Caller: offer the session anew in the early dialog, with an UPDATE (RFC 3311).
    case renew
    /// Either end: end the call, whatever its state allows: CANCEL, BYE, or a refusal.
    case hangUp

    // From the peer.
    /// Caller: a response to the INVITE, a repeated 2xx included.
    case response(SIPMessage)
    /// Caller: no final response came, by time-out (408) or for want of transport (503).
    case unanswered(status: Int)
    /// Called end: CANCEL came; the transaction has been answered 487 (RFC 3261 §9.2).
    case cancelled
    /// A request within the dialog, ACK included.
    case request(SIPMessage)
    /// The final outcome of a request sent with `.send`.
    case answered(SIPMethod, status: Int)
    case timer(CallTimer)
}

/// Timers of a call's user agents; the transactions below have their own.
public enum CallTimer: UInt8, Sendable, CaseIterable {
    /// A response is to be sent again: a 2xx until its ACK (RFC 3261 §13.3.1.4), a reliable provisional until its PRACK
    /// (RFC 3262 §3).
    case repetition
    /// The ACK or PRACK has not come in 64·T1.
    case patience
}

/// A response to be made by the runner.
public struct CallReply: Equatable, Sendable {
    public var status: Int
    /// RSeq of a reliable provisional response (RFC 3262 §7.1).
    public var rseq: UInt32?
    /// Whether a session description goes into it: an answer, or an offer where the request had none.
    public var carriesSession = false

    public init(status: Int, rseq: UInt32? = nil, carriesSession: Bool = false) {
        self.status = status
        self.rseq = rseq
        self.carriesSession = carriesSession
    }
}

/// What one end of a call wants done, in order.
public enum CallEffect: Sendable {
    /// Send a request in a transaction of its own; its outcome comes back as `.answered`.
    case send(Dialog.Request)
    /// Send an ACK for a 2xx, outside of any transaction (RFC 3261 §13.2.2.4).
    case acknowledge(Dialog.Request)
    /// Send a CANCEL for the INVITE (RFC 3261 §9.1).
    case cancel
    /// Answer the INVITE.
    case respondInvite(CallReply)
    /// Answer the request at hand; if it is an INVITE, `.repeatResponse` means this answer from now on.
    case respond(CallReply)
    /// Send the last response to an INVITE again.
    case repeatResponse
    case start(CallTimer, milliseconds: Int)
    case stop(CallTimer)

    // Told to the user.
    /// Caller: a provisional response other than 100.
    case progressing(status: Int)
    /// The session stands: the 2xx has come, or its ACK.
    case established
    /// The call is over; always the last effect of its call.
    case ended(CallEnd)
}

/// How a call came to its end.
public enum CallEnd: Equatable, Sendable {
    /// After it stood: BYE from here.
    case hungUp
    /// After it stood: BYE from the peer.
    case hungUpByPeer
    /// Cancelled before it stood, from either end.
    case cancelled
    /// Refused by the peer, or by the network on the way, with this status; 408 and 503 also where nothing came.
    case refused(status: Int)
    /// Refused from here.
    case rejected(status: Int)
    /// The peer did not confirm: no ACK or PRACK in 64·T1.
    case unconfirmed
}
