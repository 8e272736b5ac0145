/// The text of an authentication header: a scheme and comma-separated fields (RFC 3261 §25.1 challenge, credentials).
///
/// Fields keep their order and their quotes, so that what is not touched is written as it was read.
public struct AuthFields: Equatable, Sendable {
    public struct Field: Equatable, Sendable {
        public var name: String
        /// Without quotes and escapes.
        public var value: String
        public var isQuoted: Bool
    }

    /// Most fields one header may have.
    public static let limit = 40

    public var scheme: String
    public private(set) var fields: [Field] = []

    public init(scheme: String) { self.scheme = scheme }

    /// Reads a header value; nil where it is not of the grammar, has a field twice (RFC 2617 §3.2.2 allows each once)
    /// or more than `limit` of them.
    public init?(parsing text: String) {
        var reader = AuthReader(text)
        guard let scheme = reader.token() else { return nil }
        self.scheme = scheme
        while !reader.isAtEnd {
            if reader.takeComma() { continue }
            guard let name = reader.token(), reader.takeEquals(), let (value, isQuoted) = reader.value(),
                reader.isAtEnd || reader.isAtComma, self[name] == nil, fields.count < AuthFields.limit
            else { return nil }
            fields.append(Field(name: name, value: value, isQuoted: isQuoted))
        }
    }

    /// A field's value by name, case-insensitively; setting nil removes it.
    public subscript(name: String) -> String? {
        get { fields.first { equalsFolded($0.name, name) }?.value }
        set { set(name, newValue, isQuoted: true) }
    }

    /// Sets a field where it stands, or at the end; nil removes it.
    public mutating func set(_ name: String, _ value: String?, isQuoted: Bool) {
        let index = fields.firstIndex { equalsFolded($0.name, name) }
        switch (index, value) {
        case (let index?, let value?): fields[index] = Field(name: name, value: value, isQuoted: isQuoted)
        case (let index?, nil): fields.remove(at: index)
        case (nil, let value?): fields.append(Field(name: name, value: value, isQuoted: isQuoted))
        case (nil, nil): break
        }
    }

    /// The header value.
    public var text: String {
        var out = scheme
        for (index, field) in fields.enumerated() {
            out += index == 0 ? " " : ", "
            out += field.name + "="
            out += field.isQuoted ? AuthFields.quoted(field.value) : field.value
        }
        return out
    }

    private static func quoted(_ value: String) -> String {
        var out: [UInt8] = [0x22]
        for byte in value.utf8 {
            if byte == 0x22 || byte == 0x5C { out.append(0x5C) }
            // A line break cannot stand in a quoted string; nothing we write has one.
            out.append(byte == 0x0D || byte == 0x0A ? 0x20 : byte)
        }
        out.append(0x22)
        return String(decoding: out, as: UTF8.self)
    }
}

/// Reads the pieces of an authentication header.
private struct AuthReader {
    private let bytes: [UInt8]
    private var at = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
        skipSpace()
    }

    var isAtEnd: Bool { at == bytes.count }
    var isAtComma: Bool { at < bytes.count && bytes[at] == 0x2C }

    mutating func takeComma() -> Bool { take(0x2C) }
    mutating func takeEquals() -> Bool { take(0x3D) }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        skipSpace()
        return true
    }

    private mutating func skipSpace() {
        while at < bytes.count, isSpace(bytes[at]) { at += 1 }
    }

    mutating func token() -> String? {
        let start = at
        while at < bytes.count, ByteSet.token.contains(bytes[at]) { at += 1 }
        guard at > start else { return nil }
        defer { skipSpace() }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    /// A quoted string, or the run of bytes up to a comma or space: some phones leave the quotes of a URI or of a
    /// base64 value out.
    mutating func value() -> (String, isQuoted: Bool)? {
        if at < bytes.count, bytes[at] == 0x22 { return quotedString().map { ($0, true) } }
        let start = at
        while at < bytes.count, bytes[at] != 0x2C, !isSpace(bytes[at]), bytes[at] != 0x22 { at += 1 }
        guard at > start else { return nil }
        defer { skipSpace() }
        return (String(decoding: bytes[start..<at], as: UTF8.self), false)
    }

    private mutating func quotedString() -> String? {
        var out: [UInt8] = []
        at += 1
        while at < bytes.count {
            switch bytes[at] {
            case 0x22:
                at += 1
                skipSpace()
                return String(decoding: out, as: UTF8.self)
            case 0x5C where at + 1 < bytes.count:
                out.append(bytes[at + 1])
                at += 2
            default:
                out.append(bytes[at])
                at += 1
            }
        }
        return nil
    }
}
