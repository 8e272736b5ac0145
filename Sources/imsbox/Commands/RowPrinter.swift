import Console
import RoleKit

/// Prints rows as they come, page by page, as one table or one JSON list: a million rows need the memory of a thousand.
struct RowPrinter {
    private let isJSON: Bool
    private let write: (String) throws(Failure) -> Void
    private(set) var count = 0

    init(json: Bool, write: @escaping (String) throws(Failure) -> Void = Terminal.hand) {
        isJSON = json
        self.write = write
    }

    mutating func add(_ rows: [Report]) throws(Failure) {
        if rows.isEmpty { return }
        try write(isJSON ? list(rows) : table(rows))
        count += rows.count
    }

    /// Closes a JSON list.
    func end() throws(Failure) { if isJSON { try write(count == 0 ? "[]\n" : "\n]\n") } }

    /// The header stands above the first page only; columns are as wide as each page needs.
    private func table(_ rows: [Report]) -> String {
        ReportText.lines(.list(rows)).dropFirst(count == 0 ? 0 : 1).map { $0 + "\n" }.joined()
    }

    /// The elements of a list as it would stand in one piece, with what goes before them.
    private func list(_ rows: [Report]) -> String {
        let inner = JSONWriter.pretty(.list(rows)).dropFirst("[\n".count).dropLast("\n]".count)
        return (count == 0 ? "[\n" : ",\n") + inner
    }
}
