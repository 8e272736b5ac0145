import SIP

/// Public identities as every Cx command carries and every table keys them, TS 23.003 §13.4 and TS 29.229 §6.3.2.
///
/// SIP URIs by RFC 3261 §10.3: no parameters, no headers, escapes undone; no port and no password either; scheme and host
/// in lower case. Telephone numbers by RFC 3966 §5.1.1: no visual separators; parameters of a global number go.
public enum CanonicalIdentity {
    /// Longest URI looked at.
    public static let maximumLength = 1024

    /// The canonical form; nil if the text is not a SIP, SIPS or tel URI with a user part or number.
    public static func canonical(_ uri: String) -> String? {
        if isCanonical(uri) { return uri }
        let bytes = Array(uri.utf8)
        guard bytes.count <= maximumLength, let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let rest = bytes[(colon + 1)...]
        switch String(decoding: bytes[..<colon].map(ASCII.lowered), as: UTF8.self) {
        case "sip": return sip("sip:", rest)
        case "sips": return sip("sips:", rest)
        case "tel": return telephone(rest)
        default: return nil
        }
    }

    /// Whether a text is a canonical SIP URI of the simple kind nearly all are: letters, digits and marks before the
    /// `@`, or `+` and digits; a host in lower case behind it and nothing else.
    private static func isCanonical(_ uri: String) -> Bool {
        let bytes = uri.utf8Span.span
        guard bytes.count <= maximumLength, uri.hasPrefix("sip:"), bytes.count > 4 else { return false }
        let isNumber = bytes[4] == UInt8(ascii: "+")
        let first = isNumber ? 5 : 4
        var at = first
        while at < bytes.count, isNumber ? ASCII.isDigit(bytes[at]) : isHostByte(bytes[at]) { at += 1 }
        guard at > first, at + 1 < bytes.count, bytes[at] == UInt8(ascii: "@") else { return false }
        for index in (at + 1)..<bytes.count {
            let byte = bytes[index]
            guard isHostByte(byte), ASCII.lowered(byte) == byte else { return false }
        }
        return true
    }

    private static func sip(_ scheme: String, _ rest: ArraySlice<UInt8>) -> String? {
        // The user part may hold `;` and `?`, the host may not: the last `@` divides.
        guard let at = rest.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        let userInfo = rest[..<at]
        let user = userInfo[..<(userInfo.firstIndex(of: UInt8(ascii: ":")) ?? userInfo.endIndex)]
        guard !user.isEmpty, let host = hostPart(rest[(at + 1)...]) else { return nil }
        guard let plain = unescaped(user) else { return nil }
        let name = plain.first == UInt8(ascii: "+") ? globalNumber(plain[...]) ?? plain : plain
        var text: [UInt8] = []
        text.reserveCapacity(scheme.utf8.count + name.count + 1 + host.count)
        text.append(contentsOf: scheme.utf8)
        text.append(contentsOf: name)
        text.append(UInt8(ascii: "@"))
        for byte in host { text.append(ASCII.lowered(byte)) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The host without port, parameters and headers.
    private static func hostPart(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let end = text.firstIndex { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: "?") } ?? text.endIndex
        var host = text[..<end]
        if host.first == UInt8(ascii: "[") {
            guard let close = host.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            host = host[...close]
            guard host.allSatisfy(isAddressByte) else { return nil }
        } else {
            host = host[..<(host.firstIndex(of: UInt8(ascii: ":")) ?? host.endIndex)]
            guard host.allSatisfy(isHostByte) else { return nil }
        }
        return host.isEmpty ? nil : host
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_")
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        Hex.value(byte) != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]")
    }

    /// Escapes undone where the character may stand plainly in a user part; others kept with upper-case digits.
    private static func unescaped(_ user: ArraySlice<UInt8>) -> [UInt8]? {
        var plain: [UInt8] = []
        plain.reserveCapacity(user.count)
        var index = user.startIndex
        while index < user.endIndex {
            let byte = user[index]
            guard byte == UInt8(ascii: "%") else {
                guard byte > 0x20, byte != 0x7F, byte != UInt8(ascii: "<"), byte != UInt8(ascii: ">") else {
                    return nil
                }
                plain.append(byte)
                index += 1
                continue
            }
            guard index + 2 < user.endIndex, let high = Hex.value(user[index + 1]),
                let low = Hex.value(user[index + 2])
            else { return nil }
            append(high << 4 | low, to: &plain)
            index += 3
        }
        return plain
    }

    private static func append(_ byte: UInt8, to plain: inout [UInt8]) {
        if ASCII.isAlphanumeric(byte) || "-_.!~*'()&=+$,;?/#".utf8.contains(byte) {
            plain.append(byte)
        } else {
            plain += [UInt8(ascii: "%"), ASCII.upperHex[Int(byte >> 4)], ASCII.upperHex[Int(byte & 15)]]
        }
    }

    /// `+` and digits of a global number whose visual separators and parameters have gone; nil if it is no number.
    private static func globalNumber(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var digits: [UInt8] = []
        digits.reserveCapacity(text.count)
        digits.append(UInt8(ascii: "+"))
        for byte in text.dropFirst() {
            if byte == UInt8(ascii: ";") { break }
            if isVisualSeparator(byte) { continue }
            guard ASCII.isDigit(byte) else { return nil }
            digits.append(byte)
        }
        return digits.count > 1 ? digits : nil
    }

    private static func isVisualSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")")
    }

    private static func telephone(_ rest: ArraySlice<UInt8>) -> String? {
        if rest.first == UInt8(ascii: "+") {
            return globalNumber(rest).map { "tel:" + String(decoding: $0, as: UTF8.self) }
        }
        // A local number means nothing without its context, RFC 3966 §5.1.4.
        let parts = rest.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        guard let number = parts.first.map({ $0.filter { !isVisualSeparator($0) } }), !number.isEmpty,
            number.allSatisfy({ Hex.value($0) != nil || $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "#") })
        else { return nil }
        let key = Array("phone-context=".utf8)
        guard let context = parts.dropFirst().map({ $0.map(ASCII.lowered) }).first(where: { $0.starts(with: key) }),
            context.count > key.count, context.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        return "tel:" + String(decoding: number.map(ASCII.lowered) + [UInt8(ascii: ";")] + context, as: UTF8.self)
    }
}
