import RoleKit
import Yams

/// Says what the YAML parser disliked in terms of the line the user typed.
enum YAMLFault {
    static func fault(_ error: any Error, in text: String) -> SettingsFault {
        guard let error = error as? YamlError else {
            return SettingsFault(line: 1, problem: "is not YAML (\(error))", cure: "write `key: value` lines")
        }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            // An unclosed bracket or quote is noticed lines later; where it began helps more.
            let line = isUnclosed(problem) ? context?.mark.line ?? mark.line : mark.line
            return SettingsFault(
                line: line, problem: "bad YAML: \(problem)", cure: cure(problem, line: textLine(line, of: text)))
        case .reader(let problem, let offset, _, _):
            return SettingsFault(
                line: line(ofCharacter: offset ?? 0, in: text), problem: "bad YAML: \(problem)",
                cure: "remove the control character")
        case .duplicatedKeysInMapping(let names, let context):
            return duplicate(names.first ?? "", first: context.mark, in: text)
        default:
            return SettingsFault(line: 1, problem: "is not YAML (\(error))", cure: "write `key: value` lines")
        }
    }

    private static func duplicate(_ name: String, first: Mark, in text: String) -> SettingsFault {
        let places = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().filter { row in
            guard column(of: name, in: row.element) == first.column else { return false }
            return true
        }.map { $0.offset + 1 }
        let again = places.first { $0 > first.line }
        let before = places.last { $0 < first.line }
        return SettingsFault(
            line: again ?? first.line, problem: "`\(name)` is written twice",
            cure: "keep one; the other is on line \(again == nil ? before ?? first.line : first.line)")
    }

    /// The 1-based column of `name:` if the line begins with it, after spaces and list dashes.
    private static func column(of name: String, in line: Substring) -> Int? {
        let lead = line.prefix { $0 == " " || $0 == "-" }
        var rest = line[lead.endIndex...]
        if let quote = rest.first, quote == "\"" || quote == "'" { rest = rest.dropFirst() }
        guard rest.hasPrefix(name) else { return nil }
        return lead.count + 1
    }

    private static func cure(_ problem: String, line: Substring) -> String {
        if line.contains("\t") { return "use spaces, not tabs" }
        if problem.contains("could not find expected ':'") {
            return "put a colon and a space after the key: `key: value`"
        }
        if problem.contains("mapping values are not allowed") {
            return
                "put one `key: value` on a line, keys of one section under each other; quote a value that has `: ` in it"
        }
        if problem.contains("expected <block end>") || problem.contains("did not find expected key") {
            return "keys of one section begin in the same column"
        }
        if isUnclosed(problem) { return "close the quote or bracket that begins here" }
        if problem.contains("another document") { return "one file holds one instance: remove `---` and what follows" }
        if problem.contains("alias") { return "write the value out" }
        return "write `key: value`, with values that hold special characters in quotes"
    }

    private static func isUnclosed(_ problem: String) -> Bool {
        problem.contains("end of stream") || problem.contains("expected ',' or")
    }

    private static func textLine(_ number: Int, of text: String) -> Substring {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.indices.contains(number - 1) ? lines[number - 1] : ""
    }

    private static func line(ofCharacter offset: Int, in text: String) -> Int {
        text.prefix(offset).count { $0.isNewline } + 1
    }
}
