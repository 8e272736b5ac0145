/// A vendor's number space for AVP codes and applications (IANA private enterprise numbers).
public struct Vendor: RawRepresentable, Hashable, Sendable, ExpressibleByIntegerLiteral {
    public var rawValue: UInt32
    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
    @inlinable public init(integerLiteral value: UInt32) { self.rawValue = value }

    /// The IETF's own space: no V bit, no Vendor-Id field. RFC 6733 §4.1
    public static let ietf = Vendor(rawValue: 0)
    public static let threeGPP = Vendor(rawValue: 10415)
    public static let etsi = Vendor(rawValue: 13019)
}

/// Application identifiers of the Diameter header.
public enum Application {
    /// CER, DWR, DPR. RFC 6733 §2.4
    public static let base: UInt32 = 0
    /// Cx and Dx. TS 29.229 §5.1
    public static let cx: UInt32 = 16_777_216
    /// Sh. TS 29.329 §6
    public static let sh: UInt32 = 16_777_217
    /// S6a and S6d. TS 29.272 §7.1.8
    public static let s6a: UInt32 = 16_777_251
    /// Advertised by relays: every application. RFC 6733 §2.4
    public static let relay: UInt32 = 0xFFFF_FFFF
}
