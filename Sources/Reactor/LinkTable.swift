import CReactor
import RoleKit

/// Something bound to an address.
protocol Bound: Equatable {
    var address: SocketAddress { get }
}

/// Listeners by the address they are bound to.
struct BoundAddresses<Item: Bound> {
    private var byPort: [UInt16: [Item]] = [:]

    mutating func add(_ item: Item) { byPort[item.address.port, default: []].append(item) }

    mutating func remove(_ item: Item) {
        byPort[item.address.port]?.removeAll { $0 == item }
        if byPort[item.address.port]?.isEmpty == true { byPort[item.address.port] = nil }
    }

    /// The listener the kernel would choose: the one bound to exactly this address, else one bound to all addresses of
    /// the family if this is an address of the host.
    func find(_ address: SocketAddress, local: Set<SocketAddress>) -> Item? {
        guard let candidates = byPort[address.port], !address.isUnspecified else { return nil }
        for item in candidates where item.address == address { return item }
        for item in candidates where item.address.isUnspecified && item.address.family == address.family {
            if address.isLoopback || local.contains(address.with(port: 0)) { return item }
        }
        return nil
    }
}

/// What one loop needs to know for loopback links: who is bound where, and which addresses are the host's own.
struct LinkTable {
    var udp = BoundAddresses<Listener>()
    var tcp = BoundAddresses<Listener>()
    /// Listeners of other loops, as of `epoch`.
    private(set) var udpAway = BoundAddresses<Place>()
    private(set) var tcpAway = BoundAddresses<Place>()
    private var epoch = UInt64.max
    private(set) var local = interfaceAddresses()

    mutating func add(_ listener: Listener, of loop: EventLoop) {
        // Interfaces come and go; they matter to listeners on all addresses only.
        if listener.address.isUnspecified { local = interfaceAddresses() }
        if listener.kind == .udp { udp.add(listener) } else { tcp.add(listener) }
        if loop.linksLoops { LinkDirectory.shared.add(listener.place(of: loop)) }
    }

    mutating func remove(_ listener: Listener, of loop: EventLoop) {
        if listener.kind == .udp { udp.remove(listener) } else { tcp.remove(listener) }
        if loop.linksLoops { LinkDirectory.shared.remove(listener.place(of: loop)) }
    }

    /// Looks at the other loops' listeners again if any has changed.
    mutating func refresh(for loop: EventLoop) {
        let now = reactor_epoch()
        guard now != epoch, loop.linksLoops else { return }
        epoch = now
        (udpAway, tcpAway) = (BoundAddresses(), BoundAddresses())
        let places = LinkDirectory.shared.places(besides: loop)
        for place in places {
            if place.kind == .udp { udpAway.add(place) } else { tcpAway.add(place) }
        }
        if places.contains(where: { $0.address.isUnspecified }) { local = interfaceAddresses() }
    }

    /// Lets go of the other loops.
    mutating func forget() { (udpAway, tcpAway) = (BoundAddresses(), BoundAddresses()) }

    /// The source address the kernel would give a socket that is bound to `bound` and sends to `destination`, an
    /// address of this host: its own, or for one bound to all addresses that of the route.
    func source(_ bound: SocketAddress, to destination: SocketAddress) -> SocketAddress {
        guard bound.isUnspecified else { return bound }
        if destination.isLoopback, destination.family == .v4 { return SocketAddress(127, 0, 0, 1, port: bound.port) }
        return destination.with(port: bound.port)
    }

    /// Whether a socket could be bound to this address.
    func isLocal(_ address: SocketAddress) -> Bool {
        address.isUnspecified || address.isLoopback || local.contains(address.with(port: 0))
    }
}

extension Listener: Bound {
    static func == (a: Listener, b: Listener) -> Bool { a === b }

    func place(of loop: EventLoop) -> Place { Place(loop: loop, id: id, kind: kind, address: address) }
}
