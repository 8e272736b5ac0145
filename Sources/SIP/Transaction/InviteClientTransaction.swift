/// INVITE client transaction: RFC 3261 §17.1.1 as corrected by RFC 6026 §7.2.
///
/// ```
/// Calling ──1xx──▶ Proceeding ──300–699──▶ Completed ──D──▶ Terminated
///    └──────2xx──────┴──▶ Accepted ──M──▶ Terminated
/// ```
public struct InviteClientTransaction: Sendable {
    public enum State: Equatable, Sendable { case calling, proceeding, completed, accepted, terminated }
    public typealias Event = ClientTransactionEvent
    public typealias Effect = ClientTransactionEffect

    public private(set) var state = State.calling
    /// The request as sent, kept to send it again and to make ACK and CANCEL from.
    public let request: [UInt8]
    private let timers: SIPTimers
    private let isReliable: Bool
    private var intervalA: Int

    public init(request: [UInt8], isReliable: Bool, timers: SIPTimers) {
        self.request = request
        self.isReliable = isReliable
        self.timers = timers
        intervalA = timers.t1
    }

    public mutating func handle(_ event: Event) -> Effects<Effect> {
        switch state {
        case .calling: calling(event)
        case .proceeding: proceeding(event)
        case .completed: completed(event)
        case .accepted: accepted(event)
        case .terminated: .none
        }
    }

    /// RFC 3261 §17.1.1.2: the request goes out and, over UDP, again at T1, 2·T1, 4·T1 …; timer B ends it.
    private mutating func calling(_ event: Event) -> Effects<Effect> {
        switch event {
        case .start:
            var effects = Effects<Effect>(.send(request))
            if !isReliable { effects.append(.start(.a, milliseconds: intervalA)) }
            effects.append(.start(.b, milliseconds: timers.times64))
            return effects
        case .timer(.a):
            intervalA *= 2
            return Effects(.send(request), .start(.a, milliseconds: intervalA))
        case .timer(.b), .timer(.x):
            return end(.timedOut)
        case .response(let status):
            var effects = Effects<Effect>(.stop(.b))
            if !isReliable { effects.append(.stop(.a)) }
            effects.append(contentsOf: answered(status))
            return effects
        case .transportFailed:
            return end(.transportFailed)
        // A CANCEL waits for a provisional response (§9.1), so the runner sends none in this state.
        case .cancelSent, .timer:
            return .none
        }
    }

    /// RFC 3261 §17.1.1.2: no more retransmissions; every provisional goes up.
    private mutating func proceeding(_ event: Event) -> Effects<Effect> {
        switch event {
        case .response(let status):
            return answered(status)
        // §9.1: no final response 64·T1 after the CANCEL: consider the transaction cancelled.
        case .cancelSent:
            return Effects(.start(.x, milliseconds: timers.times64))
        case .timer(.x):
            return end(.timedOut)
        case .transportFailed:
            return end(.transportFailed)
        case .start, .timer:
            return .none
        }
    }

    private mutating func answered(_ status: Int) -> Effects<Effect> {
        switch status {
        case ..<200:
            state = .proceeding
            return Effects(.deliver)
        // RFC 6026 §7.2: stay in Accepted so that every 2xx, repeated or from another branch, reaches the user.
        case 200..<300:
            state = .accepted
            return Effects(.stop(.x), .deliver, .start(.m, milliseconds: timers.times64))
        // RFC 3261 §17.1.1.2: acknowledge, then wait for repetitions during D, which is zero over TCP.
        default:
            state = .completed
            if isReliable { return finished(Effects(.stop(.x), .acknowledge, .deliver)) }
            return Effects(.stop(.x), .acknowledge, .deliver, .start(.d, milliseconds: timers.times64))
        }
    }

    /// RFC 3261 §17.1.1.2: a repeated final response means the ACK was lost.
    private mutating func completed(_ event: Event) -> Effects<Effect> {
        switch event {
        case .response(let status):
            return status >= 300 ? Effects(.acknowledge) : .none
        // The user has its answer; that the ACK could not be carried changes nothing for it.
        case .timer(.d), .transportFailed:
            return finished(.none)
        case .start, .timer, .cancelSent:
            return .none
        }
    }

    /// RFC 6026 §7.2: 2xx pass, everything else is absorbed until M.
    private mutating func accepted(_ event: Event) -> Effects<Effect> {
        switch event {
        case .response(let status):
            return (200..<300).contains(status) ? Effects(.deliver) : .none
        case .timer(.m):
            return finished(.none)
        case .start, .timer, .transportFailed, .cancelSent:
            return .none
        }
    }

    private mutating func end(_ report: Effect) -> Effects<Effect> { finished(Effects(report)) }

    private mutating func finished(_ effects: Effects<Effect>) -> Effects<Effect> {
        state = .terminated
        var effects = effects
        effects.append(.terminated)
        return effects
    }
}
