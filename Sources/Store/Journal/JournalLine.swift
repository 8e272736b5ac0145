import Console
import RoleKit

/// One change in the journal: `{"key":value}`, or `{"key":null}` where the value was struck out.
enum JournalLine {
    static func written(_ key: String, _ value: Report) -> [UInt8] {
        Array((JSONWriter.line(.object([(key, value)])) + "\n").utf8)
    }

    static func struckOut(_ key: String) -> [UInt8] {
        // The key as the writer has it, with another value: `{"key":0}`.
        Array((JSONWriter.line(.object([(key, .number(0))])).dropLast(2) + "null}\n").utf8)
    }

    /// Nil where the bytes, which end before the line feed, are no change.
    static func read(_ bytes: [UInt8]) -> (key: String, value: Report?)? {
        guard case .object(let pairs)? = try? JSONReader.read(bytes), pairs.count == 1 else { return nil }
        // The reader takes null for an empty text, which is written otherwise.
        let isStruckOut = bytes.suffix(nothing.count).elementsEqual(nothing)
        return (pairs[0].key, isStruckOut ? nil : pairs[0].value)
    }

    private static let nothing = Array(":null}".utf8)
}

/// What a journal comes to, read from its beginning: the last change of each key counts.
struct JournalContents {
    /// The line of each key that has a value, with its line feed.
    private(set) var live: [String: [UInt8]] = [:]
    private(set) var values: [String: Report] = [:]
    private(set) var lines = 0
    private(set) var unreadable = 0
    /// Number of the first line that could not be read, counted from one.
    private(set) var firstUnreadable = 0
    /// Bytes up to the last line feed. What follows is a line whose writing was cut short.
    private(set) var wholeLength = 0

    init(_ bytes: [UInt8]) {
        var start = 0
        while let end = bytes[start...].firstIndex(of: 10) {
            take(Array(bytes[start...end]))
            start = end + 1
        }
        wholeLength = start
    }

    private mutating func take(_ line: [UInt8]) {
        lines += 1
        guard let change = JournalLine.read(Array(line.dropLast())) else {
            unreadable += 1
            if firstUnreadable == 0 { firstUnreadable = lines }
            return
        }
        live[change.key] = change.value == nil ? nil : line
        values[change.key] = change.value
    }
}
