public import RoleKit

/// A peer a test holds by its strings: it sends the bytes it is told to and keeps what it gets.
public final class Puppet {
    public struct Datagram {
        public var bytes: [UInt8]
        public var from: SocketAddress
        public var time: Moment
        public var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    public let node: VirtualNode
    public private(set) var datagrams: [Datagram] = []
    /// Bytes received on each stream, by connection.
    public private(set) var streams: [ConnectionID: [UInt8]] = [:]
    public private(set) var accepted: [ConnectionID] = []
    /// Where each of those came from.
    public private(set) var callers: [SocketAddress] = []
    public private(set) var connected: [ConnectionID] = []
    public private(set) var closed: [ConnectionID: CloseReason] = [:]
    /// Called with each datagram as it comes, for puppets that answer by themselves.
    public var onDatagram: ((Puppet, Datagram) -> Void)?
    /// Called with each piece of a stream as it comes.
    public var onBytes: ((Puppet, ConnectionID, [UInt8]) -> Void)?
    private var udp: ListenerID?
    private let world: VirtualWorld

    /// A puppet at `address`; it listens there on UDP, and on TCP too unless told otherwise.
    public init(_ world: VirtualWorld, at address: SocketAddress, listensTCP: Bool = true, name: String = "puppet")
        throws
    {
        self.world = world
        node = world.node(name + "-\(address.port)")
        node.network.home = address.with(port: 0)
        udp = try node.network.listen(address, .udp, for: .role)
        if listensTCP { _ = try node.network.listen(address, .tcp, for: .role) }
        node.attach { [unowned self] event in self.handle(event) }
    }

    public func send(_ bytes: [UInt8], to address: SocketAddress) {
        if let udp { node.network.send(bytes, from: udp, to: address) }
    }

    public func send(_ text: String, to address: SocketAddress) { send(Array(text.utf8), to: address) }

    public func connect(to address: SocketAddress, from source: SocketAddress? = nil) -> ConnectionID {
        node.network.connect(to: address, from: source, for: .role)
    }

    public func send(_ text: String, on connection: ConnectionID) {
        node.network.send(Array(text.utf8), on: connection)
    }

    public func close(_ connection: ConnectionID) { node.network.close(connection) }

    /// What came since the last call.
    public func takeDatagrams() -> [Datagram] {
        defer { datagrams.removeAll() }
        return datagrams
    }

    /// What came on a stream since the last call.
    public func takeText(on connection: ConnectionID) -> String {
        defer { streams[connection] = [] }
        return String(decoding: streams[connection] ?? [], as: UTF8.self)
    }

    private func handle(_ event: InstanceEvent) {
        guard case .network(_, let event) = event else { return }
        switch event {
        case .datagram(let bytes, on: _, let from):
            let datagram = Datagram(bytes: bytes, from: from, time: world.clock.now)
            datagrams.append(datagram)
            onDatagram?(self, datagram)
        case .accepted(let id, on: _, let from):
            accepted.append(id)
            callers.append(from)
        case .connected(let id, local: _): connected.append(id)
        case .received(let bytes, on: let id):
            streams[id, default: []] += bytes
            onBytes?(self, id, bytes)
        case .closed(let id, let reason): closed[id] = reason
        }
    }
}
