/// A URI of any scheme, as it may stand in a Request-URI, From, To, Contact, Route and the like (RFC 3261 §25.1
/// addr-spec).
public enum AnyURI: Sendable, Hashable, CustomStringConvertible {
    case sip(SIPURI)
    case tel(TelURI)
    /// The whole text of a `urn:` URI, e.g. `urn:service:sos`.
    case urn(String)
    /// The whole text of a URI with another scheme.
    case other(String)

    /// The URI of a text.
    public init(parsing text: String) throws(SIPParseError) {
        var cursor = Cursor(text)
        self = try AnyURI.read(&cursor)
    }

    /// The sip or sips URI, if it is one.
    public var sip: SIPURI? { if case .sip(let uri) = self { uri } else { nil } }
    /// The tel URI, if it is one.
    public var tel: TelURI? { if case .tel(let uri) = self { uri } else { nil } }

    /// The scheme in lower case.
    public var scheme: String {
        switch self {
        case .sip(let uri): uri.scheme.rawValue
        case .tel: "tel"
        case .urn: "urn"
        case .other(let text): lowercasedASCII(String(text.prefix { $0 != ":" }))
        }
    }

    public var description: String {
        switch self {
        case .sip(let uri): uri.description
        case .tel(let uri): uri.description
        case .urn(let text), .other(let text): text
        }
    }

    /// Equivalence by the rules of the scheme (RFC 3261 §19.1.4, RFC 3966 §4); urn and other URIs compare without case
    /// (RFC 5031 §4.2 for service URNs; the others are only ever compared with themselves).
    public func isEquivalent(to other: AnyURI) -> Bool {
        switch (self, other) {
        case (.sip(let a), .sip(let b)): a.isEquivalent(to: b)
        case (.tel(let a), .tel(let b)): a.isEquivalent(to: b)
        case (.urn(let a), .urn(let b)), (.other(let a), .other(let b)): equalsFolded(a, b)
        default: false
        }
    }

    /// Reads a URI that fills the cursor's whole range.
    static func read(_ cursor: inout Cursor) throws(SIPParseError) -> AnyURI {
        let parts = try URIParts.read(&cursor)
        switch parts.scheme {
        case .sip: return .sip(try SIPURI(cursor, parts, .sip))
        case .sips: return .sip(try SIPURI(cursor, parts, .sips))
        case .tel:
            return .tel(TelURI(number: cursor.text(parts.number), params: try Parameters(cursor, parts.params, .uri)))
        case .urn: return .urn(cursor.text(parts.whole))
        case .other: return .other(cursor.text(parts.whole))
        }
    }
}
