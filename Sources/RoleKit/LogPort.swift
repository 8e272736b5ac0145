public enum LogLevel: Int, Comparable, Sendable {
    case debug, info, notice, warning, error
    public static func < (a: LogLevel, b: LogLevel) -> Bool { a.rawValue < b.rawValue }
}

/// The fixed keys of a log line. K, OPc, CK, IK, RES and digest responses have no key on purpose.
public enum LogKey: String, Sendable {
    case role, instance, impu, impi, peer, status, reason, clause, count, session = "session-id", callID = "call-id"
    case transaction = "txn", from, to, method, command, cure
}

/// Structured log lines of one instance; role and instance are added by the port.
public protocol LogPort: AnyObject, Sendable {
    /// Lines below this level are not built.
    var level: LogLevel { get }
    /// `event` is in the past tense: "registration completed".
    func write(_ level: LogLevel, _ event: String, _ fields: [(LogKey, String)])
}

extension LogPort {
    public func info(_ event: String, _ fields: @autoclosure () -> [(LogKey, String)] = []) {
        if level <= .info { write(.info, event, fields()) }
    }
    public func debug(_ event: String, _ fields: @autoclosure () -> [(LogKey, String)] = []) {
        if level <= .debug { write(.debug, event, fields()) }
    }
    public func notice(_ event: String, _ fields: @autoclosure () -> [(LogKey, String)] = []) {
        if level <= .notice { write(.notice, event, fields()) }
    }
    public func warning(_ event: String, _ fields: @autoclosure () -> [(LogKey, String)] = []) {
        if level <= .warning { write(.warning, event, fields()) }
    }
    public func error(_ event: String, _ fields: @autoclosure () -> [(LogKey, String)] = []) {
        if level <= .error { write(.error, event, fields()) }
    }
}

/// Keeps a misbehaving source from filling the log: each (event, source) is written once, then counted.
///
/// Bounded: at most `capacity` sources are remembered; the table is cleared when full.
public struct OnceLog {
    private var seen: [String: Int] = [:]
    private let capacity: Int
    /// Characters of a source that tell it from others; it may be a name a stranger chose.
    private static let longestSource = 256

    public init(capacity: Int = 1024) { self.capacity = capacity }

    /// True the first time this event is seen from this source.
    public mutating func isFirst(_ event: String, from source: String) -> Bool {
        let key = event + "\u{0}" + source.prefix(Self.longestSource)
        if let count = seen[key] {
            seen[key] = count + 1
            return false
        }
        if seen.count >= capacity { seen.removeAll(keepingCapacity: true) }
        seen[key] = 1
        return true
    }
}
