/// The last messages of one instance: bounded by count and by bytes, oldest dropped first.
///
/// Holds references to the message arrays, so that keeping a message costs no copy.
public struct TapRing: Sendable {
    /// Bounds of a ring. `none` keeps nothing.
    public struct Limits: Sendable {
        public var entries: Int
        public var bytes: Int

        public init(entries: Int, bytes: Int) {
            self.entries = max(0, entries)
            self.bytes = max(0, bytes)
        }

        /// Enough for some 150 registrations of a role; small enough to stay out of the way of the caches.
        public static let standard = Limits(entries: 4096, bytes: 8 << 20)
        public static let none = Limits(entries: 0, bytes: 0)
    }

    private let limits: Limits
    private var slots: [TapEntry] = []
    /// Index of the oldest entry.
    private var first = 0
    private var held = 0
    public private(set) var bytes = 0
    /// Entries that had to make room.
    public private(set) var dropped = 0

    public init(_ limits: Limits) { self.limits = limits }

    public var count: Int { held }

    /// Adds an entry; drops as many old ones as the bounds ask for. One larger than the bound is dropped itself.
    public mutating func append(_ entry: TapEntry) {
        let size = entry.content.size
        guard limits.entries > 0, size <= limits.bytes else {
            dropped += 1
            return
        }
        while held == limits.entries || bytes + size > limits.bytes { dropOldest() }
        let at = (first + held) % limits.entries
        if at == slots.count { slots.append(entry) } else { slots[at] = entry }
        held += 1
        bytes += size
    }

    /// Oldest first.
    public var entries: [TapEntry] {
        guard held > 0 else { return [] }
        let end = first + held
        if end <= slots.count { return Array(slots[first..<end]) }
        return Array(slots[first...]) + slots[..<(end - slots.count)]
    }

    private mutating func dropOldest() {
        bytes -= slots[first].content.size
        slots[first].content = .sip([])
        first = (first + 1) % limits.entries
        held -= 1
        dropped += 1
        if held == 0 { first = 0 }
    }
}
