/// IPv4 and IPv6 addresses in text (RFC 3261 §25.1 with the correction of RFC 5118 §4.10), read without allocation.
enum IPText {
    /// An address's bits; an IPv4 address is in the low 32.
    struct Bits: Equatable {
        var high: UInt64 = 0
        var low: UInt64 = 0

        /// Puts a 16-bit group at its place, 0 the leftmost.
        mutating func set(_ group: UInt16, at index: Int) {
            if index < 4 {
                high |= UInt64(group) << UInt64((3 - index) * 16)
            } else {
                low |= UInt64(group) << UInt64((7 - index) * 16)
            }
        }
    }

    /// Four decimal numbers 0–255 between dots.
    static func ipv4(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32? {
        var value: UInt32 = 0
        var part = 0
        var digits = 0
        var parts = 0
        for at in range {
            let byte = bytes[at]
            if byte == UInt8(ascii: ".") {
                guard digits > 0, parts < 3 else { return nil }
                value = value << 8 | UInt32(part)
                parts += 1
                part = 0
                digits = 0
            } else {
                guard ByteSet.digit.contains(byte), digits < 3 else { return nil }
                part = part * 10 + Int(byte - 0x30)
                digits += 1
                guard part <= 255 else { return nil }
            }
        }
        return parts == 3 && digits > 0 ? value << 8 | UInt32(part) : nil
    }

    /// Groups of hex digits between colons, at most one `::`, the last 32 bits perhaps as IPv4; no brackets.
    static func ipv6(_ bytes: [UInt8], _ range: Range<Int>) -> Bits? {
        guard let gap = doubleColon(bytes, range) else {
            guard let (groups, count) = groups(bytes, range), count == 8 else { return nil }
            return bits(groups, count, at: 0)
        }
        // RFC 5118 §4.10: the uncorrected grammar of RFC 3261 puts a third colon before an IPv4 tail; be liberal with
        // it.
        var tail = gap + 2
        if tail < range.upperBound, bytes[tail] == UInt8(ascii: ":") {
            tail += 1
            guard ipv4(bytes, tail..<range.upperBound) != nil else { return nil }
        }
        guard let (head, headCount) = groups(bytes, range.lowerBound..<gap),
            let (rest, restCount) = groups(bytes, tail..<range.upperBound), headCount + restCount <= 7
        else { return nil }
        let left = bits(head, headCount, at: 0)
        let right = bits(rest, restCount, at: 8 - restCount)
        return Bits(high: left.high | right.high, low: left.low | right.low)
    }

    private static func doubleColon(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
        var at = range.lowerBound
        while at + 1 < range.upperBound {
            if bytes[at] == UInt8(ascii: ":"), bytes[at + 1] == UInt8(ascii: ":") { return at }
            at += 1
        }
        return nil
    }

    /// Up to eight groups; none from an empty range.
    private static func groups(_ bytes: [UInt8], _ range: Range<Int>) -> (InlineArray<8, UInt16>, Int)? {
        var out = InlineArray<8, UInt16>(repeating: 0)
        var count = 0
        var at = range.lowerBound
        while at < range.upperBound {
            if range.upperBound - at >= 7, let tail = ipv4(bytes, at..<range.upperBound) {
                guard count <= 6 else { return nil }
                out[count] = UInt16(tail >> 16)
                out[count + 1] = UInt16(tail & 0xFFFF)
                return (out, count + 2)
            }
            guard count < 8, let (group, next) = group(bytes, at, range.upperBound) else { return nil }
            out[count] = group
            count += 1
            guard next < range.upperBound else { return (out, count) }
            // A colon must be followed by another group.
            guard bytes[next] == UInt8(ascii: ":"), next + 1 < range.upperBound else { return nil }
            at = next + 1
        }
        return (out, count)
    }

    /// One to four hex digits.
    private static func group(_ bytes: [UInt8], _ from: Int, _ end: Int) -> (UInt16, Int)? {
        var value: UInt16 = 0
        var at = from
        while at < end, at - from < 4, ByteSet.hexadecimal.contains(bytes[at]) {
            let byte = bytes[at]
            value = value << 4 | UInt16(byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x61 + 10)
            at += 1
        }
        return at > from ? (value, at) : nil
    }

    private static func bits(_ groups: InlineArray<8, UInt16>, _ count: Int, at place: Int) -> Bits {
        var out = Bits()
        for index in 0..<count { out.set(groups[index], at: place + index) }
        return out
    }
}
