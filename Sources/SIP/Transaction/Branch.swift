/// The branch parameter this stack writes into its Via: magic cookie, number of the client transaction, a random tag
/// nobody off the path can guess, and the mark by which a loop is told from a spiral (RFC 3261 §16.6 step 8,
/// RFC 5393 §4.2).
///
/// ```
/// z9hG4bK 1f . 9c2f01d2a4b3c5e7 . 5b0c…
///         id   tag                loop mark
/// ```
public struct Branch: Equatable, Sendable {
    /// RFC 3261 §8.1.1.7.
    public static let cookie: [UInt8] = Array("z9hG4bK".utf8)

    public var id: UInt64
    public var tag: UInt64
    public var loopMark: UInt64

    public init(id: UInt64, tag: UInt64, loopMark: UInt64) {
        self.id = id
        self.tag = tag
        self.loopMark = loopMark
    }

    /// Reads a branch of ours; nil if another element wrote it.
    public init?(_ bytes: [UInt8], _ range: Range<Int>) {
        guard Branch.hasCookie(bytes, range), range.upperBound <= bytes.count else { return nil }
        var numbers: (UInt64, UInt64, UInt64) = (0, 0, 0)
        var part = 0
        var digits = 0
        for index in (range.lowerBound + Branch.cookie.count)..<range.upperBound {
            if bytes[index] == 0x2E {
                guard digits > 0, part < 2 else { return nil }
                part += 1
                digits = 0
                continue
            }
            guard let digit = Hex.value(bytes[index]), digits < 16 else { return nil }
            digits += 1
            switch part {
            case 0: numbers.0 = numbers.0 << 4 | UInt64(digit)
            case 1: numbers.1 = numbers.1 << 4 | UInt64(digit)
            default: numbers.2 = numbers.2 << 4 | UInt64(digit)
            }
        }
        guard part == 2, digits > 0 else { return nil }
        self.init(id: numbers.0, tag: numbers.1, loopMark: numbers.2)
    }

    /// True if the branch was written by an element of RFC 3261, so that it names a transaction by itself (§17.2.3).
    public static func hasCookie(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        // Case does not matter in a token (§7.3.1).
        guard range.count > cookie.count, range.upperBound <= bytes.count else { return false }
        for (offset, byte) in cookie.enumerated() where bytes[range.lowerBound + offset] | 0x20 != byte | 0x20 {
            return false
        }
        return true
    }

    /// The parameter's value.
    public var bytes: [UInt8] {
        var out: [UInt8] = []
        append(to: &out)
        return out
    }

    /// Appends the parameter's value.
    public func append(to out: inout [UInt8]) {
        out.append(contentsOf: Branch.cookie)
        Hex.append(id, to: &out)
        out.append(0x2E)
        Hex.append(tag, to: &out)
        out.append(0x2E)
        Hex.append(loopMark, to: &out)
    }
}
