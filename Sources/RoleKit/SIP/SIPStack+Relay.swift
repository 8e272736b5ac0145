public import SIP

/// Proxying on the machine path, without a task: what a CSCF does with requests it needs nobody's advice about (in a
/// dialog, or once the target is known).
extension SIPStack {
    /// Forwards a request and passes every response on as it comes, the final one of RFC 3261 §16.7 included. CANCEL,
    /// timer C and forking are the response context's, as with `forward`.
    ///
    /// - Parameters:
    ///   - unreachable: what is answered when no target could be reached (§16.9).
    ///   - edit: changes to the request; Max-Forwards and Via are done here.
    ///   - answering: changes to each response that passes, those made here included.
    public func proxy(
        _ request: IncomingRequest, to targets: [SIPTarget], unreachable: Int = 500,
        _ edit: (inout SIPEdit) -> Void = { _ in },
        answering: ((SIPMessage, inout SIPEdit) -> Void)? = nil
    ) {
        if request.message.method == .ack {
            if let target = targets.first { forwardAck(request, to: target, edit) }
            return
        }
        let mark = request.message.loopMark(seed: seed)
        if let refusal = refusal(of: request, mark, branches: targets.count) {
            return relay(request, refusal) { answering?(refusal, &$0) }
        }
        let plan = FinalRelay(unreachable: unreachable)
        launch(request, targets, mark, edit, relaying: answering) { $0.finalRelay = plan }
    }

    /// Whether what comes for this flow can still be sent on it: a stream that has closed carries nothing.
    ///
    /// A flow from before a restart names a connection by a number that may be another peer's by now.
    public func stands(_ flow: SIPFlow) -> Bool {
        flow.connection.map { connections[$0]?.remote == flow.remote } ?? true
    }

    /// What the settings call a listener.
    public func name(of listener: Int) -> String? {
        listeners.indices.contains(listener) ? listeners[listener].settings.name : nil
    }

    /// The first listener of this name, and its socket.
    public func place(named name: String, _ kind: LinkKind) -> (listener: Int, socket: ListenerID)? {
        guard let listener = listeners.firstIndex(where: { $0.settings.name == name }) else { return nil }
        return socket(of: listener, kind).map { (listener, $0) }
    }

    /// Socket of a listener.
    public func socket(of listener: Int, _ kind: LinkKind) -> ListenerID? {
        listeners.indices.contains(listener) ? listeners[listener].socket(kind) : nil
    }

    /// Index of the listener a flow came in on.
    public func listener(of flow: SIPFlow) -> Int? { sockets[flow.listener] }

    /// Whether a CANCEL for the request has come: what is tried one after another ends then (RFC 3261 §16.10).
    public func isCancelled(_ request: IncomingRequest) -> Bool {
        servers[request.transaction.raw]?.isCancelled ?? true
    }

    /// Waits no longer for the next hops of a request: what is pending counts as silent, a ringing INVITE is cancelled.
    public func abandon(_ request: IncomingRequest) {
        guard let context = servers[request.transaction.raw]?.context else { return }
        for branch in 0..<(contexts[context]?.clients.count ?? 0) { step(context: context, .abandoned(branch)) }
    }

    /// The outcome of a context nobody awaits goes upstream by itself: the best response, 408 or `unreachable`. Silence
    /// to anything but INVITE is answered with silence (RFC 4320 §4.2).
    func relayOutcome(_ outcome: SIPOutcome, _ record: ContextRecord, _ plan: FinalRelay) {
        guard let request = record.request else { return }
        switch outcome {
        case .response(let response): relay(request, response) { record.relaying?(response, &$0) }
        case .timeout:
            guard request.message.method == .invite else { return }
            // What was cancelled and has not answered counts as cancelled (RFC 3261 §9.1).
            answer(request, isCancelled(request) ? 487 : 408, record.relaying)
        case .transportFailed: answer(request, plan.unreachable, record.relaying)
        }
    }

    /// A response made here, edited as those that pass are.
    private func answer(_ request: IncomingRequest, _ status: Int, _ edit: ((SIPMessage, inout SIPEdit) -> Void)?) {
        let tag = servers[request.transaction.raw]?.toTag ?? ""
        guard let response = make(request.message, status, tag) else { return respond(request, status) }
        relay(request, response) { edit?(response, &$0) }
    }
}

/// What becomes of a context's outcome when no procedure awaits it.
struct FinalRelay: Sendable {
    var unreachable: Int
}
