import RoleKit

/// A scanner for XML configuration whose content is in attributes (XML 1.0, without document types). Text between
/// elements is passed over.
struct XMLScanner {
    struct Problem: Error {
        var line: Int
        var text: String
    }

    private let bytes: [UInt8]
    private var at = 0
    private var line = 1
    private var elementsLeft = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The document's elements.
    mutating func elements(depth: Int, count: Int) throws(Problem) -> [CDPElement] {
        elementsLeft = count
        let found = try children(of: nil, depth: depth)
        if found.isEmpty { throw problem("has no element") }
        return found
    }

    private func problem(_ text: String) -> Problem { Problem(line: line, text: text) }

    private mutating func children(of parent: String?, depth: Int) throws(Problem) -> [CDPElement] {
        guard depth > 0 else { throw problem("nests too deep") }
        var found: [CDPElement] = []
        while true {
            while at < bytes.count, bytes[at] != UInt8(ascii: "<") { step() }
            guard at < bytes.count else {
                if let parent { throw problem("<\(parent)> is not closed") }
                return found
            }
            if starts("<!--") {
                try skip(past: "-->")
            } else if starts("<?") {
                try skip(past: "?>")
            } else if starts("<!DOCTYPE") {
                try skipDocumentType()
            } else if starts("</") {
                guard let parent, starts("</" + parent) else { throw problem("an end tag does not match") }
                try skip(past: ">")
                return found
            } else {
                found.append(try element(depth: depth))
            }
        }
    }

    private mutating func element(depth: Int) throws(Problem) -> CDPElement {
        elementsLeft -= 1
        guard elementsLeft >= 0 else { throw problem("has too many elements") }
        let begin = line
        step()
        let name = try word()
        var attributes: [(name: String, value: String)] = []
        while true {
            skipBlanks()
            if starts("/>") {
                at += 2
                return CDPElement(name, attributes, line: begin)
            }
            if starts(">") {
                at += 1
                return CDPElement(name, attributes, children: try children(of: name, depth: depth - 1), line: begin)
            }
            attributes.append(try attribute())
        }
    }

    private mutating func attribute() throws(Problem) -> (name: String, value: String) {
        let name = try word()
        skipBlanks()
        guard starts("=") else { throw problem("attribute \(name) has no value") }
        at += 1
        skipBlanks()
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") || bytes[at] == UInt8(ascii: "'") else {
            throw problem("the value of \(name) has no quotes")
        }
        let quote = bytes[at]
        step()
        let start = at
        while at < bytes.count, bytes[at] != quote { step() }
        guard at < bytes.count else { throw problem("the value of \(name) is not closed") }
        let value = bytes[start..<at]
        step()
        return (name, try replaced(String(decoding: value, as: UTF8.self)))
    }

    /// XML 1.0 §4.6: the five predefined entities; others are refused, not passed over.
    private func replaced(_ text: String) throws(Problem) -> String {
        guard text.contains("&") else { return text }
        let known: [(String, Character)] = [("lt;", "<"), ("gt;", ">"), ("quot;", "\""), ("apos;", "'"), ("amp;", "&")]
        let parts = text.split(separator: "&", omittingEmptySubsequences: false)
        var result = String(parts[0])
        for part in parts.dropFirst() {
            guard let row = known.first(where: { part.hasPrefix($0.0) }) else {
                throw problem("an entity that is not XML's own")
            }
            result.append(row.1)
            result += part.dropFirst(row.0.count)
        }
        return result
    }

    private mutating func skipDocumentType() throws(Problem) {
        while at < bytes.count, bytes[at] != UInt8(ascii: ">") {
            if bytes[at] == UInt8(ascii: "[") { throw problem("declares entities of its own, which are not read") }
            step()
        }
        step()
    }

    private mutating func word() throws(Problem) -> String {
        let start = at
        while at < bytes.count, Self.isWord(bytes[at]) { at += 1 }
        guard at > start else { throw problem("a name is missing") }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (48...58).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45 || byte == 46
            || byte == 95 || byte >= 0x80
    }

    private func starts(_ text: String) -> Bool { bytes[at...].starts(with: text.utf8) }

    private mutating func skip(past text: String) throws(Problem) {
        while at < bytes.count {
            if starts(text) {
                at += text.utf8.count
                return
            }
            step()
        }
        throw problem("ends before \(text)")
    }

    private mutating func skipBlanks() {
        while at < bytes.count, bytes[at] == 32 || (9...13).contains(bytes[at]) { step() }
    }

    private mutating func step() {
        guard at < bytes.count else { return }
        if bytes[at] == 10 { line += 1 }
        at += 1
    }
}
