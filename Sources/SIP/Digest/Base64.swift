/// Base64 (RFC 4648 §4), as the nonce and `auts` of AKA digests use it (RFC 3310 §3.2, §3.4).
public enum Base64 {
    private static let alphabet: [UInt8] = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    public static func encode(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var word: UInt32 = 0
            for byte in group { word = word << 8 | UInt32(byte) }
            word <<= UInt32(8 * (3 - group.count))
            for position in 0..<4 {
                let digit = Int(word >> UInt32(18 - 6 * position)) & 63
                out.append(position <= group.count ? alphabet[digit] : 0x3D)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// The bytes `text` stands for; nil if a character is not of the alphabet or the length is impossible. Missing
    /// padding is tolerated: some phones leave it out.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count / 4 * 3)
        var word: UInt32 = 0
        var digits = 0
        var padding = 0
        for byte in text.utf8 {
            if byte == 0x3D {
                padding += 1
                continue
            }
            guard padding == 0, let digit = value(byte) else { return nil }
            word = word << 6 | UInt32(digit)
            digits += 1
            if digits % 4 == 0 {
                out.append(UInt8(truncatingIfNeeded: word >> 16))
                out.append(UInt8(truncatingIfNeeded: word >> 8))
                out.append(UInt8(truncatingIfNeeded: word))
                word = 0
            }
        }
        guard padding <= 2 else { return nil }
        switch digits % 4 {
        case 0: return padding == 0 ? out : nil
        case 2 where padding != 1:
            out.append(UInt8(truncatingIfNeeded: word >> 4))
            return out
        case 3 where padding != 2:
            out.append(UInt8(truncatingIfNeeded: word >> 10))
            out.append(UInt8(truncatingIfNeeded: word >> 2))
            return out
        default: return nil
        }
    }

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case 0x41...0x5A: character - 0x41
        case 0x61...0x7A: character - 0x61 + 26
        case 0x30...0x39: character - 0x30 + 52
        case 0x2B: 62
        case 0x2F: 63
        default: nil
        }
    }
}
