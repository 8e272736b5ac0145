/// Requests waiting for an answer, by hop-by-hop identifier. RFC 6733 §3, §5.5.4
public struct PendingRequests<Context> {
    public struct Entry {
        /// As sent last, for sending again.
        public var message: DiameterMessage
        /// The neighbour it was sent to.
        public var peer: UInt64
        /// Neighbours that had it before.
        public var tried: [UInt64]
        public var context: Context
        /// Order of asking.
        @usableFromInline var number: UInt64

        @inlinable init(message: DiameterMessage, peer: UInt64, context: Context, number: UInt64) {
            self.message = message
            self.peer = peer
            tried = []
            self.context = context
            self.number = number
        }
    }

    @usableFromInline var entries: [UInt32: Entry] = [:]
    @usableFromInline var nextHopByHop: UInt32
    @usableFromInline var asked: UInt64 = 0

    /// `start`: the first hop-by-hop identifier, from a random source.
    @inlinable public init(start: UInt32) { nextHopByHop = start }

    @inlinable public var count: Int { entries.count }

    /// Gives the message a hop-by-hop identifier that is in no use and remembers it.
    @inlinable public mutating func add(_ message: DiameterMessage, peer: UInt64, context: Context) -> DiameterMessage {
        asked += 1
        return insert(Entry(message: message, peer: peer, context: context, number: asked))
    }

    /// Sends an entry to another neighbour under a new identifier: `T` only where the old one may have served it.
    /// RFC 6733 §5.5.4
    public mutating func readd(_ old: Entry, peer: UInt64, maybeServed: Bool) -> DiameterMessage {
        var entry = old
        entry.tried.append(old.peer)
        entry.peer = peer
        if maybeServed { entry.message.flags.insert(.retransmitted) }
        return insert(entry)
    }

    @inlinable mutating func insert(_ entry: Entry) -> DiameterMessage {
        while entries[nextHopByHop] != nil { nextHopByHop &+= 1 }
        var entry = entry
        entry.message.hopByHop = nextHopByHop
        entries[nextHopByHop] = entry
        nextHopByHop &+= 1
        return entry.message
    }

    /// The request this identifier names, if it went to `peer`; it is no longer pending then.
    @inlinable public mutating func take(_ hopByHop: UInt32, from peer: UInt64) -> Entry? {
        guard entries[hopByHop]?.peer == peer else { return nil }
        return entries.removeValue(forKey: hopByHop)
    }

    @inlinable public mutating func take(_ hopByHop: UInt32) -> Entry? { entries.removeValue(forKey: hopByHop) }

    public subscript(_ hopByHop: UInt32) -> Entry? { entries[hopByHop] }

    /// Identifiers of what waits for `peer`, in the order asked.
    public func identifiers(peer: UInt64) -> [UInt32] {
        entries.filter { $0.value.peer == peer }.sorted { $0.value.number < $1.value.number }.map(\.key)
    }

    public func count(peer: UInt64) -> Int { entries.values.count { $0.peer == peer } }

    /// Takes everything, in the order asked.
    public mutating func takeAll() -> [(hopByHop: UInt32, entry: Entry)] {
        defer { entries.removeAll() }
        return entries.sorted { $0.value.number < $1.value.number }.map { ($0.key, $0.value) }
    }
}
