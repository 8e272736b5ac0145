import RoleKit
import SIP

/// What the outcome at an entry point of the home network means. TS 24.229 §5.2.2.1
enum EntryPointDecision {
    enum Answer {
        case relay(SIPMessage)
        /// 504 toward the UE.
        case unreachable(reason: String, retryAfter: String?)
    }

    /// Silence, 3xx and 480 (and 503, which RFC 3261 §16.7 does not let a proxy pass on): another may do better.
    static func triesNext(_ outcome: SIPOutcome) -> Bool {
        switch outcome {
        case .timeout, .transportFailed: true
        case .response(let response): response.status / 100 == 3 || [408, 480, 503].contains(response.status)
        }
    }

    /// The answer when there is no other entry point to try.
    ///
    /// A 480 goes to the UE as it came: its Retry-After tells more than a 504 of ours. A 408 to a non-INVITE is not
    /// passed on (RFC 4320 §4.1), nor is a 503 (RFC 3261 §16.7), nor a redirection, which only we could follow.
    static func answer(_ outcome: SIPOutcome) -> Answer {
        switch outcome {
        case .timeout: return .unreachable(reason: "no answer", retryAfter: nil)
        case .transportFailed: return .unreachable(reason: "no connection", retryAfter: nil)
        case .response(let response):
            guard response.status / 100 == 3 || response.status == 408 || response.status == 503 else {
                return .relay(response)
            }
            return .unreachable(reason: "status \(response.status)", retryAfter: response.text(.retryAfter))
        }
    }
}
