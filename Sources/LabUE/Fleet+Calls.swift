import RoleKit
public import SIP

/// Calls: the call machines' effects made into messages and timers.
extension Fleet {
    /// Begins a call and gives its number; nil where the UE is not there or has no room. What becomes of it is told as
    /// events.
    ///
    /// - Parameter to: a SIP or tel URI.
    @discardableResult
    public func dial(_ index: Int, to: String, _ plan: CallPlan = CallPlan()) -> UECallID? {
        let id = nextCall()
        return dial(index, to: to, plan, as: id) ? id : nil
    }

    private func dial(_ index: Int, to: String, _ plan: CallPlan, as id: UECallID) -> Bool {
        guard phones.indices.contains(index), calls.count < FleetLimits.calls else { return false }
        let callID = newID()
        let writer = invite(index, to: to, callID: callID)
        let bytes = writer.finish()
        guard let machine = OutgoingCall(invite: bytes, timers: .ue) else { return false }
        var call = FleetCall(phone: index, machine: .outgoing(machine), callID: callID)
        call.plan = plan
        call.versions = 1
        insert(call, as: id)
        if let milliseconds = plan.patienceMilliseconds { start(FleetTimer.patience, milliseconds, id) }
        guard let target = way(index, size: bytes.count), let transaction = stack.send(writer, to: target) else {
            step(id, .unanswered(status: 503))
            return true
        }
        calls[id]?.transaction = transaction
        requests[transaction] = .invite(id)
        return true
    }

    /// Ends a call, whatever its state allows.
    public func hangUp(_ call: UECallID) {
        step(call, .hangUp)
        work()
    }

    /// Makes a whole call by plan and gives its end, and whether it stood.
    public func call(_ index: Int, to: String, _ plan: CallPlan) async -> (stood: Bool, end: CallEnd) {
        let id = nextCall()
        return await wait(
            { event in
                guard case .ended(id, phone: _, let end, let stood) = event else { return nil }
                return (stood, end)
            },
            begin: {
                if !dial(index, to: to, plan, as: id) {
                    tell(.ended(id, phone: index, .refused(status: 503), stood: false))
                }
            })
    }

    /// What a UE does from now on when it is called.
    public func setHabit(_ habit: AnsweringHabit, of index: Int) {
        if phones.indices.contains(index) { phones[index].habit = habit }
    }
}

extension Fleet {
    func nextCall() -> UECallID {
        callSerial += 1
        return UECallID(raw: callSerial)
    }

    func insert(_ call: FleetCall, as id: UECallID) {
        calls[id] = call
        callsByID[call.callID, default: []].append(id)
        phones[call.phone].calls += 1
    }

    func callTimer(_ token: TimerToken) {
        guard token.kind >= FleetTimer.call else { return }
        let id = UECallID(raw: token.id)
        let kind = token.kind - FleetTimer.call
        calls[id]?.timers[kind] = nil
        switch kind {
        case FleetTimer.linger: forgetIfDone(id)
        case FleetTimer.patience, FleetTimer.hold: step(id, .hangUp)
        case FleetTimer.answer: step(id, .answer)
        default: if let timer = CallTimer(rawValue: kind) { step(id, .timer(timer)) }
        }
    }

    /// One event to a call's machine; `request` is what a response answers.
    func step(_ id: UECallID, _ event: CallEvent, _ request: IncomingRequest? = nil) {
        guard let effects = calls[id]?.machine.handle(event) else { return }
        for effect in effects { perform(effect, id, request) }
        forgetIfDone(id)
    }

    private func perform(_ effect: CallEffect, _ id: UECallID, _ request: IncomingRequest?) {
        guard let call = calls[id] else { return }
        switch effect {
        case .send(let request): send(request, id, call.phone)
        case .acknowledge(let ack): if let way = hop(ack, call.phone) { stack.sendAck(ack.writer, to: way) }
        case .cancel: if let transaction = call.transaction { stack.cancel(transaction) }
        case .respondInvite(let reply): if let invite = call.invite { respond(invite, reply, id) }
        case .respond(let reply):
            guard let request else { return }
            if request.message.method == .invite { calls[id]?.invite = request }
            respond(request, reply, id)
        case .repeatResponse: if let invite = call.invite { respond(invite, call.reply, id, isRepeated: true) }
        case .start(let timer, let milliseconds): start(timer.rawValue, milliseconds, id)
        case .stop(let timer): stop(timer.rawValue, id)
        case .progressing(let status): tell(.progressing(id, status: status))
        case .established: established(id, call)
        case .ended(let end): ended(id, end)
        }
    }

    /// Starts one of a call's timers, in place of the one of its kind.
    func start(_ kind: UInt8, _ milliseconds: Int, _ id: UECallID) {
        stop(kind, id)
        calls[id]?.timers[kind] = ports.timers.start(
            afterMilliseconds: milliseconds, TimerToken(.role, kind: FleetTimer.call + kind, id: id.raw))
    }

    private func stop(_ timer: UInt8, _ id: UECallID) {
        if let running = calls[id]?.timers.removeValue(forKey: timer) { ports.timers.cancel(running) }
    }

    private func send(_ request: Dialog.Request, _ id: UECallID, _ phone: Int) {
        var request = request
        addVerification(&request.writer, phone)
        request.writer.add(.userAgent, "imsbox-ue")
        if request.method == .update { renewOffer(in: &request.writer, id) }
        let writer = request.writer
        guard let way = hop(request, phone), let transaction = stack.send(writer, to: way) else {
            return step(id, .answered(request.method, status: 503))
        }
        requests[transaction] = .inDialog(id, request.method)
    }

    /// The next hop of a request in a dialog: where its URI is an address, there; a name is the P-CSCF's to resolve.
    private func hop(_ request: Dialog.Request, _ phone: Int) -> SIPTarget? {
        let size = request.writer.finish().count
        guard let uri = try? SIPURI(parsing: request.nextHop),
            let address = SocketAddress(uri.host, port: UInt16(clamping: uri.port ?? 5060))
        else { return way(phone, size: size) }
        return way(phone, to: address, size: size)
    }

    private func established(_ id: UECallID, _ call: FleetCall) {
        calls[id]?.hasStood = true
        stop(FleetTimer.patience, id)
        if let milliseconds = call.plan.holdMilliseconds { start(FleetTimer.hold, milliseconds, id) }
        tell(.established(id, phone: call.phone))
    }

    private func ended(_ id: UECallID, _ end: CallEnd) {
        guard let call = calls[id] else { return }
        for timer in call.timers.keys.sorted() { stop(timer, id) }
        calls[id]?.isOver = true
        phones[call.phone].calls -= 1
        tell(.ended(id, phone: call.phone, end, stood: call.hasStood))
        // Repeated 2xx and late requests still find the call for a while (RFC 6026 §7.2).
        start(FleetTimer.linger, SIPTimers.ue.times64, id)
    }

    private func forgetIfDone(_ id: UECallID) {
        guard let call = calls[id], call.isOver, call.timers.isEmpty else { return }
        calls[id] = nil
        callsByID[call.callID]?.removeAll { $0 == id }
        if callsByID[call.callID]?.isEmpty == true { callsByID[call.callID] = nil }
        if let transaction = call.transaction { requests[transaction] = nil }
    }
}
