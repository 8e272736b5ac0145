import RoleKit

/// Who listens where and which connections stand, over all nodes of a world.
struct Wires {
    struct Socket {
        unowned var owner: VirtualNetwork
        var id: ListenerID
        var address: SocketAddress
        var kind: LinkKind
        var component: Component
    }

    /// One end of a stream.
    struct End {
        unowned var owner: VirtualNetwork
        var component: Component
        var peer: ConnectionID
        var local: SocketAddress
        var remote: SocketAddress
        var isUp: Bool
        /// Sent before the connection was up.
        var waiting: [[UInt8]] = []
        /// When the last piece sent arrives, so that streams stay in order.
        var lastArrival: UInt64 = 0
    }

    var sockets: [Socket] = []
    var ends: [ConnectionID: End] = [:]
    private var listenerCount: UInt32 = 0
    private var connectionSerial: UInt64 = 0
    private var ephemeral: UInt16 = 40_000
    var datagrams = 0

    var connectionCount: Int { (ends.count + 1) / 2 }

    mutating func newListener() -> ListenerID {
        listenerCount += 1
        return ListenerID(raw: listenerCount)
    }

    mutating func newConnection() -> ConnectionID {
        connectionSerial += 1
        return ConnectionID(raw: connectionSerial)
    }

    mutating func newPort() -> UInt16 {
        ephemeral = ephemeral == 65_000 ? 40_000 : ephemeral + 1
        return ephemeral
    }

    /// The socket that receives what is sent to `address`; an exact one before one bound to every address.
    func socket(at address: SocketAddress, _ kind: LinkKind) -> Socket? {
        let fits = sockets.filter { $0.kind == kind && $0.address.port == address.port }
        return fits.first { $0.address == address }
            ?? fits.first { $0.address.isUnspecified && $0.address.family == address.family }
    }

    func socket(_ id: ListenerID) -> Socket? { sockets.first { $0.id == id } }
}
