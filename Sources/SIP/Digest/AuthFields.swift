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
        // A challenge or an answer of AKA has about ten.
        fields.reserveCapacity(12)
        while !reader.isAtEnd {
            if reader.takeComma() { continue }
            guard let name = reader.token(), reader.takeEquals(), let (value, isQuoted) = reader.value(),
                reader.isAtEnd || reader.isAtComma, index(of: name) == nil, fields.count < AuthFields.limit
            else { return nil }
            fields.append(Field(name: name, value: value, isQuoted: isQuoted))
        }
    }

    /// A field's value by name, case-insensitively; setting nil removes it.
    public subscript(name: String) -> String? {
        get { index(of: name).map { fields[$0].value } }
        set { set(name, newValue, isQuoted: true) }
    }

    private func index(of name: String) -> Int? {
        let count = name.utf8.count
        for index in fields.indices
        where fields[index].name.utf8.count == count && equalsFolded(fields[index].name, name) { return index }
        return nil
    }

    /// Sets a field where it stands, or at the end; nil removes it.
    public mutating func set(_ name: String, _ value: String?, isQuoted: Bool) {
        switch (index(of: name), value) {
        case (let index?, let value?): fields[index] = Field(name: name, value: value, isQuoted: isQuoted)
        case (let index?, nil): fields.remove(at: index)
        case (nil, let value?): fields.append(Field(name: name, value: value, isQuoted: isQuoted))
        case (nil, nil): break
        }
    }

    /// The header value.
    public var text: String {
        var out: [UInt8] = []
        // Two quotes, `=`, comma and space of each field; escapes are rare.
        out.reserveCapacity(fields.reduce(scheme.utf8.count) { $0 + $1.name.utf8.count + $1.value.utf8.count + 5 })
        out.append(contentsOf: scheme.utf8)
        for (index, field) in fields.enumerated() {
            if index > 0 { out.append(0x2C) }
            out.append(0x20)
            out.append(contentsOf: field.name.utf8)
            out.append(0x3D)
            if field.isQuoted {
                AuthFields.quote(field.value, into: &out)
            } else {
                out.append(contentsOf: field.value.utf8)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func quote(_ value: String, into out: inout [UInt8]) {
        let bytes = value.utf8Span.span
        out.append(0x22)
        for index in bytes.indices {
            let byte = bytes[index]
            if byte == 0x22 || byte == 0x5C { out.append(0x5C) }
            // A line break cannot stand in a quoted string; nothing we write has one.
            out.append(byte == 0x0D || byte == 0x0A ? 0x20 : byte)
        }
        out.append(0x22)
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
        let start = at + 1
        var hasEscapes = false
        at = start
        while at < bytes.count, bytes[at] != 0x22 {
            let isEscape = bytes[at] == 0x5C && at + 1 < bytes.count
            hasEscapes = hasEscapes || isEscape
            at += isEscape ? 2 : 1
        }
        guard at < bytes.count else { return nil }
        let inside = bytes[start..<at]
        at += 1
        skipSpace()
        return String(decoding: hasEscapes ? AuthReader.unescaped(inside)[...] : inside, as: UTF8.self)
    }

    private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        var isEscaped = false
        for byte in text {
            isEscaped = byte == 0x5C && !isEscaped
            if !isEscaped { out.append(byte) }
        }
        return out
    }
}
