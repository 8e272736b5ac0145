import RoleKit

/// Draws a timeline as a ladder: one column per party, one arrow per message.
public struct Ladder {
    /// How it is shown.
    public struct Style: Sendable {
        /// Characters per line.
        public var width: Int
        public var isColoured: Bool

        public init(width: Int, isColoured: Bool) {
            self.width = max(72, width)
            self.isColoured = isColoured
        }
    }

    private enum Colour: String {
        case plain = ""
        case request = "\u{1B}[36m"
        case good = "\u{1B}[32m"
        case bad = "\u{1B}[31m"
        case diameter = "\u{1B}[33m"
        case event = "\u{1B}[35m"
    }

    private static let timeWidth = 14
    private let style: Style
    private let parties: LadderParties
    private let columnWidth: Int

    /// `rows` are all that were seen, before `Timeline.merge`: only they tell which instance has which address.
    public init(_ rows: [TraceRow], style: Style) {
        self.style = style
        parties = LadderParties(rows)
        let room = style.width - Self.timeWidth
        columnWidth = min(30, max(14, room / max(1, parties.names.count)))
    }

    /// Header line, then a line per row of the merged timeline.
    public func lines(_ rows: [TraceRow]) -> [String] {
        var lines = [header]
        for row in rows { lines.append(line(row)) }
        return lines
    }

    private func position(_ column: Int) -> Int { column * columnWidth + columnWidth / 2 }

    private var header: String {
        var text = Array(repeating: Character(" "), count: columnWidth * parties.names.count)
        for (column, name) in parties.names.enumerated() {
            // Of an address too long for its column the end, with the port, tells more than the beginning.
            let room = columnWidth - 1
            let isAddress = name.contains(":")
            let shown = name.count > room && isAddress ? "…" + name.suffix(room - 1) : String(name.prefix(room))
            let start = max(0, position(column) - shown.count / 2)
            for (offset, character) in shown.enumerated() where start + offset < text.count {
                text[start + offset] = character
            }
        }
        return trimmed(String(repeating: " ", count: Self.timeWidth) + String(text))
    }

    private var lifelines: [Character] {
        var text = Array(repeating: Character(" "), count: columnWidth * parties.names.count)
        for column in parties.names.indices { text[position(column)] = "|" }
        return text
    }

    private func line(_ row: TraceRow) -> String {
        let time = WallClock.time(row.unixNanoseconds) + "  "
        guard row.kind != .event else { return time + eventLine(row) }
        let (from, to) = parties.ends(of: row)
        guard from != to else { return time + note(row.summary, at: from, colour(row)) }
        return time + arrow(row, from, to)
    }

    private func arrow(_ row: TraceRow, _ from: Int, _ to: Int) -> String {
        let left = position(min(from, to))
        let right = position(max(from, to))
        let dash: Character = row.kind == .sip ? "-" : "="
        var middle = Array(repeating: dash, count: right - left - 1)
        let label = label(row.summary, room: middle.count - 2)
        let start = (middle.count - label.count) / 2
        for (offset, character) in label.enumerated() where start + offset < middle.count {
            middle[start + offset] = character
        }
        if to > from { middle[middle.count - 1] = ">" } else { middle[0] = "<" }
        let text = lifelines
        let before = String(text[...left])
        let after = String(text[right...])
        return trimmed(before + painted(String(middle), colour(row)) + after)
    }

    private func eventLine(_ row: TraceRow) -> String {
        note("* " + row.summary, at: parties.column(of: row.instance), .event)
    }

    private func note(_ text: String, at column: Int, _ colour: Colour) -> String {
        let room = style.width - Self.timeWidth - position(column)
        return String(lifelines[..<position(column)]) + painted(shortened(text, to: room), colour)
    }

    /// An arrow's label; one that does not fit loses its words before its number or name.
    private func label(_ text: String, room: Int) -> String {
        let fitting = text.count <= room ? text : shortened(String(text.prefix { $0 != " " }), to: room)
        return fitting.count + 2 <= room ? " \(fitting) " : fitting
    }

    private func shortened(_ text: String, to room: Int) -> String {
        text.count <= max(1, room) ? text : text.prefix(max(1, room - 1)) + "…"
    }

    private func colour(_ row: TraceRow) -> Colour {
        if row.kind == .diameter { return .diameter }
        switch row.summary.first {
        case "1", "2", "3": return .good
        case "4", "5", "6": return .bad
        default: return .request
        }
    }

    private func painted(_ text: String, _ colour: Colour) -> String {
        style.isColoured && colour != .plain ? colour.rawValue + text + "\u{1B}[0m" : text
    }

    private func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
