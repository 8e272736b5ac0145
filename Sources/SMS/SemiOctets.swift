/// Two decimal digits an octet, the first in the lower half, TS 23.040 §9.1.2.3 and TS 24.011 §8.2.5.
enum SemiOctets {
    /// Values 0 to 14; 15 fills the last octet.
    private static let signs = Array("0123456789*#abc".utf8)
    private static let filler: UInt8 = 0xF

    /// Nil where a character is no digit, `*`, `#`, a, b or c.
    static func encode(_ text: String) -> [UInt8]? {
        var out: [UInt8] = []
        var low: UInt8?
        for character in text.utf8 {
            guard let value = signs.firstIndex(of: character) else { return nil }
            if let first = low {
                out.append(UInt8(value) << 4 | first)
                low = nil
            } else {
                low = UInt8(value)
            }
        }
        if let low { out.append(filler << 4 | low) }
        return out
    }

    /// So many digits; nil where a filler stands among them.
    static func decode(_ octets: some Collection<UInt8>, count: Int) -> String? {
        var out: [UInt8] = []
        for octet in octets {
            for value in [octet & 15, octet >> 4] where out.count < count {
                guard value < filler else { return nil }
                out.append(signs[Int(value)])
            }
        }
        return out.count == count ? String(decoding: out, as: UTF8.self) : nil
    }

    /// As many digits as stand before the filler or the end.
    static func decode(_ octets: some BidirectionalCollection<UInt8>) -> String? {
        let isOdd = octets.last.map { $0 >> 4 == filler } ?? false
        return decode(octets, count: octets.count * 2 - (isOdd ? 1 : 0))
    }

    /// A number from 0 to 99, tens in the lower half; nil where a half is no digit.
    static func number(_ octet: UInt8) -> Int? {
        guard octet & 15 < 10, octet >> 4 < 10 else { return nil }
        return Int(octet & 15) * 10 + Int(octet >> 4)
    }

    static func octet(_ number: Int) -> UInt8 { UInt8(number / 10 % 10) | UInt8(number % 10) << 4 }
}
