/// Splits a header value at its top-level commas: those outside quotes and angle brackets (RFC 3261 §7.3.1).
enum ListSplitter {
    /// What the splitter has to look at.
    private static let special = ByteSet("\\\"<>,")

    /// The element that begins at `from`, space around it left out, and where the next begins (nil after the last).
    static func element(_ bytes: [UInt8], from: Int, end: Int) -> (element: Range<Int>, next: Int?) {
        var at = from
        var isQuoted = false
        var isBracketed = false
        let special = Self.special
        scan: while at < end {
            let byte = bytes[at]
            guard special.contains(byte) else {
                at += 1
                continue
            }
            switch byte {
            case UInt8(ascii: "\\") where isQuoted: at += 1
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "<") where !isQuoted: isBracketed = true
            case UInt8(ascii: ">") where !isQuoted: isBracketed = false
            case UInt8(ascii: ",") where !isQuoted && !isBracketed: break scan
            default: break
            }
            at += 1
        }
        let stop = min(at, end)
        return (trim(bytes, from, stop), at < end ? at + 1 : nil)
    }

    /// Every element of a value; empty ones included when there is a comma.
    static func elements(_ bytes: [UInt8], _ value: Range<Int>) -> [Range<Int>] {
        guard !value.isEmpty else { return [] }
        var out: [Range<Int>] = []
        var at: Int? = value.lowerBound
        while let from = at {
            let (element, next) = element(bytes, from: from, end: value.upperBound)
            out.append(element)
            at = next
        }
        return out
    }

    private static func trim(_ bytes: [UInt8], _ from: Int, _ to: Int) -> Range<Int> {
        var lower = from
        var upper = to
        while lower < upper, isSpace(bytes[lower]) { lower += 1 }
        while upper > lower, isSpace(bytes[upper - 1]) { upper -= 1 }
        return lower..<upper
    }
}
