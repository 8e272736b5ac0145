/// The value of a Subscription-State header field, RFC 6665 §8.2.3 and §4.1.3.
public enum SubscriptionState: Equatable, Sendable {
    case active(expires: Int?)
    case pending(expires: Int?)
    case terminated(reason: TerminationReason, retryAfter: Int?)

    /// Why a subscription has ended, RFC 6665 §4.1.3.
    public enum TerminationReason: String, CaseIterable, Equatable, Sendable {
        /// Subscribe again at once.
        case deactivated
        /// Subscribe again later.
        case probation
        /// Do not subscribe again: authorisation is gone.
        case rejected
        /// It was not refreshed in time.
        case timeout
        /// Subscribe again later: no authorisation in time.
        case giveup
        /// Do not subscribe again: there is nothing any more to be watched.
        case noresource
        /// Do not subscribe again: nothing will ever change.
        case invariant
    }

    /// The header of a NOTIFY; nil where it is missing or makes no sense.
    ///
    /// A reason that is unknown or absent counts as none of those that forbid subscribing again (§4.1.3).
    public init?(_ notify: SIPMessage) {
        guard let (token, params) = try? notify.token(.subscriptionState) else { return nil }
        let expires = params.seconds("expires")
        switch lowercasedASCII(token) {
        case "active": self = .active(expires: expires)
        case "pending": self = .pending(expires: expires)
        case "terminated":
            self = .terminated(
                reason: params["reason"].flatMap { TerminationReason(rawValue: lowercasedASCII($0)) } ?? .timeout,
                retryAfter: params.seconds("retry-after"))
        default: return nil
        }
    }

    /// The header's value.
    public var text: String {
        switch self {
        case .active(let expires): "active" + Self.parameter("expires", expires)
        case .pending(let expires): "pending" + Self.parameter("expires", expires)
        case .terminated(let reason, let retryAfter):
            "terminated;reason=\(reason.rawValue)" + Self.parameter("retry-after", retryAfter)
        }
    }

    private static func parameter(_ name: String, _ value: Int?) -> String { value.map { ";\(name)=\($0)" } ?? "" }
}
