import Foundation

/// Lines of a text file, read in pieces: a file of any size needs one buffer.
struct CSVLines {
    /// A line with a key has some 150 characters; nothing sensible has more than this.
    static let longestLine = 64 << 10

    private let path: String
    private let file: FileHandle
    private var buffer: [UInt8] = []
    private var position = 0
    private var isAtEnd = false
    /// Number of the last line returned, from 1.
    private(set) var line = 0
    /// Octets consumed so far.
    private(set) var octets = 0

    init(path: String) throws(ProvisioningError) {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw ProvisioningError(.notFound, "\(path) cannot be read", cure: "check the name and its permissions")
        }
        self.path = path
        self.file = file
    }

    /// The next line without its end; nil at the end of the file.
    mutating func next() throws(ProvisioningError) -> ArraySlice<UInt8>? {
        while true {
            if let end = buffer[position...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { position = end + 1 }
                return take(position..<end, terminator: 1)
            }
            if isAtEnd { return position < buffer.count ? takeRest() : nil }
            try fill()
        }
    }

    private mutating func takeRest() -> ArraySlice<UInt8> {
        defer { position = buffer.count }
        return take(position..<buffer.count, terminator: 0)
    }

    private mutating func take(_ range: Range<Int>, terminator: Int) -> ArraySlice<UInt8> {
        line += 1
        octets += range.count + terminator
        var text = buffer[range]
        if text.last == UInt8(ascii: "\r") { text = text.dropLast() }
        // A byte order mark, which spreadsheet programs write before the first line.
        if line == 1, text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        return text
    }

    private mutating func fill() throws(ProvisioningError) {
        guard buffer.count - position <= CSVLines.longestLine else {
            throw ProvisioningError(
                .invalid, "the line is longer than \(CSVLines.longestLine) characters", cure: "is this a CSV file?",
                line: line + 1)
        }
        buffer.removeFirst(position)
        position = 0
        let piece: Data?
        do { piece = try file.read(upToCount: 256 << 10) } catch {
            throw ProvisioningError(
                .database, "\(path) cannot be read on", cure: "is it a file, not a directory, and the disk in order?")
        }
        if let piece, !piece.isEmpty { buffer += piece } else { isAtEnd = true }
    }

    /// The fields of a line (RFC 4180 §2): separated by commas, perhaps in quotation marks; blanks around them go. nil
    /// if a quotation mark is not closed: a field may not go on in the next line, since no field of ours has two.
    static func fields(_ line: ArraySlice<UInt8>) -> [String]? {
        guard line.contains(UInt8(ascii: "\"")) else {
            return line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { trimmed($0) }
        }
        var fields: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var rest = line
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\"") where isQuoted && rest.first == byte: field.append(rest.removeFirst())
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: ",") where !isQuoted:
                fields.append(trimmed(field[...]))
                field.removeAll()
            default: field.append(byte)
            }
        }
        return isQuoted ? nil : fields + [trimmed(field[...])]
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> String {
        let isBlank: (UInt8) -> Bool = { $0 == 32 || $0 == 9 }
        let start = text.firstIndex { !isBlank($0) } ?? text.endIndex
        let end = text.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? start
        return String(decoding: text[start..<max(start, end)], as: UTF8.self)
    }
}
