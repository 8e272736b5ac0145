import Glibc
import RoleKit

/// Loopback links: bytes between two listeners, or two ends of a stream, of this process are handed over in memory. They
/// join the receiver's events, so they keep their order, never run inside the sender's call, and look to both sides as
/// if a socket had carried them. Ends on other loops are reached by parcels.
extension EventLoop {
    // MARK: datagrams

    /// False if a socket has to carry it.
    func link(_ bytes: [UInt8], from listener: Listener, to address: SocketAddress) -> Bool {
        if let target = links.udp.find(address, local: links.local) {
            counts.datagramsLinked += 1
            link(bytes, to: target, from: links.source(listener.address, to: address))
            return true
        }
        guard let place = links.udpAway.find(address, local: links.local) else { return false }
        counts.datagramsLinked += 1
        dispatch(
            .datagram(bytes, to: place.id, from: links.source(listener.address, to: address)), to: place.loop)
        return true
    }

    func link(_ bytes: [UInt8], to target: Listener, from source: SocketAddress) {
        guard target.linkedDatagrams < ReactorLimits.linkDatagrams,
            target.linkedBytes + bytes.count <= ReactorLimits.linkBytes
        else {
            counts.linkDrops += 1
            return
        }
        target.linkedDatagrams += 1
        target.linkedBytes += bytes.count
        push(.linked(bytes, target, from: source), to: target.owner)
    }

    // MARK: streams

    /// A stream in memory, or nil if this destination needs a socket: nobody here listens, the listener's backlog is
    /// full, or the source address is one only the kernel can judge.
    func link(
        to address: SocketAddress, from source: SocketAddress?, _ component: Component, _ owner: LoopPorts
    ) -> ConnectionID? {
        guard source.map({ $0.family == address.family && links.isLocal($0) }) ?? true else { return nil }
        let listener = links.tcp.find(address, local: links.local)
        let place = listener == nil ? links.tcpAway.find(address, local: links.local) : nil
        guard listener.map({ $0.linkedConnections < ReactorLimits.backlog }) ?? (place != nil) else { return nil }
        let any = SocketAddress(family: address.family, high: 0, low: 0, port: 0)
        let source = links.source(source ?? any, to: address)
        guard let local = LinkDirectory.shared.reserve(source, to: address) else { return nil }
        if let listener { return pair(listener, to: address, local: local, component, owner) }
        return place.map { open($0, to: address, local: local, component, owner) }
    }

    private func pair(
        _ listener: Listener, to address: SocketAddress, local: SocketAddress, _ component: Component,
        _ owner: LoopPorts
    ) -> ConnectionID {
        let (clientID, clientIsStored) = connections.reserve()
        let (serverID, serverIsStored) = connections.reserve()
        let client = Connection(
            id: clientID, component: component, owner: owner, local: local, remote: address, phase: .open,
            isLinked: true)
        let server = Connection(
            id: serverID, component: listener.component, owner: listener.owner, local: address, remote: local,
            phase: .open,
            isLinked: true)
        guard clientIsStored, serverIsStored else {
            LinkDirectory.shared.release(local, to: address)
            client.phase = .gone
            if clientIsStored { connections.store(client) }
            end(client, .failed(EMFILE))
            return clientID
        }
        client.hasReservedPort = true
        (client.peer, server.peer) = (server, client)
        connections.store(client)
        connections.store(server)
        listener.linkedConnections += 1
        counts.connectionsLinked += 1
        push(.connected(client), to: owner)
        push(.accepted(server, listener), to: listener.owner)
        return clientID
    }

    func link(_ bytes: [UInt8], on connection: Connection) {
        if let peer = connection.peer {
            guard peer.unread + bytes.count <= NetworkLimits.unsentBytes else { return overflow(connection) }
            peer.unread += bytes.count
            push(.received(bytes, peer), to: peer.owner)
        } else if var away = connection.away {
            guard let id = away.id else {
                guard connection.outbox.count + bytes.count <= NetworkLimits.unsentBytes else {
                    return overflow(connection)
                }
                return connection.outbox.append(bytes)
            }
            away.inFlight += bytes.count
            connection.away = away
            // The other loop reports in steps; what one step may hide comes on top.
            guard away.inFlight <= NetworkLimits.unsentBytes + ReactorLimits.consumedReport else {
                return overflow(connection)
            }
            dispatch(.bytes(bytes, to: id), to: away.loop)
        }
    }

    private func overflow(_ connection: Connection) {
        counts.overflows += 1
        end(connection, .overflow)
        unlink(connection, peerReason: .failed(ECONNRESET))
    }

    /// Parts a pair in memory; the other end hears of it after all that was sent to it.
    func unlink(_ connection: Connection, peerReason: CloseReason) {
        guard connection.phase != .gone else { return releaseIfDone(connection) }
        let (peer, away) = (connection.peer, connection.away)
        (connection.peer, connection.away) = (nil, nil)
        connection.phase = .gone
        connection.outbox.removeAll()
        if connection.hasReservedPort { LinkDirectory.shared.release(connection.local, to: connection.remote) }
        releaseIfDone(connection)
        if let away, let id = away.id { dispatch(.closed(id, peerReason), to: away.loop) }
        guard let peer else { return }
        end(peer, peerReason)
        unlink(peer, peerReason: peerReason)
    }
}
