import SIP

/// The way a request or response goes: transport, listener, address and, on a stream, the connection it took last.
struct SIPPath {
    var kind: LinkKind
    /// Index into the stack's listeners.
    var listener: Int
    var remote: SocketAddress
    var connection: ConnectionID?
    /// Only this connection will do: behind it is a UE that cannot be called back (RFC 5626 §5.3).
    var isPinned = false
}

/// A server transaction in the stack's table.
struct ServerRecord {
    enum Machine {
        case invite(InviteServerTransaction)
        case other(NonInviteServerTransaction)

        mutating func handle(_ event: ServerTransactionEvent) -> Effects<ServerTransactionEffect> {
            switch self {
            case .invite(var machine):
                let effects = machine.handle(event)
                self = .invite(machine)
                return effects
            case .other(var machine):
                let effects = machine.handle(event)
                self = .other(machine)
                return effects
            }
        }
    }

    var machine: Machine
    let key: TransactionKey
    /// Where responses go (RFC 3261 §18.2.2).
    var path: SIPPath
    let flow: SIPFlow
    /// The request, until it has its final response.
    var request: SIPMessage?
    /// To-tag of every response made here: part of the secret key, so nobody can foresee it.
    var toTag: String { Hex.text(key.low) }
    /// The response context now at work for it.
    var context: UInt64?
    var isCancelled = false
    var isAnswered = false
    /// Bytes it counts for in the stack's total: the request's, then the final answer's.
    var heldBytes = 0
    var timers = RunningTimers()
}

/// A client transaction in the stack's table.
struct ClientRecord {
    enum Machine {
        case invite(InviteClientTransaction)
        case other(NonInviteClientTransaction)

        mutating func handle(_ event: ClientTransactionEvent) -> Effects<ClientTransactionEffect> {
            switch self {
            case .invite(var machine):
                let effects = machine.handle(event)
                self = .invite(machine)
                return effects
            case .other(var machine):
                let effects = machine.handle(event)
                self = .other(machine)
                return effects
            }
        }

        var request: [UInt8] {
            switch self {
            case .invite(let machine): machine.request
            case .other(let machine): machine.request
            }
        }

        /// Whether any response has come, be it a provisional one.
        var hasResponse: Bool {
            switch self {
            case .invite(let machine): machine.state != .calling
            case .other(let machine): machine.state != .trying
            }
        }

        /// Whether a response's CSeq names the request's method.
        func isAnswered(by response: SIPMessage, _ method: Range<Int>) -> Bool {
            let request = request
            return request.count > method.count && request[method.count] == 0x20
                && response.equals(method, request[..<method.count])
        }
    }

    /// Who waits for the answer.
    enum Owner {
        /// A branch of a response context.
        case branch(context: UInt64, Int)
        /// A procedure that sent a request of its own.
        case procedure(UnsafeContinuation<SIPOutcome, Never>)
        /// A user agent's machine; settled once the final response, or none, has been reported.
        case agent(isSettled: Bool)
        /// Nobody: a CANCEL, or everything has been said.
        case nobody
    }

    var machine: Machine
    /// The unguessable part of its branch.
    let tag: UInt64
    var path: SIPPath
    var owner: Owner
    /// `SIPTarget.answerWithin`
    var answerWithin: Int?
    /// `SIPTarget.ringsFor`
    var ringsFor: Int?
    /// The CANCEL sent for it, which bears the same branch.
    var cancel: UInt64?
    /// It went over TCP for its size alone; a refused connection brings it back to UDP (RFC 3261 §18.1.1).
    var mayFallBack = false
    var timers = RunningTimers()
}

/// A response context with the messages its machine speaks of.
struct ContextRecord {
    var machine: ProxyResponseContext
    var request: IncomingRequest?
    /// Client transaction of each branch.
    var clients: [UInt64] = []
    /// Final response of each branch, until one has been chosen.
    var finals: [SIPMessage?]
    /// Client transactions alive.
    var alive = 0
    var waiting: UnsafeContinuation<SIPOutcome, Never>?
    /// Set until the outcome has gone upstream by itself, where no procedure waits for it.
    var finalRelay: FinalRelay?
    /// Edits what is relayed without the role's asking: provisional responses and repeated 2xx.
    var relaying: ((SIPMessage, inout SIPEdit) -> Void)?
    /// Reason headers of the CANCEL from upstream (RFC 3326 §2).
    var reasons: [String] = []
}
