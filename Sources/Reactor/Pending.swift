import RoleKit

/// What waits for delivery to an instance. Whether it still concerns the instance is decided at delivery, since the
/// instance may have closed or cancelled the thing in the same batch.
enum Pending {
    case timer(TimerID)
    case datagram([UInt8], Listener, from: SocketAddress)
    /// A datagram handed over in memory.
    case linked([UInt8], Listener, from: SocketAddress)
    case accepted(Connection, Listener)
    case connected(Connection)
    /// A chunk handed over in memory.
    case received([UInt8], Connection)
    /// The oldest chunk of the connection's inbox.
    case read(Connection)
    case closed(Connection, CloseReason)
}

extension EventLoop {
    /// The event to deliver, or nil if its object has been closed meanwhile.
    func event(_ pending: Pending, for ports: LoopPorts) -> InstanceEvent? {
        switch pending {
        case .timer(let id):
            guard let token = wheel.take(id) else { return nil }
            ports.timersRunning -= 1
            return .timer(token)
        case .datagram(let bytes, let listener, let from):
            return listener.isClosed ? nil : .network(listener.component, .datagram(bytes, on: listener.id, from: from))
        case .linked(let bytes, let listener, let from):
            listener.linkedDatagrams -= 1
            listener.linkedBytes -= bytes.count
            return listener.isClosed ? nil : .network(listener.component, .datagram(bytes, on: listener.id, from: from))
        case .accepted(let connection, let listener):
            if connection.isLinked { listener.linkedConnections -= 1 }
            if listener.isClosed { abandon(connection) }
            guard !connection.isClosedByOwner else { return nil }
            return .network(connection.component, .accepted(connection.id, on: listener.id, from: connection.remote))
        case .connected(let connection):
            guard !connection.isClosedByOwner else { return nil }
            return .network(connection.component, .connected(connection.id, local: connection.local))
        case .received(let bytes, let connection):
            if connection.away != nil { consumed(bytes.count, by: connection) }
            return received(bytes, connection)
        case .read(let connection):
            return connection.inbox.first.flatMap { received($0, connection) }
        case .closed(let connection, let reason):
            guard !connection.isClosedByOwner else { return nil }
            connection.isReported = true
            releaseIfDone(connection)
            return .network(connection.component, .closed(connection.id, reason))
        }
    }

    private func received(_ bytes: [UInt8], _ connection: Connection) -> InstanceEvent? {
        connection.unread -= bytes.count
        guard !connection.isClosedByOwner else { return nil }
        return .network(connection.component, .received(bytes, on: connection.id))
    }
}
