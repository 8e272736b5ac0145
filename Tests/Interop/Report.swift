import Foundation
import LabHarness

/// The table of all combinations, as text or as JSON, and what explains a failed cell.
struct Report {
    let outcomes: [Outcome]

    var text: String {
        let header = ["combination"] + Step.allCases.map(\.rawValue) + ["malformed"]
        let rows =
            [header] + outcomes.map { [$0.combination.title] + Step.allCases.map($0.cell) + [Self.malformed($0)] }
        let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    private static func malformed(_ outcome: Outcome) -> String { "\(outcome.malformed.count) of \(outcome.messages)" }

    func json() throws -> String {
        let list = outcomes.map { outcome -> [String: Any] in
            var object: [String: Any] = [
                "combination": outcome.combination.title, "role": outcome.combination.role.rawValue,
                "messages": outcome.messages, "malformed": outcome.malformed, "trouble": outcome.trouble,
                "logs": outcome.folder.path, "ok": outcome.isGood,
            ]
            for step in Step.allCases { object[step.rawValue] = outcome.cell(step) }
            return object
        }
        let data = try JSONSerialization.data(
            withJSONObject: list, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }

    /// Why, and where to read on, for each combination that failed.
    var explanations: String {
        outcomes.filter { !$0.isGood }.map { outcome in
            let objections = outcome.malformed.map { "tshark objects: \($0)" }
            let nothing = outcome.messages == 0 ? ["the capture is empty"] : []
            return
                (["==== \(outcome.combination.title)"] + outcome.trouble + objections + nothing
                + ["---- all logs and the capture: \(outcome.folder.path)"]).joined(separator: "\n")
        }.joined(separator: "\n\n")
    }
}
