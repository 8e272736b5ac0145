public import SIP

/// An international public telecommunication number, ITU-T E.164 §6: country code and national number, at most fifteen
/// digits.
public struct E164Number: Hashable, Sendable, CustomStringConvertible {
    /// Country code first, no `+`.
    public let digits: String

    /// ITU-T E.164 §6.1.
    public static let maximumDigits = 15

    /// Nil unless these are 2 to 15 digits, the first no zero (no country code begins with one).
    public init?(digits: some StringProtocol) {
        let bytes = digits.utf8
        guard (2...Self.maximumDigits).contains(bytes.count), bytes.allSatisfy(ASCII.isDigit),
            bytes.first != UInt8(ascii: "0")
        else { return nil }
        self.digits = String(digits)
    }

    /// The number of a text such as `+1-555-000-0002`; nil where it is no global number.
    public init?(global text: String) {
        guard text.utf8.first == UInt8(ascii: "+") else { return nil }
        self.init(digits: DialString.plain(text).dropFirst())
    }

    /// `tel:+` and the digits, RFC 3966 §5.1.4.
    public var uri: TelURI { TelURI(number: description) }

    public var description: String { "+" + digits }
}

/// A number as a user dials it, RFC 3966 §3 and §5.1.1.
enum DialString {
    /// Without visual separators and spaces, letters in lower case.
    static func plain(_ text: String) -> String {
        String(decoding: text.utf8.lazy.filter { !isSeparator($0) }.map(ASCII.lowered), as: UTF8.self)
    }

    /// Whether every character may stand in a dialled number, after `plain`.
    static func isNumber(_ text: String) -> Bool {
        let body = text.hasPrefix("+") ? text.dropFirst() : text[...]
        return !body.isEmpty && body.utf8.allSatisfy { ASCII.isDigit($0) || isServiceSign($0) }
    }

    /// `*` and `#` make service codes (TS 22.030 §6.5.2), which no numbering plan translates.
    static func isServiceSign(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "*") || byte == UInt8(ascii: "#") }

    private static func isSeparator(_ byte: UInt8) -> Bool { "-.() ".utf8.contains(byte) }
}
