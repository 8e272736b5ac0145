/// A `sip:` or `sips:` URI (RFC 3261 §19.1).
///
/// Parts are kept as written, so `description` gives back what was read (the scheme in lower case). `==` compares what
/// is written; `isEquivalent(to:)` is the comparison of RFC 3261 §19.1.4, which is not transitive and so can be no
/// `==`.
public struct SIPURI: Sendable, Hashable, CustomStringConvertible {
    /// `sips` asks for TLS on every hop (RFC 3261 §26.2.2).
    public enum Scheme: String, Sendable, Hashable { case sip, sips }

    public var scheme: Scheme
    /// User part as written, escapes included; nil if there is no `@`.
    public var user: String?
    /// Password as written; deprecated by RFC 3261 §19.1.1, kept because a proxy must not change it.
    public var password: String?
    /// Host as written; an IPv6 address with its brackets. `hostPart.bare` is without them.
    public var host: String { hostPart.written }
    public var hostPart: SIPHost
    public var port: Int?
    /// `;name=value` parameters (transport, lr, user, method, maddr, gr, ob …).
    public var params: Parameters
    /// What stands after `?`, as written.
    public var headers: String?

    /// A URI from its parts; the host is checked, the user escaped as needed (RFC 3261 §19.1.2).
    public init(
        scheme: Scheme = .sip, user: String? = nil, host: String, port: Int? = nil,
        params: Parameters = Parameters(.uri)
    ) throws(SIPParseError) {
        self.scheme = scheme
        self.user = user.map { PercentEncoding.encoded($0, keeping: .user) }
        hostPart = try SIPHost(parsing: host)
        self.port = port
        self.params = params
    }

    /// Copies the parts out of the bytes they were found in.
    init(_ cursor: Cursor, _ parts: URIParts, _ scheme: Scheme) throws(SIPParseError) {
        guard let host = parts.host else { throw SIPParseError(.uri, "no host") }
        self.scheme = scheme
        user = parts.user.map(cursor.text)
        password = parts.password.map(cursor.text)
        hostPart = SIPHost(cursor, host)
        port = parts.port
        params = try Parameters(cursor, parts.params, .uri)
        headers = parts.headers.map(cursor.text)
    }

    /// The URI of a text such as `sip:+15551234567@ims.example.org;user=phone`.
    public init(parsing text: String) throws(SIPParseError) {
        guard case .sip(let uri) = try AnyURI(parsing: text) else { throw SIPParseError(.uri, "not a sip or sips URI") }
        self = uri
    }

    /// The user part with escapes undone.
    public var unescapedUser: String? { user.map(PercentEncoding.decoded) }
    /// Whether a loose router put it (RFC 3261 §19.1.1 `lr`).
    public var isLooseRoute: Bool { params.has("lr") }
    /// The `transport` parameter in lower case.
    public var transport: String? { params["transport"].map(lowercasedASCII) }

    public var description: String {
        var out: [UInt8] = []
        out.reserveCapacity(128)
        append(to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    func append(to out: inout [UInt8]) {
        out.append(contentsOf: scheme.rawValue.utf8)
        out.append(UInt8(ascii: ":"))
        if let user {
            out.append(contentsOf: user.utf8)
            if let password { out.append(contentsOf: (":" + password).utf8) }
            out.append(UInt8(ascii: "@"))
        }
        out.append(contentsOf: host.utf8)
        if let port { out.append(contentsOf: ":\(port)".utf8) }
        params.append(to: &out)
        if let headers { out.append(contentsOf: ("?" + headers).utf8) }
    }
}
