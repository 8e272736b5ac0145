/// An IPv4 or IPv6 address without a port: sixteen octets in network order as two big-endian words; an IPv4 address is
/// the low 32 bits of `low`.
public struct HostAddress: Hashable, Sendable {
    public var isV6: Bool
    public var high: UInt64
    public var low: UInt64

    public init(isV6: Bool, high: UInt64, low: UInt64) {
        self.isV6 = isV6
        self.high = high
        self.low = low
    }

    /// 0.0.0.0 or ::.
    public static func any(isV6: Bool) -> HostAddress { HostAddress(isV6: isV6, high: 0, low: 0) }
}
