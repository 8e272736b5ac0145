/// A person's text as user data and back, TS 23.038 §6.2 and TS 23.040 §9.2.3.24.1.
public enum ShortText {
    /// Where a part stands in a text of several.
    public struct Place: Hashable, Sendable {
        public var reference: UInt16
        public var count: UInt8
        /// From 1.
        public var number: UInt8
    }

    /// Octets of a header that says so with an 8 bit reference, and the septets they take.
    private static let headerOctets = 6
    private static let headerSeptets = 7
    private static let septets = (alone: 160, part: 153)
    private static let units = (alone: 70, part: 67)

    /// One message, or several where one is too short: in the GSM alphabet where it has every character, else in UCS-2. A
    /// text that needs more than 255 parts is cut.
    public static func split(_ text: String, reference: UInt8) -> (coding: DataCoding, parts: [UserData]) {
        if let all = GSMAlphabet.septets(text) {
            let pieces = pieces(all, septets) { $0 == GSMAlphabet.escape }
            return (.gsm, pieces.enumerated().map { gsm($1, place($0, pieces.count, reference)) })
        }
        let pieces = pieces(Array(text.utf16), units) { 0xD800..<0xDC00 ~= $0 }
        return (.ucs2, pieces.enumerated().map { ucs2($1, place($0, pieces.count, reference)) })
    }

    /// Cuts where nothing is torn apart: an escape from its character, a surrogate from its other half.
    private static func pieces<Unit>(
        _ all: [Unit], _ size: (alone: Int, part: Int), isBound: (Unit) -> Bool
    ) -> [ArraySlice<Unit>] {
        guard all.count > size.alone else { return [all[...]] }
        var pieces: [ArraySlice<Unit>] = []
        var rest = all[...]
        while !rest.isEmpty, pieces.count < 255 {
            var piece = rest.prefix(size.part)
            if piece.count < rest.count, let last = piece.last, isBound(last) { piece = piece.dropLast() }
            pieces.append(piece)
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }

    private static func place(_ index: Int, _ count: Int, _ reference: UInt8) -> [UInt8] {
        count == 1 ? [] : [5, 0x00, 3, reference, UInt8(count), UInt8(index + 1)]
    }

    private static func gsm(_ septets: ArraySlice<UInt8>, _ header: [UInt8]) -> UserData {
        let isPart = !header.isEmpty
        let packed = Septets.packed(Array(septets), fill: isPart ? 1 : 0)
        return UserData(
            hasHeader: isPart, length: UInt8(septets.count + (isPart ? headerSeptets : 0)), octets: header + packed)
    }

    private static func ucs2(_ units: ArraySlice<UInt16>, _ header: [UInt8]) -> UserData {
        let octets = header + units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        return UserData(hasHeader: !header.isEmpty, length: UInt8(octets.count), octets: octets)
    }

    /// What a person reads; octets of no alphabet are shown in hexadecimal.
    public static func text(_ data: UserData, _ coding: DataCoding) -> String {
        if coding.isCompressed { return hexadecimal(data.content) }
        switch coding.alphabet {
        case .gsm:
            let skipped = data.octets.count - data.content.count
            let header = (skipped * 8 + 6) / 7
            return GSMAlphabet.text(
                Septets.unpacked(data.content, count: Int(data.length) - header, fill: header * 7 - skipped * 8))
        case .ucs2:
            let content = data.content
            let units = stride(from: 0, to: content.count - 1, by: 2).map {
                UInt16(content[$0]) << 8 | UInt16(content[$0 + 1])
            }
            return String(decoding: units, as: UTF16.self)
        case .octets: return hexadecimal(data.content)
        }
    }

    private static func hexadecimal(_ octets: [UInt8]) -> String {
        octets.map { octet in String(octet >> 4, radix: 16) + String(octet & 15, radix: 16) }.joined()
    }

    /// Where a part stands, by an 8 or 16 bit reference (§9.2.3.24.1, §9.2.3.24.8); nil for a message of its own.
    public static func place(of data: UserData) -> Place? {
        for element in data.header {
            var value = element.value[...]
            guard element.identifier == 0x00 && value.count == 3 || element.identifier == 0x08 && value.count == 4
            else { continue }
            let (number, count) = (value.removeLast(), value.removeLast())
            guard count > 0, (1...count).contains(number) else { return nil }
            return Place(reference: value.reduce(0) { $0 << 8 | UInt16($1) }, count: count, number: number)
        }
        return nil
    }
}
