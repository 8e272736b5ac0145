import SIP

/// SIP for one instance: transports (RFC 3261 §18), transactions (§17), and the proxy's and user agent's use of them
/// (§8, §16). It turns the effects of the pure machines into calls of the ports.
///
/// It belongs to the instance's actor and is used on its loop only. After each `handle` the instance takes the new
/// requests with `next()`.
public final class SIPStack {
    let settings: SIPStackSettings
    let ports: Ports
    var limits: SIPStackLimits { settings.limits }
    // What is touched for every message is marked `unchecked`: checking for exclusive access would cost as much as the
    // work on it (800 checks a registration, a twenty-fifth of all it costs), and no access spans a call into a role.
    @exclusivity(unchecked) var listeners: [SIPListener] = []
    @exclusivity(unchecked) var sockets: [ListenerID: Int] = [:]
    @exclusivity(unchecked) var connections = SIPConnections()
    @exclusivity(unchecked) var secured = SecuredPlaces()
    /// Whence responses came to protected server ports since somebody asked.
    @exclusivity(unchecked) var answering: [SocketAddress] = []
    @exclusivity(unchecked) var servers = Slab<ServerRecord>()
    @exclusivity(unchecked) var serverKeys: [TransactionKey: UInt64] = [:]
    @exclusivity(unchecked) var answered = AnsweredTransactions()
    /// Sum of the server transactions' `heldBytes`.
    @exclusivity(unchecked) var heldBytes = 0
    @exclusivity(unchecked) var clients = Slab<ClientRecord>()
    @exclusivity(unchecked) var contexts = Slab<ContextRecord>()
    /// Secret of transaction keys and loop marks.
    let seed: (UInt64, UInt64)
    @exclusivity(unchecked) var tallies = SIPCounts()
    var logged = OnceLog()
    public internal(set) var isDraining = false
    /// What a user agent is to hear (SIPStack+Agent.swift).
    var agent = AgentInbox()
    @exclusivity(unchecked) private var inbox: [IncomingRequest] = []
    @exclusivity(unchecked) private var taken = 0

    public init(_ settings: SIPStackSettings, _ ports: Ports) {
        self.settings = settings
        self.ports = ports
        seed = (ports.random.next(), ports.random.next())
    }

    /// Binds every listener; with port 0 UDP and TCP of a listener share the port the first of them got.
    public func open() throws(NetworkError) {
        for (index, listener) in settings.listeners.enumerated() {
            var address = listener.address
            var udp: ListenerID?
            var tcp: ListenerID?
            for kind in listener.kinds where listener.protection.listens(on: kind) {
                let socket = try ports.network.listen(address, kind, for: .sip)
                address = address.with(port: ports.network.localAddress(of: socket).port)
                sockets[socket] = index
                if kind == .udp { udp = socket } else { tcp = socket }
            }
            listeners.append(
                SIPListener(listener, address: address, udp: udp, tcp: tcp, name: serverName(of: listener)))
        }
    }

    /// Via of a request names the protected server port, whatever client port it leaves from: TS 33.203 §7.1.
    private func serverName(of listener: SIPListenerSettings) -> String? {
        if case .client(let server) = listener.protection { advertised(server) } else { nil }
    }

    public var listenerCount: Int { listeners.count }

    /// `host:port` of a listener, for Via, Path, Record-Route and Service-Route.
    public func advertised(_ listener: Int) -> String {
        listeners.indices.contains(listener) ? listeners[listener].advertised : ""
    }

    public func localAddress(_ listener: Int) -> SocketAddress {
        listeners.indices.contains(listener) ? listeners[listener].address : SocketAddress(0, 0, 0, 0, port: 0)
    }

    // MARK: Events

    /// A network event of `Component.sip`.
    public func handle(_ event: NetworkEvent) {
        switch event {
        case .datagram(let bytes, let socket, let source):
            guard let listener = sockets[socket] else { return }
            receive(bytes, SIPFlow(kind: .udp, listener: socket, remote: source), listener)
        case .accepted(let id, let socket, let source): accept(id, socket, source)
        case .connected(let id, let local): connected(id, local)
        case .received(let bytes, let id): received(bytes, id)
        case .closed(let id, let reason): closed(id, reason)
        }
    }

    /// A timer of `Component.sip` fired.
    public func handle(timer token: TimerToken) {
        guard token.component == .sip else { return }
        tallies.timers -= 1
        guard let timer = SIPTimer(rawValue: token.kind) else { return impatient(ConnectionID(raw: token.id)) }
        switch timer {
        case .g, .h, .i, .j, .l, .t:
            _ = servers.update(token.id) { $0.timers.remove(timer) }
            step(server: token.id, .timer(timer))
        case .c:
            _ = clients.update(token.id) { $0.timers.remove(timer) }
            timerC(token.id)
        case .a, .b, .d, .e, .f, .k, .m, .x:
            _ = clients.update(token.id) { $0.timers.remove(timer) }
            step(client: token.id, .timer(timer))
        }
    }

    /// The next request for the role, in order of arrival; nil when there is none.
    public func next() -> IncomingRequest? {
        guard taken < inbox.count else {
            inbox.removeAll(keepingCapacity: true)
            taken = 0
            return nil
        }
        defer { taken += 1 }
        return inbox[taken]
    }

    func push(_ request: IncomingRequest) { inbox.append(request) }

    // MARK: Timers

    func start(_ timer: SIPTimer, _ milliseconds: Int, _ id: UInt64) -> TimerID {
        tallies.timers += 1
        return ports.timers.start(afterMilliseconds: milliseconds, TimerToken(.sip, kind: timer.rawValue, id: id))
    }

    func stop(_ timer: TimerID?) {
        guard let timer else { return }
        tallies.timers -= 1
        ports.timers.cancel(timer)
    }

    /// Starts the clock of a half-received message; its kind is no letter of RFC 3261's.
    func startPatience(_ id: ConnectionID, _ milliseconds: Int) -> TimerID {
        tallies.timers += 1
        return ports.timers.start(afterMilliseconds: milliseconds, TimerToken(.sip, kind: 0, id: id.raw))
    }

    // MARK: Life

    /// From now on new requests get 503 with Retry-After; what is under way goes on.
    public func drain() { isDraining = true }

    /// True when no request waits for an answer, neither from here nor for here.
    public var isIdle: Bool { tallies.unanswered == 0 && tallies.waiting == 0 }

    /// Ends everything at once: timers, connections, sockets; whoever waits is told `.transportFailed`.
    public func close() {
        for id in contexts.ids { finish(context: id, .transportFailed) }
        for id in clients.ids {
            report(client: id, .transportFailed)
            removeClient(id)
        }
        for id in servers.ids { removeServer(id) }
        for id in connections.ids {
            drop(id)
            ports.network.close(id)
        }
        for listener in listeners {
            if let udp = listener.udp { ports.network.close(udp) }
            if let tcp = listener.tcp { ports.network.close(tcp) }
        }
        listeners.removeAll()
        sockets.removeAll()
    }

    /// Sizes now and sums since start.
    public var counts: SIPCounts {
        var counts = tallies
        counts.serverTransactions = servers.count
        counts.clientTransactions = clients.count
        counts.contexts = contexts.count
        counts.connections = connections.count
        return counts
    }
}
