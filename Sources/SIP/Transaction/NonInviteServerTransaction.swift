/// Non-INVITE server transaction: RFC 3261 §17.2.2 with RFC 4320.
///
/// ```
/// Trying ──1xx──▶ Proceeding ──200–699──▶ Completed ──J──▶ Terminated
///    └───────────200–699──────────────────────┘
/// ```
public struct NonInviteServerTransaction: Sendable {
    public enum State: Equatable, Sendable { case trying, proceeding, completed, terminated }
    public typealias Event = ServerTransactionEvent
    public typealias Effect = ServerTransactionEffect

    public private(set) var state = State.trying
    /// The response to repeat.
    public private(set) var lastResponse: [UInt8]?
    private let timers: SIPTimers
    private let isReliable: Bool
    private var isTryingDue = true

    public init(isReliable: Bool, timers: SIPTimers) {
        self.isReliable = isReliable
        self.timers = timers
    }

    public mutating func handle(_ event: Event) -> Effects<Effect> {
        switch state {
        case .trying, .proceeding: unanswered(event)
        case .completed: completed(event)
        case .terminated: .none
        }
    }

    /// Trying and Proceeding differ only in whether there is a provisional response to repeat.
    private mutating func unanswered(_ event: Event) -> Effects<Effect> {
        switch event {
        case .start:
            return Effects(.start(.t, milliseconds: timers.nonInviteTryingDelay))
        // §17.2.2: in Trying a repeated request is discarded, in Proceeding the provisional goes out again.
        case .retransmission:
            return lastResponse.map { Effects(.send($0)) } ?? .none
        // RFC 4320 §4.1: one 100 when the client's timer E has reached T2; §4.2: none waits after its timer F.
        case .timer(.t) where isTryingDue:
            isTryingDue = false
            let left = timers.times64 - timers.nonInviteTryingDelay
            return Effects(.sendTrying, .start(.t, milliseconds: left))
        case .timer(.t):
            return finished(Effects(.timedOut))
        case .respond(let status, let bytes):
            return respond(status, bytes)
        case .transportFailed:
            return finished(Effects(.stop(.t), .transportFailed))
        case .abandon:
            return finished(Effects(.stop(.t)))
        case .ack, .timer:
            return .none
        }
    }

    private mutating func respond(_ status: Int, _ bytes: [UInt8]) -> Effects<Effect> {
        // RFC 4320 §4.2: a 408 would reach a client that has given up, or a proxy that must not pass it on.
        if status == 408 { return finished(Effects(.stop(.t))) }
        if status < 200 { return respondProvisional(status, bytes) }
        lastResponse = bytes
        state = .completed
        // §17.2.2: Completed repeats the answer during J, which is zero over TCP.
        if isReliable { return finished(Effects(.stop(.t), .send(bytes))) }
        return Effects(.stop(.t), .send(bytes), .start(.j, milliseconds: timers.times64))
    }

    /// RFC 4320 §4.1: no provisional but 100, and over UDP not before the client's timer E has reached T2.
    private mutating func respondProvisional(_ status: Int, _ bytes: [UInt8]) -> Effects<Effect> {
        guard status == 100, isReliable || !isTryingDue else { return .none }
        lastResponse = bytes
        state = .proceeding
        return Effects(.send(bytes))
    }

    private mutating func completed(_ event: Event) -> Effects<Effect> {
        switch event {
        case .retransmission:
            return lastResponse.map { Effects(.send($0)) } ?? .none
        case .timer(.j):
            return finished(.none)
        case .transportFailed:
            return finished(Effects(.stop(.j), .transportFailed))
        case .start, .ack, .respond, .timer, .abandon:
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
