/// Reading elements as records: what schema-driven readers are made of.
extension XMLPullParser {
    /// Hands every child element of the element just started to `visit`, which must consume it (`text()`, `children`,
    /// `skip()`); returns past the element's end.
    mutating func children(
        _ visit: (inout XMLPullParser, String) throws(XMLFault) -> Void
    ) throws(XMLFault) {
        while true {
            switch try next() {
            case .start(let name): try visit(&self, name)
            case .text: continue
            case .end: return
            case .endOfDocument: throw XMLFault(.malformed, "ends early", at: offset)
            }
        }
    }

    /// The character data of the element just started, without white space at its ends; returns past its end.
    mutating func text() throws(XMLFault) -> String {
        var text = ""
        while true {
            switch try next() {
            case .start: try skip()
            case .text(let run): text += run
            case .end: return Self.trimmed(text)
            case .endOfDocument: throw XMLFault(.malformed, "ends early", at: offset)
            }
        }
    }

    /// A whole number within bounds.
    mutating func integer(_ bounds: ClosedRange<Int>) throws(XMLFault) -> Int {
        let text = try text()
        guard let value = Int(text), bounds.contains(value) else {
            throw XMLFault(.invalid, "a number in \(bounds) expected", at: offset)
        }
        return value
    }

    /// 29.228 Annex E's `tBool`: 0, 1, false or true.
    mutating func flag() throws(XMLFault) -> Bool {
        switch try text() {
        case "0", "false": return false
        case "1", "true": return true
        default: throw XMLFault(.invalid, "0 or 1 expected", at: offset)
        }
    }

    /// Passes over the element just started and all it holds.
    mutating func skip() throws(XMLFault) {
        var depth = 1
        while depth > 0 {
            switch try next() {
            case .start: depth += 1
            case .end: depth -= 1
            case .text: continue
            case .endOfDocument: throw XMLFault(.malformed, "ends early", at: offset)
            }
        }
    }

    private static func trimmed(_ text: String) -> String {
        var slice = text.utf8[...]
        while let first = slice.first, ASCII.isSpace(first) { slice = slice.dropFirst() }
        while let last = slice.last, ASCII.isSpace(last) { slice = slice.dropLast() }
        return slice.count == text.utf8.count ? text : String(Substring(slice))
    }
}
