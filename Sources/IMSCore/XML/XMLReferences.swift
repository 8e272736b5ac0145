/// Entity and character references, XML 1.0 §4.1 and §4.6: the five predefined entities and numbers, nothing else.
enum XMLReferences {
    /// Longest reference between `&` and `;`.
    static let maximumLength = 8

    /// The text of a run of character data with its references replaced.
    static func replaced(in bytes: [UInt8], _ run: Range<Int>) throws(XMLFault) -> String {
        var plain: [UInt8] = []
        plain.reserveCapacity(run.count)
        var index = run.lowerBound
        while index < run.upperBound {
            guard bytes[index] == UInt8(ascii: "&") else {
                plain.append(bytes[index])
                index += 1
                continue
            }
            let limit = min(run.upperBound, index + maximumLength + 2)
            guard let end = bytes[index..<limit].firstIndex(of: UInt8(ascii: ";")) else {
                throw XMLFault(.malformed, "reference without ;", at: index)
            }
            try append(bytes[(index + 1)..<end], to: &plain, at: index)
            index = end + 1
        }
        guard let text = String(validating: plain, as: UTF8.self) else {
            throw XMLFault(.malformed, "not UTF-8", at: run.lowerBound)
        }
        return text
    }

    private static func append(_ name: ArraySlice<UInt8>, to plain: inout [UInt8], at offset: Int) throws(XMLFault) {
        switch String(decoding: name, as: UTF8.self) {
        case "amp": plain.append(UInt8(ascii: "&"))
        case "lt": plain.append(UInt8(ascii: "<"))
        case "gt": plain.append(UInt8(ascii: ">"))
        case "apos": plain.append(UInt8(ascii: "'"))
        case "quot": plain.append(UInt8(ascii: "\""))
        case let text where text.hasPrefix("#"):
            let hex = text.hasPrefix("#x")
            guard let value = UInt32(text.dropFirst(hex ? 2 : 1), radix: hex ? 16 : 10),
                let scalar = UnicodeScalar(value),
                value >= 0x20 || value == 9 || value == 10 || value == 13
            else { throw XMLFault(.malformed, "character reference", at: offset) }
            plain += Array(String(Character(scalar)).utf8)
        default: throw XMLFault(.forbidden, "entity", at: offset)
        }
    }
}
