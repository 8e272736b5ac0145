import RoleKit

/// Reports as people read them: rows of equal keys as a table, everything else as indented lines.
enum ReportText {
    static func lines(_ report: Report) -> [String] {
        switch report {
        case .list(let values): table(values) ?? values.map { "- " + inline($0) }
        case .object(let pairs): object(pairs)
        default: [inline(report)]
        }
    }

    /// The same for a terminal: a table too wide for it becomes a block of lines for each row.
    static func lines(_ report: Report, width: Int) -> [String] {
        let shown = lines(report)
        guard case .list(let values) = report, shown.contains(where: { $0.count > width }) else { return shown }
        return Array(values.map { lines($0) }.joined(separator: [""]))
    }

    private static func object(_ pairs: [(key: String, value: Report)]) -> [String] {
        let width = pairs.map(\.key.count).max() ?? 0
        return pairs.flatMap { key, value -> [String] in
            if case .object(let inner) = value, inner.contains(where: { isNested($0.value) }) {
                return [key] + lines(value).map { "  " + $0 }
            }
            return [padded(key, width) + "  " + inline(value)]
        }
    }

    /// A table, if every element has the same keys and only plain values.
    private static func table(_ values: [Report]) -> [String]? {
        var header: [String]?
        var rows: [[String]] = []
        for value in values {
            guard case .object(let pairs) = value else { return nil }
            let keys = pairs.map(\.key)
            if header == nil { header = keys }
            guard keys == header else { return nil }
            rows.append(pairs.map { inline($0.value) })
        }
        guard let header else { return nil }
        let all = [header.map { $0.uppercased() }] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = zip(row, widths).map { padded($0, $1) }
            return Printable.trimmed(cells.joined(separator: "  "))
        }
    }

    /// A report in one line.
    static func inline(_ report: Report) -> String {
        switch report {
        case .text(let text): text.isEmpty ? "-" : Printable.text(text)
        case .number(let number): String(number)
        case .flag(let flag): flag ? "yes" : "no"
        case .list(let values): values.isEmpty ? "-" : values.map(inline).joined(separator: ", ")
        case .object(let pairs): pairs.map { "\($0.key) \(inline($0.value))" }.joined(separator: ", ")
        }
    }

    private static func isNested(_ report: Report) -> Bool {
        switch report {
        case .object, .list: true
        case .text, .number, .flag: false
        }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

/// Text that came from the network, made fit for a terminal.
enum Printable {
    /// Control characters, which could drive the terminal, become dots.
    static func text(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 32 && scalar.value != 9 || (127...159).contains(scalar.value)
            shown.unicodeScalars.append(isControl ? "." : scalar)
        }
        return shown
    }

    static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
