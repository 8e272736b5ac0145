/// A field of an operator's as an error message may show it.
enum Shown {
    /// Hexadecimal digits in a row that could be a key: K, OPc and H(A1) have 32, and one may have been cut.
    private static let keyDigits = 24
    private static let longest = 80

    /// The text in quotation marks; but a key that stands in the wrong column is not repeated, and what could steer a
    /// terminal does not reach it.
    static func text(_ text: some StringProtocol) -> String {
        if hasKey(text) { return "(hexadecimal digits, not shown)" }
        var shown = "\""
        for scalar in text.unicodeScalars.prefix(longest) {
            shown.unicodeScalars.append(scalar.properties.generalCategory == .control ? "." : scalar)
        }
        return shown + (text.unicodeScalars.count > longest ? "…\"" : "\"")
    }

    private static func hasKey(_ text: some StringProtocol) -> Bool {
        var row = 0
        for byte in text.utf8 {
            let isDigit = byte &- 48 < 10 || (byte | 32) &- 97 < 6
            row = isDigit ? row + 1 : 0
            if row >= keyDigits { return true }
        }
        return false
    }
}
