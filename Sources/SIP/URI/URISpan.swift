/// A sip or sips URI where it stands in a message: checked as `SIPURI` is, nothing copied.
public struct URISpan: Sendable {
    public let bytes: [UInt8]
    /// As written, escapes included.
    public let user: Range<Int>?
    /// Without the brackets of an IPv6 address.
    public let host: Range<Int>
    public let port: Int?
    private let params: Range<Int>

    /// Nil for another scheme.
    init?(_ bytes: [UInt8], _ parts: URIParts) {
        guard parts.scheme == .sip || parts.scheme == .sips, let host = parts.host else { return nil }
        self.bytes = bytes
        user = parts.user
        let isBracketed = host.kind == .ipv6
        self.host = isBracketed ? (host.range.lowerBound + 1)..<(host.range.upperBound - 1) : host.range
        port = parts.port
        params = parts.params
    }

    /// Where the value of a parameter stands, empty if it has none; nil without the parameter.
    public func parameter(_ name: StaticString) -> Range<Int>? {
        var at = params.lowerBound
        while at < params.upperBound {
            let start = at + 1
            let end = first(UInt8(ascii: ";"), in: start..<params.upperBound)
            let nameEnd = first(UInt8(ascii: "="), in: start..<end)
            if equalsFolded(start..<nameEnd, name) { return min(nameEnd + 1, end)..<end }
            at = end
        }
        return nil
    }

    /// Whether a loose router put it (RFC 3261 §19.1.1 `lr`).
    public var isLooseRoute: Bool { parameter("lr") != nil }

    /// Whether the bytes of a range are these, case aside.
    public func equalsFolded(_ range: Range<Int>, _ text: StaticString) -> Bool {
        Cursor(bytes, range).equalsFolded(range, text)
    }

    private func first(_ byte: UInt8, in range: Range<Int>) -> Int {
        var at = range.lowerBound
        while at < range.upperBound, bytes[at] != byte { at += 1 }
        return at
    }
}
