import Diameter

/// CER, DWR and DPR and their answers. RFC 6733 §5.3–5.5
extension DiameterNode {
    // MARK: Capabilities exchange

    func ownCapabilities(_ connection: ConnectionID?) -> DiameterCapabilities {
        let local = connection.flatMap { links[$0]?.local }
        let addresses = settings.advertise.isEmpty ? [local].compactMap { $0 } : settings.advertise
        var vendors: [UInt32] = []
        for vendor in settings.supportedVendors + settings.applications.map(\.vendor.rawValue)
        where vendor != 0 && !vendors.contains(vendor) {
            vendors.append(vendor)
        }
        return DiameterCapabilities(
            host: settings.originHost, realm: settings.originRealm, addresses: addresses.map(DiameterAddress.init),
            vendorID: settings.vendorID, productName: settings.productName, originStateID: originState,
            supportedVendors: vendors, applications: settings.applications)
    }

    func sendCER(_ peer: DiameterPeer) {
        guard let link = link(peer, .initiator) else { return }
        var cer = base(BaseCommands.capabilitiesExchange)
        ownCapabilities(link.id).write(to: &cer)
        send(cer, link)
    }

    /// The first message of a connection a peer opened: CER or the end. RFC 6733 §5.6
    func greet(_ message: DiameterMessage, _ faults: [DiameterFault], _ link: DiameterLink) {
        guard message.isRequest, message.application == Application.base,
            message.command == BaseCommands.capabilitiesExchange
        else {
            warnOnce("Diameter connection did not begin with CER", link, reason: message.shortName)
            return drop(link)
        }
        if let fault = faults.first ?? CommandTable.standard.check(message) { return refuse(message, fault, link) }
        let theirs = DiameterCapabilities(message)
        guard isWelcome(theirs, message, link) else { return }
        let own = ownCapabilities(link.id)
        if let code = own.refusal(of: theirs) {
            let detail =
                code == .noCommonApplication ? "this node has \(own.applications.map(\.id))" : "only in the clear"
            return refuse(message, DiameterFault(code, detail), link)
        }
        if theirs.addresses.isEmpty {
            warnOnce("Diameter peer's CER was not by the book", link, reason: "\(theirs.host) names no Host-IP-Address")
        }
        let peer =
            peerByHost[theirs.host.lowercased()] ?? addPeer(host: theirs.host, realm: theirs.realm, settings: nil)
        dropStale(peer, theirs)
        peer.candidate = link.id
        if peer.machine.state == .closed || peer.machine.state == .waitConnAck || peer.machine.state == .waitICEA {
            peer.capabilities = theirs
            peer.cer = message
        }
        feed(peer, .rConnCER)
    }

    /// Whether we talk to who says CER; if not, it has been told.
    private func isWelcome(
        _ theirs: DiameterCapabilities, _ cer: DiameterMessage, _ link: DiameterLink
    ) -> Bool {
        let key = theirs.host.lowercased()
        guard key != settings.originHost.lowercased() else {
            refuse(cer, DiameterFault(.unableToComply, "Origin-Host is our own"), link)
            return false
        }
        if peerByHost[key] != nil { return true }
        if settings.acceptUnknownPeers, !key.isEmpty, hasRoomForUnknown() { return true }
        let cure = "add \(theirs.host) to `diameter: peers:` or set `accept-unknown-peers: true`"
        refuse(cer, DiameterFault(.unknownPeer, "\(theirs.host) is not a peer of this node"), link, cure: cure)
        return false
    }

    /// RFC 6733 §8.16: a higher Origin-State-Id says the peer started anew, so its open connection is a dead one that
    /// the watchdog has not found out yet.
    private func dropStale(_ peer: DiameterPeer, _ theirs: DiameterCapabilities) {
        guard peer.isOpen, let before = peer.capabilities?.originStateID, let now = theirs.originStateID, now > before
        else { return }
        for side in [PeerMachine.Side.initiator, .responder] where peer.machine.carries(side) {
            if let link = link(peer, side) { abort(link, "the peer started anew") }
        }
    }

    /// CEA with an error, and the end of the connection. RFC 6733 §5.3
    private func refuse(
        _ cer: DiameterMessage, _ fault: DiameterFault, _ link: DiameterLink, cure: String = ""
    ) {
        tally.refused += 1
        refusals.note(
            DiameterRefusal(
                host: cer[Base.originHost] ?? "", realm: cer[Base.originRealm] ?? "", address: link.remote,
                isRequest: false, fault))
        warnOnce("Diameter peer was refused", link, reason: "\(fault.code), \(fault.detail)", cure: cure)
        send(capabilitiesAnswer(cer, fault.code, link, fault), link)
        drop(link)
    }

    func sendCEA(_ peer: DiameterPeer) {
        guard let link = link(peer, .responder), let cer = peer.cer else { return }
        send(capabilitiesAnswer(cer, .success, link, nil), link)
    }

    private func capabilitiesAnswer(
        _ cer: DiameterMessage, _ code: ResultCode, _ link: DiameterLink, _ fault: DiameterFault?
    ) -> DiameterMessage {
        var cea = DiameterMessage(
            cer.command, application: cer.application, flags: code.isProtocolError ? [.error] : [],
            hopByHop: cer.hopByHop, endToEnd: cer.endToEnd)
        cea.add(Base.resultCode, code.rawValue)
        ownCapabilities(link.id).write(to: &cea)
        if let fault {
            cea.add(Base.errorMessage, fault.detail)
            if !fault.failed.isEmpty {
                cea.add(code: Base.failedAVP.code, vendor: .ietf, flags: Base.failedAVP.flags, data: fault.failed)
            }
        }
        return cea
    }

    private func takeCEA(_ cea: DiameterMessage, _ link: DiameterLink, _ peer: DiameterPeer) {
        guard link.side == .initiator, peer.machine.state == .waitICEA || peer.machine.state == .waitReturns else {
            return stray(cea, peer)
        }
        let theirs = DiameterCapabilities(cea)
        if let problem = problem(cea, theirs, peer) {
            peer.lastProblem = problem.reason
            warnOnce("Diameter peer refused or cannot be used", link, reason: problem.reason, cure: problem.cure)
            return feed(peer, .iRcvNonCEA)
        }
        peer.capabilities = theirs
        feed(peer, .iRcvCEA)
    }

    /// Why a CEA cannot be accepted, and what the operator can do.
    private func problem(
        _ cea: DiameterMessage, _ theirs: DiameterCapabilities, _ peer: DiameterPeer
    ) -> (reason: String, cure: String)? {
        guard let result = cea.result else { return ("CEA without Result-Code", "") }
        guard result.isSuccess else {
            let text = cea[Base.errorMessage].map { ": " + $0 } ?? ""
            let cure = result == .base(.unknownPeer) ? "the peer must know \(settings.originHost)" : ""
            return ("CEA says \(result)\(text)", cure)
        }
        guard theirs.host.lowercased() == peer.host.lowercased() else {
            return (
                "it calls itself \(theirs.host)", "write `host: \(theirs.host)` for this peer if that is the right one"
            )
        }
        if let code = ownCapabilities(nil).refusal(of: theirs) { return ("\(code)", "") }
        return nil
    }

    // MARK: Messages of application 0

    func takeBase(_ message: DiameterMessage, _ faults: [DiameterFault], _ link: DiameterLink, _ peer: DiameterPeer) {
        if message.isRequest {
            takeBaseRequest(message, faults, link, peer)
        } else if message.command == BaseCommands.capabilitiesExchange {
            takeCEA(message, link, peer)
        } else if !peer.machine.carries(link.side) {
            // RFC 6733 §5.6, I-Rcv-Non-CEA
            if link.side == .initiator {
                feed(peer, .iRcvNonCEA)
            } else {
                abort(link, "\(message.shortName) too early")
            }
        } else if message.command == BaseCommands.disconnectPeer {
            feed(peer, .rcvDPA(link.side))
        } else if message.command != BaseCommands.deviceWatchdog {
            stray(message, peer)
        }
    }

    private func takeBaseRequest(
        _ message: DiameterMessage, _ faults: [DiameterFault], _ link: DiameterLink, _ peer: DiameterPeer
    ) {
        guard peer.machine.carries(link.side) else {
            return abort(link, "\(message.shortName) before the capabilities exchange")
        }
        if let fault = faults.first ?? CommandTable.standard.check(message) {
            tally.refused += 1
            warnOnce("Diameter request was refused", link, reason: "\(message.shortName): \(fault.detail)")
            return send(message.answer(fault, from: origin), link)
        }
        switch message.command {
        case BaseCommands.deviceWatchdog:
            var dwa = message.answer(.success, from: origin)
            dwa.add(Base.originStateID, originState)
            send(dwa, link)
        case BaseCommands.disconnectPeer:
            let cause = message[Base.disconnectCause] ?? .rebooting
            peer.lastProblem = "the peer said DPR, \(cause.name)"
            peer.pauseAfterDPR = ReconnectPause.milliseconds(afterDPR: cause, tc: settings.tcMilliseconds)
            peer.cer = message
            feed(peer, .rcvDPR(link.side))
        default: repeatedCER(message, link, peer)
        }
    }

    /// CER on an open connection: RFC 6733 has no row for it (RFC 3588 §5.6 answered); the same peer is told again
    /// what we can do, another name on its connection is the end of it.
    private func repeatedCER(_ cer: DiameterMessage, _ link: DiameterLink, _ peer: DiameterPeer) {
        let theirs = DiameterCapabilities(cer)
        guard theirs.host.lowercased() == peer.host.lowercased() else {
            return abort(link, "a second CER names \(theirs.host)")
        }
        send(capabilitiesAnswer(cer, .success, link, nil), link)
    }

    // MARK: Watchdog and farewell

    func sendDWR(_ peer: DiameterPeer) {
        guard let link = peer.openConnection.flatMap({ links[$0] }) else { return }
        var dwr = base(BaseCommands.deviceWatchdog)
        addOrigin(&dwr)
        dwr.add(Base.originStateID, originState)
        send(dwr, link)
    }

    func sendDPR(_ peer: DiameterPeer, _ side: PeerMachine.Side, _ cause: DisconnectCause) {
        guard let link = link(peer, side) else { return }
        var dpr = base(BaseCommands.disconnectPeer)
        addOrigin(&dpr)
        dpr.add(Base.disconnectCause, cause)
        peer.lastProblem = "we said DPR, \(cause.name)"
        send(dpr, link)
    }

    func sendDPA(_ peer: DiameterPeer, _ side: PeerMachine.Side) {
        guard let link = link(peer, side), let dpr = peer.cer else { return }
        peer.cer = nil
        send(dpr.answer(.success, from: origin), link)
    }

    private func base(_ command: UInt32) -> DiameterMessage {
        let hopByHop = nextEndToEnd
        nextEndToEnd &+= 1
        return DiameterMessage(
            command, application: Application.base, flags: [.request], hopByHop: hopByHop, endToEnd: hopByHop,
            reserving: 256)
    }

    private func addOrigin(_ message: inout DiameterMessage) {
        message.add(Base.originHost, settings.originHost)
        message.add(Base.originRealm, settings.originRealm)
    }
}

extension DiameterAddress {
    init(_ address: SocketAddress) {
        self =
            address.family == .v4
            ? .v4(UInt32(truncatingIfNeeded: address.low)) : .v6(high: address.high, low: address.low)
    }
}
