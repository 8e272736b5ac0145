/// A Swift type an AVP's data is read into and written from. Reading is tolerant of nothing: data that is not a value
/// of the type reads as nil, and `DiameterMessage.decode` has said so as a fault before anyone reads.
public protocol AVPValue: Sendable {
    /// The value in `bytes[range]`; the range lies inside `bytes`.
    init?(avp bytes: [UInt8], in range: Range<Int>)
    /// Appends the data, without header and padding.
    func write(to bytes: inout [UInt8])
}

/// OctetString.
extension Array: AVPValue where Element == UInt8 {
    @inlinable public init?(avp bytes: [UInt8], in range: Range<Int>) { self = Array(bytes[range]) }
    @inlinable public func write(to bytes: inout [UInt8]) { bytes.append(contentsOf: self) }
}

/// UTF8String, DiameterIdentity, DiameterURI, IPFilterRule.
extension String: AVPValue {
    public init?(avp bytes: [UInt8], in range: Range<Int>) {
        guard bytes.withUnsafeBytes({ UTF8Check.isValid($0, range) }) else { return nil }
        self.init(decoding: bytes[range], as: UTF8.self)
    }
    @inlinable public func write(to bytes: inout [UInt8]) { bytes.append(contentsOf: utf8) }
}

/// Unsigned32.
extension UInt32: AVPValue {
    @inlinable public init?(avp bytes: [UInt8], in range: Range<Int>) {
        guard range.count == 4 else { return nil }
        self = Wire.read32(bytes, range.lowerBound)
    }
    @inlinable public func write(to bytes: inout [UInt8]) { Wire.append32(self, to: &bytes) }
}

/// Unsigned64.
extension UInt64: AVPValue {
    @inlinable public init?(avp bytes: [UInt8], in range: Range<Int>) {
        guard range.count == 8 else { return nil }
        self = Wire.read64(bytes, range.lowerBound)
    }
    @inlinable public func write(to bytes: inout [UInt8]) { Wire.append64(self, to: &bytes) }
}

/// Integer32 and Enumerated without names of its own.
extension Int32: AVPValue {
    @inlinable public init?(avp bytes: [UInt8], in range: Range<Int>) {
        guard range.count == 4 else { return nil }
        self = Int32(bitPattern: Wire.read32(bytes, range.lowerBound))
    }
    @inlinable public func write(to bytes: inout [UInt8]) { Wire.append32(UInt32(bitPattern: self), to: &bytes) }
}

/// An Enumerated AVP's values by name. Open: a number without a name can be held, and is refused with 5004 where the
/// dictionary lists all values.
public protocol AVPEnumeration: AVPValue, RawRepresentable, Hashable, ExpressibleByIntegerLiteral
where RawValue == Int32 {
    init(rawValue: Int32)
    /// Every value with the name its specification gives it.
    static var names: [(value: Int32, name: String)] { get }
}

extension AVPEnumeration {
    @inlinable public init(integerLiteral value: Int32) { self.init(rawValue: value) }
    @inlinable public init?(avp bytes: [UInt8], in range: Range<Int>) {
        guard let value = Int32(avp: bytes, in: range) else { return nil }
        self.init(rawValue: value)
    }
    @inlinable public func write(to bytes: inout [UInt8]) { rawValue.write(to: &bytes) }

    /// The specification's name, or the number.
    public var name: String { Self.names.first { $0.value == rawValue }?.name ?? String(rawValue) }
}

/// Address. RFC 6733 §4.3.1: a family number of the IANA registry, then the address.
public enum DiameterAddress: AVPValue, Hashable {
    case v4(UInt32)
    case v6(high: UInt64, low: UInt64)
    /// Another family, e.g. 8 (E.164), bytes as received.
    case other(family: UInt16, [UInt8])

    public init?(avp bytes: [UInt8], in range: Range<Int>) {
        guard range.count >= 2 else { return nil }
        let family = UInt16(bytes[range.lowerBound]) << 8 | UInt16(bytes[range.lowerBound + 1])
        let start = range.lowerBound + 2
        switch (family, range.count) {
        case (1, 6): self = .v4(Wire.read32(bytes, start))
        case (2, 18): self = .v6(high: Wire.read64(bytes, start), low: Wire.read64(bytes, start + 8))
        case (1, _), (2, _): return nil
        default: self = .other(family: family, Array(bytes[start..<range.upperBound]))
        }
    }

    public func write(to bytes: inout [UInt8]) {
        switch self {
        case .v4(let word):
            bytes += [0, 1]
            Wire.append32(word, to: &bytes)
        case .v6(let high, let low):
            bytes += [0, 2]
            Wire.append64(high, to: &bytes)
            Wire.append64(low, to: &bytes)
        case .other(let family, let data):
            bytes += [UInt8(family >> 8), UInt8(family & 0xFF)]
            bytes += data
        }
    }
}

/// Time. RFC 6733 §4.3.1: the first four bytes of an NTP timestamp, with RFC 4330 §3's second era from 2036 on.
public struct DiameterTime: AVPValue, Hashable {
    public var unixSeconds: Int64
    public init(unixSeconds: Int64) { self.unixSeconds = unixSeconds }

    private static let ntpToUnix: Int64 = 2_208_988_800
    private static let era: Int64 = 1 << 32

    public init?(avp bytes: [UInt8], in range: Range<Int>) {
        guard let word = UInt32(avp: bytes, in: range) else { return nil }
        let seconds = Int64(word)
        unixSeconds = (word & 0x8000_0000 != 0 ? seconds : seconds + Self.era) - Self.ntpToUnix
    }

    public func write(to bytes: inout [UInt8]) {
        UInt32(truncatingIfNeeded: unixSeconds + Self.ntpToUnix).write(to: &bytes)
    }
}
