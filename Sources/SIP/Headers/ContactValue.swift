/// One value of a Contact header: an address, or `*` in a REGISTER that removes all bindings (RFC 3261 §10.2.2,
/// §20.10).
public enum ContactValue: Sendable, Hashable, CustomStringConvertible {
    case star
    case address(NameAddress)

    /// The address, if it is one.
    public var address: NameAddress? { if case .address(let value) = self { value } else { nil } }

    /// The `expires` parameter in seconds; nil if absent or no number (RFC 3261 §20.10: then the Expires header
    /// decides).
    public var expires: Int? { address?.params.seconds("expires") }

    /// The `+sip.instance` parameter without quotes (RFC 5626 §4.1), e.g. `<urn:gsma:imei:…>`.
    public var instance: String? { address?.params["+sip.instance"] }

    /// The `reg-id` parameter (RFC 5626 §4.2), 1 to 2³¹ − 1.
    public var regID: Int? {
        address?.params["reg-id"].flatMap { Int($0) }.flatMap { (1...0x7FFF_FFFF).contains($0) ? $0 : nil }
    }

    public var description: String {
        switch self {
        case .star: "*"
        case .address(let value): value.description
        }
    }

    init(_ cursor: Cursor) throws(SIPParseError) {
        var probe = cursor
        probe.skipSpace()
        if probe.take(UInt8(ascii: "*")), probe.isFinished() {
            self = .star
        } else {
            self = .address(try NameAddress(cursor))
        }
    }

    /// The value of a text.
    public init(parsing text: String) throws(SIPParseError) { self = try ContactValue(Cursor(text)) }
}
