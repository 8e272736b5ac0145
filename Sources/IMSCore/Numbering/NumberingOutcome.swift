public import SIP

/// What a numbering plan makes of a Request-URI, TS 24.229 §5.4.3.2.
public enum NumberingOutcome: Equatable, Sendable {
    /// No telephone number of this plan: the URI stays as it is (a name, another domain, an IMSI, a service URN, a number
    /// in somebody else's context).
    case unchanged
    /// `tel:+E164` with the parameters of the original but phone-context: the new Request-URI.
    case number(TelURI)
    /// A short or service code, kept as dialled; `tel:CODE;phone-context=HOME` is its identity at the HSS (a PSI).
    case shortCode(TelURI)
    /// A number that no rule of the plan makes a whole one: answer 404 (TS 24.229 §5.4.3.2, RFC 3261 §21.4.5).
    case undialable

    /// The Request-URI to go on with; nil where it stays.
    public var uri: AnyURI? {
        switch self {
        case .number(let uri), .shortCode(let uri): .tel(uri)
        case .unchanged, .undialable: nil
        }
    }
}
