import Diameter
import Glibc

/// Connections: what comes from the network, up to whole messages.
extension DiameterNode {
    func accepted(_ id: ConnectionID, _ listener: ListenerID, _ remote: SocketAddress) {
        guard !isDraining else { return ports.network.close(id) }
        if strangers >= limits.strangers { dropOldestStranger() }
        let link = DiameterLink(
            id: id, side: .responder, local: ports.network.localAddress(of: listener), remote: remote)
        links[id] = link
        strangers += 1
        link.strangerTimer = start(.stranger, id.raw, settings.connectTimeoutMilliseconds)
    }

    /// A peer says CER at once, so the one that has been silent longest is the likeliest not to be one. Were the new one
    /// refused instead, a few idle connections would keep every peer out.
    private func dropOldestStranger() {
        let silent = links.values.filter { $0.strangerTimer != nil }
        guard let oldest = silent.min(by: { $0.id.raw < $1.id.raw }) else { return }
        warnOnce("Diameter connection said no CER", oldest)
        drop(oldest)
    }

    func strangerTimedOut(_ id: ConnectionID) {
        guard let link = links[id], link.peer == nil else { return }
        warnOnce("Diameter connection said no CER", link)
        strangers -= 1
        link.strangerTimer = nil
        drop(link)
    }

    func connected(_ id: ConnectionID, _ local: SocketAddress) {
        guard let link = links[id], let peer = link.peer else { return }
        link.local = local
        feed(peer, .iRcvConnAck)
    }

    func closed(_ id: ConnectionID, _ reason: CloseReason) {
        guard let link = links.removeValue(forKey: id) else { return }
        guard let peer = link.peer else {
            strangers -= 1
            return stop(&link.strangerTimer)
        }
        guard peer.connection(link.side) == id else { return }
        // After DPR the farewell is the reason, not the end of the connection that follows it.
        if peer.machine.state != .closing { peer.lastProblem = Self.words(reason) }
        peer.lostPath = Self.isSilence(reason)
        peer.clear(link.side)
        feed(peer, .peerDisc(link.side))
    }

    private static func words(_ reason: CloseReason) -> String {
        switch reason {
        case .peer: "the peer closed the connection"
        case .refused: "nobody listens there"
        case .timeout: "the connection did not come up in time"
        case .overflow: "the peer reads too slowly"
        case .failed(let errno): "the connection failed (errno \(errno))"
        }
    }

    /// True where the path failed and not the peer's process: nothing came back at all.
    private static func isSilence(_ reason: CloseReason) -> Bool {
        switch reason {
        case .timeout, .overflow: true
        case .peer, .refused: false
        case .failed(let errno): errno == ETIMEDOUT || errno == EHOSTUNREACH || errno == ENETUNREACH
        }
    }

    func received(_ bytes: [UInt8], on id: ConnectionID) {
        guard let link = links[id] else { return }
        link.framer.push(bytes)
        do throws(DiameterError) {
            // A message may end the connection; what came after it is not read then.
            while links[id] === link, let message = try link.framer.next() { try take(message, link) }
        } catch {
            tally.refused += 1
            warnOnce("Diameter connection carried something else", link, reason: error.description)
            abort(link, error.description)
        }
    }

    /// Ends a connection for what the peer did on it.
    func abort(_ link: DiameterLink, _ problem: String) {
        guard let peer = link.peer else { return drop(link) }
        peer.lastProblem = problem
        let side = link.side
        drop(link)
        peer.clear(side)
        feed(peer, .peerDisc(side))
    }

    private func take(_ bytes: [UInt8], _ link: DiameterLink) throws(DiameterError) {
        ports.tap.diameter(.received, bytes, local: link.local, remote: link.remote)
        let (message, faults) = try DiameterMessage.decode(bytes)
        guard let peer = link.peer else { return greet(message, faults, link) }
        if peer.machine.carries(link.side) { noteLife(message, peer) }
        if message.application == Application.base {
            takeBase(message, faults, link, peer)
        } else if !peer.machine.carries(link.side) {
            // RFC 6733 §5.6: before capabilities are exchanged nothing else may be said.
            abort(link, "\(message.shortName) before the capabilities exchange")
        } else if message.isRequest {
            takeRequest(message, faults, link, peer)
        } else {
            takeAnswer(message, faults, link, peer)
        }
    }

    /// RFC 3539: everything received shows the peer alive; DWAs count apart.
    private func noteLife(_ message: DiameterMessage, _ peer: DiameterPeer) {
        let isDWA =
            !message.isRequest && message.command == BaseCommands.deviceWatchdog
            && message.application == Application.base
        watch(peer, isDWA ? .receivedDWA(jitter: peer.jitter) : .receivedOther(jitter: peer.jitter))
    }

    func send(_ message: DiameterMessage, _ link: DiameterLink) {
        let bytes = message.encode()
        ports.tap.diameter(.sent, bytes, local: link.local, remote: link.remote)
        ports.network.send(bytes, on: link.id)
    }

    func warnOnce(_ event: String, _ link: DiameterLink, reason: String = "", cure: String = "") {
        let source = link.peer?.host ?? link.remote.host
        guard once.isFirst(event, from: source) else { return }
        ports.log.warning(event, [(.peer, source), (.reason, reason), (.cure, cure)].filter { !$0.1.isEmpty })
    }
}
