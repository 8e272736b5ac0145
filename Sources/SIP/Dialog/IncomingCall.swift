/// The called user agent (RFC 3261 §13.3, §15.1.2; RFC 3262 §3): from INVITE to the end of the call.
///
/// ```
/// Proceeding ──2xx──▶ Answered ──ACK──▶ Standing ──BYE──▶ Over
///     ├──300–699, CANCEL, BYE──────────────────────────▶ Over
///     └──no PRACK in 64·T1: 504──▶ Over      (no ACK in 64·T1: BYE)
/// ```
public struct IncomingCall: Sendable {
    public enum State: Equatable, Sendable { case proceeding, answered, standing, over }

    public private(set) var state = State.proceeding
    private let timers: SIPTimers
    private let isReliable: Bool
    /// The caller confirms provisional responses, though it does not insist on it.
    private let canBeReliable: Bool
    /// An INVITE without a session description gets the offer in the first reliable response (RFC 3262 §5).
    private let needsOffer: Bool
    private let sequence: UInt32
    private var early: Dialog
    private var session: CallSession?
    private var repetition: ResponseRepetition?
    /// The reliable provisional response whose PRACK has not come.
    private var unconfirmed: UInt32?
    private var rseq: UInt32
    private var hasSentSession = false
    private var wantsAnswer = false
    private var wantsEnd = false

    /// Nil if no dialog can come of the INVITE: answer 400.
    ///
    /// - Parameters:
    ///   - localTag: the tag its responses carry.
    ///   - rseq: number before that of the first reliable provisional response, 1 … 2³¹ − 2 (RFC 3262 §3).
    public init?(invite: SIPMessage, localTag: String, firstRSeq rseq: UInt32, timers: SIPTimers) {
        guard let dialog = Dialog(called: invite, localTag: localTag), let sequence = invite.cseqNumber else {
            return nil
        }
        early = dialog
        self.sequence = sequence
        self.timers = timers
        self.rseq = max(1, rseq & 0x3FFF_FFFF)
        isReliable = invite.lists("100rel", in: .require)
        canBeReliable = isReliable || invite.lists("100rel", in: .supported)
        needsOffer = invite.body.isEmpty
    }

    public var dialog: Dialog { session?.dialog ?? early }

    public func owns(_ id: DialogID) -> Bool { dialog.id == id }

    public mutating func handle(_ event: CallEvent) -> Effects<CallEffect> {
        switch state {
        case .proceeding: proceeding(event)
        case .answered: answered(event)
        case .standing, .over: later(event)
        }
    }

    // MARK: Before the 2xx

    private mutating func proceeding(_ event: CallEvent) -> Effects<CallEffect> {
        switch event {
        case .progress: return progress()
        case .ring: return ring()
        case .answer: return answer()
        case .reject(let status): return refuse(status)
        case .hangUp: return refuse(603)
        case .cancelled: return finish(.cancelled)
        case .request(let request): return receiveEarly(request)
        case .timer(.repetition): return repetition?.fire() ?? .none
        // RFC 3262 §3: no PRACK: the INVITE is refused with a 5xx.
        case .timer(.patience): return unconfirmed == nil ? .none : refuse(504, as: .unconfirmed)
        case .renew, .response, .unanswered, .answered: return .none
        }
    }

    private mutating func ring() -> Effects<CallEffect> {
        guard isReliable else { return Effects(.respondInvite(CallReply(status: 180))) }
        return provisional(180, carriesSession: needsOffer && !hasSentSession)
    }

    /// RFC 3312 §5.1.2: nobody is alerted yet. Without RFC 3262 there is nothing to suspend the call with.
    private mutating func progress() -> Effects<CallEffect> {
        canBeReliable ? provisional(183, carriesSession: !hasSentSession) : .none
    }

    /// A reliable provisional response.
    private mutating func provisional(_ status: Int, carriesSession: Bool) -> Effects<CallEffect> {
        // RFC 3262 §3: the next reliable response waits for the PRACK of the first.
        guard unconfirmed == nil else { return .none }
        rseq += 1
        unconfirmed = rseq
        if carriesSession { hasSentSession = true }
        let (repetition, timers) = ResponseRepetition.begin(timers, isFinal: false)
        self.repetition = repetition
        var effects = Effects<CallEffect>(
            .respondInvite(CallReply(status: status, rseq: rseq, carriesSession: carriesSession)))
        effects.append(contentsOf: timers)
        return effects
    }

    private mutating func answer() -> Effects<CallEffect> {
        // RFC 3262 §3: an offer in an unconfirmed provisional response holds the 2xx back.
        if unconfirmed != nil, hasSentSession {
            wantsAnswer = true
            return .none
        }
        var effects = calm()
        state = .answered
        early.confirm()
        let (repetition, timers) = ResponseRepetition.begin(timers, isFinal: true)
        self.repetition = repetition
        effects.append(.respondInvite(CallReply(status: 200, carriesSession: !hasSentSession)))
        effects.append(contentsOf: timers)
        return effects
    }

    private mutating func receiveEarly(_ request: SIPMessage) -> Effects<CallEffect> {
        guard request.method != .ack else { return .none }
        guard early.admit(request) == .inOrder else { return Effects(.respond(CallReply(status: 500))) }
        switch request.method {
        case .prack: return confirm(request)
        // RFC 3261 §15.1.2: the BYE is answered, the pending INVITE with 487.
        case .bye:
            var effects = Effects<CallEffect>(.respond(CallReply(status: 200)))
            effects.append(.respondInvite(CallReply(status: 487)))
            effects.append(contentsOf: finish(.cancelled))
            return effects
        case .update: return Effects(.respond(CallReply(status: 200, carriesSession: !request.body.isEmpty)))
        case .options, .info: return Effects(.respond(CallReply(status: 200)))
        // RFC 3261 §14.2: a second INVITE before the first has its final response.
        case .invite: return Effects(.respond(CallReply(status: 500)))
        default: return Effects(.respond(CallReply(status: 405)))
        }
    }

    /// RFC 3262 §3: 200 to the PRACK that matches, 481 to any other.
    private mutating func confirm(_ prack: SIPMessage) -> Effects<CallEffect> {
        guard let expected = unconfirmed, Self.confirmed(by: prack) == [expected, sequence] else {
            return Effects(.respond(CallReply(status: 481)))
        }
        unconfirmed = nil
        var effects = calm()
        effects.append(.respond(CallReply(status: 200)))
        if wantsAnswer { effects.append(contentsOf: answer()) }
        return effects
    }

    /// Response number and CSeq number of a RAck for an INVITE (RFC 3262 §7.2).
    private static func confirmed(by prack: SIPMessage) -> [UInt32]? {
        let parts = (prack.text(.rAck) ?? "").split { $0 == " " || $0 == "\t" }
        guard parts.count == 3, parts[2] == "INVITE", let rseq = UInt32(parts[0]), let cseq = UInt32(parts[1]) else {
            return nil
        }
        return [rseq, cseq]
    }

    // MARK: Between 2xx and ACK

    private mutating func answered(_ event: CallEvent) -> Effects<CallEffect> {
        switch event {
        case .request(let request): return receiveAnswered(request)
        // RFC 3261 §15: no BYE before the ACK has come or its time has passed.
        case .hangUp:
            wantsEnd = true
            return .none
        case .timer(.repetition): return repetition?.fire() ?? .none
        case .timer(.patience):
            wantsEnd = true
            return stand()
        // §9.2: a CANCEL that crossed the 2xx changes nothing.
        case .cancelled, .progress, .ring, .answer, .reject, .renew, .response, .unanswered, .answered: return .none
        }
    }

    private mutating func receiveAnswered(_ request: SIPMessage) -> Effects<CallEffect> {
        switch request.method {
        case .ack: return request.cseqNumber == sequence ? stand() : .none
        // A PRACK that crossed the 2xx.
        case .prack:
            guard early.admit(request) == .inOrder, let expected = unconfirmed,
                Self.confirmed(by: request) == [expected, sequence]
            else { return Effects(.respond(CallReply(status: 481))) }
            unconfirmed = nil
            return Effects(.respond(CallReply(status: 200)))
        // The ACK is lost or late; the peer that hangs up knows of the session.
        case .bye:
            var effects = ResponseRepetition.stop
            repetition = nil
            var session = CallSession(early, timers)
            effects.append(contentsOf: session.handle(.request(request)))
            self.session = session
            state = .over
            return effects
        // RFC 3261 §14.2: the first INVITE is not done before its ACK.
        case .invite: return Effects(.respond(CallReply(status: 500)))
        default:
            guard early.admit(request) == .inOrder else { return Effects(.respond(CallReply(status: 500))) }
            let isOffer = request.method == .update && !request.body.isEmpty
            return Effects(.respond(CallReply(status: 200, carriesSession: isOffer)))
        }
    }

    private mutating func stand() -> Effects<CallEffect> {
        var effects = ResponseRepetition.stop
        repetition = nil
        state = .standing
        var session = CallSession(early, timers)
        if wantsEnd {
            effects.append(contentsOf: session.handle(.hangUp))
        } else {
            effects.append(.established)
        }
        self.session = session
        return effects
    }

    // MARK: Once it stands, and after

    private mutating func later(_ event: CallEvent) -> Effects<CallEffect> {
        guard var session else {
            guard case .request(let request) = event, request.method != .ack else { return .none }
            return Effects(.respond(CallReply(status: 481)))
        }
        let effects = lateConfirmation(event).map { session.confirm($0) } ?? session.handle(event)
        self.session = session
        if session.state == .over { state = .over }
        return effects
    }

    /// The PRACK of a provisional response the 2xx overtook, and then the ACK too (RFC 3262 §3).
    private mutating func lateConfirmation(_ event: CallEvent) -> SIPMessage? {
        guard case .request(let prack) = event, prack.method == .prack, state == .standing,
            let expected = unconfirmed, Self.confirmed(by: prack) == [expected, sequence]
        else { return nil }
        unconfirmed = nil
        return prack
    }

    private mutating func refuse(_ status: Int, as how: CallEnd? = nil) -> Effects<CallEffect> {
        var effects = Effects<CallEffect>(.respondInvite(CallReply(status: status)))
        effects.append(contentsOf: finish(how ?? .rejected(status: status)))
        return effects
    }

    private mutating func finish(_ how: CallEnd) -> Effects<CallEffect> {
        var effects = calm()
        state = .over
        early.terminate()
        effects.append(.ended(how))
        return effects
    }

    /// Nothing is repeated any more. A PRACK still due is answered when it comes after the 2xx.
    private mutating func calm() -> Effects<CallEffect> {
        defer { repetition = nil }
        return repetition == nil ? .none : ResponseRepetition.stop
    }
}
