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
        let bytes = cursor.bytes
        let range = cursor.run(.hostName)
        guard !range.isEmpty, range.count <= longestName else {
            throw SIPParseError(.uri, "no host, or one longer than \(longestName) bytes")
        }
        var label = range.lowerBound
        var lastLabelIsNumber = false
        var isNumber = true
        for at in range {
            if bytes[at] == UInt8(ascii: ".") {
                guard isLabel(bytes, label..<at) else { throw SIPParseError(.uri, "host is no domain name") }
                label = at + 1
                lastLabelIsNumber = isNumber
                isNumber = true
            } else if bytes[at] &- 0x30 >= 10 {
                isNumber = false
            }
        }
        // A final dot is allowed.
        if label < range.upperBound {
            guard isLabel(bytes, label..<range.upperBound) else { throw SIPParseError(.uri, "host is no domain name") }
            lastLabelIsNumber = isNumber
        }
        // A last label of digits only can be no toplabel: such a host must be an IPv4 address.
        guard lastLabelIsNumber else { return HostParts(range: range, kind: .name) }
        guard IPText.ipv4(bytes, range) != nil else { throw SIPParseError(.uri, "host is no IPv4 address") }
        return HostParts(range: range, kind: .ipv4)
    }

    /// A label has 1–63 bytes and neither begins nor ends with a hyphen.
    private static func isLabel(_ bytes: [UInt8], _ label: Range<Int>) -> Bool {
        let hyphen = UInt8(ascii: "-")
        return !label.isEmpty && label.count <= longestLabel && bytes[label.lowerBound] != hyphen
            && bytes[label.upperBound - 1] != hyphen
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
}
