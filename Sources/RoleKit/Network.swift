/// A bound datagram socket or listening stream socket of this instance.
public struct ListenerID: Hashable, Sendable {
    public var raw: UInt32
    public init(raw: UInt32) { self.raw = raw }
}

/// A stream connection, accepted or opened by this instance. Never reused in the life of a process.
public struct ConnectionID: Hashable, Sendable {
    public var raw: UInt64
    public init(raw: UInt64) { self.raw = raw }
}

/// What carries the bytes.
public enum LinkKind: UInt8, Hashable, Sendable {
    case udp, tcp
}

/// Why a connection is no more.
public enum CloseReason: Hashable, Sendable {
    /// The peer closed in order.
    case peer
    /// Nobody listens there.
    case refused
    /// The connection did not come up in time.
    case timeout
    /// The peer reads too slowly: more than `NetworkLimits.unsentBytes` were waiting.
    case overflow
    /// Any other failure, with errno.
    case failed(Int32)
}

/// What happened on the network, in the order it happened.
public enum NetworkEvent: Sendable {
    case datagram([UInt8], on: ListenerID, from: SocketAddress)
    case accepted(ConnectionID, on: ListenerID, from: SocketAddress)
    case connected(ConnectionID, local: SocketAddress)
    case received([UInt8], on: ConnectionID)
    /// Last event of a connection that the peer or the network ended. `close(_:)` by us yields none.
    case closed(ConnectionID, CloseReason)
}

/// A socket could not be had. `detail` says which and what to do.
public struct NetworkError: Error, Equatable, CustomStringConvertible {
    public enum Code: Hashable, Sendable { case addressInUse, addressNotAvailable, notPermitted, other }
    public var code: Code
    public var detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public var description: String { detail }
    public static func == (a: NetworkError, b: NetworkError) -> Bool { a.code == b.code }
}

/// Bounds the network port keeps.
public enum NetworkLimits {
    /// Bytes that may wait for a slow stream peer before the connection is closed with `.overflow`.
    public static let unsentBytes = 4 << 20
    /// The longest UDP payload.
    public static let datagramBytes = 65_535
    /// Time a connection attempt may take.
    public static let connectMilliseconds = 5_000
}

/// Sockets of one instance. All calls return at once; what comes of them arrives as `NetworkEvent`s.
///
/// Where both ends live on one loop the bytes never see a socket (a loopback link), which no caller can tell.
public protocol Network: AnyObject, Sendable {
    /// Binds and listens. Port 0 takes any free port; `localAddress(of:)` tells which.
    func listen(_ address: SocketAddress, _ kind: LinkKind, for component: Component) throws(NetworkError) -> ListenerID
    func localAddress(of listener: ListenerID) -> SocketAddress
    /// The addresses of this host's interfaces, with port 0. Nothing that comes from elsewhere has one of them as its
    /// source: the kernel drops it (RFC 1812 §5.3.7). A copy made at the call; not for the path of a message.
    var hostAddresses: Set<SocketAddress> { get }
    /// Sends one datagram from a bound socket. Losses are silent, as UDP's are.
    func send(_ bytes: [UInt8], from listener: ListenerID, to address: SocketAddress)
    /// Opens a stream connection; `.connected` or `.closed` follows, never within this call. Bytes sent before
    /// `.connected` wait for it.
    func connect(to address: SocketAddress, from source: SocketAddress?, for component: Component) -> ConnectionID
    func send(_ bytes: [UInt8], on connection: ConnectionID)
    /// Closes after what was sent has left; no event follows.
    func close(_ connection: ConnectionID)
    /// Stops listening and closes the socket.
    func close(_ listener: ListenerID)
}
