import SIP

/// One stream connection of a stack.
struct SIPConnection {
    let id: ConnectionID
    let listener: Int
    let remote: SocketAddress
    var local: SocketAddress
    var isUp: Bool
    /// Opened by us: others' requests to the same address may share it.
    let isOutbound: Bool
    var framer: SIPFramer
    /// Client transactions that sent on it.
    var clients: Set<UInt64> = []
    /// Server transactions whose response opened it.
    var servers: Set<UInt64> = []
    /// Nothing has come yet.
    var isSilent = true
    /// Runs until the first bytes of an accepted connection, then while part of a message is waiting for the rest.
    var patience: TimerID?
}

/// The stack's stream connections, found by number or, for those we opened, by where they lead.
struct SIPConnections {
    private struct Way: Hashable {
        var listener: Int
        var remote: SocketAddress
    }

    private var byID: [ConnectionID: SIPConnection] = [:]
    private var outbound: [Way: ConnectionID] = [:]
    /// The last stream accepted from each place.
    private var inbound: [Way: ConnectionID] = [:]
    private var accepted: [Source: Int] = [:]

    /// What counts as one source: an IPv6 host has all of its /64.
    private struct Source: Hashable {
        var high: UInt64
        var low: UInt64

        init(_ address: SocketAddress) {
            high = address.high
            low = address.family == .v4 ? address.low : 0
        }
    }

    var count: Int { byID.count }
    var ids: [ConnectionID] { byID.keys.sorted { $0.raw < $1.raw } }

    mutating func insert(_ connection: SIPConnection) {
        byID[connection.id] = connection
        if connection.isOutbound {
            outbound[Way(listener: connection.listener, remote: connection.remote)] = connection.id
        } else {
            inbound[Way(listener: connection.listener, remote: connection.remote)] = connection.id
            accepted[Source(connection.remote), default: 0] += 1
        }
    }

    /// Streams between a listener and a peer, whoever opened them.
    func between(_ remote: SocketAddress, _ listener: Int) -> [ConnectionID] {
        let way = Way(listener: listener, remote: remote)
        return [inbound[way], outbound[way]].compactMap { $0 }
    }

    /// Connections accepted from this address's source.
    func accepted(from remote: SocketAddress) -> Int { accepted[Source(remote)] ?? 0 }

    func contains(_ id: ConnectionID) -> Bool { byID[id] != nil }

    subscript(id: ConnectionID) -> SIPConnection? { byID[id] }

    mutating func update<Result>(_ id: ConnectionID, _ change: (inout SIPConnection) -> Result) -> Result? {
        guard let index = byID.index(forKey: id) else { return nil }
        return change(&byID.values[index])
    }

    /// The connection to an address that requests share (RFC 3261 §18.1.1: connections are kept and reused).
    func outbound(to remote: SocketAddress, listener: Int) -> ConnectionID? {
        outbound[Way(listener: listener, remote: remote)]
    }

    @discardableResult
    mutating func remove(_ id: ConnectionID) -> SIPConnection? {
        guard let connection = byID.removeValue(forKey: id) else { return nil }
        let way = Way(listener: connection.listener, remote: connection.remote)
        if outbound[way] == id { outbound[way] = nil }
        if inbound[way] == id { inbound[way] = nil }
        if !connection.isOutbound {
            let source = Source(connection.remote)
            let left = (accepted[source] ?? 1) - 1
            accepted[source] = left > 0 ? left : nil
        }
        return connection
    }
}
