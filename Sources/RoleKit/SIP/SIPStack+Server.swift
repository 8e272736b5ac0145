public import SIP

/// Server transactions: matching, absorbing, answering (RFC 3261 §17.2, §9.2, §8.2).
extension SIPStack {
    // MARK: Requests coming in

    /// A well-formed request: part of a transaction we know, a CANCEL, an ACK, or something new.
    func receive(request: SIPMessage, _ flow: SIPFlow, _ listener: Int) {
        guard let key = request.serverTransactionKey(seed: seed) else {
            return note("message dropped", flow.remote, "no transaction can be made out")
        }
        let method = request.method
        if let id = serverKeys[key] {
            guard isSameProtection(servers[id]?.path, flow.remote, listener) else { return }
            return matched(id, request, method, flow, listener)
        }
        switch method {
        // An ACK for a 2xx is no part of the INVITE's transaction (§17.1.1.3): the role forwards or takes it. One for a
        // response sent without a transaction ends here (§8.2.7).
        case .ack:
            if let tag = request.toTag, request.equals(tag, statelessTag(key).utf8) { return }
            push(IncomingRequest(transaction: .none, message: stamped(request, flow), flow: flow, listener: listener))
        case .cancel: cancel(request, key, flow, listener)
        default: begin(request, key, method, flow, listener)
        }
    }

    private func matched(_ id: UInt64, _ request: SIPMessage, _ method: SIPMethod, _ flow: SIPFlow, _ listener: Int) {
        guard method == .ack else {
            tallies.retransmissionsReceived += 1
            return step(server: id, .retransmission)
        }
        let ack = IncomingRequest(transaction: .none, message: request, flow: flow, listener: listener)
        step(server: id, .ack, ack: ack)
    }

    /// A new transaction; refused without one where there is no room (§21.5.4), after those that only repeat their
    /// answers have made some.
    private func begin(
        _ request: SIPMessage, _ key: TransactionKey, _ method: SIPMethod, _ flow: SIPFlow, _ listener: Int
    ) {
        if isDraining || !hasRoom(for: request.bytes.count) {
            tallies.refused += 1
            return respondStateless(request, flow, listener, 503)
        }
        let request = stamped(request, flow)
        let id = insertServer(request, key, isInvite: method == .invite, flow, listener)
        push(
            IncomingRequest(
                transaction: ServerTransactionID(raw: id), message: request, flow: flow, listener: listener))
    }

    private func insertServer(
        _ request: SIPMessage, _ key: TransactionKey, isInvite: Bool, _ flow: SIPFlow, _ listener: Int
    ) -> UInt64 {
        let isReliable = flow.kind == .tcp
        let timers = listeners[listener].settings.profile
        let record = ServerRecord(
            machine: isInvite
                ? .invite(InviteServerTransaction(isReliable: isReliable, timers: timers))
                : .other(NonInviteServerTransaction(isReliable: isReliable, timers: timers)),
            key: key, path: replyPath(request, flow, listener), flow: flow, request: request)
        let id = servers.insert(record)
        serverKeys[key] = id
        tallies.unanswered += 1
        hold(request.bytes.count, id)
        step(server: id, .start)
        return id
    }

    /// CANCEL (§9.2): answered 200 by itself; the INVITE is cancelled downstream, or answered 487 if nothing has been
    /// sent on.
    private func cancel(_ request: SIPMessage, _ key: TransactionKey, _ flow: SIPFlow, _ listener: Int) {
        guard let inviteKey = request.serverTransactionKey(seed: seed, asInvite: true),
            let invite = serverKeys[inviteKey],
            let tag = servers[invite]?.toTag
        else { return respondStateless(request, flow, listener, 481) }
        guard isSameProtection(servers[invite]?.path, flow.remote, listener) else { return }
        let request = stamped(request, flow)
        let id = insertServer(request, key, isInvite: false, flow, listener)
        let ok = SIPWriter.response(to: request, status: 200, toTag: tag)
        answer(id, 200, ok.finish())
        let isPending = servers.update(invite) { record -> Bool in
            defer { record.isCancelled = true }
            return !record.isAnswered && !record.isCancelled
        }
        guard isPending == true else { return }
        if let context = servers[invite]?.context {
            _ = contexts.update(context) { $0.reasons = request.texts(.reason) }
            return step(context: context, .cancelled)
        }
        guard let original = servers[invite]?.request else { return }
        answer(invite, 487, localResponse(original, 487, tag: tag).finish())
        agent.push(.cancelled(ServerTransactionID(raw: invite)))
    }

    // MARK: Transport of responses

    /// The request with `received` and `rport` in its top Via (RFC 3261 §18.2.1, RFC 3581 §4).
    func stamped(_ request: SIPMessage, _ flow: SIPFlow) -> SIPMessage {
        guard let range = request.topViaSentBy else { return request }
        let wantsPort = request.topViaHas("rport")
        if !wantsPort, SentBy(request.bytes, range).isHost(of: flow.remote) { return request }
        return request.stamped(received: flow.remote.host, port: wantsPort ? flow.remote.port : nil)
    }

    /// Where responses go (RFC 3261 §18.2.2): over a stream back on it, and if it is gone to sent-by's port at the
    /// address the request came from; over UDP to that port, or to the source port where rport asked for it.
    ///
    /// Deviation: `maddr` is not followed. It serves multicast, which IMS does not use, and would let a sender aim our
    /// responses at somebody else.
    private func replyPath(_ request: SIPMessage, _ flow: SIPFlow, _ listener: Int) -> SIPPath {
        if let secured = securedReplyPath(flow, listener) { return secured }
        var remote = flow.remote
        if flow.kind == .tcp || !request.topViaHas("rport"), let range = request.topViaSentBy {
            remote.port = SentBy(request.bytes, range).port ?? SIPTransportRule.defaultPort
        }
        return SIPPath(kind: flow.kind, listener: listener, remote: remote, connection: flow.connection)
    }

    /// A response without a transaction: to what is malformed, refused or unknown (§8.2.7).
    func respondStateless(
        _ request: SIPMessage, _ flow: SIPFlow, _ listener: Int, _ status: Int, _ reason: String? = nil
    ) {
        guard request.method != .ack else { return }
        var path = replyPath(request, flow, listener)
        let tag = request.serverTransactionKey(seed: seed).map(statelessTag) ?? "s"
        _ = transmit(localResponse(stamped(request, flow), status, reason, tag: tag).finish(), &path)
    }

    /// The To-tag of responses without a transaction: the same for each repetition of a request, and found again in
    /// the ACK (§8.2.7).
    private func statelessTag(_ key: TransactionKey) -> String { "s-" + Hex.text(key.high) }

    /// A response made here, with what every such response carries.
    func localResponse(_ request: SIPMessage, _ status: Int, _ reason: String? = nil, tag: String) -> SIPWriter {
        var writer = SIPWriter.response(to: request, status: status, reason: reason, toTag: tag)
        if let name = settings.serverName, status > 100 { writer.add(.server, name) }
        if status == 503 { writer.add(.retryAfter, String(limits.retryAfterSeconds)) }
        return writer
    }

    // MARK: Answers

    /// Answers a request with a response made here. A second final response, or one to an ACK, goes nowhere.
    public func respond(
        _ request: IncomingRequest, _ status: Int, _ reason: String? = nil,
        _ fill: (inout SIPWriter) -> Void = { _ in }
    ) {
        let id = request.transaction.raw
        guard let tag = servers[id]?.toTag else { return }
        var writer = SIPWriter.response(to: request.message, status: status, reason: reason, toTag: tag)
        if let name = settings.serverName, status > 100 { writer.add(.server, name) }
        fill(&writer)
        answer(id, status, writer.finish())
    }

    /// Passes a response upstream (RFC 3261 §16.7 steps 3, 8, 9): our Via is taken off, `edit` applied. A 503 goes on
    /// as 500 (step 6).
    public func relay(
        _ request: IncomingRequest, _ response: SIPMessage, _ edit: (inout SIPEdit) -> Void = { _ in }
    ) {
        guard servers.contains(request.transaction.raw) else { return }
        var changes = SIPEdit(response)
        var status = response.status
        if isOwnVia(response) {
            changes.removeFirstValue(.via)
            if status == 503 {
                status = 500
                changes.setStatus(500)
            }
        }
        edit(&changes)
        answer(request.transaction.raw, status, changes.serialize())
    }

    /// Whether the top Via is of the kind this stack writes, so that what stands below belongs to the element upstream.
    private func isOwnVia(_ response: SIPMessage) -> Bool {
        guard let range = response.topViaBranch, let sentBy = response.topViaSentBy,
            Branch(response.bytes, range) != nil
        else { return false }
        return listeners.contains { response.equals(sentBy, $0.advertised.utf8) }
    }

    func answer(_ id: UInt64, _ status: Int, _ bytes: [UInt8]) {
        let isFirst = status >= 200 && markAnswered(id, holding: bytes.count)
        step(server: id, .respond(status: status, bytes))
        if isFirst { queueAnswered(id) }
    }

    // MARK: Effects

    func step(server id: UInt64, _ event: ServerTransactionEvent, ack: IncomingRequest? = nil) {
        guard let effects = servers.update(id, { $0.machine.handle(event) }) else { return }
        for effect in effects { perform(effect, id, ack) }
    }

    private func perform(_ effect: ServerTransactionEffect, _ id: UInt64, _ ack: IncomingRequest?) {
        switch effect {
        case .send(let bytes): sendResponse(id, bytes)
        case .sendTrying:
            guard let request = servers[id]?.request else { return }
            let trying = SIPWriter.response(to: request, status: 100, toTag: nil)
            step(server: id, .respond(status: 100, trying.finish()))
        case .deliverAck:
            if let ack { push(ack) }
        case .start(let timer, let milliseconds):
            let timerID = start(timer, milliseconds, id)
            stop(servers.update(id) { $0.timers.insert(timer, timerID) } ?? timerID)
        case .stop(let timer): stop(servers.update(id) { $0.timers.remove(timer) } ?? nil)
        // Nobody waits for the answer any more; what the role still does comes to nothing.
        case .timedOut: ports.log.info("request left unanswered", callID(of: id))
        case .transportFailed: ports.log.info("response not carried", callID(of: id))
        case .terminated: removeServer(id)
        }
    }

    private func sendResponse(_ id: UInt64, _ bytes: [UInt8]) {
        guard var path = servers[id]?.path else { return }
        let before = path.connection
        let isSent = transmit(bytes, &path)
        _ = servers.update(id) { $0.path = path }
        if !isSent { return step(server: id, .transportFailed) }
        // A connection opened for this response may fail; then the transaction is told.
        if let connection = path.connection, connection != before {
            _ = connections.update(connection) { $0.servers.insert(id).inserted }
        }
    }

    private func callID(of id: UInt64) -> [(LogKey, String)] {
        [(.callID, servers[id]?.request?.callID ?? ""), (.peer, servers[id]?.flow.remote.description ?? "")]
    }
}
