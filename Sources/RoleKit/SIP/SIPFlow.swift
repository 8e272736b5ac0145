public import SIP

/// Where a message came from, and so where an answer or a request for the same user goes (RFC 5626 §3's flow).
public struct SIPFlow: Hashable, Sendable {
    public var kind: LinkKind
    /// Socket it arrived on.
    public var listener: ListenerID
    public var remote: SocketAddress
    /// The stream, where `kind` is one.
    public var connection: ConnectionID?

    public init(kind: LinkKind, listener: ListenerID, remote: SocketAddress, connection: ConnectionID? = nil) {
        self.kind = kind
        self.listener = listener
        self.remote = remote
        self.connection = connection
    }
}

/// Number of a server transaction; `none` for an ACK, which has none of its own.
public struct ServerTransactionID: Hashable, Sendable {
    public var raw: UInt64
    public init(raw: UInt64) { self.raw = raw }
    public static let none = ServerTransactionID(raw: .max)
}

/// A request for the transaction user: new, well-formed, not a retransmission. An ACK is one for a 2xx.
public struct IncomingRequest: Sendable {
    public var transaction: ServerTransactionID
    /// The request with `received` and `rport` filled in (RFC 3261 §18.2.1, RFC 3581 §4).
    public var message: SIPMessage
    public var flow: SIPFlow
    /// Index into the settings' listeners.
    public var listener: Int

    public init(transaction: ServerTransactionID, message: SIPMessage, flow: SIPFlow, listener: Int) {
        self.transaction = transaction
        self.message = message
        self.flow = flow
        self.listener = listener
    }
}

/// A next hop: address, transport and the listener whose name stands in Via.
public struct SIPTarget: Sendable {
    public var address: SocketAddress
    public var kind: LinkKind
    /// Index of the listener to send from.
    public var listener: Int
    /// Send on this flow as long as it stands; its connection is not replaced by another.
    public var flow: SIPFlow?
    /// Request-URI of this branch; nil: the request's own.
    public var requestURI: String?
    /// Milliseconds after which silence counts as a time-out, where a procedure cannot wait for timer B or F; nil: those.
    public var answerWithin: Int?
    /// Route values put on top for this branch, the first topmost (RFC 3261 §16.6 step 4).
    public var routes: [String] = []
    /// Milliseconds an INVITE may ring here before it is cancelled; nil: timer C.
    public var ringsFor: Int?

    public init(
        address: SocketAddress, kind: LinkKind = .udp, listener: Int = 0, flow: SIPFlow? = nil,
        requestURI: String? = nil, answerWithin: Int? = nil
    ) {
        self.address = address
        self.kind = kind
        self.listener = listener
        self.flow = flow
        self.requestURI = requestURI
        self.answerWithin = answerWithin
    }
}

extension LinkKind {
    /// What a URI's `transport` parameter asks for (RFC 3261 §19.1.1); UDP where it asks for nothing (RFC 3263 §4.1). Nil
    /// for a transport this build has not.
    public init?(transport: String?) {
        switch transport?.lowercased() {
        case nil, "udp": self = .udp
        case "tcp": self = .tcp
        default: return nil
        }
    }
}

/// What came of a request that was sent.
public enum SIPOutcome: Sendable {
    /// The final response: of a fork the best (RFC 3261 §16.7).
    case response(SIPMessage)
    /// No final response in time.
    case timeout
    /// The next hop could not be reached, or the stack has no room.
    case transportFailed

    /// The status an element that passes the outcome on answers with: that of the response, 408 (§16.7), or 500 for
    /// the 503 that §16.9 and §16.7 step 6 make of a transport failure.
    public var status: Int {
        switch self {
        case .response(let message): message.status
        case .timeout: 408
        case .transportFailed: 500
        }
    }
}

/// Sizes and sums of a stack, for leak checks, status and metrics.
public struct SIPCounts: Equatable, Sendable {
    /// Server transactions alive, those only waiting for retransmissions included.
    public var serverTransactions = 0
    /// Client transactions alive.
    public var clientTransactions = 0
    /// Both together.
    public var transactions: Int { serverTransactions + clientTransactions }
    /// Response contexts alive (RFC 3261 §16.7).
    public var contexts = 0
    /// Server transactions nobody has answered with a final response.
    public var unanswered = 0
    /// Procedures waiting for an outcome.
    public var waiting = 0
    /// Stream connections.
    public var connections = 0
    /// Timers running.
    public var timers = 0

    // Since start.
    public var requestsReceived = 0
    public var responsesReceived = 0
    /// Requests and responses sent, repetitions included.
    public var messagesSent = 0
    /// Requests that came again and were absorbed.
    public var retransmissionsReceived = 0
    /// Messages refused or dropped as malformed.
    public var malformed = 0
    /// Responses that matched no transaction.
    public var strayResponses = 0
    /// Requests refused for want of room or because of a drain.
    public var refused = 0
}
