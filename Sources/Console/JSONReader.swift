public import RoleKit

/// Why a text is not JSON; `offset` counts bytes.
public struct JSONError: Error, Equatable, Sendable {
    public var offset: Int
    public var problem: String
}

/// Reads JSON (RFC 8259) into a report. `null` becomes an empty text and a number with a fraction its text, since
/// reports have neither.
public struct JSONReader {
    /// Deepest nesting accepted.
    public static let maximumDepth = 64

    private let bytes: [UInt8]
    private var at = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    public static func read(_ bytes: [UInt8]) throws(JSONError) -> Report {
        var reader = JSONReader(bytes)
        let report = try reader.value(depth: 0)
        reader.skipBlanks()
        guard reader.at == bytes.count else { throw reader.error("something follows the value") }
        return report
    }

    private func error(_ problem: String) -> JSONError { JSONError(offset: at, problem: problem) }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 32 || (9...13).contains(byte) { at += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard next == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONError) -> Report {
        guard depth < Self.maximumDepth else { throw error("too deep") }
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try list(depth: depth)
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "t"): return try word("true", .flag(true))
        case UInt8(ascii: "f"): return try word("false", .flag(false))
        case UInt8(ascii: "n"): return try word("null", .text(""))
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> Report {
        at += 1
        var pairs: [(key: String, value: Report)] = []
        if take("}") { return .object(pairs) }
        repeat {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw error("a key is missing") }
            let key = try string()
            guard take(":") else { throw error("a colon is missing") }
            pairs.append((key, try value(depth: depth + 1)))
        } while take(",")
        guard take("}") else { throw error("the object is not closed") }
        return .object(pairs)
    }

    private mutating func list(depth: Int) throws(JSONError) -> Report {
        at += 1
        var values: [Report] = []
        if take("]") { return .list(values) }
        repeat { values.append(try value(depth: depth + 1)) } while take(",")
        guard take("]") else { throw error("the list is not closed") }
        return .list(values)
    }

    private mutating func word(_ word: StaticString, _ report: Report) throws(JSONError) -> Report {
        let length = word.utf8CodeUnitCount
        let matches =
            at + length <= bytes.count && (0..<length).allSatisfy { bytes[at + $0] == word.utf8Start[$0] }
        guard matches else { throw error("not a value") }
        at += length
        return report
    }

    private mutating func number() throws(JSONError) -> Report {
        let start = at
        while let byte = next, (48...57).contains(byte) || [43, 45, 46, 69, 101].contains(byte) { at += 1 }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if let whole = Int(text) { return .number(whole) }
        guard Double(text) != nil else { throw error("not a value") }
        return .text(text)
    }

    private mutating func string() throws(JSONError) -> String {
        at += 1
        // Hardly ever an escape: all up to the first one at once.
        let start = at
        while let byte = next, byte >= 32, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { at += 1 }
        if next == UInt8(ascii: "\"") {
            guard let valid = String(validating: bytes[start..<at], as: UTF8.self) else { throw error("not UTF-8") }
            at += 1
            return valid
        }
        var text = Array(bytes[start..<at])
        while let byte = next {
            at += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let valid = String(validating: text, as: UTF8.self) else { throw error("not UTF-8") }
                return valid
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<32: throw error("a control character in a text")
            default: text.append(byte)
            }
        }
        throw error("the text is not closed")
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        guard let byte = next else { throw error("the text is not closed") }
        at += 1
        switch byte {
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "u"): text += Array(String(try scalar()).utf8)
        default: throw error("unknown escape")
        }
    }

    /// `\uXXXX`, or two of them for one character outside the basic plane (RFC 8259 §7).
    private mutating func scalar() throws(JSONError) -> Character {
        let high = try codeUnit()
        if let single = Unicode.Scalar(high) { return Character(single) }
        guard (0xD800...0xDBFF).contains(high), next == UInt8(ascii: "\\") else { throw error("half a character") }
        at += 1
        guard next == UInt8(ascii: "u") else { throw error("half a character") }
        at += 1
        let low = try codeUnit()
        guard (0xDC00...0xDFFF).contains(low) else { throw error("half a character") }
        let value = 0x10000 + (UInt32(high) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
        guard let pair = Unicode.Scalar(value) else { throw error("half a character") }
        return Character(pair)
    }

    private mutating func codeUnit() throws(JSONError) -> UInt16 {
        guard at + 4 <= bytes.count else { throw error("the escape is too short") }
        var value: UInt16 = 0
        for byte in bytes[at..<(at + 4)] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw error("not a hexadecimal digit")
            }
            value = value << 4 | UInt16(digit)
        }
        at += 4
        return value
    }
}
