import SIP

/// Transport: RFC 3261 §18, RFC 3581, RFC 5626 §4.4.1 keep-alives.
extension SIPStack {
    // MARK: Sending

    /// Sends bytes along a path, opening a connection where none stands; false if they cannot be carried. The path
    /// learns which connection was taken.
    func transmit(_ bytes: [UInt8], _ path: inout SIPPath) -> Bool {
        guard listeners.indices.contains(path.listener) else { return false }
        let listener = listeners[path.listener]
        switch path.kind {
        case .udp:
            guard let socket = listener.udp, bytes.count <= SIPTransportRule.longestDatagram else { return false }
            ports.network.send(bytes, from: socket, to: path.remote)
            ports.tap.sip(.sent, bytes, local: listener.address, remote: path.remote, .udp)
        case .tcp:
            guard let id = connection(for: path) else { return false }
            path.connection = id
            ports.network.send(bytes, on: id)
            let remote = connections[id]?.remote ?? path.remote
            ports.tap.sip(.sent, bytes, local: connections[id]?.local ?? listener.address, remote: remote, .tcp)
        }
        tallies.messagesSent += 1
        return true
    }

    /// The path's own connection, else the shared one to its address, else a new one.
    private func connection(for path: SIPPath) -> ConnectionID? {
        if let own = path.connection, connections.contains(own) { return own }
        if path.isPinned { return nil }
        if let shared = connections.outbound(to: path.remote, listener: path.listener) { return shared }
        guard connections.count < limits.connections else {
            note("connection refused", path.remote, "limit of \(limits.connections) connections reached")
            return nil
        }
        let source = streamSource(path.listener)
        let id = ports.network.connect(
            to: path.remote, from: source.isUnspecified ? nil : source, for: .sip)
        connections.insert(
            SIPConnection(
                id: id, listener: path.listener, remote: path.remote, local: source, isUp: false, isOutbound: true,
                framer: SIPFramer(limits: limits.message)))
        return id
    }

    /// A stream leaves from any port; a protected one from the client port its SA is for, TS 33.203 §7.1.
    private func streamSource(_ listener: Int) -> SocketAddress {
        let address = listeners[listener].address
        if case .client = listeners[listener].settings.protection { return address }
        return address.with(port: 0)
    }

    // MARK: Connections

    func accept(_ id: ConnectionID, _ socket: ListenerID, _ source: SocketAddress) {
        guard let listener = sockets[socket], connections.count < limits.connections else {
            note("connection refused", source, "limit of \(limits.connections) connections reached")
            return ports.network.close(id)
        }
        guard isHeard(source, listener) else { return ports.network.close(id) }
        guard source.isLoopback || connections.accepted(from: source) < limits.connectionsPerSource else {
            note("connection refused", source, "limit of \(limits.connectionsPerSource) connections a source reached")
            return ports.network.close(id)
        }
        connections.insert(
            SIPConnection(
                id: id, listener: listener, remote: source, local: listeners[listener].address, isUp: true,
                isOutbound: false, framer: SIPFramer(limits: limits.message)))
        // Who connects has something to say; a connection kept open for nothing is a place taken from others.
        let timer = startPatience(id, limits.silenceMilliseconds)
        _ = connections.update(id) { $0.patience = timer }
    }

    func connected(_ id: ConnectionID, _ local: SocketAddress) {
        _ = connections.update(id) {
            $0.isUp = true
            $0.local = local
        }
    }

    /// Bytes on a stream: whole messages are handed on, keep-alives answered (RFC 5626 §4.4.1).
    func received(_ bytes: [UInt8], _ id: ConnectionID) {
        guard connections.update(id, { $0.framer.push(bytes) }) != nil else { return }
        if connections.update(id, { $0.breaksSilence() }) == true { calm(id) }
        // A message may lead to the connection being closed: it is looked up anew each time.
        while let result = connections.update(id, { $0.takeFrame() }) {
            switch result {
            case .frame(.message(let message)):
                guard let connection = connections[id] else { return }
                calm(id)
                receive(message, flow(of: connection), connection.listener)
            case .frame(.ping): ports.network.send([0x0D, 0x0A], on: id)
            case .nothing: return awaitRest(id)
            case .broken(let error, let head): return breakOff(id, error, head)
            }
        }
    }

    /// A stream whose framing is lost (RFC 3261 §18.3): an answer if the request can be made out, then the end.
    private func breakOff(_ id: ConnectionID, _ error: SIPParseError, _ head: [UInt8]) {
        guard let connection = connections[id] else { return }
        tallies.malformed += 1
        note("message refused", connection.remote, error.description)
        switch SIPMessage.judge(head, limits: limits.message) {
        case .message(let request), .refuse(let request, status: _, reason: _):
            guard request.isRequest, error.status > 0 else { break }
            respondStateless(request, flow(of: connection), connection.listener, error.status)
        case .drop: break
        }
        drop(id)
        ports.network.close(id)
        fail(connection.clients, connection.servers)
    }

    /// Part of a message must be followed by the rest within 64·T1: a stream is not held open by half a message.
    private func awaitRest(_ id: ConnectionID) {
        guard let connection = connections[id] else { return }
        if connection.framer.pending == 0 { return calm(id) }
        guard connection.patience == nil else { return }
        let timer = startPatience(id, listeners[connection.listener].settings.profile.times64)
        _ = connections.update(id) { $0.patience = timer }
    }

    private func calm(_ id: ConnectionID) {
        stop(connections.update(id) { $0.takePatience() } ?? nil)
    }

    func impatient(_ id: ConnectionID) {
        _ = connections.update(id) { $0.patience = nil }
        guard let connection = drop(id) else { return }
        let reason = connection.isSilent ? "no message came" : "the rest of a message did not come"
        note("connection closed", connection.remote, reason)
        ports.network.close(id)
        fail(connection.clients, connection.servers)
    }

    /// Forgets a connection.
    @discardableResult
    func drop(_ id: ConnectionID) -> SIPConnection? {
        calm(id)
        _ = connections.update(id) { $0.framer.forget() }
        return connections.remove(id)
    }

    private func flow(of connection: SIPConnection) -> SIPFlow {
        SIPFlow(
            kind: .tcp, listener: listeners[connection.listener].tcp ?? ListenerID(raw: .max),
            remote: connection.remote, connection: connection.id)
    }

    /// A connection ended. One that the peer closed in order leaves its transactions waiting: the answer may come on
    /// another connection, to our sent-by (§18.2.2). Any other end fails them (§18.4).
    func closed(_ id: ConnectionID, _ reason: CloseReason) {
        guard let connection = drop(id) else { return }
        if reason == .peer, connection.isUp { return }
        if reason == .overflow { note("connection closed", connection.remote, "the peer reads too slowly") }
        fail(connection.clients, connection.servers)
    }

    func fail(_ clientIDs: Set<UInt64>, _ serverIDs: Set<UInt64>) {
        for id in clientIDs.sorted() where !hasArrived(id) && !fallBack(id) { step(client: id, .transportFailed) }
        for id in serverIDs.sorted() { step(server: id, .transportFailed) }
    }

    /// A request that has had a response is where it should be: sent again, to a peer that has started anew, it would be
    /// a call nobody makes. Its next response comes over a connection the peer opens to our sent-by (§18.2.2), unless it
    /// is a UE's, which is to be found on this one alone.
    private func hasArrived(_ id: UInt64) -> Bool {
        clients[id].map { $0.machine.hasResponse && !$0.path.isPinned } ?? false
    }

    // MARK: Receiving

    /// One whole message from anywhere.
    func receive(_ bytes: [UInt8], _ flow: SIPFlow, _ listener: Int) {
        guard !isKeepAlive(bytes), isHeard(flow.remote, listener) else { return }
        ports.tap.sip(.received, bytes, local: listeners[listener].address, remote: flow.remote, flow.kind)
        switch SIPMessage.judge(bytes, limits: limits.message) {
        case .message(let message):
            if message.isRequest {
                guard takesRequests(flow, listener) else { return }
                tallies.requestsReceived += 1
                receive(request: message, flow, listener)
            } else {
                tallies.responsesReceived += 1
                if listeners[listener].settings.protection == .server { answering.append(flow.remote) }
                receive(response: message, flow, listener)
            }
        case .refuse(let request, let status, let reason):
            tallies.malformed += 1
            note("message refused", flow.remote, "\(status) \(reason)")
            respondStateless(request, flow, listener, status, reason)
        case .drop(let why):
            tallies.malformed += 1
            note("message dropped", flow.remote, why)
        }
    }

    /// A datagram of line ends or of a single zero byte: what phones and NAT helpers send to keep a binding.
    private func isKeepAlive(_ bytes: [UInt8]) -> Bool {
        bytes.count <= 4 && bytes.allSatisfy { $0 == 0x0D || $0 == 0x0A || $0 == 0 || $0 == 0x20 }
    }

    /// Logs a source's misbehaviour once.
    func note(_ event: String, _ source: SocketAddress, _ reason: String) {
        guard logged.isFirst(event, from: source.host) else { return }
        ports.log.notice(event, [(.peer, source.description), (.reason, reason)])
    }
}

extension SIPConnection {
    enum Taken {
        case frame(Framed)
        case nothing
        case broken(SIPParseError, [UInt8])
    }

    /// True once: when the first bytes have come.
    fileprivate mutating func breaksSilence() -> Bool {
        defer { isSilent = false }
        return isSilent
    }

    fileprivate mutating func takePatience() -> TimerID? {
        defer { patience = nil }
        return patience
    }

    /// The next frame of the stream.
    fileprivate mutating func takeFrame() -> Taken {
        do throws(SIPParseError) {
            guard let frame = try framer.next() else { return .nothing }
            return .frame(frame)
        } catch {
            return .broken(error, framer.faulty)
        }
    }
}
