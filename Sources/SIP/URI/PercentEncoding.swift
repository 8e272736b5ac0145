/// `%HH` escapes of URIs (RFC 3261 §25.1 `escaped`, §19.1.2).
enum PercentEncoding {
    /// The run of members of a set and well-formed escapes at the cursor.
    static func run(_ cursor: inout Cursor, _ set: ByteSet) -> Range<Int> {
        let start = cursor.at
        while let byte = cursor.current {
            if set.contains(byte) {
                cursor.at += 1
            } else if byte == UInt8(ascii: "%"), octet(cursor.bytes, cursor.at, cursor.end) != nil {
                cursor.at += 3
            } else {
                break
            }
        }
        return start..<cursor.at
    }

    /// The text with every well-formed escape replaced by its octet; octets that are not UTF-8 are replaced.
    static func decoded(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        return String(decoding: octets(text, decoding: { _ in true }), as: UTF8.self)
    }

    /// The text's octets with those escapes undone whose octet may stand plainly, the others with capital hex digits:
    /// equal for two texts that RFC 3261 §19.1.4 calls equal.
    static func normalized(_ text: String, plain: ByteSet) -> [UInt8] {
        octets(text, decoding: plain.contains)
    }

    /// The text with every byte outside the set escaped.
    static func encoded(_ text: String, keeping set: ByteSet) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if set.contains(byte) { out.append(byte) } else { append(byte, to: &out) }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func octets(_ text: String, decoding: (UInt8) -> Bool) -> [UInt8] {
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var at = 0
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "%"), let value = octet(bytes, at, bytes.count) {
                if decoding(value) { out.append(value) } else { append(value, to: &out) }
                at += 3
            } else {
                out.append(bytes[at])
                at += 1
            }
        }
        return out
    }

    private static func append(_ byte: UInt8, to out: inout [UInt8]) {
        let digits: StaticString = "0123456789ABCDEF"
        digits.withUTF8Buffer { table in
            out.append(UInt8(ascii: "%"))
            out.append(table[Int(byte >> 4)])
            out.append(table[Int(byte & 15)])
        }
    }

    /// The octet of an escape at `at`, if it is one.
    private static func octet(_ bytes: [UInt8], _ at: Int, _ end: Int) -> UInt8? {
        guard at + 2 < end, let high = nibble(bytes[at + 1]), let low = nibble(bytes[at + 2]) else { return nil }
        return high << 4 | low
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
