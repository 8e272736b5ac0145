import Glibc
import RoleKit

/// Loopback links: bytes between two listeners, or two ends of a stream, of this loop are handed over in memory. They
/// join the receiver's events, so they keep their order, never run inside the sender's call, and look to both sides as
/// if a socket had carried them.
extension EventLoop {
    func link(_ bytes: [UInt8], from listener: Listener, to target: Listener, at address: SocketAddress) {
        guard target.linkedDatagrams < ReactorLimits.linkDatagrams,
            target.linkedBytes + bytes.count <= ReactorLimits.linkBytes
        else {
            counts.linkDrops += 1
            return
        }
        target.linkedDatagrams += 1
        target.linkedBytes += bytes.count
        counts.datagramsLinked += 1
        push(.linked(bytes, target, from: links.source(listener.address, to: address)), to: target.owner)
    }

    /// A stream in memory, or nil if this destination needs a socket: nobody here listens, the listener's backlog is
    /// full, or the source address is one only the kernel can judge.
    func link(
        to address: SocketAddress, from source: SocketAddress?, _ component: Component, _ owner: LoopPorts
    ) -> ConnectionID? {
        guard let listener = links.tcp.find(address, local: links.local),
            listener.linkedConnections < ReactorLimits.backlog,
            source.map({ $0.family == address.family && links.isLocal($0) }) ?? true
        else { return nil }
        let any = SocketAddress(family: address.family, high: 0, low: 0, port: 0)
        guard let local = links.reserve(links.source(source ?? any, to: address), to: address) else { return nil }
        let (clientID, clientIsStored) = connections.reserve()
        let (serverID, serverIsStored) = connections.reserve()
        let client = Connection(
            id: clientID, component: component, owner: owner, local: local, remote: address, phase: .open, isLinked: true)
        let server = Connection(
            id: serverID, component: listener.component, owner: listener.owner, local: address, remote: local, phase: .open,
            isLinked: true)
        guard clientIsStored, serverIsStored else {
            links.release(local, to: address)
            client.phase = .gone
            if clientIsStored { connections.store(client) }
            end(client, .failed(EMFILE))
            return clientID
        }
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
        guard let peer = connection.peer else { return }
        guard peer.unread + bytes.count <= NetworkLimits.unsentBytes else {
            counts.overflows += 1
            end(connection, .overflow)
            return unlink(connection, peerReason: .failed(ECONNRESET))
        }
        peer.unread += bytes.count
        push(.received(bytes, peer), to: peer.owner)
    }

    /// Parts a pair in memory; the other end hears of it after all that was sent to it.
    func unlink(_ connection: Connection, peerReason: CloseReason) {
        guard connection.phase != .gone else { return releaseIfDone(connection) }
        let peer = connection.peer
        connection.peer = nil
        connection.phase = .gone
        // Only the client's local port was reserved; the other release finds nothing.
        links.release(connection.local, to: connection.remote)
        releaseIfDone(connection)
        guard let peer else { return }
        end(peer, peerReason)
        unlink(peer, peerReason: peerReason)
    }
}
