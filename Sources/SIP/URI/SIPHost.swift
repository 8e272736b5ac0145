/// The host part of a URI or a Via: a name, an IPv4 address or an IPv6 reference in brackets (RFC 3261 §25.1, RFC 5118
/// §4).
public struct SIPHost: Sendable, Hashable, CustomStringConvertible {
    /// What the host is by its spelling.
    public enum Kind: Sendable, Hashable { case name, ipv4, ipv6 }

    /// As written; an IPv6 address with its brackets.
    public let written: String
    public let kind: Kind

    /// Without brackets, in lower case: what a resolver or an address parser wants.
    public var bare: String { lowercasedASCII(kind == .ipv6 ? String(written.dropFirst().dropLast()) : written) }

    public var description: String { written }

    /// The host of a text, e.g. `scscf.example.org`, `192.0.2.1`, `[2001:db8::1]`.
    public init(parsing text: String) throws(SIPParseError) {
        var cursor = Cursor(text)
        let parts = try HostParts.read(&cursor)
        guard cursor.isAtEnd else { throw SIPParseError(.uri, "characters after the host") }
        self.init(cursor, parts)
    }

    init(_ cursor: Cursor, _ parts: HostParts) {
        written = cursor.text(parts.range)
        kind = parts.kind
    }

    /// Same host: names without case, addresses by value (RFC 3261 §19.1.4, RFC 5118 §4.1).
    public func isEquivalent(to other: SIPHost) -> Bool {
        guard kind == other.kind else { return false }
        let (ours, theirs) = (Array(bare.utf8), Array(other.bare.utf8))
        switch kind {
        case .name: return Self.withoutFinalDot(ours).elementsEqual(Self.withoutFinalDot(theirs))
        case .ipv4: return IPText.ipv4(ours, 0..<ours.count) == IPText.ipv4(theirs, 0..<theirs.count)
        case .ipv6: return IPText.ipv6(ours, 0..<ours.count) == IPText.ipv6(theirs, 0..<theirs.count)
        }
    }

    private static func withoutFinalDot(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        bytes.last == UInt8(ascii: ".") ? bytes.dropLast() : bytes[...]
    }
}
