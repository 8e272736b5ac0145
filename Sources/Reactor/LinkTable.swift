import RoleKit

/// The addresses listeners of this loop are bound to.
struct BoundAddresses {
    private var byPort: [UInt16: [Listener]] = [:]

    mutating func add(_ listener: Listener) { byPort[listener.address.port, default: []].append(listener) }

    mutating func remove(_ listener: Listener) {
        byPort[listener.address.port]?.removeAll { $0 === listener }
        if byPort[listener.address.port]?.isEmpty == true { byPort[listener.address.port] = nil }
    }

    /// The listener the kernel would choose: the one bound to exactly this address, else one bound to all addresses of
    /// the family if this is an address of the host.
    func find(_ address: SocketAddress, local: Set<SocketAddress>) -> Listener? {
        guard let candidates = byPort[address.port] else { return nil }
        if let exact = candidates.first(where: { $0.address == address }) {
            return address.isUnspecified ? nil : exact
        }
        return candidates.first {
            $0.address.isUnspecified && $0.address.family == address.family
                && (address.isLoopback || local.contains(address.with(port: 0)))
        }
    }
}

/// What loopback links need to know: who is bound where, and which addresses are the host's own.
struct LinkTable {
    var udp = BoundAddresses()
    var tcp = BoundAddresses()
    private(set) var local = interfaceAddresses()
    /// Local and remote address of each stream in memory, as the kernel's table would have them.
    private var streams: Set<Pair> = []
    private var nextPort = ReactorLimits.linkPorts.lowerBound

    private struct Pair: Hashable {
        var local: SocketAddress
        var remote: SocketAddress
    }

    mutating func add(_ listener: Listener) {
        // Interfaces come and go; they matter to listeners on all addresses only.
        if listener.address.isUnspecified { local = interfaceAddresses() }
        if listener.kind == .udp { udp.add(listener) } else { tcp.add(listener) }
    }

    mutating func remove(_ listener: Listener) {
        if listener.kind == .udp { udp.remove(listener) } else { tcp.remove(listener) }
    }

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

    /// Reserves the local address of a stream to `remote`; nil if it is taken or no port is free.
    mutating func reserve(_ source: SocketAddress, to remote: SocketAddress) -> SocketAddress? {
        if source.port != 0 { return streams.insert(Pair(local: source, remote: remote)).inserted ? source : nil }
        for _ in ReactorLimits.linkPorts {
            let candidate = source.with(port: nextPort)
            nextPort = nextPort == ReactorLimits.linkPorts.upperBound ? ReactorLimits.linkPorts.lowerBound : nextPort + 1
            if streams.insert(Pair(local: candidate, remote: remote)).inserted { return candidate }
        }
        return nil
    }

    mutating func release(_ local: SocketAddress, to remote: SocketAddress) {
        streams.remove(Pair(local: local, remote: remote))
    }
}
