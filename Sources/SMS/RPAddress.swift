/// The number of a service centre as the relay layer carries it, TS 24.011 §8.2.5.1 and §8.2.5.2.
public struct RPAddress: Hashable, Sendable, CustomStringConvertible {
    /// Type of number (3 bits) and numbering plan (4 bits), with the extension bit before them.
    private let type: UInt8
    public let digits: String

    /// Longest content of the element: the type and twenty digits.
    static let maximumOctets = 11
    private static let international: UInt8 = 0x91
    private static let dialled: UInt8 = 0x81

    /// A number that leads nowhere.
    public static let unknown = RPAddress(type: 0x80, digits: "0")

    private init(type: UInt8, digits: String) {
        self.type = type
        self.digits = digits
    }

    /// `+` and digits, or digits as dialled; nil for anything else or more than twenty digits.
    public init?(_ text: String) {
        let isGlobal = text.utf8.first == UInt8(ascii: "+")
        let digits = isGlobal ? String(text.dropFirst()) : text
        guard (1...20).contains(digits.utf8.count), SemiOctets.encode(digits) != nil else { return nil }
        self.digits = digits
        type = isGlobal ? Self.international : Self.dialled
    }

    /// The content behind the length; nil where that is 0.
    init?(reading reader: inout OctetReader, _ what: String) throws(SMSFault) {
        let length = Int(try reader.octet(what))
        guard length <= Self.maximumOctets else { throw SMSFault(.invalid, "\(what) of \(length) octets") }
        let content = try reader.octets(length, what)
        guard let type = content.first else { return nil }
        guard let digits = SemiOctets.decode(content.dropFirst()) else {
            throw SMSFault(.invalid, "\(what) with a filler among its digits")
        }
        self.type = type
        self.digits = digits
    }

    /// With its length in front.
    var octets: [UInt8] {
        let number = SemiOctets.encode(digits) ?? []
        return [UInt8(number.count + 1), type] + number
    }

    public var description: String { (type >> 4 & 7 == 1 ? "+" : "") + digits }
}
