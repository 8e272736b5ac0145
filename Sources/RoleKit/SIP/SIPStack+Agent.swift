public import SIP

/// Number of a client transaction of a user agent.
public struct ClientTransactionID: Hashable, Sendable {
    public var raw: UInt64
    public init(raw: UInt64) { self.raw = raw }
}

/// What a user agent hears of the requests it sent with `send`, and of those it is to answer.
public enum AgentNotice: Sendable {
    /// A response, provisional ones and repeated 2xx to INVITE included.
    case response(ClientTransactionID, SIPMessage)
    /// No final response came in time.
    case timeout(ClientTransactionID)
    /// The request could not be carried.
    case transportFailed(ClientTransactionID)
    /// A CANCEL ended a pending INVITE; the stack has answered both (RFC 3261 §9.2).
    case cancelled(ServerTransactionID)
}

/// What waits for a user agent, in order of arrival.
struct AgentInbox {
    /// Only a user agent takes notices; for a proxy none are kept.
    var isOpen = false
    private var notices: [AgentNotice] = []
    private var taken = 0

    mutating func push(_ notice: AgentNotice) {
        if isOpen { notices.append(notice) }
    }

    mutating func next() -> AgentNotice? {
        guard taken < notices.count else {
            notices.removeAll(keepingCapacity: true)
            taken = 0
            return nil
        }
        defer { taken += 1 }
        return notices[taken]
    }
}

/// The machine path of a user agent (RFC 3261 §8.1, §13): requests and their responses without a task, for calls, whose
/// provisional responses and repeated 2xx matter, and for whoever holds thousands of registrations.
extension SIPStack {
    /// From now on notices are kept for `nextNotice()`, which is to be drained after each `handle` and each `send`.
    public func becomeAgent() { agent.isOpen = true }

    /// The next notice; nil when there is none.
    public func nextNotice() -> AgentNotice? { agent.next() }

    /// Sends a request; nil if there is no room or no way. Via is added, Max-Forwards too where the writer has none.
    public func send(_ writer: SIPWriter, to target: SIPTarget) -> ClientTransactionID? {
        guard clients.count < limits.transactions, let sending = prepared(writer, target) else { return nil }
        tallies.waiting += 1
        let id = begin(sending, .agent(isSettled: false))
        step(client: id, .start)
        return ClientTransactionID(raw: id)
    }

    /// Sends a request that belongs to no transaction: the ACK for a 2xx (RFC 3261 §13.2.2.4).
    public func sendAck(_ writer: SIPWriter, to target: SIPTarget) {
        guard let sending = prepared(writer, target) else { return }
        var path = sending.path
        _ = transmit(sending.request, &path)
    }

    /// Cancels a pending INVITE that has had a provisional response (RFC 3261 §9.1).
    public func cancel(_ id: ClientTransactionID) { sendCancel(id.raw, reasons: []) }

    /// The To tag of every response the stack makes to a request, which is the local tag of the dialog.
    public func localTag(of request: IncomingRequest) -> String? { servers[request.transaction.raw]?.toTag }

    private func prepared(_ writer: SIPWriter, _ target: SIPTarget) -> Sending? {
        guard let message = try? SIPMessage(writer.finish(), limits: limits.message), message.isRequest else {
            return nil
        }
        var edit = SIPEdit(message)
        if !message.has(.maxForwards) { edit.prepend(.maxForwards, "70") }
        let mark = message.loopMark(seed: seed)
        return prepare(&edit, isInvite: message.method == .invite, to: target, loopMark: mark)
    }

    /// A response of a transaction a user agent owns.
    func deliverToAgent(_ response: SIPMessage, _ id: UInt64, isSettled: Bool) {
        if response.isFinal, !isSettled { settleAgent(id) }
        agent.push(.response(ClientTransactionID(raw: id), response))
    }

    /// A transaction a user agent owns got no final response.
    func reportToAgent(_ id: UInt64, _ outcome: SIPOutcome, isSettled: Bool) {
        guard !isSettled else { return }
        settleAgent(id)
        switch outcome {
        case .timeout: agent.push(.timeout(ClientTransactionID(raw: id)))
        case .transportFailed, .response: agent.push(.transportFailed(ClientTransactionID(raw: id)))
        }
    }

    private func settleAgent(_ id: UInt64) {
        tallies.waiting -= 1
        _ = clients.update(id) { $0.owner = .agent(isSettled: true) }
    }
}
