/// INVITE server transaction: RFC 3261 §17.2.1 as corrected by RFC 6026 §7.1.
///
/// ```
/// Proceeding ──300–699──▶ Completed ──ACK──▶ Confirmed ──I──▶ Terminated
///     └─────────2xx─────▶ Accepted ──L──▶ Terminated   (Completed ──H──▶ Terminated)
/// ```
public struct InviteServerTransaction: Sendable {
    public enum State: Equatable, Sendable { case proceeding, completed, confirmed, accepted, terminated }
    public typealias Event = ServerTransactionEvent
    public typealias Effect = ServerTransactionEffect

    public private(set) var state = State.proceeding
    /// The response to repeat.
    public private(set) var lastResponse: [UInt8]?
    private let timers: SIPTimers
    private let isReliable: Bool
    private var intervalG: Int

    public init(isReliable: Bool, timers: SIPTimers) {
        self.isReliable = isReliable
        self.timers = timers
        intervalG = timers.t1
    }

    public mutating func handle(_ event: Event) -> Effects<Effect> {
        switch state {
        case .proceeding: proceeding(event)
        case .completed: completed(event)
        case .confirmed: confirmed(event)
        case .accepted: accepted(event)
        case .terminated: .none
        }
    }

    private mutating func proceeding(_ event: Event) -> Effects<Effect> {
        switch event {
        // §17.2.1: a 100 unless the user answers within 200 ms.
        case .start:
            return Effects(.start(.t, milliseconds: SIPTimers.inviteTryingDelay))
        case .timer(.t):
            return lastResponse == nil ? Effects(.sendTrying) : .none
        case .retransmission:
            return repeated()
        case .respond(let status, let bytes):
            var effects = lastResponse == nil ? Effects<Effect>(.stop(.t)) : .none
            lastResponse = bytes
            effects.append(.send(bytes))
            effects.append(contentsOf: answered(status))
            return effects
        // RFC 6026 §7.1: told to the user, the transaction stays.
        case .transportFailed:
            return Effects(.transportFailed)
        case .abandon:
            return lastResponse == nil ? finished(Effects(.stop(.t))) : finished(.none)
        case .ack, .timer:
            return .none
        }
    }

    private mutating func answered(_ status: Int) -> Effects<Effect> {
        switch status {
        case ..<200:
            return .none
        // RFC 6026 §7.1: Accepted absorbs repetitions of the INVITE; the 2xx itself is the user's to repeat.
        case 200..<300:
            state = .accepted
            return Effects(.start(.l, milliseconds: timers.times64))
        // §17.2.1: over UDP the response is repeated at T1, 2·T1 … up to T2, until the ACK or H.
        default:
            state = .completed
            var effects = Effects<Effect>(.start(.h, milliseconds: timers.times64))
            if !isReliable { effects.append(.start(.g, milliseconds: intervalG)) }
            return effects
        }
    }

    private mutating func completed(_ event: Event) -> Effects<Effect> {
        switch event {
        case .retransmission:
            return repeated()
        case .timer(.g):
            intervalG = min(2 * intervalG, timers.t2)
            var effects = repeated()
            effects.append(.start(.g, milliseconds: intervalG))
            return effects
        // §17.2.1: Confirmed absorbs further ACKs during I, which is zero over TCP.
        case .ack:
            state = .confirmed
            if isReliable { return finished(Effects(.stop(.h))) }
            return Effects(.stop(.g), .stop(.h), .start(.i, milliseconds: timers.t4))
        // No ACK came: nothing is left to be done for a response that is not 2xx.
        case .timer(.h):
            return isReliable ? finished(.none) : finished(Effects(.stop(.g)))
        case .transportFailed:
            return Effects(.transportFailed)
        case .start, .respond, .timer, .abandon:
            return .none
        }
    }

    private mutating func confirmed(_ event: Event) -> Effects<Effect> {
        switch event {
        case .timer(.i):
            return finished(.none)
        case .start, .retransmission, .ack, .respond, .timer, .transportFailed, .abandon:
            return .none
        }
    }

    private mutating func accepted(_ event: Event) -> Effects<Effect> {
        switch event {
        // RFC 6026 §7.1: any 2xx of the user goes out; an ACK that matches goes to it.
        case .respond(let status, let bytes) where (200..<300).contains(status):
            lastResponse = bytes
            return Effects(.send(bytes))
        case .ack:
            return Effects(.deliverAck)
        case .timer(.l):
            return finished(.none)
        case .transportFailed:
            return Effects(.transportFailed)
        case .start, .retransmission, .respond, .timer, .abandon:
            return .none
        }
    }

    private func repeated() -> Effects<Effect> {
        lastResponse.map { Effects(.send($0)) } ?? .none
    }

    private mutating func finished(_ effects: Effects<Effect>) -> Effects<Effect> {
        state = .terminated
        var effects = effects
        effects.append(.terminated)
        return effects
    }
}
