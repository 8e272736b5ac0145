/// Non-INVITE client transaction: RFC 3261 §17.1.2.
///
/// ```
/// Trying ──1xx──▶ Proceeding ──200–699──▶ Completed ──K──▶ Terminated
///    └───────────200–699──────────────────────┘
/// ```
public struct NonInviteClientTransaction: Sendable {
    public enum State: Equatable, Sendable { case trying, proceeding, completed, terminated }
    public typealias Event = ClientTransactionEvent
    public typealias Effect = ClientTransactionEffect

    public private(set) var state = State.trying
    /// The request as sent, kept to send it again.
    public let request: [UInt8]
    private let timers: SIPTimers
    private let isReliable: Bool
    private var intervalE: Int

    public init(request: [UInt8], isReliable: Bool, timers: SIPTimers) {
        self.request = request
        self.isReliable = isReliable
        self.timers = timers
        intervalE = timers.t1
    }

    public mutating func handle(_ event: Event) -> Effects<Effect> {
        switch state {
        case .trying: trying(event)
        case .proceeding: proceeding(event)
        case .completed: completed(event)
        case .terminated: .none
        }
    }

    /// RFC 3261 §17.1.2.2: over UDP again at T1, 2·T1 … up to T2; timer F ends it.
    private mutating func trying(_ event: Event) -> Effects<Effect> {
        switch event {
        case .start:
            var effects = Effects<Effect>(.send(request))
            if !isReliable { effects.append(.start(.e, milliseconds: intervalE)) }
            effects.append(.start(.f, milliseconds: timers.times64))
            return effects
        case .timer(.e):
            intervalE = min(2 * intervalE, timers.t2)
            return Effects(.send(request), .start(.e, milliseconds: intervalE))
        case .response, .timer(.f), .transportFailed:
            return common(event)
        case .timer, .cancelSent:
            return .none
        }
    }

    /// RFC 3261 §17.1.2.2: after a provisional the request is still repeated, every T2.
    private mutating func proceeding(_ event: Event) -> Effects<Effect> {
        switch event {
        case .timer(.e):
            return Effects(.send(request), .start(.e, milliseconds: timers.t2))
        case .response, .timer(.f), .transportFailed:
            return common(event)
        case .start, .timer, .cancelSent:
            return .none
        }
    }

    private mutating func common(_ event: Event) -> Effects<Effect> {
        switch event {
        case .response(let status) where status < 200:
            state = .proceeding
            return Effects(.deliver)
        // Completed absorbs repetitions during K, which is zero over TCP.
        case .response:
            var effects = Effects<Effect>(.stop(.f))
            if !isReliable { effects.append(.stop(.e)) }
            effects.append(.deliver)
            if isReliable { return finished(effects) }
            state = .completed
            effects.append(.start(.k, milliseconds: timers.t4))
            return effects
        case .timer(.f):
            return finished(Effects(.timedOut))
        case .transportFailed:
            return finished(Effects(.transportFailed))
        case .start, .timer, .cancelSent:
            return .none
        }
    }

    private mutating func completed(_ event: Event) -> Effects<Effect> {
        switch event {
        case .timer(.k):
            return finished(.none)
        case .start, .response, .timer, .transportFailed, .cancelSent:
            return .none
        }
    }

    private mutating func finished(_ effects: Effects<Effect>) -> Effects<Effect> {
        state = .terminated
        var effects = effects
        effects.append(.terminated)
        return effects
    }
}
