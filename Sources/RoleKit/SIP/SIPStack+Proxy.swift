public import SIP

/// The stateful proxy (RFC 3261 §16): forwarding, response contexts, timer C.
extension SIPStack {
    // MARK: Forwarding

    /// Forwards a request to one or more next hops and gives the best final response (RFC 3261 §16.6, §16.7). That
    /// response has not been sent upstream: the role decides, and passes it on with `relay`.
    ///
    /// 100 is absorbed. Other provisional responses, and 2xx to INVITE that come after the outcome, go upstream at
    /// once, edited by `relaying`. A request that may not go on (Max-Forwards used up, a loop, an unknown
    /// Proxy-Require, cancelled meanwhile) yields the response to give.
    ///
    /// - Parameter edit: changes of the role; Max-Forwards and Via are done here.
    public func forward(
        _ request: IncomingRequest, to targets: [SIPTarget],
        _ edit: (inout SIPEdit) -> Void = { _ in },
        relaying: ((SIPMessage, inout SIPEdit) -> Void)? = nil
    ) async -> SIPOutcome {
        let mark = request.message.loopMark(seed: seed)
        if let refusal = refusal(of: request, mark, branches: targets.count) { return .response(refusal) }
        return await withUnsafeContinuation { waiting in
            tallies.waiting += 1
            launch(request, targets, mark, edit, relaying: relaying) { $0.waiting = waiting }
        }
    }

    /// Makes the response context and its branches, and starts them (§16.6, §16.7 step 1).
    ///
    /// - Parameter settling: says in the record who gets the outcome.
    func launch(
        _ request: IncomingRequest, _ targets: [SIPTarget], _ mark: UInt64, _ edit: (inout SIPEdit) -> Void,
        relaying: ((SIPMessage, inout SIPEdit) -> Void)?, settling: (inout ContextRecord) -> Void
    ) {
        let count = min(targets.count, limits.branches)
        let isInvite = request.message.method == .invite
        var record = ContextRecord(
            machine: ProxyResponseContext(isInvite: isInvite, branches: count), request: request,
            finals: Array(repeating: nil, count: count), relaying: relaying)
        settling(&record)
        let context = contexts.insert(record)
        _ = servers.update(request.transaction.raw) { $0.context = context }
        let clients = targets.prefix(count).enumerated().map { branch, target in
            add(branch, of: count, to: context, request.message, target, mark, edit)
        }
        launch(context, clients)
    }

    /// Forwards an ACK for a 2xx: it has no transaction and no answer (RFC 3261 §16.6 step 10, §13.2.2.4).
    func forwardAck(
        _ request: IncomingRequest, to target: SIPTarget, _ edit: (inout SIPEdit) -> Void = { _ in }
    ) {
        let mark = request.message.loopMark(seed: seed)
        guard refusal(of: request, mark) == nil else { return }
        var changes = SIPEdit(request.message)
        countHop(request.message, &changes)
        if let uri = target.requestURI { changes.setRequestURI(uri) }
        edit(&changes)
        for route in target.routes.reversed() { changes.prepend(.route, route) }
        guard var sending = prepare(&changes, isInvite: false, to: target, loopMark: mark) else { return }
        _ = transmit(sending.request, &sending.path)
    }

    /// Makes one branch; nil where there is no room for it.
    private func add(
        _ branch: Int, of count: Int, to context: UInt64, _ request: SIPMessage, _ target: SIPTarget, _ mark: UInt64,
        _ edit: (inout SIPEdit) -> Void
    ) -> UInt64? {
        guard clients.count < limits.transactions else { return nil }
        var changes = SIPEdit(request)
        countHop(request, &changes)
        shareBreadth(branch, of: count, request, &changes)
        if let uri = target.requestURI { changes.setRequestURI(uri) }
        edit(&changes)
        for route in target.routes.reversed() { changes.prepend(.route, route) }
        let isInvite = request.method == .invite
        guard let sending = prepare(&changes, isInvite: isInvite, to: target, loopMark: mark) else { return nil }
        return begin(sending, .branch(context: context, branch))
    }

    /// Starts the branches of a context once it knows them all.
    private func launch(_ context: UInt64, _ clients: [UInt64?]) {
        _ = contexts.update(context) {
            $0.clients = clients.map { $0 ?? .max }
            $0.alive = clients.count { $0 != nil }
        }
        if clients.isEmpty { finish(context: context, .transportFailed) }
        for (branch, client) in clients.enumerated() {
            guard let client else {
                step(context: context, .transportFailed(branch))
                continue
            }
            step(client: client, .start)
            step(context: context, .forwarded(branch))
        }
        forgetIfOver(context)
    }

    /// §16.6 step 3.
    private func countHop(_ request: SIPMessage, _ edit: inout SIPEdit) {
        let left = (try? request.integer(.maxForwards)) ?? nil
        edit.set(.maxForwards, String(left.map { max(0, min($0, 255) - 1) } ?? 70))
    }

    /// Why a request may not be forwarded (§16.3 items 2 to 5, §16.10; RFC 5393 §5.3.3), as the response to give; nil if
    /// it may.
    func refusal(of request: IncomingRequest, _ mark: UInt64, branches: Int = 1) -> SIPMessage? {
        let message = request.message
        let tag = servers[request.transaction.raw]?.toTag ?? ""
        // §9.2: cancelled, or over already because the 487 has been acknowledged: nobody waits for what would come.
        if message.method != .ack, isCancelled(request) { return make(message, 487, tag) }
        if let refusal = message.refusalByProxy(supporting: settings.proxyOptions) {
            return make(message, refusal.status, tag) { writer in
                for header in refusal.headers { writer.add(header.id, header.value) }
            }
        }
        if message.hasLooped(mark: mark) { return make(message, 482, tag) }
        return min(branches, limits.branches) > breadth(of: message) ? make(message, 440, tag) : nil
    }

    func make(
        _ request: SIPMessage, _ status: Int, _ tag: String, _ fill: (inout SIPWriter) -> Void = { _ in }
    ) -> SIPMessage? {
        var writer = localResponse(request, status, tag: tag)
        fill(&writer)
        return try? SIPMessage(writer.finish())
    }

    // MARK: Response contexts

    func step(context id: UInt64, _ event: ProxyResponseContext.Event, _ response: SIPMessage? = nil) {
        let effects = contexts.update(id) { record in
            if case .response(let branch, let status) = event, status >= 200, record.finals.indices.contains(branch) {
                record.finals[branch] = response
            }
            return record.machine.handle(event)
        }
        guard let effects else { return }
        for effect in effects { perform(effect, id, response) }
    }

    private func perform(_ effect: ProxyResponseContext.Effect, _ id: UInt64, _ response: SIPMessage?) {
        switch effect {
        case .relay:
            guard let response, let record = contexts[id], let request = record.request else { return }
            relay(request, response) { record.relaying?(response, &$0) }
        case .startTimerC(let branch):
            if let client = client(id, branch) { restartTimerC(client) }
        case .stopTimerC(let branch):
            if let client = client(id, branch) { stop(clients.update(client) { $0.timers.remove(.c) } ?? nil) }
        case .cancel(let branch):
            if let client = client(id, branch) { sendCancel(client, reasons: contexts[id]?.reasons ?? []) }
        case .giveUp(let branch):
            if let client = client(id, branch) { removeClient(client) }
        case .finish(let result): finish(context: id, outcome(id, result))
        }
    }

    private func client(_ context: UInt64, _ branch: Int) -> UInt64? {
        contexts.update(context) { $0.clients.indices.contains(branch) ? $0.clients[branch] : nil } ?? nil
    }

    /// §16.6 step 11, §16.7 step 2. The time the role gives a branch is not prolonged by ringing again.
    func restartTimerC(_ client: UInt64) {
        guard let record = clients[client], case .branch = record.owner, case .invite = record.machine else { return }
        if record.ringsFor != nil, record.timers.isRunning(.c) { return }
        startClient(.c, record.ringsFor ?? listeners[record.path.listener].settings.profile.c, client)
    }

    /// §16.8.
    func timerC(_ client: UInt64) {
        guard let record = clients[client], case .branch(let context, let branch) = record.owner else { return }
        step(context: context, .timerC(branch))
    }

    private func outcome(_ id: UInt64, _ result: ProxyResponseContext.Result) -> SIPOutcome {
        switch result {
        case .timeout: return .timeout
        case .transportFailed: return .transportFailed
        case .response(let branch, let others):
            guard let record = contexts[id], let best = record.finals[branch] else { return .transportFailed }
            return .response(collecting(others.compactMap { record.finals[$0] }, into: best))
        }
    }

    /// §16.7 step 7: every challenge goes into the one 401 or 407.
    private func collecting(_ others: [SIPMessage], into best: SIPMessage) -> SIPMessage {
        guard !others.isEmpty else { return best }
        var edit = SIPEdit(best)
        for other in others {
            for header in [HeaderID.wwwAuthenticate, .proxyAuthenticate] {
                for value in other.texts(header) { edit.append(header, value) }
            }
        }
        return (try? SIPMessage(edit.serialize(), limits: limits.message)) ?? best
    }

    /// Hands the outcome to the procedure that waits, and lets go of what nobody needs after it.
    func finish(context id: UInt64, _ outcome: SIPOutcome) {
        if let record = contexts[id], let plan = record.finalRelay {
            _ = contexts.update(id) { $0.finalRelay = nil }
            relayOutcome(outcome, record, plan)
        }
        let waiting = contexts.update(id) { record in
            let waiting = record.waiting
            record.waiting = nil
            record.finals = Array(repeating: nil, count: record.finals.count)
            // Only an INVITE brings more that must be relayed.
            if record.request?.message.method != .invite {
                record.request = nil
                record.relaying = nil
            }
            return waiting
        }
        // A branch that was given up has left already, and nobody else would look again.
        forgetIfOver(id)
        guard let waiting = waiting ?? nil else { return }
        tallies.waiting -= 1
        waiting.resume(returning: outcome)
    }

    /// A client transaction of the context is over.
    func left(_ id: UInt64) {
        _ = contexts.update(id) { $0.alive -= 1 }
        forgetIfOver(id)
    }

    private func forgetIfOver(_ id: UInt64) {
        let isOver = contexts.update(id) { $0.alive == 0 && $0.waiting == nil && $0.finalRelay == nil }
        guard isOver == true else { return }
        if let server = contexts.remove(id)?.request?.transaction.raw {
            _ = servers.update(server) { if $0.context == id { $0.context = nil } }
        }
    }
}
