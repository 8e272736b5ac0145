/// The caller's user agent (RFC 3261 §13.2, §9.1; RFC 3262 §4): from INVITE to the end of the call.
///
/// ```
/// Calling ──1xx──▶ Proceeding ──2xx──▶ Standing ──BYE──▶ Over
///    │                 └──CANCEL──▶ Cancelling ──487──▶ Over        (2xx crossing CANCEL: ACK, then BYE)
///    └────────300–699, time-out──────────────────────▶ Over
/// ```
public struct OutgoingCall: Sendable {
    public enum State: Equatable, Sendable { case calling, proceeding, cancelling, standing, over }

    /// One of the dialogs a forked INVITE has led to.
    private struct Fork: Sendable {
        var dialog: Dialog
        /// RSeq of the last reliable provisional response confirmed.
        var rseq: UInt32?
        /// Sent again for each repeated 2xx.
        var ack: Dialog.Request?
    }

    /// Forks one INVITE may lead to; responses of further ones are not followed.
    static let forkLimit = 16

    public private(set) var state = State.calling
    public let callID: String
    public let localTag: String
    private let invite: SIPMessage
    private let sequence: UInt32
    private let timers: SIPTimers
    private var forks: [Fork] = []
    private var session: CallSession?
    private var wantsEnd = false

    /// Nil if the bytes are no INVITE with From tag, Call-ID and CSeq.
    public init?(invite bytes: [UInt8], timers: SIPTimers) {
        guard let invite = try? SIPMessage(bytes), invite.method == .invite, let callID = invite.callID,
            let tag = invite.fromTag, let sequence = invite.cseqNumber
        else { return nil }
        self.invite = invite
        self.callID = callID
        localTag = invite.string(tag)
        self.sequence = sequence
        self.timers = timers
    }

    /// The dialog that stands, or the first early one.
    public var dialog: Dialog? { session?.dialog ?? forks.first?.dialog }

    /// Whether a request within a dialog belongs to this call.
    public func owns(_ id: DialogID) -> Bool {
        id.callID == callID && id.localTag == localTag && forks.contains { $0.dialog.id == id }
    }

    public mutating func handle(_ event: CallEvent) -> Effects<CallEffect> {
        switch state {
        case .calling, .proceeding, .cancelling: setup(event)
        case .standing, .over: later(event)
        }
    }

    // MARK: Before it stands

    private mutating func setup(_ event: CallEvent) -> Effects<CallEffect> {
        switch event {
        case .response(let response) where response.isProvisional: return provisional(response)
        case .response(let response) where response.status < 300: return accepted(response)
        case .response(let response): return end(refusal(response.status))
        case .unanswered(let status): return end(refusal(status))
        case .hangUp: return hangUp()
        case .request(let request): return early(request)
        // RFC 3262 §4: a refused PRACK leaves the call as it is; the INVITE's final response decides.
        case .renew: return renew()
        case .answered, .progress, .ring, .answer, .reject, .cancelled, .timer: return .none
        }
    }

    /// Once CANCEL has left, every end but a success is what the user wanted.
    private func refusal(_ status: Int) -> CallEnd { wantsEnd ? .cancelled : .refused(status: status) }

    /// RFC 3261 §9.1: CANCEL has to wait for a provisional response.
    private mutating func hangUp() -> Effects<CallEffect> {
        guard !wantsEnd else { return .none }
        wantsEnd = true
        guard state == .proceeding else { return .none }
        state = .cancelling
        return Effects(.cancel)
    }

    private mutating func provisional(_ response: SIPMessage) -> Effects<CallEffect> {
        var effects = Effects<CallEffect>.none
        if state == .calling {
            state = wantsEnd ? .cancelling : .proceeding
            if wantsEnd { effects.append(.cancel) }
        }
        guard response.status > 100 else { return effects }
        if let index = fork(of: response), let prack = confirmation(of: response, at: index) {
            effects.append(.send(prack))
        }
        effects.append(.progressing(status: response.status))
        return effects
    }

    /// RFC 3311 §5.1: in the first early dialog; the others are gone with the first answer.
    private mutating func renew() -> Effects<CallEffect> {
        guard state == .proceeding, !forks.isEmpty else { return .none }
        return Effects(.send(forks[0].dialog.request(.update)))
    }

    /// RFC 3262 §4: a reliable provisional response is confirmed if it is the next in order.
    private mutating func confirmation(of response: SIPMessage, at index: Int) -> Dialog.Request? {
        guard response.texts(.require).contains(where: { equalsFolded($0, "100rel") }),
            let rseq = response.text(.rSeq).flatMap({ UInt32($0) }), rseq > 0
        else { return nil }
        if let last = forks[index].rseq, rseq != last &+ 1 { return nil }
        forks[index].rseq = rseq
        var prack = forks[index].dialog.request(.prack)
        prack.writer.add(.rAck, "\(rseq) \(sequence) INVITE")
        return prack
    }

    private mutating func fork(of response: SIPMessage) -> Int? {
        guard let id = DialogID(outgoing: response) else { return nil }
        if let known = forks.firstIndex(where: { $0.dialog.id == id }) { return known }
        guard forks.count < Self.forkLimit, let dialog = Dialog(caller: invite, response: response) else { return nil }
        forks.append(Fork(dialog: dialog))
        return forks.count - 1
    }

    /// RFC 3261 §13.2.2.4: the first 2xx makes the session; one that crossed a CANCEL ends with a BYE (§9.1).
    private mutating func accepted(_ response: SIPMessage) -> Effects<CallEffect> {
        guard let index = fork(of: response) else { return end(.refused(status: 500)) }
        var effects = acknowledge(response, index)
        state = .standing
        var session = CallSession(forks[index].dialog, timers)
        if wantsEnd {
            effects.append(contentsOf: session.handle(.hangUp))
        } else {
            effects.append(.established)
        }
        self.session = session
        return effects
    }

    private mutating func acknowledge(_ response: SIPMessage, _ index: Int) -> Effects<CallEffect> {
        forks[index].dialog.confirm(by: response)
        let ack = forks[index].dialog.acknowledgement(of: sequence)
        forks[index].ack = ack
        return Effects(.acknowledge(ack))
    }

    /// Requests of the called end before its 2xx: BYE it must not send (RFC 3261 §15); UPDATE it may (RFC 3311).
    private mutating func early(_ request: SIPMessage) -> Effects<CallEffect> {
        guard let id = DialogID(incoming: request), let index = forks.firstIndex(where: { $0.dialog.id == id }),
            request.method != .ack
        else { return .none }
        guard forks[index].dialog.admit(request) == .inOrder else { return Effects(.respond(CallReply(status: 500))) }
        switch request.method {
        case .update: return Effects(.respond(CallReply(status: 200, carriesSession: !request.body.isEmpty)))
        case .options, .info: return Effects(.respond(CallReply(status: 200)))
        // RFC 3261 §14.2: an INVITE while the own one is pending.
        case .invite: return Effects(.respond(CallReply(status: 491)))
        default: return Effects(.respond(CallReply(status: 481)))
        }
    }

    // MARK: Once it stands, and after

    private mutating func later(_ event: CallEvent) -> Effects<CallEffect> {
        if case .response(let response) = event { return repeated(response) }
        guard var session else {
            guard case .request(let request) = event, request.method != .ack else { return .none }
            return Effects(.respond(CallReply(status: 481)))
        }
        let effects = session.handle(event)
        self.session = session
        if session.state == .over { state = .over }
        return effects
    }

    /// RFC 3261 §13.2.2.4: a repeated 2xx wants its ACK again, one of another fork an ACK and a BYE.
    private mutating func repeated(_ response: SIPMessage) -> Effects<CallEffect> {
        guard (200..<300).contains(response.status), let index = fork(of: response) else { return .none }
        if let ack = forks[index].ack { return Effects(.acknowledge(ack)) }
        var effects = acknowledge(response, index)
        forks[index].dialog.terminate()
        effects.append(.send(forks[index].dialog.request(.bye)))
        return effects
    }

    private mutating func end(_ how: CallEnd) -> Effects<CallEffect> {
        state = .over
        for index in forks.indices { forks[index].dialog.terminate() }
        return Effects(.ended(how))
    }
}
