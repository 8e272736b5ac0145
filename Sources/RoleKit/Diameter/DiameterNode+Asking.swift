public import Diameter

/// Requests of ours: routing, waiting, failover. RFC 6733 §5.5.4, §6.1
extension DiameterNode {
    /// Sends a request and waits for its answer, any answer: `message.result` says whether it is a good one.
    ///
    /// Goes to Destination-Host if that is an open peer of ours, else by Destination-Realm. Lost connections and
    /// DIAMETER_TOO_BUSY or UNABLE_TO_DELIVER move it to another peer within the same time.
    public func ask(
        _ message: DiameterMessage, within milliseconds: Int? = nil
    ) async throws(DiameterFailure) -> DiameterMessage {
        guard !isClosing else { throw .closing }
        guard pending.count < limits.pending else { throw .tooManyPending }
        guard let peer = route(message, except: []) else {
            throw .noPeer(realm: message[Base.destinationRealm] ?? "")
        }
        let wait = milliseconds ?? settings.transactionTimeoutMilliseconds
        let outcome = await withUnsafeContinuation {
            (continuation: UnsafeContinuation<Result<DiameterMessage, DiameterFailure>, Never>) in
            begin(message, peer, wait, continuation)
        }
        return try outcome.get()
    }

    private func begin(
        _ message: DiameterMessage, _ peer: DiameterPeer, _ wait: Int,
        _ continuation: UnsafeContinuation<Result<DiameterMessage, DiameterFailure>, Never>
    ) {
        var message = message
        message.endToEnd = nextEndToEnd
        nextEndToEnd &+= 1
        let number = nextRequest
        nextRequest += 1
        let timer = start(.request, number, wait)
        let waiter = DiameterWaiter(continuation: continuation, timer: timer, number: number)
        let sent = pending.add(message, peer: peer.id, context: waiter)
        byNumber[number] = sent.hopByHop
        dispatch(sent, peer)
    }

    private func dispatch(_ message: DiameterMessage, _ peer: DiameterPeer) {
        guard let link = peer.openConnection.flatMap({ links[$0] }) else { return }
        tally.requestsSent += 1
        send(message, link)
    }

    // MARK: Routing

    /// The peer a request goes to; nil where no open one serves it.
    func route(_ message: DiameterMessage, except tried: [UInt64]) -> DiameterPeer? {
        let application = message.application
        if let host = message[Base.destinationHost], let peer = peerByHost[host.lowercased()],
            serves(peer, application, tried)
        {
            return peer
        }
        let realm = message[Base.destinationRealm] ?? settings.originRealm
        var ranked: [(rank: Int, peer: DiameterPeer)] = []
        for hop in realms.hops(realm: realm, application: application) {
            if let peer = peerByHost[hop.peer], serves(peer, application, tried) { ranked.append((hop.rank, peer)) }
        }
        if ranked.isEmpty { ranked = neighbours(of: realm, application, tried) }
        return choose(ranked)
    }

    /// Without a route that helps, peers of the realm itself. RFC 6733 §6.1.5
    private func neighbours(
        of realm: String, _ application: UInt32, _ tried: [UInt64]
    ) -> [(rank: Int, peer: DiameterPeer)] {
        let realm = realm.lowercased()
        return peerList.filter { $0.realmKey == realm && serves($0, application, tried) }.map { (0, $0) }
    }

    private func serves(_ peer: DiameterPeer, _ application: UInt32, _ tried: [UInt64]) -> Bool {
        peer.isOpen && peer.applications.contains(application) && !tried.contains(peer.id)
    }

    /// The best rank that has a peer with a good watchdog; equals take turns. A peer under suspicion is better than
    /// none: RFC 3539 §3.4.1 forbids it only while there is an alternative.
    private func choose(_ ranked: [(rank: Int, peer: DiameterPeer)]) -> DiameterPeer? {
        let good = ranked.filter { $0.peer.watchdog.state == .okay }
        let usable = good.isEmpty ? ranked : good
        guard let best = usable.first?.rank else { return nil }
        let equals = usable.filter { $0.rank == best }
        if equals.count == 1 { return equals[0].peer }
        turn &+= 1
        return equals[turn % equals.count].peer
    }

    // MARK: Answers

    func takeAnswer(_ message: DiameterMessage, _ faults: [DiameterFault], _ link: DiameterLink, _ peer: DiameterPeer) {
        // Matched by hop-by-hop identifier alone: peers send errors with a wrong application or command.
        guard let entry = pending.take(message.hopByHop, from: peer.id) else { return stray(message, peer) }
        tally.answersReceived += 1
        if message.application != entry.message.application || message.command != entry.message.command,
            once.isFirst("mismatch", from: peer.host)
        {
            ports.log.notice(
                "Diameter answer named another command",
                [(.peer, peer.host), (.command, entry.message.shortName), (.reason, message.shortName)])
        }
        // Nobody can be told of faults in an answer (RFC 6733 §7); the role reads what there is.
        if let fault = faults.first {
            warnOnce("Diameter answer was not by the book", link, reason: "\(message.shortName): \(fault.detail)")
        }
        if isRejectedByNode(message), tryAnother(entry, maybeServed: false) { return }
        finish(entry, .success(message))
    }

    /// RFC 6733 §7.1.3: TOO_BUSY and UNABLE_TO_DELIVER say that somebody else may do it.
    private func isRejectedByNode(_ message: DiameterMessage) -> Bool {
        message.result == .base(.tooBusy) || message.result == .base(.unableToDeliver)
    }

    private func tryAnother(_ entry: PendingRequests<DiameterWaiter>.Entry, maybeServed: Bool) -> Bool {
        guard let next = route(entry.message, except: entry.tried + [entry.peer]) else { return false }
        tally.failovers += 1
        let sent = pending.readd(entry, peer: next.id, maybeServed: maybeServed)
        byNumber[entry.context.number] = sent.hopByHop
        dispatch(sent, next)
        return true
    }

    /// Failover: what waits for `peer` goes to another, marked T. RFC 6733 §5.5.4
    ///
    /// `keepingThoseWithoutWay`: leave what has no other way where it is (a suspect peer may still answer).
    func moveRequests(from peer: DiameterPeer, keepingThoseWithoutWay keeps: Bool = false) {
        for hopByHop in pending.identifiers(peer: peer.id) {
            guard let entry = pending[hopByHop] else { continue }
            if keeps, route(entry.message, except: entry.tried + [entry.peer]) == nil { continue }
            guard let entry = pending.take(hopByHop) else { continue }
            if !tryAnother(entry, maybeServed: true) { finish(entry, .failure(.peerLost(peer: peer.host))) }
        }
    }

    private func finish(
        _ entry: PendingRequests<DiameterWaiter>.Entry, _ outcome: Result<DiameterMessage, DiameterFailure>
    ) {
        ports.timers.cancel(entry.context.timer)
        byNumber[entry.context.number] = nil
        entry.context.continuation.resume(returning: outcome)
        closeIfDrained()
    }

    func requestTimedOut(_ number: UInt64) {
        guard let hopByHop = byNumber[number], let entry = pending.take(hopByHop) else { return }
        tally.timeouts += 1
        let host = peerByID[entry.peer]?.host ?? ""
        ports.log.notice("Diameter request timed out", [(.peer, host), (.command, entry.message.shortName)])
        finish(entry, .failure(.timeout(peer: host)))
    }

    /// An answer nobody waits for, or no longer.
    func stray(_ message: DiameterMessage, _ peer: DiameterPeer) {
        tally.strayAnswers += 1
        guard once.isFirst("stray", from: peer.host) else { return }
        ports.log.notice(
            "Diameter answer nobody asked for was dropped", [(.peer, peer.host), (.command, message.shortName)])
    }
}
