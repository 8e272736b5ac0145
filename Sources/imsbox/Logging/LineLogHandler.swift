import Glibc
import Logging
import RoleKit
import Tap

/// Prints an event as one line: time, level, what happened, then `key=value` with the keys in a fixed order.
///
/// Under systemd the journal keeps time and level, so the line begins with the level as sd-daemon(3) writes it.
struct LineLogHandler: LogHandler {
    var logLevel: Logger.Level = .info
    var metadata: Logger.Metadata = [:]
    private let isJournal: Bool

    /// Keys in the order they are printed; others follow by name.
    private static let order: [String] = [
        LogKey.role, .instance, .impu, .impi, .method, .status, .command, .peer, .from, .to, .callID, .transaction,
        .session, .reason, .clause, .count, .cure,
    ].map(\.rawValue)

    init(isJournal: Bool = LineLogHandler.writesToJournal) { self.isJournal = isJournal }

    /// Whether stderr is the journal's: systemd names its device and inode in JOURNAL_STREAM (systemd.exec(5)).
    private static let writesToJournal: Bool = {
        guard let named = getenv("JOURNAL_STREAM") else { return false }
        var found = stat()
        return fstat(STDERR_FILENO, &found) == 0 && String(cString: named) == "\(found.st_dev):\(found.st_ino)"
    }()

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = isJournal ? "<\(Self.priority(event.level))>" : WallClock.stamp(WallClock.now) + " "
        if !isJournal { line += Self.padded(event.level.rawValue) + " " }
        line += "\(event.message)"
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }
        for key in Self.sorted(fields.keys) {
            if let value = fields[key] { line += " \(key)=\(Self.quoted("\(value)"))" }
        }
        Terminal.write(line + "\n", to: STDERR_FILENO)
    }

    private static func sorted(_ keys: some Sequence<String>) -> [String] {
        keys.sorted { a, b in
            let first = order.firstIndex(of: a) ?? order.count
            let second = order.firstIndex(of: b) ?? order.count
            return (first, a) < (second, b)
        }
    }

    /// Characters of one value; what a stranger wrote may be long.
    static let longestValue = 512

    /// A value that could be taken for two, or for another line, is put in quotes.
    static func quoted(_ value: String) -> String {
        let scalars = value.unicodeScalars
        let isWhole = scalars.count <= longestValue
        if isWhole, !scalars.isEmpty, scalars.allSatisfy({ $0 != "\"" && $0 != " " && !isControl($0) }) { return value }
        var text = "\""
        for scalar in scalars.prefix(longestValue) {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case _ where isControl(scalar): text += "\\x" + String(scalar.value, radix: 16)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + (isWhole ? "\"" : "…\"")
    }

    /// C0, DEL and C1: a terminal may obey them.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 32 || (127...159).contains(scalar.value)
    }

    private static func padded(_ word: String) -> String {
        word + String(repeating: " ", count: max(0, 7 - word.count))
    }

    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
    }
}
