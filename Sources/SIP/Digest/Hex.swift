/// Hexadecimal text, lower case as HTTP and SIP Digest want it (RFC 2617 §3.1.3, LHEX).
public enum Hex {
    @usableFromInline static let digits: [UInt8] = Array("0123456789abcdef".utf8)

    @inlinable
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.underestimatedCount * 2)
        for byte in bytes {
            out.append(digits[Int(byte >> 4)])
            out.append(digits[Int(byte & 15)])
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// The bytes `text` stands for, in either case; nil if it is not pairs of hexadecimal digits.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count / 2)
        var high: UInt8?
        for byte in text.utf8 {
            guard let digit = value(byte) else { return nil }
            if let first = high {
                out.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return high == nil ? out : nil
    }

    /// The value of one digit.
    @inlinable
    public static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }

    /// A number with so many digits, of which the lowest count.
    public static func text(_ number: UInt64, digits: Int) -> String {
        let out = (0..<digits).reversed().map { Self.digits[Int(truncatingIfNeeded: number >> UInt64(4 * $0)) & 15] }
        return String(decoding: out, as: UTF8.self)
    }

    /// A number without leading zeros.
    public static func text(_ number: UInt64) -> String {
        var out: [UInt8] = []
        append(number, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// Appends a number without leading zeros.
    @inlinable
    public static func append(_ number: UInt64, to out: inout [UInt8]) {
        var shift = number == 0 ? 0 : (63 - number.leadingZeroBitCount) / 4 * 4
        while shift >= 0 {
            out.append(digits[Int(truncatingIfNeeded: number >> UInt64(shift)) & 15])
            shift -= 4
        }
    }
}
