public import RoleKit

/// Keeps everything that passes the tap.
///
/// `@unchecked Sendable`: a world is driven by one thread.
public final class CollectingTap: TapPort, @unchecked Sendable {
    public enum Layer: Sendable { case sip, diameter }

    public struct Passage: Sendable {
        public var layer: Layer
        public var direction: TapDirection
        public var bytes: [UInt8]
        public var local: SocketAddress
        public var remote: SocketAddress
        public var link: LinkKind
        public var time: Moment

        public var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// An event with what it is about.
    public struct Note: Sendable {
        public var text: String
        public var impu: String
        public var impi: String
        public var callID: String
        public var time: Moment
        /// Passages before it.
        public var place: Int
    }

    public private(set) var passages: [Passage] = []
    public private(set) var events: [String] = []
    public private(set) var notes: [Note] = []
    private let clock: any Clock

    public init(clock: any Clock) { self.clock = clock }

    public func sip(
        _ direction: TapDirection, _ bytes: [UInt8], local: SocketAddress, remote: SocketAddress, _ link: LinkKind
    ) {
        passages.append(
            Passage(
                layer: .sip, direction: direction, bytes: bytes, local: local, remote: remote, link: link,
                time: clock.now))
    }

    public func diameter(_ direction: TapDirection, _ bytes: [UInt8], local: SocketAddress, remote: SocketAddress) {
        passages.append(
            Passage(
                layer: .diameter, direction: direction, bytes: bytes, local: local, remote: remote, link: .tcp,
                time: clock.now))
    }

    public func event(_ text: String, impu: String, impi: String, callID: String) {
        events.append(text)
        notes.append(
            Note(text: text, impu: impu, impi: impi, callID: callID, time: clock.now, place: passages.count))
    }

    public func clear() {
        passages.removeAll()
        events.removeAll()
        notes.removeAll()
    }
}

/// Keeps every log line.
///
/// `@unchecked Sendable`: a world is driven by one thread.
public final class CollectingLog: LogPort, @unchecked Sendable {
    public struct Line: Sendable, CustomStringConvertible {
        public var level: LogLevel
        public var event: String
        public var fields: [(LogKey, String)]

        public var description: String {
            "\(level) \(event) " + fields.map { "\($0.0.rawValue)=\($0.1)" }.joined(separator: " ")
        }
    }

    public var level: LogLevel = .debug
    public private(set) var lines: [Line] = []
    /// Also prints each line, while a test is being found out.
    public var echoes = false

    public init() {}

    public func write(_ level: LogLevel, _ event: String, _ fields: [(LogKey, String)]) {
        let line = Line(level: level, event: event, fields: fields)
        lines.append(line)
        if echoes { print(line) }
    }

    public func count(_ event: String) -> Int { lines.count { $0.event == event } }
}
