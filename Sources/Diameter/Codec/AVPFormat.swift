/// How an AVP's data is laid out. RFC 6733 §4.2 (basic) and §4.3 (derived).
public enum AVPFormat: UInt8, Hashable, Sendable, CaseIterable {
    case octetString, integer32, integer64, unsigned32, unsigned64, float32, float64, grouped
    case address, time, utf8String, diameterIdentity, diameterURI, enumerated, ipFilterRule

    /// Bytes of data where the format fixes them; nil where any length may be.
    @inlinable public var fixedLength: Int? {
        switch self {
        case .integer32, .unsigned32, .float32, .time, .enumerated: 4
        case .integer64, .unsigned64, .float64: 8
        case .octetString, .grouped, .address, .utf8String, .diameterIdentity, .diameterURI, .ipFilterRule: nil
        }
    }

    /// The least data an AVP of this format can have, zero-filled in a Failed-AVP for one that is missing or lies
    /// about its length. RFC 6733 §7.5
    @inlinable public var leastLength: Int {
        if let fixedLength { return fixedLength }
        return self == .address ? 6 : 0
    }

    /// The format's name as RFC 6733 writes it.
    public var name: String {
        switch self {
        case .octetString: "OctetString"
        case .integer32: "Integer32"
        case .integer64: "Integer64"
        case .unsigned32: "Unsigned32"
        case .unsigned64: "Unsigned64"
        case .float32: "Float32"
        case .float64: "Float64"
        case .grouped: "Grouped"
        case .address: "Address"
        case .time: "Time"
        case .utf8String: "UTF8String"
        case .diameterIdentity: "DiameterIdentity"
        case .diameterURI: "DiameterURI"
        case .enumerated: "Enumerated"
        case .ipFilterRule: "IPFilterRule"
        }
    }
}

/// The AVP header's flags. RFC 6733 §4.1; the remaining bits are reserved and ignored on receipt.
public struct AVPFlags: OptionSet, Hashable, Sendable {
    public var rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Vendor-Specific: the Vendor-Id field is there.
    public static let v = AVPFlags(rawValue: 0x80)
    /// Mandatory: a receiver that does not know the AVP must refuse the request.
    public static let m = AVPFlags(rawValue: 0x40)
    /// Kept for RFC 3588 peers; carries nothing any more.
    public static let p = AVPFlags(rawValue: 0x20)
}

/// The message header's flags. RFC 6733 §3
public struct CommandFlags: OptionSet, Hashable, Sendable {
    public var rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let request = CommandFlags(rawValue: 0x80)
    public static let proxiable = CommandFlags(rawValue: 0x40)
    public static let error = CommandFlags(rawValue: 0x20)
    /// T: perhaps sent before, by this or another path.
    public static let retransmitted = CommandFlags(rawValue: 0x10)
}
