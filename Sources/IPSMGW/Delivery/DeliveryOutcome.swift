import SIP
import SMS

/// What an attempt to deliver comes to.
enum DeliveryOutcome: Equatable {
    /// 2xx to the MESSAGE, or RP-ACK.
    case accepted
    /// The phone could make nothing of it: tried again, but not often.
    case refused(reason: String)
    /// Tried again.
    case temporary(reason: String)
    /// Never tried again; what the sender is told.
    case permanent(DeliveryStatus)
    /// Tried when the phone says that it has memory (TS 23.040 §3.2.7).
    case memoryExceeded

    /// By the final status of the MESSAGE, TS 24.341 §5.3.3.4.3. Nobody of that name is the one answer that no waiting
    /// mends; who is away, busy, or cannot take short messages with the device of now may be or can later.
    init(status: Int) {
        switch status {
        case 200..<300: self = .accepted
        case 404, 604: self = .permanent(.notObtainable)
        default: self = .temporary(reason: "\(status) \(SIPReason.phrase(status))")
        }
    }

    /// By the cause of the phone's RP-ERROR, TS 24.011 table 8.4 and TS 23.040 §3.3.2 table 1. Only what names the
    /// subscriber or a facility it has not is for good; what the phone did not understand may be the way's fault, and
    /// another device may.
    init(cause: RPCause) {
        switch cause {
        case .memoryCapacityExceeded: self = .memoryExceeded
        case let cause where Self.temporary.contains(cause.value): self = .temporary(reason: cause.description)
        case let cause where Self.permanent.contains(cause.value): self = .permanent(.incompatibleDestination)
        default: self = .refused(reason: cause.description)
        }
    }

    /// Out of order, temporary failure, congestion, resources; a reference or state the phone did not expect.
    private static let temporary: [UInt8] = [27, 38, 41, 42, 47, 81, 98]
    /// Unassigned, barred, unidentified or unknown; a facility rejected, not subscribed, not implemented.
    private static let permanent: [UInt8] = [1, 8, 10, 28, 29, 30, 50, 69]
}
