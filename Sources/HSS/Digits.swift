/// Up to fifteen decimal digits in eight bytes, leading zeros kept: an IMSI (TS 23.003 §2.2) or the digits of an
/// E.164 number. The directory is keyed by these instead of by identities, which saves a string per identity and user.
public struct Digits: Hashable, Sendable, CustomStringConvertible {
    /// The longest IMSI and the longest E.164 number.
    public static let highestCount = 15

    /// The value times sixteen plus the number of digits.
    public let packed: UInt64

    /// nil unless there are one to fifteen characters, all of them digits.
    public init?(_ text: String) { self.init(text.utf8Span.span, 0..<text.utf8.count) }
    public init?(_ text: Substring) { self.init(text.utf8Span.span, 0..<text.utf8.count) }

    /// The digits of part of a text.
    init?(_ text: borrowing Span<UInt8>, _ range: Range<Int>) {
        var value: UInt64 = 0
        var count: UInt64 = 0
        for index in range {
            let byte = text[index]
            guard byte &- 48 < 10, count < UInt64(Digits.highestCount) else { return nil }
            value = value * 10 + UInt64(byte - 48)
            count += 1
        }
        guard count > 0 else { return nil }
        packed = value << 4 | count
    }

    public var count: Int { Int(packed & 15) }

    public var description: String {
        let digits = String(packed >> 4)
        return String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
    }
}
