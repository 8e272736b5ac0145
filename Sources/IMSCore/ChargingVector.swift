/// The value of a P-Charging-Vector header field, RFC 7315 §5.6 and TS 24.229 §7.2A.5.
public struct ChargingVector: Hashable, Sendable, CustomStringConvertible {
    /// Longest value read.
    public static let maximumLength = 2048

    /// The charging identifier that joins all records of a request, `icid-value`.
    public var icid: String
    /// The host that made the icid.
    public var generatedAt: String?
    /// The network the request came from, as `InterOperatorIdentifier` writes it.
    public var origIOI: String?
    /// The network that answered.
    public var termIOI: String?

    public init(icid: String, generatedAt: String? = nil, origIOI: String? = nil, termIOI: String? = nil) {
        self.icid = icid
        self.generatedAt = generatedAt
        self.origIOI = origIOI
        self.termIOI = termIOI
    }

    /// Reads a header value; parameters unknown to us are left out. Nil without an icid-value.
    public init?(parsing text: String) {
        guard text.utf8.count <= Self.maximumLength else { return nil }
        var icid: String?
        for parameter in Self.parameters(of: Array(text.utf8)) {
            switch parameter.name {
            case "icid-value": icid = icid ?? parameter.value
            case "icid-generated-at": generatedAt = parameter.value
            case "orig-ioi": origIOI = parameter.value
            case "term-ioi": termIOI = parameter.value
            default: continue
            }
        }
        guard let icid, !icid.isEmpty else { return nil }
        self.icid = icid
    }

    /// Name (in lower case) and unquoted value of each `;`-separated parameter.
    private static func parameters(of text: [UInt8]) -> [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        var piece: [UInt8] = []
        var quoted = false
        var escaped = false
        for byte in text + [UInt8(ascii: ";")] {
            if byte == UInt8(ascii: ";"), !quoted {
                if let parameter = parameter(piece) { found.append(parameter) }
                piece.removeAll()
                continue
            }
            if byte == UInt8(ascii: "\""), !escaped { quoted.toggle() }
            escaped = quoted && byte == UInt8(ascii: "\\") && !escaped
            piece.append(byte)
        }
        return found
    }

    private static func parameter(_ piece: [UInt8]) -> (name: String, value: String)? {
        guard let equals = piece.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let name = trimmed(piece[..<equals]).map(ASCII.lowered)
        var value = Array(trimmed(piece[(equals + 1)...]))
        if value.count >= 2, value.first == UInt8(ascii: "\""), value.last == UInt8(ascii: "\"") {
            value = unquoted(value[1..<(value.count - 1)])
        }
        return (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text
        while let first = text.first, ASCII.isSpace(first) { text = text.dropFirst() }
        while let last = text.last, ASCII.isSpace(last) { text = text.dropLast() }
        return text
    }

    private static func unquoted(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var plain: [UInt8] = []
        var escaped = false
        for byte in text {
            if byte == UInt8(ascii: "\\"), !escaped {
                escaped = true
                continue
            }
            escaped = false
            plain.append(byte)
        }
        return plain
    }

    /// The header value; every part quoted, as inter operator identifiers hold a space.
    public var description: String {
        var text = "icid-value=" + Self.quoted(icid)
        if let generatedAt { text += ";icid-generated-at=" + generatedAt }
        if let origIOI { text += ";orig-ioi=" + Self.quoted(origIOI) }
        if let termIOI { text += ";term-ioi=" + Self.quoted(termIOI) }
        return text
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars where scalar.value >= 0x20 && scalar.value != 0x7F {
            if scalar == "\"" || scalar == "\\" { out += "\\" }
            out.unicodeScalars.append(scalar)
        }
        return out + "\""
    }
}

/// Inter operator identifiers with the type in front, TS 24.229 §7.2A.5 and TS 32.240.
public enum InterOperatorIdentifier {
    /// Type 1: between a visited and a home network, for registration and for sessions.
    public static func type1(_ network: String) -> String { "Type 1" + network }
    /// Type 3: between a home network and a service provider (S-CSCF and application server).
    public static func type3(_ network: String) -> String { "Type 3" + network }
}

/// Makes IMS charging identifiers, RFC 7315 §4.6: unique in the whole network for at least a month.
public struct ICIDGenerator: Sendable {
    private let prefix: String
    private var counter: UInt32 = 0

    /// `seed` is drawn once at start, so that a restart within the same second makes other identifiers.
    public init(seed: UInt64) { prefix = Self.hex(seed, digits: 16) }

    /// The next identifier: seed, time and a counter, in hexadecimal.
    public mutating func next(unixSeconds: Int64) -> String {
        counter &+= 1
        let time = UInt64(truncatingIfNeeded: unixSeconds) & 0xFFFF_FFFF
        return prefix + Self.hex(time, digits: 8) + Self.hex(UInt64(counter), digits: 8)
    }

    private static func hex(_ value: UInt64, digits: Int) -> String {
        let bytes = (0..<digits).map { ASCII.lowerHex[Int(value >> UInt64(4 * (digits - 1 - $0)) & 15)] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
