public import Diameter

/// A Diameter node inside an instance: peers, connections, routing and waiting for answers, over the pure machines of
/// target `Diameter`. RFC 6733, RFC 3539
///
/// Used on the instance's loop only. The instance hands it the events of component `.diameter`, drains `next()` after
/// each, and asks with `ask`.
public final class DiameterNode {
    public let settings: DiameterSettings
    let limits: DiameterNodeLimits
    let ports: Ports
    /// In the order of the settings, then as unknown ones came.
    var peerList: [DiameterPeer] = []
    // What is touched for every message is marked `unchecked`, as in `SIPStack`.
    /// By host in lower case.
    @exclusivity(unchecked) var peerByHost: [String: DiameterPeer] = [:]
    @exclusivity(unchecked) var peerByID: [UInt64: DiameterPeer] = [:]
    @exclusivity(unchecked) var links: [ConnectionID: DiameterLink] = [:]
    var strangers = 0
    var listeners: [ListenerID] = []
    let realms: RealmTable
    @exclusivity(unchecked) var pending: PendingRequests<DiameterWaiter>
    /// Hop-by-hop identifier of each pending request, by the number its timer has.
    @exclusivity(unchecked) var byNumber: [UInt64: UInt32] = [:]
    @exclusivity(unchecked) var duplicates: DuplicateTable
    /// Requests given to the role and not answered yet, by the node's own number.
    @exclusivity(unchecked) var unanswered: [UInt64: Unanswered] = [:]
    @exclusivity(unchecked) var inbox: [IncomingDiameterRequest] = []
    @exclusivity(unchecked) var inboxHead = 0
    @exclusivity(unchecked) var tally = DiameterCounts()
    var once = OnceLog()
    /// For `imsbox peers` and `imsbox doctor`.
    var refusals = DiameterRefusals()
    private(set) var isListening = false
    /// How often a peer has opened: when it grows, what had no way may have one.
    public internal(set) var openings = 0
    var isDraining = false
    var isClosing = false
    var nextPeerID: UInt64 = 1
    @exclusivity(unchecked) var nextRequest: UInt64 = 1
    @exclusivity(unchecked) var nextEndToEnd: UInt32
    /// Turns of routes of equal metric.
    var turn = 0
    let originState: UInt32
    /// Origin-Host and Origin-Realm in lower case, for comparing without making Strings.
    let ownHost: [UInt8]
    let ownRealm: [UInt8]
    let servedRealms: [[UInt8]]
    private let sessionPrefix: String
    private var sessions: UInt32 = 0
    /// What every request of an application has after its Session-Id, encoded once.
    private var tails: [(application: UInt32, avps: [UInt8])] = []

    struct Unanswered {
        var connection: ConnectionID
        var hopByHop: UInt32
        var key: DuplicateTable.Key
    }

    public init(_ settings: DiameterSettings, _ ports: Ports, limits: DiameterNodeLimits = DiameterNodeLimits()) {
        self.settings = settings
        self.ports = ports
        self.limits = limits
        duplicates = DuplicateTable(capacity: limits.duplicates)
        ownHost = Array(settings.originHost.lowercased().utf8)
        ownRealm = Array(settings.originRealm.lowercased().utf8)
        servedRealms = settings.servedRealms.map { Array($0.lowercased().utf8) }
        let now = ports.clock.unixSeconds
        originState = UInt32(truncatingIfNeeded: now)
        sessionPrefix = "\(settings.originHost);\(originState);"
        // RFC 6733 §3: the high 12 bits from the time, the low 20 from chance.
        nextEndToEnd =
            UInt32(truncatingIfNeeded: now) << 20 | UInt32(truncatingIfNeeded: ports.random.next()) & 0xF_FFFF
        pending = PendingRequests(start: UInt32(truncatingIfNeeded: ports.random.next()))
        realms = RealmTable(
            routes: settings.realmRoutes.map {
                RealmTable.Route(realm: $0.realm, application: $0.application, peer: $0.peer, metric: $0.metric)
            },
            defaults: settings.defaultRoutes.map { ($0.peer, $0.metric) })
        for peer in settings.peers { addPeer(host: peer.host, realm: peer.realm, settings: peer) }
    }

    deinit {
        for (_, entry) in pending.takeAll() { entry.context.continuation.resume(returning: .failure(.closing)) }
    }

    /// Binds the listeners and starts connecting.
    public func open() throws(NetworkError) {
        for address in settings.listen { listeners.append(try ports.network.listen(address, .tcp, for: .diameter)) }
        isListening = true
        for peer in peerList where peer.settings?.connect == true { feed(peer, .start) }
    }

    /// One event of component `.diameter`.
    public func handle(_ event: NetworkEvent) {
        switch event {
        case .accepted(let id, on: let listener, from: let remote): accepted(id, listener, remote)
        case .connected(let id, let local): connected(id, local)
        case .received(let bytes, on: let id): received(bytes, on: id)
        case .closed(let id, let reason): closed(id, reason)
        case .datagram: break
        }
    }

    /// One timer of component `.diameter`.
    public func handle(timer: TimerToken) {
        guard timer.component == .diameter, let kind = DiameterTimer(rawValue: timer.kind) else { return }
        switch kind {
        case .request: requestTimedOut(timer.id)
        case .stranger: strangerTimedOut(ConnectionID(raw: timer.id))
        case .wait: peerByID[timer.id].map(waitTimedOut)
        case .watchdog: peerByID[timer.id].map(watchdogFired)
        case .reconnect: peerByID[timer.id].map(reconnectFired)
        }
    }

    /// Origin-Host and Origin-Realm for building answers.
    public var origin: DiameterOrigin { settings.origin }

    /// A request with what every request of the application begins with: a new Session-Id, the application, our
    /// identity and, until the caller says another, our own realm as destination.
    public func request(_ command: UInt32, application: UInt32) -> DiameterMessage {
        let flags = CommandTable.standard.rule(command, application)?.requestFlags ?? [.request, .proxiable]
        var message = DiameterMessage(command, application: application, flags: flags)
        sessions &+= 1
        // RFC 6733 §8.8
        message.add(Base.sessionID, sessionPrefix + String(sessions))
        message.append(encoded: tail(application))
        return message
    }

    private func tail(_ application: UInt32) -> [UInt8] {
        if let known = tails.first(where: { $0.application == application }) { return known.avps }
        var message = DiameterMessage(0, application: application, flags: [])
        let vendor =
            settings.applications.first { $0.id == application }?.vendor
            ?? CommandTable.standard.vendor(of: application)
        if let vendor, vendor != .ietf {
            message.add(Base.vendorSpecificApplicationID, .applicationID(application, vendor))
        } else {
            message.add(Base.authApplicationID, application)
        }
        message.add(Base.authSessionState, .noStateMaintained)
        message.add(Base.originHost, settings.originHost)
        message.add(Base.originRealm, settings.originRealm)
        message.add(Base.destinationRealm, settings.originRealm)
        let avps = message.encodedAVPs
        tails.append((application, avps))
        return avps
    }

    // MARK: State

    /// True once the listeners are bound and every peer we are to connect to is open.
    public var isReady: Bool {
        isListening && peerList.allSatisfy { $0.settings?.connect != true || $0.isOpen }
    }

    /// Refuses new requests with DIAMETER_TOO_BUSY and, once nothing is under way, says DPR to every peer.
    ///
    /// `keepingPeers` leaves the connections for procedures that have more to ask; a later `drain()` closes them.
    public func drain(keepingPeers: Bool = false) {
        isDraining = true
        for listener in listeners { ports.network.close(listener) }
        listeners.removeAll()
        if !keepingPeers { isClosing = true }
        closeIfDrained()
    }

    /// True once `drain()` was called and every connection is closed.
    public var isIdle: Bool { isClosing && links.isEmpty && pending.count == 0 }

    func closeIfDrained() {
        guard isClosing, pending.count == 0, unanswered.isEmpty else { return }
        for peer in peerList {
            stop(&peer.reconnectTimer)
            feed(peer, .stop(.rebooting))
        }
        for link in links.values.filter({ $0.peer == nil }).sorted(by: { $0.id.raw < $1.id.raw }) { drop(link) }
    }

    public var counts: DiameterCounts {
        var counts = tally
        counts.pending = pending.count
        counts.unanswered = unanswered.count
        counts.connections = links.count
        counts.duplicatesRemembered = duplicates.count
        counts.timers = pending.count + strangers
        for peer in peerList {
            counts.timers += [peer.waitTimer, peer.reconnectTimer, peer.watchdogTimer].count { $0 != nil }
        }
        return counts
    }
}
