/// An IPv4 or IPv6 address with a port.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    public enum Family: UInt8, Hashable, Sendable { case v4, v6 }

    public var family: Family
    /// The address's sixteen bytes in network order as two big-endian words; an IPv4 address is the low 32 bits of `low`.
    public var high: UInt64
    public var low: UInt64
    public var port: UInt16

    public init(family: Family, high: UInt64, low: UInt64, port: UInt16) {
        self.family = family
        self.high = high
        self.low = low
        self.port = port
    }

    /// An IPv4 address from its four bytes, e.g. `SocketAddress(127, 0, 0, 1, port: 5060)`.
    public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, port: UInt16) {
        let word = UInt64(a) << 24 | UInt64(b) << 16 | UInt64(c) << 8 | UInt64(d)
        self.init(family: .v4, high: 0, low: word, port: port)
    }

    /// The same address with another port.
    public func with(port: UInt16) -> SocketAddress {
        SocketAddress(family: family, high: high, low: low, port: port)
    }

    /// 127.0.0.0/8 or ::1.
    public var isLoopback: Bool {
        family == .v4 ? (low >> 24) & 0xFF == 127 : high == 0 && low == 1
    }

    /// 0.0.0.0 or ::.
    public var isUnspecified: Bool { high == 0 && low == 0 }
}
