import Diameter

/// Peers: the runner of `PeerMachine` and `WatchdogMachine`.
extension DiameterNode {
    @discardableResult
    func addPeer(host: String, realm: String, settings peer: DiameterPeerSettings?) -> DiameterPeer {
        let new = DiameterPeer(
            id: nextPeerID, host: host, realm: realm, settings: peer, tw: settings.twMilliseconds)
        nextPeerID += 1
        peerList.append(new)
        peerByHost[host.lowercased()] = new
        peerByID[new.id] = new
        return new
    }

    /// Room for one more unknown peer: the oldest that is closed gives way.
    func hasRoomForUnknown() -> Bool {
        let unknown = peerList.filter { $0.settings == nil }
        guard unknown.count >= limits.unknownPeers else { return true }
        guard let gone = unknown.first(where: { $0.machine.state == .closed }) else { return false }
        forget(gone)
        return true
    }

    private func forget(_ peer: DiameterPeer) {
        peerList.removeAll { $0 === peer }
        peerByHost[peer.host.lowercased()] = nil
        peerByID[peer.id] = nil
    }

    /// Gives one event to a peer's machine and does what it asks; what follows from that is a loop, not a recursion.
    func feed(_ peer: DiameterPeer, _ event: PeerMachine.Event) {
        var events = [event]
        var next = 0
        while next < events.count {
            let effects = peer.machine.handle(events[next])
            next += 1
            for effect in effects { perform(effect, peer, &events) }
        }
    }

    private func perform(_ effect: PeerMachine.Effect, _ peer: DiameterPeer, _ events: inout [PeerMachine.Event]) {
        switch effect {
        case .connect: connect(peer, &events)
        case .sendCER: sendCER(peer)
        case .acceptR:
            peer.responder = peer.candidate
            if let link = link(peer, .responder) { adopt(link, peer) }
        case .rejectR:
            if let candidate = peer.candidate, let link = links[candidate] { drop(link) }
            peer.candidate = nil
        case .sendCEA: sendCEA(peer)
        case .elect:
            if DiameterElection.isWon(local: settings.originHost, remote: peer.host) { events.append(.winElection) }
        case .sendDPR(let side, let cause): sendDPR(peer, side, cause)
        case .sendDPA(let side): sendDPA(peer, side)
        case .disconnect(let side):
            if let link = link(peer, side) { drop(link) }
            peer.clear(side)
        case .startWait:
            stop(&peer.waitTimer)
            peer.waitTimer = start(.wait, peer.id, settings.connectTimeoutMilliseconds)
        case .stopWait: stop(&peer.waitTimer)
        case .opened(let side): opened(peer, side)
        case .leftOpen: leftOpen(peer)
        case .closed: ended(peer)
        }
    }

    private func connect(_ peer: DiameterPeer, _ events: inout [PeerMachine.Event]) {
        guard let address = peer.settings?.address else { return events.append(.iRcvConnNack) }
        stop(&peer.reconnectTimer)
        tally.connectionAttempts += 1
        let id = ports.network.connect(to: address, from: peer.settings?.source, for: .diameter)
        let source = peer.settings?.source ?? SocketAddress(0, 0, 0, 0, port: 0)
        let link = DiameterLink(id: id, side: .initiator, local: source, remote: address)
        link.peer = peer
        links[id] = link
        peer.initiator = id
    }

    private func opened(_ peer: DiameterPeer, _ side: PeerMachine.Side) {
        peer.candidate = nil
        peer.cer = nil
        openings &+= 1
        peer.openedAt = ports.clock.now
        peer.pauseAfterDPR = nil
        peer.lastProblem = ""
        refusals.opened(peer.host)
        stop(&peer.reconnectTimer)
        if let capabilities = peer.capabilities {
            peer.applications = ownCapabilities(peer.connection(side)).common(with: capabilities)
            peer.realm = capabilities.realm.isEmpty ? peer.realm : capabilities.realm
        }
        watch(peer, .connectionUp(jitter: drawJitter(peer)))
        ports.log.notice(
            "Diameter peer opened",
            [(.peer, peer.host), (.status, peer.machine.state.name), (.count, "\(peer.applications.count)")])
    }

    private func leftOpen(_ peer: DiameterPeer) {
        // After our own DPR answers may still come; after the peer's, none will.
        if peer.machine.state == .closing, isClosing { return }
        moveRequests(from: peer)
    }

    private func ended(_ peer: DiameterPeer) {
        watch(peer, .connectionDown(inOrder: !peer.lostPath))
        peer.lostPath = false
        peer.applications = []
        peer.candidate = nil
        peer.cer = nil
        moveRequests(from: peer)
        noteEnd(peer)
        if peer.settings == nil {
            if settings.dropUnknownOnDisconnect || isClosing { forget(peer) }
        } else if peer.settings?.connect == true, !isClosing {
            scheduleReconnect(peer)
        }
    }

    /// A connection that lasted clears the peer's record; one that did not counts as a failed attempt, so that a peer
    /// that accepts and closes at once is not called ten times a second.
    private func noteEnd(_ peer: DiameterPeer) {
        let opened = peer.openedAt
        peer.openedAt = nil
        peer.failures += 1
        if let opened {
            if ports.clock.now.milliseconds(since: opened) >= Self.lastingMilliseconds { peer.failures = 0 }
            ports.log.notice("Diameter peer closed", [(.peer, peer.host), (.reason, peer.lastProblem)])
        } else if once.isFirst("connect " + peer.lastProblem, from: peer.host) {
            let address = peer.settings?.address?.description ?? ""
            ports.log.warning(
                "Diameter peer could not be reached",
                [(.peer, peer.host), (.reason, peer.lastProblem), (.to, address)])
        }
    }

    private static let lastingMilliseconds = 10_000

    func waitTimedOut(_ peer: DiameterPeer) {
        peer.waitTimer = nil
        peer.lastProblem = "no answer in \(peer.machine.state.name)"
        feed(peer, .timeout)
    }

    func reconnectFired(_ peer: DiameterPeer) {
        peer.reconnectTimer = nil
        feed(peer, .start)
    }

    private func scheduleReconnect(_ peer: DiameterPeer) {
        stop(&peer.reconnectTimer)
        let pause =
            peer.pauseAfterDPR
            ?? ReconnectPause.milliseconds(
                afterFailures: peer.failures, tc: settings.tcMilliseconds, chance: ports.random.next())
        peer.pauseAfterDPR = nil
        peer.reconnectTimer = start(.reconnect, peer.id, pause)
    }

    // MARK: Watchdog

    func watch(_ peer: DiameterPeer, _ event: WatchdogMachine.Event) {
        for effect in peer.watchdog.handle(event) {
            switch effect {
            case .sendDWR: sendDWR(peer)
            case .startTimer(let milliseconds): setWatchdog(peer, milliseconds)
            case .stopTimer: stop(&peer.watchdogTimer)
            case .failover:
                tally.watchdogFailures += 1
                if peer.isOpen { ports.log.warning("Diameter peer became silent", [(.peer, peer.host)]) }
                moveRequests(from: peer, keepingThoseWithoutWay: peer.isOpen)
            case .failback: ports.log.info("Diameter peer is used again", [(.peer, peer.host)])
            case .closeConnection:
                peer.lastProblem = "no answer to the watchdog"
                peer.lostPath = true
                if let side = side(of: peer) { feed(peer, .peerDisc(side)) }
            }
        }
    }

    /// A later due time is only noted: the running timer sees it when it fires. RFC 3539 sets the timer with every
    /// message, which must not cost one each.
    private func setWatchdog(_ peer: DiameterPeer, _ milliseconds: Int) {
        peer.watchdogDue = ports.clock.now.advanced(byMilliseconds: milliseconds)
        if peer.watchdogTimer == nil { peer.watchdogTimer = start(.watchdog, peer.id, milliseconds) }
    }

    func watchdogFired(_ peer: DiameterPeer) {
        peer.watchdogTimer = nil
        let now = ports.clock.now
        if now < peer.watchdogDue {
            let rest = peer.watchdogDue.milliseconds(since: now)
            peer.watchdogTimer = start(.watchdog, peer.id, max(1, rest))
        } else {
            watch(peer, .timerExpired(jitter: drawJitter(peer)))
        }
    }

    func drawJitter(_ peer: DiameterPeer) -> Int {
        let range = WatchdogMachine.jitter
        peer.jitter = range.lowerBound + Int(ports.random.next() % UInt64(range.count))
        return peer.jitter
    }

    private func side(of peer: DiameterPeer) -> PeerMachine.Side? {
        switch peer.machine.state {
        case .iOpen: .initiator
        case .rOpen: .responder
        case .closing: peer.initiator != nil ? .initiator : .responder
        case .closed, .waitConnAck, .waitICEA, .waitConnAckElect, .waitReturns: nil
        }
    }

    // MARK: Timers and links

    func start(_ kind: DiameterTimer, _ id: UInt64, _ milliseconds: Int) -> TimerID {
        ports.timers.start(
            afterMilliseconds: milliseconds, TimerToken(.diameter, kind: kind.rawValue, id: id))
    }

    func stop(_ timer: inout TimerID?) {
        if let running = timer { ports.timers.cancel(running) }
        timer = nil
    }

    func link(_ peer: DiameterPeer, _ side: PeerMachine.Side) -> DiameterLink? {
        peer.connection(side).flatMap { links[$0] }
    }

    func adopt(_ link: DiameterLink, _ peer: DiameterPeer) {
        link.peer = peer
        if link.strangerTimer != nil {
            strangers -= 1
            stop(&link.strangerTimer)
        }
    }

    /// Closes a connection; no event follows.
    func drop(_ link: DiameterLink) {
        if link.strangerTimer != nil {
            strangers -= 1
            stop(&link.strangerTimer)
        }
        if links.removeValue(forKey: link.id) != nil { ports.network.close(link.id) }
    }
}
