/// A pull parser for the small XML documents of IMS and for configuration in XML, XML 1.0 without document types.
///
/// Names come without their namespace prefix, which no document of ours needs. Attributes are checked, and kept where the
/// reader asks for them.
/// Every loop is bounded by the document, the document by `XMLLimits`.
struct XMLPullParser {
    enum Event: Equatable {
        case start(String)
        /// Character data with entities replaced; a run may come in several events.
        case text(String)
        case end(String)
        case endOfDocument
    }

    private let bytes: [UInt8]
    private let limits: XMLLimits
    private(set) var offset = 0
    /// Where the element just started begins.
    private(set) var elementOffset = 0
    private var open: [String] = []
    private var elements = 0
    private var selfClosing = false
    private var sawRoot = false
    /// Whether `attributes` is to be filled.
    var keepsAttributes = false
    /// Of the element just started, references replaced.
    private(set) var attributes: [(name: String, value: String)] = []

    init(_ bytes: [UInt8], limits: XMLLimits = .standard) throws(XMLFault) {
        guard bytes.count <= limits.bytes else {
            throw XMLFault(.tooLarge, "document over \(limits.bytes) bytes", at: 0)
        }
        self.bytes = bytes
        self.limits = limits
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
    }

    /// The next event; after `.endOfDocument` always that.
    mutating func next() throws(XMLFault) -> Event {
        if selfClosing {
            selfClosing = false
            return .end(open.removeLast())
        }
        while offset < bytes.count {
            if bytes[offset] != UInt8(ascii: "<") {
                if let event = try characterData() { return event }
            } else if let event = try markup() {
                return event
            }
        }
        guard open.isEmpty else { throw fault(.malformed, "ends inside <\(open.last ?? "")>") }
        guard sawRoot else { throw fault(.malformed, "has no element") }
        return .endOfDocument
    }

    private mutating func markup() throws(XMLFault) -> Event? {
        switch offset + 1 < bytes.count ? bytes[offset + 1] : 0 {
        case UInt8(ascii: "/"): return try endTag()
        case UInt8(ascii: "?"):
            _ = try move(past: "?>", from: offset + 2)
            return nil
        case UInt8(ascii: "!"):
            if starts(with: "<!--") {
                _ = try move(past: "-->", from: offset + 4)
                return nil
            }
            if limits.passesDocumentType, !sawRoot, starts(with: "<!DOCTYPE") {
                let start = offset
                let end = try move(past: ">", from: offset)
                guard !bytes[start..<end].contains(UInt8(ascii: "[")) else {
                    throw XMLFault(.forbidden, "entities of its own, which are not read", at: start)
                }
                return nil
            }
            guard starts(with: "<![CDATA["), !open.isEmpty else { throw fault(.forbidden, "declaration") }
            let start = offset + 9
            return .text(try string(start..<(try move(past: "]]>", from: start))))
        default: return try startTag()
        }
    }

    private mutating func startTag() throws(XMLFault) -> Event {
        elementOffset = offset
        offset += 1
        let name = try name()
        guard !open.isEmpty || !sawRoot else { throw fault(.malformed, "second root element") }
        sawRoot = true
        elements += 1
        guard elements <= limits.elements else { throw fault(.tooLarge, "over \(limits.elements) elements") }
        guard open.count < limits.depth else { throw fault(.tooLarge, "deeper than \(limits.depth)") }
        try readAttributes()
        if peek == UInt8(ascii: "/") {
            offset += 1
            selfClosing = true
        }
        try take(UInt8(ascii: ">"))
        open.append(name)
        return .start(name)
    }

    private mutating func readAttributes() throws(XMLFault) {
        var count = 0
        attributes.removeAll(keepingCapacity: true)
        while true {
            skipSpace()
            guard let byte = peek, byte != UInt8(ascii: ">"), byte != UInt8(ascii: "/") else { return }
            count += 1
            guard count <= limits.attributesPerElement else { throw fault(.tooLarge, "too many attributes") }
            let name = try name()
            skipSpace()
            try take(UInt8(ascii: "="))
            skipSpace()
            guard let quote = peek, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
                throw fault(.malformed, "the value of \(name) has no quotes")
            }
            offset += 1
            let start = offset
            while let byte = peek, byte != quote {
                guard byte != UInt8(ascii: "<") else { throw fault(.malformed, "< in an attribute") }
                offset += 1
            }
            if keepsAttributes {
                attributes.append((name, try XMLReferences.replaced(in: bytes, start..<offset)))
            }
            try take(quote)
        }
    }

    private mutating func endTag() throws(XMLFault) -> Event {
        offset += 2
        let name = try name()
        skipSpace()
        try take(UInt8(ascii: ">"))
        guard open.last == name else { throw fault(.malformed, "</\(name)> does not match") }
        open.removeLast()
        return .end(name)
    }

    /// Character data up to the next `<`; nil for white space outside the root.
    private mutating func characterData() throws(XMLFault) -> Event? {
        let start = offset
        while let byte = peek, byte != UInt8(ascii: "<") {
            guard byte >= 0x20 || ASCII.isSpace(byte) else { throw fault(.malformed, "control character") }
            offset += 1
        }
        let run = start..<offset
        if open.isEmpty {
            guard bytes[run].allSatisfy(ASCII.isSpace) else { throw fault(.malformed, "text outside the root") }
            return nil
        }
        guard bytes[run].contains(UInt8(ascii: "&")) else { return .text(try string(run)) }
        return .text(try XMLReferences.replaced(in: bytes, run))
    }

    /// A qualified name without its prefix.
    private mutating func name() throws(XMLFault) -> String {
        var start = offset
        while let byte = peek, Self.isNameByte(byte) {
            if byte == UInt8(ascii: ":") { start = offset + 1 }
            offset += 1
        }
        guard offset > start else { throw fault(.malformed, "name expected") }
        guard offset - start <= limits.nameBytes else { throw fault(.tooLarge, "name too long") }
        return try string(start..<offset)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || byte >= 0x80 || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func skipSpace() {
        while let byte = peek, ASCII.isSpace(byte) { offset += 1 }
    }

    private mutating func take(_ byte: UInt8) throws(XMLFault) {
        guard peek == byte else { throw fault(.malformed, "\(Character(UnicodeScalar(byte))) expected") }
        offset += 1
    }

    private func starts(with text: StaticString) -> Bool {
        text.withUTF8Buffer {
            offset + $0.count <= bytes.count && bytes[offset..<(offset + $0.count)].elementsEqual($0)
        }
    }

    /// Moves past the next `mark` at or after `from` and returns where the mark began.
    private mutating func move(past mark: StaticString, from: Int) throws(XMLFault) -> Int {
        offset = from
        while offset < bytes.count {
            if starts(with: mark) {
                let begin = offset
                offset += mark.utf8CodeUnitCount
                return begin
            }
            offset += 1
        }
        throw fault(.malformed, "ends before \(mark)")
    }

    private func string(_ range: Range<Int>) throws(XMLFault) -> String {
        // Nearly all text is ASCII, which needs no validation (2 µs a name).
        if bytes[range].allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes[range], as: UTF8.self) }
        guard let text = String(validating: bytes[range], as: UTF8.self) else { throw fault(.malformed, "not UTF-8") }
        return text
    }

    private func fault(_ code: XMLFault.Code, _ detail: String) -> XMLFault { XMLFault(code, detail, at: offset) }
}
