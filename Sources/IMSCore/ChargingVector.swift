import SIP

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
        let bytes = Array(text.utf8)
        var start = 0
        while let (name, value) = Self.nextParameter(bytes, &start) {
            switch name {
            case "icid-value": icid = icid ?? Self.unquoted(value)
            case "icid-generated-at": generatedAt = Self.unquoted(value)
            case "orig-ioi": origIOI = Self.unquoted(value)
            case "term-ioi": termIOI = Self.unquoted(value)
            default: break
            }
        }
        guard let icid, !icid.isEmpty else { return nil }
        self.icid = icid
    }

    /// Name (in lower case) and value of the next `;`-separated parameter; those without `=` are passed over.
    private static func nextParameter(
        _ text: [UInt8], _ start: inout Int
    ) -> (name: String, value: ArraySlice<UInt8>)? {
        while start < text.count {
            let piece = text[start..<pieceEnd(text, from: start)]
            start = piece.endIndex + 1
            guard let equals = piece.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = trimmed(piece[..<equals]).map(ASCII.lowered)
            return (String(decoding: name, as: UTF8.self), trimmed(piece[(equals + 1)...]))
        }
        return nil
    }

    /// Where the next `;` outside quotes stands, or the end.
    private static func pieceEnd(_ text: [UInt8], from start: Int) -> Int {
        var isQuoted = false
        var isEscaped = false
        for at in start..<text.count {
            let byte = text[at]
            if byte == UInt8(ascii: ";"), !isQuoted { return at }
            if byte == UInt8(ascii: "\""), !isEscaped { isQuoted.toggle() }
            isEscaped = isQuoted && byte == UInt8(ascii: "\\") && !isEscaped
        }
        return text.count
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text
        while let first = text.first, ASCII.isSpace(first) { text.removeFirst() }
        while let last = text.last, ASCII.isSpace(last) { text.removeLast() }
        return text
    }

    private static func unquoted(_ text: ArraySlice<UInt8>) -> String {
        guard text.count >= 2, text.first == UInt8(ascii: "\""), text.last == UInt8(ascii: "\"") else {
            return String(decoding: text, as: UTF8.self)
        }
        let inside = text.dropFirst().dropLast()
        guard inside.contains(UInt8(ascii: "\\")) else { return String(decoding: inside, as: UTF8.self) }
        var plain: [UInt8] = []
        var isEscaped = false
        for byte in inside {
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            if !isEscaped { plain.append(byte) }
        }
        return String(decoding: plain, as: UTF8.self)
    }

    /// The header value; every part quoted, as inter operator identifiers hold a space.
    public var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(256)
        text.append(contentsOf: "icid-value=".utf8)
        Self.quote(icid, into: &text)
        if let generatedAt {
            text.append(contentsOf: ";icid-generated-at=".utf8)
            text.append(contentsOf: generatedAt.utf8)
        }
        if let origIOI {
            text.append(contentsOf: ";orig-ioi=".utf8)
            Self.quote(origIOI, into: &text)
        }
        if let termIOI {
            text.append(contentsOf: ";term-ioi=".utf8)
            Self.quote(termIOI, into: &text)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Controls, which no quoted string may hold, are left out.
    private static func quote(_ value: String, into text: inout [UInt8]) {
        text.append(UInt8(ascii: "\""))
        for byte in value.utf8 where byte >= 0x20 && byte != 0x7F {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { text.append(UInt8(ascii: "\\")) }
            text.append(byte)
        }
        text.append(UInt8(ascii: "\""))
    }
}

/// Inter operator identifiers with the type in front, TS 24.229 §7.2A.5 and TS 32.240.
public enum InterOperatorIdentifier {
    /// Type 1: between a visited and a home network, for registration and for sessions.
    public static func type1(_ network: String) -> String { "Type 1" + network }

    /// Type 3: between a home network and an application server.
    public static func type3(_ network: String) -> String { "Type 3" + network }
}

/// Makes IMS charging identifiers, RFC 7315 §4.6: unique in the whole network for at least a month.
public struct ICIDGenerator: Sendable {
    private let prefix: String
    private var counter: UInt32 = 0

    /// `seed` is drawn once at start, so that a restart within the same second makes other identifiers.
    public init(seed: UInt64) { prefix = Hex.text(seed, digits: 16) }

    /// The next identifier: seed, time and a counter, in hexadecimal.
    public mutating func next(unixSeconds: Int64) -> String {
        counter &+= 1
        let time = UInt64(truncatingIfNeeded: unixSeconds) & 0xFFFF_FFFF
        return prefix + Hex.text(time, digits: 8) + Hex.text(UInt64(counter), digits: 8)
    }
}
