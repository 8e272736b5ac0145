/// The GSM 7 bit default alphabet with its extension table, TS 23.038 §6.2.1.
public enum GSMAlphabet {
    private static let table: [Unicode.Scalar] = Array(
        ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1B}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
            + "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà").unicodeScalars)

    private static let extensions: [(septet: UInt8, character: Unicode.Scalar)] = [
        (0x0A, "\u{0C}"), (0x14, "^"), (0x28, "{"), (0x29, "}"), (0x2F, "\\"), (0x3C, "["), (0x3D, "~"),
        (0x3E, "]"), (0x40, "|"), (0x65, "€"),
    ]

    static let escape: UInt8 = 0x1B

    private static let values: [Unicode.Scalar: [UInt8]] = {
        var values: [Unicode.Scalar: [UInt8]] = [:]
        for (index, character) in table.enumerated() where index != Int(escape) { values[character] = [UInt8(index)] }
        for row in extensions { values[row.character] = [escape, row.septet] }
        return values
    }()

    /// The septets of a text; nil where it has a character the alphabet has not, unless those become `?`.
    public static func septets(_ text: String, replacing: Bool = false) -> [UInt8]? {
        var out: [UInt8] = []
        for character in text.unicodeScalars {
            if let septets = values[character] {
                out += septets
            } else if replacing {
                out.append(0x3F)
            } else {
                return nil
            }
        }
        return out
    }

    /// The text of septets; what follows an escape and is in no table is shown as in the default one (§6.2.1.1).
    public static func text(_ septets: [UInt8]) -> String {
        var text = String.UnicodeScalarView()
        var isEscaped = false
        for septet in septets {
            if septet == escape, !isEscaped {
                isEscaped = true
                continue
            }
            let other = isEscaped ? extensions.first { $0.septet == septet }?.character : nil
            text.append(other ?? table[Int(septet & 0x7F)])
            isEscaped = false
        }
        return String(text)
    }
}

/// Septets packed into octets, TS 23.038 §6.1.2.1.
enum Septets {
    /// - Parameter fill: bits left free before the first, so that it begins at a septet's boundary behind a header.
    static func packed(_ septets: [UInt8], fill: Int = 0) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: (septets.count * 7 + fill + 7) / 8)
        for (index, septet) in septets.enumerated() {
            let bit = index * 7 + fill
            let value = UInt16(septet & 0x7F) << (bit % 8)
            out[bit / 8] |= UInt8(truncatingIfNeeded: value)
            if value > 0xFF { out[bit / 8 + 1] |= UInt8(value >> 8) }
        }
        return out
    }

    /// As many as there are octets for, at most `count`.
    static func unpacked(_ octets: [UInt8], count: Int, fill: Int = 0) -> [UInt8] {
        var out: [UInt8] = []
        for index in 0..<max(0, count) {
            let bit = index * 7 + fill
            guard (bit + 6) / 8 < octets.count else { break }
            let high = bit / 8 + 1 < octets.count ? UInt16(octets[bit / 8 + 1]) << 8 : 0
            out.append(UInt8((high | UInt16(octets[bit / 8])) >> (bit % 8) & 0x7F))
        }
        return out
    }
}
