import Glibc

/// An extended regular expression of POSIX, which is what service point triggers are written in (TS 29.228 Annex F,
/// IEEE 1003.1). Compiled once; it looks for a match anywhere in the text.
///
/// What a hostile expression could cost is bounded: its length, how often it repeats anything, no back-references, whose
/// matching may take for ever.
///
/// `@unchecked Sendable`: `regexec` does not change the compiled expression for its callers, and nothing else touches it.
public final class PosixExpression: @unchecked Sendable {
    /// Bytes of an expression.
    public static let longest = 512
    /// The product of all upper bounds of `{m,n}`: nested ones multiply.
    public static let mostRepetitions = 256
    /// Bytes of a text that is looked at; a longer one does not match.
    public static let longestText = 16_384

    private let compiled: UnsafeMutablePointer<regex_t>

    /// Nil where the text is no such expression, or costs too much.
    public init?(_ text: String, ignoringCase: Bool = false) {
        guard text.utf8.count <= Self.longest, Self.isBounded(text) else { return nil }
        let compiled = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)
        compiled.initialize(to: regex_t())
        guard regcomp(compiled, text, REG_EXTENDED | REG_NOSUB | (ignoringCase ? REG_ICASE : 0)) == 0 else {
            compiled.deallocate()
            return nil
        }
        self.compiled = compiled
    }

    deinit {
        regfree(compiled)
        compiled.deallocate()
    }

    public func matches(_ text: String) -> Bool {
        text.utf8.count <= Self.longestText && regexec(compiled, text, 0, nil, 0) == 0
    }

    private static func isBounded(_ text: String) -> Bool {
        var product = 1
        var bound: Int?
        var isEscaped = false
        for byte in text.utf8 {
            if isEscaped, byte &- 0x30 < 10 { return false }
            isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
            switch byte {
            case 0: return false
            case UInt8(ascii: "{"), UInt8(ascii: ","): bound = 0
            case 0x30...0x39: bound = bound.map { min($0 * 10 + Int(byte - 0x30), 100_000) }
            case UInt8(ascii: "}"):
                product *= max(1, bound ?? 1)
                bound = nil
                if product > mostRepetitions { return false }
            default: bound = nil
            }
        }
        return true
    }
}
