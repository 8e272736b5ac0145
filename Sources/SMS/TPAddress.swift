/// TP-Destination-Address, TP-Originating-Address, TP-Recipient-Address, TS 23.040 §9.1.2.5: kept as its octets, so that
/// what one message says another can repeat untouched.
public struct TPAddress: Hashable, Sendable, CustomStringConvertible {
    /// Count of useful semi-octets, type of address, value.
    public let octets: [UInt8]

    /// Ten octets of value.
    static let maximumSemiOctets = 20
    private static let alphanumericType: UInt8 = 5

    /// `+` and digits, or digits as dialled; nil for anything else or more than twenty digits.
    public init?(number text: String) {
        let isGlobal = text.utf8.first == UInt8(ascii: "+")
        let digits = isGlobal ? String(text.dropFirst()) : text
        guard (1...Self.maximumSemiOctets).contains(digits.utf8.count), let value = SemiOctets.encode(digits) else {
            return nil
        }
        octets = [UInt8(digits.utf8.count), isGlobal ? 0x91 : 0x81] + value
    }

    /// A name of up to eleven characters of the GSM alphabet; others become `?`.
    public init(name: String) {
        var septets: [UInt8] = []
        for character in GSMAlphabet.septets(name, replacing: true) ?? [] where septets.count < 11 {
            septets.append(character)
        }
        let value = Septets.packed(septets)
        octets = [UInt8((septets.count * 7 + 3) / 4), 0xD0] + value
    }

    init(reading reader: inout OctetReader, _ what: String) throws(SMSFault) {
        let length = try reader.octet(what)
        let type = try reader.octet(what)
        guard length <= Self.maximumSemiOctets else { throw SMSFault(.invalid, "\(what) of \(length) semi-octets") }
        let value = try reader.octets((Int(length) + 1) / 2, what)
        octets = [length, type] + value
        guard isAlphanumeric || SemiOctets.decode(value, count: Int(length)) != nil else {
            throw SMSFault(.invalid, "\(what) with a filler among its digits")
        }
    }

    /// From octets that were read before; nil if they are none.
    public init?(_ octets: [UInt8]) {
        var reader = OctetReader(octets)
        guard let address = try? TPAddress(reading: &reader, "address"), reader.left == 0 else { return nil }
        self = address
    }

    public var isAlphanumeric: Bool { octets[1] >> 4 & 7 == Self.alphanumericType }
    public var isInternational: Bool { octets[1] >> 4 & 7 == 1 }

    /// The number as dialled, with `+` where its type says so; nil for a name.
    public var number: String? {
        guard !isAlphanumeric, let digits = SemiOctets.decode(octets.dropFirst(2), count: Int(octets[0])) else {
            return nil
        }
        return (isInternational ? "+" : "") + digits
    }

    public var description: String {
        number ?? GSMAlphabet.text(Septets.unpacked(Array(octets.dropFirst(2)), count: Int(octets[0]) * 4 / 7))
    }
}
