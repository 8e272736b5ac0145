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
    /// Runs while part of a message is waiting for the rest.
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

    var count: Int { byID.count }
    var ids: [ConnectionID] { byID.keys.sorted { $0.raw < $1.raw } }

    mutating func insert(_ connection: SIPConnection) {
        byID[connection.id] = connection
        if connection.isOutbound {
            outbound[Way(listener: connection.listener, remote: connection.remote)] = connection.id
        }
    }

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
        return connection
    }
}
