/// Where a host stands and what kind it is: checked by the grammar, nothing copied (RFC 3261 §25.1 host).
struct HostParts {
    /// Bytes of the longest host name (RFC 1035 §2.3.4).
    static let longestName = 255
    /// Bytes of the longest label of a name (RFC 1035 §2.3.4).
    static let longestLabel = 63

    var range: Range<Int>
    var kind: SIPHost.Kind

    /// Reads a host at the cursor.
    static func read(_ cursor: inout Cursor) throws(SIPParseError) -> HostParts {
        if cursor.current == UInt8(ascii: "[") { return try readIPv6(&cursor) }
        let range = cursor.run(.hostName)
        guard !range.isEmpty, range.count <= longestName else {
            throw SIPParseError(.uri, "no host, or one longer than \(longestName) bytes")
        }
        // A last label of digits only can be no toplabel: such a host must be an IPv4 address.
        if endsNumeric(cursor.bytes, range) {
            guard IPText.ipv4(cursor.bytes, range) != nil else { throw SIPParseError(.uri, "host is no IPv4 address") }
            return HostParts(range: range, kind: .ipv4)
        }
        guard isName(cursor.bytes, range) else { throw SIPParseError(.uri, "host is no domain name") }
        return HostParts(range: range, kind: .name)
    }

    /// A broadcast, group or unspecified address: nowhere to send a response to.
    func isGroup(_ bytes: [UInt8]) -> Bool {
        switch kind {
        case .name: return false
        case .ipv4: return IPText.ipv4(bytes, range).map { $0 == 0 || $0 >> 28 == 14 || $0 == UInt32.max } ?? false
        case .ipv6:
            let inside = (range.lowerBound + 1)..<(range.upperBound - 1)
            return IPText.ipv6(bytes, inside).map { $0.high >> 56 == 0xFF || $0 == IPText.Bits() } ?? false
        }
    }

    private static func readIPv6(_ cursor: inout Cursor) throws(SIPParseError) -> HostParts {
        let start = cursor.at
        cursor.at += 1
        let inside = cursor.run(.ipv6)
        guard cursor.take(UInt8(ascii: "]")), IPText.ipv6(cursor.bytes, inside) != nil else {
            throw SIPParseError(.uri, "host is no IPv6 reference")
        }
        return HostParts(range: start..<cursor.at, kind: .ipv6)
    }

    private static func endsNumeric(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        var at = range.upperBound
        if bytes[at - 1] == UInt8(ascii: ".") { at -= 1 }
        while at > range.lowerBound, bytes[at - 1] != UInt8(ascii: ".") {
            at -= 1
            if !ByteSet.digit.contains(bytes[at]) { return false }
        }
        return true
    }

    /// Labels of 1–63 bytes that neither begin nor end with a hyphen; a final dot is allowed.
    private static func isName(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        var start = range.lowerBound
        for at in range where bytes[at] == UInt8(ascii: ".") {
            guard isLabel(bytes, start..<at) else { return false }
            start = at + 1
        }
        return start == range.upperBound || isLabel(bytes, start..<range.upperBound)
    }

    private static func isLabel(_ bytes: [UInt8], _ label: Range<Int>) -> Bool {
        let hyphen = UInt8(ascii: "-")
        return (1...longestLabel).contains(label.count) && bytes[label.lowerBound] != hyphen
            && bytes[label.upperBound - 1] != hyphen
    }
}
