/// TP-Data-Coding-Scheme, TS 23.038 §4: of it only what counts the octets is looked at; the rest passes untouched.
public struct DataCoding: Hashable, Sendable {
    public enum Alphabet: Sendable { case gsm, octets, ucs2 }

    public let octet: UInt8

    public init(_ octet: UInt8) { self.octet = octet }

    public static let gsm = DataCoding(0x00)
    public static let ucs2 = DataCoding(0x08)

    public var isCompressed: Bool { octet & 0x80 == 0 && octet & 0x20 != 0 }

    /// Reserved values count as the GSM alphabet.
    public var alphabet: Alphabet {
        switch octet >> 4 {
        case 0x0...0x7: Self.general[Int(octet >> 2 & 3)]
        case 0xE: .ucs2
        case 0xF: octet & 0x04 == 0 ? .gsm : .octets
        default: .gsm
        }
    }

    private static let general: [Alphabet] = [.gsm, .octets, .ucs2, .gsm]

    /// Whether TP-User-Data-Length counts septets, TS 23.040 §9.2.3.16.
    var countsSeptets: Bool { alphabet == .gsm && !isCompressed }
}

/// TP-User-Data-Length and TP-User-Data, TS 23.040 §9.2.3.16 and §9.2.3.24, header included: octets that pass from sender
/// to recipient untouched.
public struct UserData: Hashable, Sendable {
    /// TP-User-Data-Header-Indicator.
    public let hasHeader: Bool
    /// TP-User-Data-Length: septets or octets.
    public let length: UInt8
    public let octets: [UInt8]

    public static let maximumOctets = 140

    init(hasHeader: Bool, length: UInt8, octets: [UInt8]) {
        self.hasHeader = hasHeader
        self.length = length
        self.octets = octets
    }

    init(hasHeader: Bool, _ coding: DataCoding, reading reader: inout OctetReader) throws(SMSFault) {
        length = try reader.octet("TP-UDL")
        let count = coding.countsSeptets ? (Int(length) * 7 + 7) / 8 : Int(length)
        guard count <= Self.maximumOctets else { throw SMSFault(.invalid, "TP-UDL of \(length)") }
        octets = try reader.octets(count, "TP-UD")
        self.hasHeader = hasHeader
        guard hasHeader else { return }
        guard let header = octets.first, Int(header) < octets.count else {
            throw SMSFault(.invalid, "a header longer than the user data")
        }
    }

    /// Elements of the header as identifier and value, §9.2.3.24; those behind a broken one are left out.
    public var header: [(identifier: UInt8, value: [UInt8])] {
        guard hasHeader, let length = octets.first else { return [] }
        var reader = OctetReader(octets.dropFirst().prefix(Int(length)))
        var elements: [(identifier: UInt8, value: [UInt8])] = []
        while let identifier = try? reader.octet("element"), let count = try? reader.octet("element"),
            let value = try? reader.octets(Int(count), "element")
        {
            elements.append((identifier, value))
        }
        return elements
    }

    /// What stands behind the header.
    var content: [UInt8] {
        guard hasHeader, let length = octets.first else { return octets }
        return Array(octets.dropFirst(Int(length) + 1))
    }
}
