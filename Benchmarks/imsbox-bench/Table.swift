import Foundation

/// Prints columns of text, the first left-aligned, the others right-aligned.
struct Table {
    private var rows: [[String]]

    init(_ header: [String]) { rows = [header] }

    var hasRows: Bool { rows.count > 1 }

    mutating func add(_ row: [String]) { rows.append(row) }

    func print(title: String) {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
        Swift.print("\n\(title)")
        for row in rows {
            let cells = row.enumerated().map { index, text in
                let space = String(repeating: " ", count: widths[index] - text.count)
                return index == 0 ? text + space : space + text
            }
            Swift.print("  " + cells.joined(separator: "  "))
        }
        fflush(nil)
    }
}

extension Double {
    /// With so many digits after the point.
    func text(_ digits: Int) -> String {
        isFinite ? String(format: "%.\(digits)f", self) : "–"
    }
}
