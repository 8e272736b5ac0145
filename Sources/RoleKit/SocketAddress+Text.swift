/// Addresses as text, in pure Swift: no resolver, no allocation per digit, no zone identifiers.
///
/// Reading follows RFC 4291 §2.2 and, for IPv4, the dotted form without leading zeros (they mean octal to some and
/// decimal to others); printing follows RFC 5952 §4 and §5.
extension SocketAddress {
    /// Reads an IPv4 or IPv6 literal; an IPv6 one may stand in brackets, as SIP URIs write it (RFC 3261 §25.1).
    public init?(_ host: String, port: UInt16) {
        let parsed = host.utf8.withContiguousStorageIfAvailable { SocketAddress(host: $0[...], port: port) }
        guard
            let address = parsed
                ?? Array(host.utf8).withUnsafeBufferPointer({ SocketAddress(host: $0[...], port: port) })
        else { return nil }
        self = address
    }

    /// Reads the address that stands in a range of a message.
    public init?(_ bytes: [UInt8], _ host: Range<Int>, port: UInt16) {
        guard host.upperBound <= bytes.count,
            let address = bytes.withUnsafeBufferPointer({ SocketAddress(host: $0[host], port: port) })
        else { return nil }
        self = address
    }

    /// Reads `1.2.3.4:5060` or `[::1]:5060`. The port is required: without brackets an IPv6 address hides it.
    public init?(endpoint: String) {
        let bytes = Array(endpoint.utf8)
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")),
            let port = Self.decimal(bytes[(colon + 1)...], digits: 5, max: 65_535)
        else { return nil }
        let host = bytes[..<colon]
        // A bare IPv6 address would leave its last group to be taken for the port.
        if host.contains(UInt8(ascii: ":")), host.first != UInt8(ascii: "[") { return nil }
        let parsed = host.withUnsafeBufferPointer { SocketAddress(host: $0[...], port: UInt16(port)) }
        guard let parsed else { return nil }
        self = parsed
    }

    /// The address without port and without brackets: `127.0.0.1`, `2001:db8::1`.
    public var host: String {
        family == .v4 ? Self.dotted(low) : v6Text
    }

    /// The address as a URI or a Via header writes it: IPv6 in brackets (RFC 3261 §25.1, IPv6reference).
    public var uriHost: String {
        family == .v4 ? host : "[\(host)]"
    }

    /// `127.0.0.1:5060` or `[::1]:5060`.
    public var description: String { "\(uriHost):\(port)" }

    private init?(host text: Slice<UnsafeBufferPointer<UInt8>>, port: UInt16) {
        var text = text
        var bracketed = false
        if text.first == UInt8(ascii: "["), text.last == UInt8(ascii: "]"), text.count > 2 {
            text = text.dropFirst().dropLast()
            bracketed = true
        }
        if text.contains(UInt8(ascii: ":")) {
            guard let (high, low) = Self.words(text) else { return nil }
            self.init(family: .v6, high: high, low: low, port: port)
        } else {
            guard !bracketed, let word = Self.octets(text) else { return nil }
            self.init(family: .v4, high: 0, low: word, port: port)
        }
    }
}

// MARK: reading

extension SocketAddress {
    /// A decimal number of at most `digits` digits and at most `max`; nil for anything else, the empty text included.
    private static func decimal(_ text: some Collection<UInt8>, digits: Int, max: UInt64) -> UInt64? {
        guard !text.isEmpty, text.count <= digits else { return nil }
        var value: UInt64 = 0
        for byte in text {
            guard byte &- 48 < 10 else { return nil }
            value = value * 10 + UInt64(byte &- 48)
        }
        return value <= max ? value : nil
    }

    private static func octets(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
        var word: UInt64 = 0
        let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        for part in parts {
            guard part.count == 1 || part.first != UInt8(ascii: "0"), let octet = decimal(part, digits: 3, max: 255)
            else { return nil }
            word = word << 8 | octet
        }
        return word
    }

    private static func hex(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// Appends the groups of one side of `::`; a dotted IPv4 tail counts as two groups and may only stand last.
    private static func groups(
        _ text: Slice<UnsafeBufferPointer<UInt8>>, tailAllowed: Bool, into list: inout [UInt64]
    ) -> Bool {
        if text.isEmpty { return true }
        let parts = text.split(separator: UInt8(ascii: ":"), maxSplits: 8, omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if part.contains(UInt8(ascii: ".")) {
                guard tailAllowed, index == parts.count - 1, let word = octets(part) else { return false }
                list += [word >> 16, word & 0xFFFF]
                continue
            }
            guard (1...4).contains(part.count) else { return false }
            var value: UInt64 = 0
            for byte in part {
                guard let digit = hex(byte) else { return false }
                value = value << 4 | digit
            }
            list.append(value)
        }
        return true
    }

    private static func words(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> (UInt64, UInt64)? {
        // Longest literal: eight groups of four with a dotted tail, "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255".
        guard text.count <= 45 else { return nil }
        let colon = UInt8(ascii: ":")
        var gap: Int?
        for i in text.indices.dropLast() where text[i] == colon && text[i + 1] == colon {
            gap = i
            break
        }
        var front: [UInt64] = []
        if let gap {
            var back: [UInt64] = []
            guard groups(text[text.startIndex..<gap], tailAllowed: false, into: &front),
                groups(text[(gap + 2)...], tailAllowed: true, into: &back),
                front.count + back.count <= 7
            else { return nil }
            front += repeatElement(0, count: 8 - front.count - back.count) + back
        } else {
            guard groups(text, tailAllowed: true, into: &front), front.count == 8 else { return nil }
        }
        let high = front[..<4].reduce(0) { $0 << 16 | $1 }
        let low = front[4...].reduce(0) { $0 << 16 | $1 }
        return (high, low)
    }
}

// MARK: printing

extension SocketAddress {
    /// The four lowest groups of `bits` bits of a word, highest first.
    private static func parts(_ word: UInt64, bits: UInt64) -> [UInt64] {
        let mask: UInt64 = (1 << bits) - 1
        var list: [UInt64] = []
        for index: UInt64 in 0..<4 {
            let shift: UInt64 = bits * (3 - index)
            list.append((word >> shift) & mask)
        }
        return list
    }

    private static func dotted(_ word: UInt64) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(15)
        for shift: UInt64 in [24, 16, 8, 0] {
            let octet = UInt8(truncatingIfNeeded: word >> shift)
            if octet >= 100 { text.append(0x30 + octet / 100) }
            if octet >= 10 { text.append(0x30 + octet / 10 % 10) }
            text.append(0x30 + octet % 10)
            if shift > 0 { text.append(UInt8(ascii: ".")) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// RFC 5952 §4.2: the longest run of two or more zero groups shrinks to `::`, the first of equal ones.
    private static func zeroRun(_ groups: [UInt64]) -> Range<Int>? {
        var best = 0..<1
        var start = 0
        for (index, group) in groups.enumerated() {
            if group != 0 {
                start = index + 1
            } else if index + 1 - start > best.count {
                best = start..<(index + 1)
            }
        }
        return best.count > 1 ? best : nil
    }

    private var v6Text: String {
        // RFC 5952 §5: the well-known prefix of IPv4-mapped addresses shows the IPv4 address.
        if high == 0, low >> 32 == 0xFFFF { return "::ffff:" + Self.dotted(low) }
        let groups = Self.parts(high, bits: 16) + Self.parts(low, bits: 16)
        let text = groups.map { String($0, radix: 16) }
        guard let gap = Self.zeroRun(groups) else { return text.joined(separator: ":") }
        return text[..<gap.lowerBound].joined(separator: ":") + "::" + text[gap.upperBound...].joined(separator: ":")
    }
}
