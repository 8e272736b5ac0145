/// A set of ASCII bytes, tested with one shift: the character classes of the RFC 3261 §25.1 grammar.
public struct ByteSet: Sendable {
    @usableFromInline let low: UInt64
    @usableFromInline let high: UInt64

    @usableFromInline init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// The bytes of a literal; bytes above 127 are ignored.
    public init(_ members: StaticString) {
        var low: UInt64 = 0
        var high: UInt64 = 0
        members.withUTF8Buffer { buffer in
            for byte in buffer where byte < 128 {
                if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
            }
        }
        self.init(low: low, high: high)
    }

    /// Both sets together.
    public func union(_ other: ByteSet) -> ByteSet {
        ByteSet(low: low | other.low, high: high | other.high)
    }

    /// Whether the byte is a member; bytes above 127 never are.
    @inlinable public func contains(_ byte: UInt8) -> Bool {
        if byte < 64 { return low >> UInt64(byte) & 1 == 1 }
        if byte < 128 { return high >> UInt64(byte - 64) & 1 == 1 }
        return false
    }
}

extension ByteSet {
    /// DIGIT (RFC 3261 §25.1).
    static let digit = ByteSet("0123456789")
    /// alphanum (RFC 3261 §25.1).
    static let alphanumeric = ByteSet("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    /// ALPHA (RFC 3261 §25.1).
    static let letter = ByteSet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    /// scheme behind its first letter (RFC 3261 §25.1).
    static let scheme = alphanumeric.union(ByteSet("+-."))
    /// visual-separator (RFC 3966 §3).
    static let visualSeparator = ByteSet("-.()")
    /// What a global number may hold behind its `+` (RFC 3966 §3).
    static let globalNumber = digit.union(visualSeparator)
    /// What a local number may hold (RFC 3966 §3).
    static let localNumber = hexadecimal.union(visualSeparator).union(ByteSet("*#"))
    /// What an IPv6 address may hold between its brackets.
    static let ipv6 = hexadecimal.union(ByteSet(":."))
    /// HEXDIG, both cases.
    static let hexadecimal = ByteSet("0123456789ABCDEFabcdef")
    /// token (RFC 3261 §25.1).
    static let token = alphanumeric.union(ByteSet("-.!%*_+`'~"))
    /// unreserved (RFC 3261 §25.1).
    static let unreserved = alphanumeric.union(ByteSet("-_.!~*'()"))
    /// user without escapes (RFC 3261 §25.1). Deviation: an unescaped `#` is accepted, since phones dial `#31#…` so.
    static let user = unreserved.union(ByteSet("&=+$,;?/#"))
    /// password without escapes (RFC 3261 §25.1).
    static let password = unreserved.union(ByteSet("&=+$,"))
    /// paramchar without escapes (RFC 3261 §25.1).
    static let uriParameter = unreserved.union(ByteSet("[]/:&+$"))
    /// Characters of URI headers without escapes: hnv-unreserved, unreserved, `=` and `&` (RFC 3261 §25.1).
    static let uriHeader = unreserved.union(ByteSet("[]/?:+$=&"))
    /// Host names. Deviation: `_` is accepted, since labs name machines so.
    static let hostName = alphanumeric.union(ByteSet("-._"))
    /// What may stand unquoted in a header parameter's value: token, host, and what deployed 3GPP headers put there.
    static let parameterValue = token.union(ByteSet("[]:/@=&$?#()^|{}\\"))
    /// What may stand unquoted in a value we write.
    static let plainValue = token.union(ByteSet("[]:"))
    /// Any visible ASCII character but `<`, `>` and `"`: the body of an absoluteURI whose scheme we do not know.
    static let opaqueURI = alphanumeric.union(ByteSet("-_.!~*'();/?:@&=+$,%#[]"))
}
