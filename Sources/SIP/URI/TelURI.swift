/// A `tel:` URI (RFC 3966).
public struct TelURI: Sendable, Hashable, CustomStringConvertible {
    /// The number as written, visual separators included.
    public var number: String
    /// `;name=value` parameters (isub, ext, phone-context, cpc …).
    public var params: Parameters

    /// A URI from its parts.
    public init(number: String, params: Parameters = Parameters(.uri)) {
        self.number = number
        self.params = params
    }

    /// The URI of a text such as `tel:+1-555-123-4567`.
    public init(parsing text: String) throws(SIPParseError) {
        guard case .tel(let uri) = try AnyURI(parsing: text) else { throw SIPParseError(.uri, "not a tel URI") }
        self = uri
    }

    /// Whether it is a global number, i.e. begins with `+` (RFC 3966 §5.1.4).
    public var isGlobal: Bool { number.utf8.first == UInt8(ascii: "+") }

    /// The number without visual separators, letters in lower case.
    public var digits: String {
        String(decoding: number.utf8.lazy.filter { !ByteSet.visualSeparator.contains($0) }.map(folded), as: UTF8.self)
    }

    public var description: String { "tel:" + number + params.description }

    /// Equality of RFC 3966 §4: numbers without separators, parameters in any order, all of them, without case.
    public func isEquivalent(to other: TelURI) -> Bool {
        guard digits == other.digits, params.all.count == other.params.all.count else { return false }
        return params.all.allSatisfy { parameter in
            guard let ours = params[parameter.name], let theirs = other.params[parameter.name] else { return false }
            return equalsFolded(Self.comparable(parameter.name, ours), Self.comparable(parameter.name, theirs))
        }
    }

    /// A global phone-context, an extension and the like are numbers too, so their separators do not count.
    private static func comparable(_ name: String, _ value: String) -> String {
        let isNumber =
            equalsFolded(name, "ext") || (equalsFolded(name, "phone-context") && value.utf8.first == UInt8(ascii: "+"))
        return isNumber
            ? String(decoding: value.utf8.lazy.filter { !ByteSet.visualSeparator.contains($0) }, as: UTF8.self) : value
    }
}
