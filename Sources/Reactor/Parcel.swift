import CReactor
import Glibc
import RoleKit

/// What loops hand to each other: loopback links whose ends live on different threads. A turn's parcels for one loop
/// go over together, with one lock and at most one wake-up.
enum Parcel: Sendable {
    case datagram([UInt8], to: ListenerID, from: SocketAddress)
    /// A stream is wanted: `client` on `loop` would like to talk to a listener here.
    case open(ListenerID, client: ConnectionID, loop: EventLoop, local: SocketAddress, remote: SocketAddress)
    /// The stream `client` asked for has its other end: `server` on `loop`.
    case opened(client: ConnectionID, server: ConnectionID, loop: EventLoop)
    case bytes([UInt8], to: ConnectionID)
    /// The other end has delivered this many bytes.
    case consumed(Int, of: ConnectionID)
    case closed(ConnectionID, CloseReason)
}

/// The other end of a stream, on another loop.
struct Away {
    let loop: EventLoop
    /// Nil until the other loop has answered.
    var id: ConnectionID?
    /// Bytes sent and not known to be delivered.
    var inFlight = 0
    /// Bytes delivered here and not yet told.
    var consumed = 0
}

/// Parcels on their way out.
extension EventLoop {
    func dispatch(_ parcel: Parcel, to loop: EventLoop) {
        for index in parcels.indices where parcels[index].loop === loop {
            parcels[index].list.append(parcel)
            return
        }
        parcels.append((loop, [parcel]))
    }

    func sendParcels() {
        guard !parcels.isEmpty else { return }
        let batches = parcels
        parcels.removeAll(keepingCapacity: true)
        for (loop, list) in batches {
            switch loop.accept(list) {
            case .all: break
            case .streamsOnly: counts.linkDrops += UInt64(list.count { $0.isDatagram })
            case .nothing: for parcel in list { comesBack(parcel) }
            }
        }
    }

    private enum Accepted { case all, streamsOnly, nothing }

    /// Called on the sender's thread.
    private func accept(_ list: [Parcel]) -> Accepted {
        reactor_door_lock(door)
        if hasEnded {
            reactor_door_unlock(door)
            return .nothing
        }
        // Streams have their own bound; datagrams to a loop that does not keep up are lost as on a full socket.
        let isFull = parcelInbox.count > ReactorLimits.parcels
        if isFull { parcelInbox += list.filter { !$0.isDatagram } } else { parcelInbox += list }
        let wake = !isSignalled
        isSignalled = true
        reactor_door_unlock(door)
        if wake { reactor_door_wake(door) }
        return isFull ? .streamsOnly : .all
    }

    /// The other loop has ended.
    private func comesBack(_ parcel: Parcel) {
        switch parcel {
        case .open(_, let client, _, _, _): partingNotice(client, .refused)
        case .opened(_, let server, _): partingNotice(server, .failed(ECONNRESET))
        case .datagram, .bytes, .consumed, .closed: break
        }
    }
}

/// Parcels that came in.
extension EventLoop {
    func open(_ parcel: Parcel) {
        switch parcel {
        case .datagram(let bytes, let listener, let from):
            guard listener.raw < listeners.count, let target = listeners[Int(listener.raw)] else { return }
            link(bytes, to: target, from: from)
        case .open(let listener, let client, let loop, let local, let remote):
            serve(listener, client, loop, from: local, to: remote)
        case .opened(let client, let server, let loop):
            opened(client, by: server, on: loop)
        case .bytes(let bytes, let id):
            guard let connection = connections[id], connection.phase == .open else { return }
            connection.unread += bytes.count
            push(.received(bytes, connection), to: connection.owner)
        case .consumed(let count, let id):
            connections[id]?.away?.inFlight -= count
        case .closed(let id, let reason):
            partingNotice(id, reason)
        }
    }

    /// A stream to a listener of another loop; its other end is named by `opened`.
    func open(
        _ place: Place, to address: SocketAddress, local: SocketAddress, _ component: Component, _ owner: LoopPorts
    ) -> ConnectionID {
        let (id, isStored) = connections.reserve()
        let client = Connection(
            id: id, component: component, owner: owner, local: local, remote: address, phase: .connecting,
            isLinked: true)
        guard isStored else {
            LinkDirectory.shared.release(local, to: address)
            end(client, .failed(EMFILE))
            return id
        }
        client.hasReservedPort = true
        client.away = Away(loop: place.loop)
        connections.store(client)
        counts.connectionsLinked += 1
        dispatch(.open(place.id, client: id, loop: self, local: local, remote: address), to: place.loop)
        return id
    }

    private func serve(
        _ number: ListenerID, _ client: ConnectionID, _ loop: EventLoop, from remote: SocketAddress,
        to local: SocketAddress
    ) {
        guard number.raw < listeners.count, let listener = listeners[Int(number.raw)],
            listener.linkedConnections < ReactorLimits.backlog
        else { return dispatch(.closed(client, .refused), to: loop) }
        let (id, isStored) = connections.reserve()
        guard isStored else { return dispatch(.closed(client, .refused), to: loop) }
        let server = Connection(
            id: id, component: listener.component, owner: listener.owner, local: local, remote: remote, phase: .open,
            isLinked: true)
        server.away = Away(loop: loop, id: client)
        connections.store(server)
        listener.linkedConnections += 1
        push(.accepted(server, listener), to: listener.owner)
        dispatch(.opened(client: client, server: id, loop: self), to: loop)
    }

    private func opened(_ client: ConnectionID, by server: ConnectionID, on loop: EventLoop) {
        guard let connection = connections[client], connection.phase == .connecting, connection.away != nil else {
            // Its owner has given it up meanwhile.
            return dispatch(.closed(server, .peer), to: loop)
        }
        connection.away?.id = server
        connection.phase = .open
        if !connection.isClosedByOwner { push(.connected(connection), to: connection.owner) }
        let early = connection.outbox.withUnsafeBytes { [UInt8]($0) }
        connection.outbox.removeAll()
        if !early.isEmpty { link(early, on: connection) }
        if connection.isClosedByOwner { unlink(connection, peerReason: .peer) }
    }

    /// The other end is gone, for this reason.
    private func partingNotice(_ id: ConnectionID, _ reason: CloseReason) {
        guard let connection = connections[id] else { return }
        end(connection, reason)
        connection.away = nil
        unlink(connection, peerReason: reason)
    }

    /// Bytes were delivered: tells the sender now and then, so that it can bound what is on the way.
    func consumed(_ count: Int, by connection: Connection) {
        guard var away = connection.away, let id = away.id else { return }
        away.consumed += count
        if away.consumed >= ReactorLimits.consumedReport {
            dispatch(.consumed(away.consumed, of: id), to: away.loop)
            away.consumed = 0
        }
        connection.away = away
    }
}

extension Parcel {
    var isDatagram: Bool { if case .datagram = self { true } else { false } }
}
