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

    func takeRequest(_ message: DiameterMessage, _ faults: [DiameterFault], _ link: DiameterLink, _ peer: DiameterPeer)
    {
        tally.requestsReceived += 1
        if let fault = refusal(message, faults) {
            tally.refused += 1
            if fault.code != .tooBusy {
                refusals.note(
                    DiameterRefusal(
                        host: peer.host, realm: message[Base.destinationRealm] ?? "", address: link.remote,
                        isRequest: true, fault))
            }
            warnOnce(
                "Diameter request was refused", link, reason: "\(message.shortName): \(fault.code), \(fault.detail)")
            tally.answersSent += 1
            return send(message.answer(fault, from: origin), link)
        }
        let key = DuplicateTable.Key(originHost: message[Base.originHost] ?? "", endToEnd: message.endToEnd)
        if message.flags.contains(.retransmitted), answerDuplicate(message, key, link) { return }
        let id = nextRequest
        nextRequest += 1
        duplicates.begin(key, number: id, now: milliseconds)
        unanswered[id] = Unanswered(connection: link.id, hopByHop: message.hopByHop, key: key)
        inbox.append(IncomingDiameterRequest(message: message, peer: peer.host, id: id))
    }

    private var milliseconds: UInt64 { ports.clock.now.nanoseconds / 1_000_000 }

    /// Why a request is not for the role: header first, then who it is for, then its AVPs.
    private func refusal(_ message: DiameterMessage, _ faults: [DiameterFault]) -> DiameterFault? {
        if let fault = faults.first, fault.code.isProtocolError { return fault }
        guard settings.applications.contains(where: { $0.id == message.application }) else {
            return DiameterFault(.applicationUnsupported, "application \(message.application)")
        }
        guard CommandTable.standard.has(message.command, message.application) else {
            return DiameterFault(.commandUnsupported, "command \(message.command)")
        }
        if isDraining { return DiameterFault(.tooBusy, "this node is being stopped") }
        guard unanswered.count < limits.unanswered else { return DiameterFault(.tooBusy, "overload") }
        return misrouted(message) ?? faults.first ?? CommandTable.standard.check(message)
    }

    private func misrouted(_ message: DiameterMessage) -> DiameterFault? {
        // RFC 6733 §6.1.3
        var offset = message.body.lowerBound
        while let hop = message.find(Base.routeRecord.code, .ietf, from: offset) {
            if isSame(message, hop.data, ownHost) {
                return DiameterFault(.loopDetected, "Route-Record names this node")
            }
            offset = hop.next
        }
        // RFC 6733 §6.1.4: we are no agent, so what is not for us goes nowhere.
        if let realm = message.data(Base.destinationRealm), !isSame(message, realm, ownRealm),
            !servedRealms.contains(where: { isSame(message, realm, $0) })
        {
            return DiameterFault(.realmNotServed, "Destination-Realm is not \(settings.originRealm)")
        }
        if let host = message.data(Base.destinationHost), !isSame(message, host, ownHost) {
            return DiameterFault(.unableToDeliver, "Destination-Host is not \(settings.originHost)")
        }
        return nil
    }

    /// Compares an identity with one of ours, which is in lower case. RFC 6733 §4.3.1
    private func isSame(_ message: DiameterMessage, _ data: Range<Int>, _ own: [UInt8]) -> Bool {
        guard data.count == own.count else { return false }
        for i in 0..<own.count {
            let byte = message.bytes[data.lowerBound + i]
            if byte != own[i], byte < 65 || byte > 90 || byte + 32 != own[i] { return false }
        }
        return true
    }

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
