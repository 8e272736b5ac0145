public import Diameter

/// Requests of peers: checks by the book, duplicates, and the role's answers. RFC 6733 §6.1, §6.2
extension DiameterNode {
    /// The next request the role is to answer, in order of arrival.
    public func next() -> IncomingDiameterRequest? {
        guard inboxHead < inbox.count else { return nil }
        let request = inbox[inboxHead]
        inboxHead += 1
        if inboxHead == inbox.count {
            inbox.removeAll(keepingCapacity: true)
            inboxHead = 0
        }
        return request
    }

    func takeRequest(_ message: DiameterMessage, _ faults: [DiameterFault], _ link: DiameterLink, _ peer: DiameterPeer) {
        tally.requestsReceived += 1
        if let fault = refusal(message, faults) {
            tally.refused += 1
            warnOnce("Diameter request was refused", link, reason: "\(message.shortName): \(fault.code), \(fault.detail)")
            tally.answersSent += 1
            return send(message.answer(fault, from: origin), link)
        }
        let key = DuplicateTable.Key(originHost: message[Base.originHost] ?? "", endToEnd: message.endToEnd)
        if message.flags.contains(.retransmitted), answerDuplicate(message, key, link) { return }
        let id = nextRequest
        nextRequest += 1
        duplicates.begin(key, number: id, now: milliseconds)
        unanswered[id] = Unanswered(connection: link.id, hopByHop: message.hopByHop, key: key)
        inbox.append(IncomingDiameterRequest(message: message, peer: peer.host, id: id, connection: link.id))
    }

    private var milliseconds: UInt64 { ports.clock.now.nanoseconds / 1_000_000 }

    /// Why a request is not for the role: header first, then who it is for, then its AVPs.
    private func refusal(_ message: DiameterMessage, _ faults: [DiameterFault]) -> DiameterFault? {
        if let fault = faults.first, fault.code.isProtocolError { return fault }
        guard settings.applications.contains(where: { $0.id == message.application }) else {
            return DiameterFault(.applicationUnsupported, "application \(message.application)")
        }
        guard CommandTable.standard.rule(message.command, message.application) != nil else {
            return DiameterFault(.commandUnsupported, "command \(message.command)")
        }
        if isDraining { return DiameterFault(.tooBusy, "this node is being stopped") }
        guard unanswered.count < DiameterNodeLimits.unanswered else { return DiameterFault(.tooBusy, "overload") }
        // RFC 6733 §6.1.3
        if message.all(Base.routeRecord).contains(where: { isSame($0, settings.originHost) }) {
            return DiameterFault(.loopDetected, "Route-Record names this node")
        }
        // RFC 6733 §6.1.4: we are no agent, so what is not for us goes nowhere.
        if let realm = message[Base.destinationRealm], !isSame(realm, settings.originRealm) {
            return DiameterFault(.realmNotServed, "Destination-Realm \(realm)")
        }
        if let host = message[Base.destinationHost], !isSame(host, settings.originHost) {
            return DiameterFault(.unableToDeliver, "Destination-Host \(host)")
        }
        return faults.first ?? CommandTable.standard.check(message)
    }

    private func isSame(_ a: String, _ b: String) -> Bool { a == b || a.lowercased() == b.lowercased() }

    /// A request sent again after a failover: answered from memory, or, while the first is being served, answered in
    /// its place, since the first one's connection is the one that was lost. RFC 6733 §5.5.4
    private func answerDuplicate(_ message: DiameterMessage, _ key: DuplicateTable.Key, _ link: DiameterLink) -> Bool {
        switch duplicates.find(key, now: milliseconds) {
        case nil: return false
        case .inProgress(let id):
            guard unanswered[id] != nil else { return false }
            tally.duplicates += 1
            unanswered[id]?.connection = link.id
            unanswered[id]?.hopByHop = message.hopByHop
            return true
        case .answered(let bytes):
            guard var answer = try? DiameterMessage.decode(bytes).0, answer.command == message.command else {
                return false
            }
            tally.duplicates += 1
            answer.hopByHop = message.hopByHop
            tally.answersSent += 1
            send(answer, link)
            return true
        }
    }

    /// Sends the role's answer on the connection the request came by. Each request is answered once; what comes after
    /// is ignored.
    public func answer(_ request: IncomingDiameterRequest, _ answer: DiameterMessage) {
        guard let place = unanswered.removeValue(forKey: request.id) else { return }
        var answer = answer
        answer.hopByHop = place.hopByHop
        answer.endToEnd = request.message.endToEnd
        duplicates.finish(place.key, answer: answer.encode())
        if let link = links[place.connection], link.peer?.machine.carries(link.side) == true {
            tally.answersSent += 1
            send(answer, link)
        } else {
            ports.log.info(
                "Diameter answer had no way back", [(.peer, request.peer), (.command, answer.shortName)])
        }
        closeIfDrained()
    }

    /// Answers with a base result and nothing else, e.g. `.commandUnsupported` for what this role does not do.
    public func answer(_ request: IncomingDiameterRequest, _ code: ResultCode) {
        answer(request, request.message.answer(code, from: origin))
    }
}
