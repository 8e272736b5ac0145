/// A listener's part in the security associations of TS 33.203 §7.1.
public enum SIPProtection: Hashable, Sendable {
    case none
    /// Its port is a protected server port: it receives requests, and over UDP all else too.
    case server
    /// Its port is a protected client port, of the server listener with this (lower) index: requests and, over UDP,
    /// responses leave from it, and streams are opened from this very port. It listens for no streams.
    case client(of: Int)

    func listens(on kind: LinkKind) -> Bool {
        if case .client = self { kind == .udp } else { true }
    }
}

/// The way back to one who sends from a protected client port.
public struct SecurePath: Hashable, Sendable {
    /// Index of the listener with our protected client port.
    public var client: Int
    /// The peer's protected server port.
    public var remote: SocketAddress

    public init(client: Int, remote: SocketAddress) {
        self.client = client
        self.remote = remote
    }
}

/// Who may send to protected listeners, and where their answers go.
struct SecuredPlaces {
    private struct Place: Hashable {
        var listener: Int
        var source: SocketAddress
    }

    private var paths: [Place: SecurePath] = [:]
    var count: Int { paths.count }

    subscript(source: SocketAddress, listener: Int) -> SecurePath? {
        get { paths[Place(listener: listener, source: source)] }
        set { paths[Place(listener: listener, source: source)] = newValue }
    }
}

/// Ports of TS 33.203 §7.1: over UDP everything goes from the sender's client port to the receiver's server port, over TCP
/// a response takes the stream its request came on. RFC 3581 does not apply.
///
/// The kernel lets only ESP come to these ports; what it lets through is heard here from places the role has secured, so
/// that a datagram that finds its way past the kernel finds no ear either.
extension SIPStack {
    /// What comes from `source` to this server listener is heard from now on, and answered along `path`; nil: no longer,
    /// and its streams are closed.
    public func secure(_ source: SocketAddress, at server: Int, _ path: SecurePath?) {
        let before = secured[source, server]
        secured[source, server] = path
        guard path == nil, let before else { return }
        for id in connections.between(source, server) + connections.between(before.remote, before.client) {
            guard let connection = drop(id) else { continue }
            ports.network.close(id)
            fail(connection.clients, connection.servers)
        }
    }

    /// Places whose responses have come to protected server ports since the last call: what comes over an SA says that
    /// the UE uses it.
    public func takeAnswering() -> [SocketAddress] {
        guard !answering.isEmpty else { return [] }
        defer { answering.removeAll(keepingCapacity: true) }
        return answering
    }

    /// The final answer to this request takes another way than the one in use for its source: that of the SA it came
    /// over, or of the one before where an attempt has failed (TS 33.203 §7.3.2.3).
    ///
    /// - Parameter keepsStream: what came over a stream is answered on it, as long as that stands.
    public func answer(_ request: IncomingRequest, along path: SecurePath, keepsStream: Bool) {
        _ = servers.update(request.transaction.raw) { record in
            record.path = SIPPath(
                kind: record.path.kind, listener: path.client, remote: path.remote,
                connection: keepsStream ? record.path.connection : nil)
        }
    }

    /// Whether a message or stream from there is heard at this listener.
    func isHeard(_ source: SocketAddress, _ listener: Int) -> Bool {
        guard listeners[listener].settings.protection == .server, secured[source, listener] == nil else { return true }
        note("message dropped", source, "it came to a protected port outside any security association")
        return false
    }

    /// Whether a message may belong to a transaction with this path. What goes over security associations is answered,
    /// cancelled and acknowledged over them and by the same host; a branch that was overheard is worth nothing.
    func isSameProtection(_ path: SIPPath?, _ source: SocketAddress, _ listener: Int) -> Bool {
        guard let path, path.listener < listeners.count else { return true }
        let isProtected = listeners[path.listener].settings.protection != .none
        guard isProtected || listeners[listener].settings.protection != .none else { return true }
        let isSame = isProtected && self.isProtected(listener) && path.remote.with(port: 0) == source.with(port: 0)
        if !isSame { note("message dropped", source, "its transaction is over a security association, and it is not") }
        return isSame
    }

    /// Requests come to server ports only; on a client port or a stream from it they would have no way back.
    func takesRequests(_ flow: SIPFlow, _ listener: Int) -> Bool {
        guard case .client = listeners[listener].settings.protection else { return true }
        note("message dropped", flow.remote, "a request came to a protected client port (TS 33.203 §7.1)")
        return false
    }

    /// The way a response to a request over an SA goes; nil where no SA is in use.
    func securedReplyPath(_ flow: SIPFlow, _ listener: Int) -> SIPPath? {
        guard listeners[listener].settings.protection == .server, let path = secured[flow.remote, listener] else {
            return nil
        }
        return SIPPath(kind: flow.kind, listener: path.client, remote: path.remote, connection: flow.connection)
    }

    /// Whether this listener's port is a protected one.
    public func isProtected(_ listener: Int) -> Bool {
        listeners.indices.contains(listener) && listeners[listener].settings.protection != .none
    }
}
