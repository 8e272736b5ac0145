/// Reads grammar elements from a range of bytes, left to right. The typed header values are written over it.
struct Cursor {
    let bytes: [UInt8]
    var at: Int
    let end: Int

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        let upper = min(max(range.upperBound, 0), bytes.count)
        at = min(max(range.lowerBound, 0), upper)
        end = upper
    }

    init(_ text: String) {
        bytes = Array(text.utf8)
        at = 0
        end = bytes.count
    }

    var isAtEnd: Bool { at >= end }
    var current: UInt8? { at < end ? bytes[at] : nil }
    /// What has not been read.
    var rest: Range<Int> { at..<end }

    /// Skips SP, HTAB and line folds (LWS, RFC 3261 §25.1).
    mutating func skipSpace() {
        var next = at
        while next < end, isSpace(bytes[next]) { next += 1 }
        at = next
    }

    /// Skips space and says whether nothing else is left.
    mutating func isFinished() -> Bool {
        skipSpace()
        return at >= end
    }

    /// Takes the byte if it is next.
    mutating func take(_ byte: UInt8) -> Bool {
        guard at < end, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    /// Takes the byte with optional space around it (SLASH, SEMI, EQUAL … of RFC 3261 §25.1); nothing is read if it is
    /// not there.
    mutating func takeSpaced(_ byte: UInt8) -> Bool {
        let before = at
        skipSpace()
        guard take(byte) else {
            at = before
            return false
        }
        skipSpace()
        return true
    }

    /// The longest run of members of a set.
    mutating func run(_ set: ByteSet) -> Range<Int> {
        let start = at
        var next = start
        while next < end, set.contains(bytes[next]) { next += 1 }
        at = next
        return start..<next
    }

    /// A quoted-string with its quotes (RFC 3261 §25.1); nil if it does not start here or has no end.
    mutating func quotedString() -> Range<Int>? {
        let start = at
        guard take(UInt8(ascii: "\"")) else { return nil }
        while at < end {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                at += 1
                return start..<at
            }
            at += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        at = start
        return nil
    }

    /// Whether what has not been read holds the byte.
    func contains(_ byte: UInt8) -> Bool { first(byte) != nil }

    /// Where the byte stands first in what has not been read.
    func first(_ byte: UInt8) -> Int? {
        var index = at
        while index < end {
            if bytes[index] == byte { return index }
            index += 1
        }
        return nil
    }

    /// Whether a range holds this text; the text is in lower case, the bytes may be in any.
    func equalsFolded(_ range: Range<Int>, _ lowercase: StaticString) -> Bool {
        guard range.count == lowercase.utf8CodeUnitCount else { return false }
        return lowercase.withUTF8Buffer { wanted in
            wanted.indices.allSatisfy { folded(bytes[range.lowerBound + $0]) == wanted[$0] }
        }
    }

    /// The bytes of a range as text; bytes that are not UTF-8 are replaced.
    func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    /// A decimal number; nil if there is no digit. Values above `limit` give `limit`.
    mutating func decimal(atMost limit: UInt64) -> UInt64? {
        let start = at
        var value: UInt64 = 0
        while at < end, bytes[at] >= 0x30, bytes[at] <= 0x39 {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let digit = UInt64(bytes[at] - 0x30)
            value = overflow || product > limit || limit - product < digit ? limit : product + digit
            at += 1
        }
        return at == start ? nil : value
    }
}

/// SP, HTAB, CR or LF: inside an indexed header value a CR or LF is always part of a fold.
@inline(__always)
func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A
}

/// Lower case of an ASCII letter, other bytes unchanged.
@inline(__always)
func folded(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
}

/// Whether two texts are equal but for the case of ASCII letters.
func equalsFolded(_ a: String, _ b: String) -> Bool {
    guard a.utf8.count == b.utf8.count else { return false }
    let (ours, theirs) = (a.utf8Span.span, b.utf8Span.span)
    for index in ours.indices where folded(ours[index]) != folded(theirs[index]) { return false }
    return true
}

/// The text with ASCII letters in lower case.
func lowercasedASCII(_ text: String) -> String {
    let bytes = text.utf8Span.span
    if bytes.indices.allSatisfy({ bytes[$0] == folded(bytes[$0]) }) { return text }
    return String(decoding: text.utf8.map(folded), as: UTF8.self)
}
