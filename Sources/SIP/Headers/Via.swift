/// One Via value (RFC 3261 §20.42, RFC 3581).
public struct Via: Sendable, Hashable, CustomStringConvertible {
    /// Transport as written: UDP, TCP, TLS, SCTP, WS or an extension.
    public var transport: String
    /// sent-by host as written; an IPv6 address with its brackets. `hostPart.bare` is without them.
    public var host: String { hostPart.written }
    public var hostPart: SIPHost
    public var port: Int?
    public var params: Parameters

    /// A value from its parts; the host is checked.
    public init(transport: String, host: String, port: Int? = nil, params: Parameters = Parameters())
        throws(SIPParseError)
    {
        self.transport = transport
        hostPart = try SIPHost(parsing: host)
        self.port = port
        self.params = params
    }

    /// The value of a text such as `SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1`.
    public init(parsing text: String) throws(SIPParseError) { self = try Via(Cursor(text)) }

    init(_ cursor: Cursor) throws(SIPParseError) {
        try self.init(cursor, ViaParts.read(cursor))
    }

    init(_ cursor: Cursor, _ parts: ViaParts) throws(SIPParseError) {
        transport = cursor.text(parts.transport)
        hostPart = SIPHost(cursor, parts.host)
        port = parts.port
        params = try Parameters(cursor, parts.params, .header)
    }

    /// The transaction's branch (RFC 3261 §8.1.1.7); nil from elements older than RFC 3261.
    public var branch: String? { params["branch"] }
    /// The address the message came from, without brackets (RFC 3261 §18.2.1; RFC 5118 §4.5 allows both forms).
    public var received: String? {
        params["received"].map { $0.hasPrefix("[") && $0.hasSuffix("]") ? String($0.dropFirst().dropLast()) : $0 }
    }
    /// The source port, once filled in (RFC 3581 §4).
    public var rport: Int? { params["rport"].flatMap { Int($0) }.flatMap { (1...65_535).contains($0) ? $0 : nil } }
    public var maddr: String? { params["maddr"] }
    /// `host` or `host:port` as sent.
    public var sentBy: String { port.map { "\(host):\($0)" } ?? host }

    public var description: String { "SIP/2.0/\(transport) \(sentBy)\(params)" }
}
