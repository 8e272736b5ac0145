/// Requests seen lately, by originator and end-to-end identifier, so that one sent again after a failover is answered
/// and not served twice. RFC 6733 §3, §5.5.4
///
/// Only requests with the T flag are looked up: a sender sets it on every possible duplicate, and a sloppy one that
/// reuses end-to-end identifiers must not get another request's answer.
public struct DuplicateTable: Sendable {
    public struct Key: Hashable, Sendable {
        public var originHost: String
        public var endToEnd: UInt32

        public init(originHost: String, endToEnd: UInt32) {
            self.originHost = originHost
            self.endToEnd = endToEnd
        }
    }

    public enum Found: Hashable, Sendable {
        /// Being served, under the caller's number.
        case inProgress(UInt64)
        /// Answered with these bytes.
        case answered([UInt8])
    }

    /// RFC 6733 §3: an end-to-end identifier stays unique for four minutes.
    public static let lifetimeMilliseconds: UInt64 = 240_000

    private struct Entry {
        var found: Found
        var born: UInt64
        var turn: UInt64
    }

    private var entries: [Key: Entry] = [:]
    /// Keys in order of arrival; the oldest give way.
    private var order: [(key: Key, turn: UInt64)] = []
    private var head = 0
    private var turns: UInt64 = 0
    private let capacity: Int

    public init(capacity: Int) { self.capacity = max(1, capacity) }

    public var count: Int { entries.count }

    /// What is known of a request with the T flag. `now` in milliseconds.
    public func find(_ key: Key, now: UInt64) -> Found? {
        guard let entry = entries[key], now &- entry.born <= Self.lifetimeMilliseconds else { return nil }
        return entry.found
    }

    /// A request is being served under `number`.
    public mutating func begin(_ key: Key, number: UInt64, now: UInt64) {
        turns += 1
        entries[key] = Entry(found: .inProgress(number), born: now, turn: turns)
        order.append((key, turns))
        makeRoom()
    }

    /// It was answered.
    public mutating func finish(_ key: Key, answer: [UInt8]) {
        entries[key]?.found = .answered(answer)
    }

    private mutating func makeRoom() {
        while entries.count > capacity || order.count - head > 2 * capacity, head < order.count {
            let oldest = order[head]
            head += 1
            // A key that came again later has a younger place in the queue.
            if entries[oldest.key]?.turn == oldest.turn { entries[oldest.key] = nil }
        }
        if head > capacity {
            order.removeFirst(head)
            head = 0
        }
    }
}
