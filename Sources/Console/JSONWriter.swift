public import RoleKit

/// Writes a report as JSON (RFC 8259), keys in the order the report has them.
public enum JSONWriter {
    /// On one line, as the control socket speaks it.
    public static func line(_ report: Report) -> String {
        var text = ""
        write(report, into: &text, indent: nil)
        return text
    }

    /// Indented by two spaces, for people.
    public static func pretty(_ report: Report) -> String {
        var text = ""
        write(report, into: &text, indent: 0)
        return text
    }

    private static func write(_ report: Report, into text: inout String, indent: Int?) {
        switch report {
        case .text(let value): quote(value, into: &text)
        case .number(let value): text += String(value)
        case .flag(let value): text += value ? "true" : "false"
        case .list(let values):
            enclose("[", "]", values.count, into: &text, indent) { index, text, indent in
                write(values[index], into: &text, indent: indent)
            }
        case .object(let pairs):
            enclose("{", "}", pairs.count, into: &text, indent) { index, text, indent in
                quote(pairs[index].key, into: &text)
                text += indent == nil ? ":" : ": "
                write(pairs[index].value, into: &text, indent: indent)
            }
        }
    }

    private static func enclose(
        _ open: String, _ close: String, _ count: Int, into text: inout String, _ indent: Int?,
        _ element: (Int, inout String, Int?) -> Void
    ) {
        text += open
        let inner = indent.map { $0 + 2 }
        for index in 0..<count {
            if index > 0 { text += "," }
            newLine(inner, into: &text)
            element(index, &text, inner)
        }
        if count > 0 { newLine(indent, into: &text) }
        text += close
    }

    private static func newLine(_ indent: Int?, into text: inout String) {
        guard let indent else { return }
        text += "\n"
        text += String(repeating: " ", count: indent)
    }

    private static func quote(_ value: String, into text: inout String) {
        text += "\""
        defer { text += "\"" }
        // Hardly ever anything to escape.
        guard value.utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }) else {
            text += value
            return
        }
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
