import SIP

/// Client transactions: sending, matching responses, ACK and CANCEL (RFC 3261 §17.1, §9.1).
extension SIPStack {
    /// What a client transaction is made from.
    struct Sending {
        var request: [UInt8]
        var isInvite: Bool
        var branch: Branch
        var path: SIPPath
        var mayFallBack = false
        var answerWithin: Int?
        var ringsFor: Int?
    }

    /// Starts a client transaction; its number is the branch's.
    func begin(_ sending: Sending, _ owner: ClientRecord.Owner) -> UInt64 {
        let isReliable = sending.path.kind == .tcp
        let timers = listeners[sending.path.listener].settings.profile
        let record = ClientRecord(
            machine: sending.isInvite
                ? .invite(InviteClientTransaction(request: sending.request, isReliable: isReliable, timers: timers))
                : .other(NonInviteClientTransaction(request: sending.request, isReliable: isReliable, timers: timers)),
            tag: sending.branch.tag, path: sending.path, owner: owner, answerWithin: sending.answerWithin,
            ringsFor: sending.ringsFor, mayFallBack: sending.mayFallBack)
        return clients.insert(record)
    }

    /// Via, transport and bytes of a request that leaves here (RFC 3261 §16.6 step 8, §18.1.1): over 1300 bytes toward
    /// the core a datagram becomes a stream.
    func prepare(_ edit: inout SIPEdit, isInvite: Bool, to target: SIPTarget, loopMark: UInt64) -> Sending? {
        let index = target.flow.flatMap { sockets[$0.listener] } ?? target.listener
        guard listeners.indices.contains(index) else { return nil }
        let listener = listeners[index]
        let branch = Branch(id: clients.nextID, tag: ports.random.next(), loopMark: loopMark)
        var path = SIPPath(kind: target.kind, listener: index, remote: target.address)
        if let flow = target.flow {
            path = SIPPath(
                kind: flow.kind, listener: index, remote: flow.remote, connection: flow.connection,
                isPinned: flow.kind == .tcp)
        }
        edit.prepend(.via, listener.via(path.kind, branch))
        var bytes = edit.serialize()
        let isTooLarge = path.kind == .udp && bytes.count > SIPTransportRule.datagramRequestBytes
        var mayFallBack = false
        let fits = bytes.count <= SIPTransportRule.longestDatagram
        if isTooLarge, target.flow == nil, !listener.settings.isTowardUE, !target.address.isLoopback || !fits,
            listener.tcp != nil
        {
            path.kind = .tcp
            mayFallBack = fits
            edit.replaceFirstValue(.via, listener.via(.tcp, branch))
            bytes = edit.serialize()
        }
        return Sending(
            request: bytes, isInvite: isInvite, branch: branch, path: path, mayFallBack: mayFallBack,
            answerWithin: target.answerWithin, ringsFor: target.ringsFor)
    }

    // MARK: Responses coming in

    /// A response: of the transaction whose branch it bears, or stray and dropped (RFC 3261 §17.1.3, RFC 6026 §7.3).
    func receive(response: SIPMessage, _ flow: SIPFlow, _ listener: Int) {
        guard let range = response.topViaBranch, let branch = Branch(response.bytes, range),
            let record = clients[branch.id], record.tag == branch.tag, let method = response.cseqMethod
        else { return strayed(response, flow, "it answers nothing that is pending") }
        guard isSameProtection(record.path, flow.remote, listener) else {
            return strayed(
                response, flow, "it answers a request that went over a security association, and came over none")
        }
        let event = ClientTransactionEvent.response(status: response.status)
        if record.machine.isAnswered(by: response, method) {
            guard isAddressed(response, to: record.owner) else {
                return strayed(response, flow, "its Via are not those sent")
            }
            step(client: branch.id, event, response)
        } else if let cancel = record.cancel, response.equals(method, "CANCEL".utf8) {
            step(client: cancel, event, response)
        } else {
            tallies.strayResponses += 1
        }
    }

    /// Whether the Via of a response lead to who sent the request: ours alone to an agent of our own (RFC 3261 §8.1.3.3),
    /// ours and that of the element upstream where we are a proxy, or there is nobody to pass it to (§16.7 step 3, §18.1.2).
    /// A 100 goes no further than this hop, whatever it says.
    private func isAddressed(_ response: SIPMessage, to owner: ClientRecord.Owner) -> Bool {
        switch owner {
        case .branch: response.status == 100 || !response.hasSingleVia
        case .procedure, .agent: response.hasSingleVia
        case .nobody: true
        }
    }

    private func strayed(_ response: SIPMessage, _ flow: SIPFlow, _ why: String) {
        tallies.strayResponses += 1
        response.eraseKeys()
        note("response dropped", flow.remote, why)
    }

    // MARK: Effects

    func step(client id: UInt64, _ event: ClientTransactionEvent, _ response: SIPMessage? = nil) {
        guard let effects = clients.update(id, { $0.machine.handle(event) }) else { return }
        for effect in effects { perform(effect, id, response) }
    }

    private func perform(_ effect: ClientTransactionEffect, _ id: UInt64, _ response: SIPMessage?) {
        switch effect {
        case .send(let bytes):
            if !send(client: id, bytes) { step(client: id, .transportFailed) }
        case .acknowledge: acknowledge(id, response)
        case .deliver:
            if let response { deliver(response, from: id) }
        case .start(let timer, let milliseconds) where timer == .b || timer == .f:
            // A hop the role gives less time than the transaction would.
            startClient(timer, min(milliseconds, clients[id]?.answerWithin ?? milliseconds), id)
        case .start(let timer, let milliseconds): startClient(timer, milliseconds, id)
        case .stop(let timer): stop(clients.update(id) { $0.timers.remove(timer) } ?? nil)
        case .timedOut: report(client: id, .timeout)
        case .transportFailed: report(client: id, .transportFailed)
        case .terminated: removeClient(id)
        }
    }

    func startClient(_ timer: SIPTimer, _ milliseconds: Int, _ id: UInt64) {
        guard clients.contains(id) else { return }
        let timerID = start(timer, milliseconds, id)
        stop(clients.update(id) { $0.timers.insert(timer, timerID) } ?? nil)
    }

    private func send(client id: UInt64, _ bytes: [UInt8]) -> Bool {
        guard var path = clients[id]?.path else { return true }
        let isSent = transmit(bytes, &path)
        _ = clients.update(id) { $0.path = path }
        if isSent, let connection = path.connection {
            _ = connections.update(connection) { $0.clients.insert(id).inserted }
        }
        return isSent
    }

    /// The ACK goes where the INVITE went (§17.1.1.3).
    private func acknowledge(_ id: UInt64, _ response: SIPMessage?) {
        guard let response, let record = clients[id],
            let invite = try? SIPMessage(record.machine.request, limits: limits.message)
        else { return }
        var path = record.path
        _ = transmit(HopRequest.acknowledgement(of: invite, for: response), &path)
    }

    private func deliver(_ response: SIPMessage, from id: UInt64) {
        guard let owner = clients[id]?.owner else { return }
        switch owner {
        case .branch(let context, let branch):
            step(context: context, .response(branch, status: response.status), response)
        case .procedure(let waiting):
            guard response.isFinal else { return }
            settle(id, waiting, .response(response))
        case .agent(let isSettled): deliverToAgent(response, id, isSettled: isSettled)
        case .nobody: response.eraseKeys()
        }
    }

    /// Tells whoever waits that no response will come.
    func report(client id: UInt64, _ outcome: SIPOutcome) {
        guard let owner = clients[id]?.owner else { return }
        switch owner {
        case .branch(let context, let branch):
            if case .timeout = outcome {
                step(context: context, .timedOut(branch))
            } else {
                step(context: context, .transportFailed(branch))
            }
        case .procedure(let waiting): settle(id, waiting, outcome)
        case .agent(let isSettled): reportToAgent(id, outcome, isSettled: isSettled)
        case .nobody: break
        }
    }

    private func settle(_ id: UInt64, _ waiting: UnsafeContinuation<SIPOutcome, Never>, _ outcome: SIPOutcome) {
        _ = clients.update(id) { $0.owner = .nobody }
        tallies.waiting -= 1
        waiting.resume(returning: outcome)
    }

    // MARK: CANCEL, fall-back, end

    /// Sends a CANCEL for a pending INVITE: same branch, same way, a transaction of its own (§9.1).
    func sendCancel(_ id: UInt64, reasons: [String]) {
        guard let record = clients[id], record.cancel == nil,
            let invite = try? SIPMessage(record.machine.request, limits: limits.message)
        else { return }
        let sending = Sending(
            request: HopRequest.cancel(of: invite, reasons: reasons), isInvite: false,
            branch: Branch(id: id, tag: record.tag, loopMark: 0), path: record.path)
        let cancel = begin(sending, .nobody)
        _ = clients.update(id) { $0.cancel = cancel }
        step(client: cancel, .start)
        step(client: id, .cancelSent)
    }

    /// A request that went over TCP for its size alone goes over UDP after all where TCP is refused (§18.1.1).
    func fallBack(_ id: UInt64) -> Bool {
        guard let record = clients[id], record.mayFallBack,
            let request = try? SIPMessage(record.machine.request, limits: limits.message),
            let via = request.bytes(.via)
        else { return false }
        var edit = SIPEdit(request)
        let value = request.string(via)
        guard value.hasPrefix("SIP/2.0/TCP") else { return false }
        edit.replaceFirstValue(.via, "SIP/2.0/UDP" + value.dropFirst("SIP/2.0/TCP".count))
        let bytes = edit.serialize()
        let timers = listeners[record.path.listener].settings.profile
        let running = clients.update(id) { record in
            record.path.kind = .udp
            record.path.connection = nil
            record.mayFallBack = false
            switch record.machine {
            case .invite:
                record.machine = .invite(InviteClientTransaction(request: bytes, isReliable: false, timers: timers))
            case .other:
                record.machine = .other(NonInviteClientTransaction(request: bytes, isReliable: false, timers: timers))
            }
            return record.timers.removeAll()
        }
        for timer in running ?? [] { stop(timer) }
        step(client: id, .start)
        restartTimerC(id)
        return true
    }

    func removeClient(_ id: UInt64) {
        guard var record = clients.remove(id) else { return }
        for timer in record.timers.removeAll() { stop(timer) }
        if let connection = record.path.connection { _ = connections.update(connection) { $0.clients.remove(id) } }
        if case .branch(let context, _) = record.owner { left(context) }
    }
}
