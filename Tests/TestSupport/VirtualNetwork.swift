public import RoleKit

/// The sockets of one node, joined to those of all others in memory.
///
/// `@unchecked Sendable`: a world is driven by one thread.
public final class VirtualNetwork: Network, @unchecked Sendable {
    private unowned let world: VirtualWorld
    var deliver: (Component, NetworkEvent) -> Void = { _, _ in }
    /// Source address of connections opened without one.
    public var home = SocketAddress(127, 0, 0, 1, port: 0)

    public var hostAddresses: Set<SocketAddress> = []
    /// The port of the next listener that names none, counted up from here; nil: any. A host that starts anew gives its
    /// processes the ports they had.
    public var nextPort: UInt16?

    init(_ world: VirtualWorld) { self.world = world }

    // MARK: Listening

    public func listen(
        _ address: SocketAddress, _ kind: LinkKind, for component: Component
    ) throws(NetworkError) -> ListenerID {
        let address = address.port == 0 ? address.with(port: freePort()) : address
        if world.wires.sockets.contains(where: { $0.kind == kind && $0.address == address }) {
            throw NetworkError(.addressInUse, "port \(address.port) is taken")
        }
        let id = world.wires.newListener()
        world.wires.sockets.append(
            Wires.Socket(owner: self, id: id, address: address, kind: kind, component: component))
        return id
    }

    private func freePort() -> UInt16 {
        guard let next = nextPort else { return world.wires.newPort() }
        nextPort = next + 1
        return next
    }

    public func localAddress(of listener: ListenerID) -> SocketAddress {
        world.wires.socket(listener)?.address ?? SocketAddress(0, 0, 0, 0, port: 0)
    }

    public func close(_ listener: ListenerID) {
        world.wires.sockets.removeAll { $0.id == listener }
    }

    // MARK: Datagrams

    public func send(_ bytes: [UInt8], from listener: ListenerID, to address: SocketAddress) {
        guard let socket = world.wires.socket(listener), socket.kind == .udp else { return }
        let from = socket.address.isUnspecified ? home.with(port: socket.address.port) : socket.address
        world.wires.datagrams += 1
        let passage = world.ipsec.leave(from, address)
        if case .dropped = passage { return }
        let flight = DatagramInFlight(
            bytes: bytes, from: from, to: address, number: world.wires.datagrams, passage: passage)
        let latency = world.faults.latencyMilliseconds
        if world.faults.isDark(from) || world.faults.isDark(address) { return }
        switch fate(of: flight) {
        case .lose: return
        case .deliver: arrive(flight, after: latency)
        case .delay(let milliseconds): arrive(flight, after: latency + milliseconds)
        case .duplicate(let milliseconds):
            arrive(flight, after: latency)
            arrive(flight, after: latency + milliseconds)
        }
    }

    private func fate(of flight: DatagramInFlight) -> DatagramFate {
        let faults = world.faults
        if let decided = faults.rule?(flight) { return decided }
        if faults.lossPercent > 0, world.chance.percent() < faults.lossPercent { return .lose }
        let later = Int(world.chance.next() % UInt64(max(1, faults.delayMilliseconds)))
        if faults.delayPercent > 0, world.chance.percent() < faults.delayPercent { return .delay(milliseconds: later) }
        if faults.duplicatePercent > 0, world.chance.percent() < faults.duplicatePercent {
            return .duplicate(afterMilliseconds: later)
        }
        return .deliver
    }

    private func arrive(_ flight: DatagramInFlight, after milliseconds: Int) {
        let world = world
        world.plan(afterMilliseconds: milliseconds) {
            guard world.ipsec.arrives(flight.passage, flight.from, flight.to),
                let socket = world.wires.socket(at: flight.to, .udp)
            else { return }
            socket.owner.deliver(socket.component, .datagram(flight.bytes, on: socket.id, from: flight.from))
        }
    }

    // MARK: Streams

    public func connect(
        to address: SocketAddress, from source: SocketAddress?, for component: Component
    ) -> ConnectionID {
        let near = world.wires.newConnection()
        let far = world.wires.newConnection()
        var local = source ?? home
        if local.port == 0 { local = local.with(port: world.wires.newPort()) }
        world.wires.ends[near] = Wires.End(
            owner: self, component: component, peer: far, local: local, remote: address, isUp: false)
        Self.knock(near, far, attempt: 0, in: world)
        return near
    }

    /// A SYN. One that is dropped, on its way or back, is sent again a second later, then after twice as long each time,
    /// until time is up (RFC 6298 §5).
    private static func knock(_ near: ConnectionID, _ far: ConnectionID, attempt: Int, in world: VirtualWorld) {
        guard let end = world.wires.ends[near] else { return }
        let (local, address) = (end.local, end.remote)
        let isDark =
            world.faults.isDark(address) || world.faults.isDark(local) || !world.ipsec.passes(local, address)
            || !world.ipsec.passes(address, local)
        let passed = 1_000 * (1 << attempt - 1)
        let next = 1_000 * (1 << attempt)
        if isDark, passed + next < NetworkLimits.connectMilliseconds {
            return world.plan(afterMilliseconds: next) { [world] in
                knock(near, far, attempt: attempt + 1, in: world)
            }
        }
        let wait = isDark ? NetworkLimits.connectMilliseconds - passed : world.faults.latencyMilliseconds
        world.plan(afterMilliseconds: wait) { [world] in
            establish(near, far, isDark ? nil : world.wires.socket(at: address, .tcp), isDark: isDark, in: world)
        }
    }

    /// The listener's answer to a connection attempt; nil where none answers.
    private static func establish(
        _ near: ConnectionID, _ far: ConnectionID, _ socket: Wires.Socket?, isDark: Bool, in world: VirtualWorld
    ) {
        guard var end = world.wires.ends[near] else { return }
        guard let socket else {
            world.wires.ends[near] = nil
            let reason: CloseReason = isDark || world.faults.isDark(end.remote) ? .timeout : .refused
            return end.owner.deliver(end.component, .closed(near, reason))
        }
        let waiting = end.waiting
        end.isUp = true
        end.waiting = []
        world.wires.ends[near] = end
        world.wires.ends[far] = Wires.End(
            owner: socket.owner, component: socket.component, peer: near, local: end.remote, remote: end.local,
            isUp: true)
        socket.owner.deliver(socket.component, .accepted(far, on: socket.id, from: end.local))
        end.owner.deliver(end.component, .connected(near, local: end.local))
        for bytes in waiting { end.owner.send(bytes, on: near) }
    }

    public func send(_ bytes: [UInt8], on connection: ConnectionID) {
        guard var end = world.wires.ends[connection], end.owner === self else { return }
        if !end.isUp {
            end.waiting.append(bytes)
            world.wires.ends[connection] = end
            return
        }
        if world.faults.isDark(end.local) || world.faults.isDark(end.remote) { return }
        guard world.ipsec.passes(end.local, end.remote) else { return }
        let piece = max(1, world.faults.segmentBytes ?? bytes.count)
        let peer = end.peer
        var start = 0
        while start < bytes.count {
            let part = Array(bytes[start..<min(bytes.count, start + piece)])
            start += part.count
            planInOrder(connection) { [world] in
                guard let far = world.wires.ends[peer] else { return }
                far.owner.deliver(far.component, .received(part, on: peer))
            }
        }
    }

    /// Plans an arrival at the other end, never before an earlier one.
    private func planInOrder(_ connection: ConnectionID, _ action: @escaping () -> Void) {
        let due = world.clock.now.advanced(byMilliseconds: world.faults.latencyMilliseconds).nanoseconds
        let time = max(due, world.wires.ends[connection]?.lastArrival ?? 0)
        world.wires.ends[connection]?.lastArrival = time
        world.plan(at: Moment(nanoseconds: time), action)
    }

    public func close(_ connection: ConnectionID) {
        guard let end = world.wires.ends[connection], end.owner === self else { return }
        let peer = end.peer
        planInOrder(connection) { [world] in
            guard let far = world.wires.ends.removeValue(forKey: peer) else { return }
            far.owner.deliver(far.component, .closed(peer, .peer))
        }
        world.wires.ends[connection] = nil
    }

    /// The network breaks a connection: both ends hear of it.
    public func breakConnection(_ connection: ConnectionID, _ reason: CloseReason = .failed(104)) {
        guard let end = world.wires.ends.removeValue(forKey: connection) else { return }
        let far = world.wires.ends.removeValue(forKey: end.peer)
        let peer = end.peer
        world.plan(afterMilliseconds: 0) {
            end.owner.deliver(end.component, .closed(connection, reason))
            if let far { far.owner.deliver(far.component, .closed(peer, reason)) }
        }
    }

    /// Connections of this node, oldest first.
    public var connections: [ConnectionID] {
        world.wires.ends.filter { $0.value.owner === self }.keys.sorted { $0.raw < $1.raw }
    }

    public func localAddress(of connection: ConnectionID) -> SocketAddress? { world.wires.ends[connection]?.local }

    func closeAll() {
        world.wires.sockets.removeAll { $0.owner === self }
        for connection in connections { close(connection) }
    }
}
