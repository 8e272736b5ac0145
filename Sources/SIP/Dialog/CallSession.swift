/// A call that stands, the same at both ends: in-dialog requests, re-INVITE, BYE (RFC 3261 §14, §15).
struct CallSession: Sendable {
    enum State: Equatable, Sendable { case standing, leaving, over }

    private(set) var state = State.standing
    private(set) var dialog: Dialog
    private let timers: SIPTimers
    /// A 2xx to a re-INVITE whose ACK has not come.
    private var repetition: ResponseRepetition?

    init(_ dialog: Dialog, _ timers: SIPTimers) {
        self.dialog = dialog
        self.timers = timers
    }

    mutating func handle(_ event: CallEvent) -> Effects<CallEffect> {
        switch state {
        case .standing: standing(event)
        case .leaving: leaving(event)
        case .over: over(event)
        }
    }

    private mutating func standing(_ event: CallEvent) -> Effects<CallEffect> {
        switch event {
        case .hangUp: return leave()
        case .request(let request): return receive(request)
        case .timer(.repetition): return repetition?.fire() ?? .none
        // RFC 3261 §14.2: without its ACK the session is as it was before; §13.3.1.4 ends it with a BYE.
        case .timer(.patience):
            guard repetition != nil else { return .none }
            return leave()
        // RFC 3261 §12.2.1.2: the peer knows no such dialog, or is gone: the dialog is over.
        case .answered(_, status: 481), .answered(_, status: 408):
            return end(.hungUpByPeer)
        case .progress, .ring, .answer, .reject, .renew, .response, .unanswered, .cancelled, .answered: return .none
        }
    }

    /// BYE is on its way; the session ended when it was handed over (RFC 3261 §15.1.1), the call with its answer.
    private mutating func leaving(_ event: CallEvent) -> Effects<CallEffect> {
        switch event {
        case .answered(.bye, status: _): return end(.hungUp)
        // Both hung up at once: each BYE is answered.
        case .request(let request) where request.method == .bye:
            _ = dialog.admit(request)
            return Effects(.respond(CallReply(status: 200)))
        case .request(let request): return refuse(request, 481)
        case .progress, .ring, .answer, .reject, .renew, .hangUp, .response, .unanswered, .cancelled, .answered, .timer:
            return .none
        }
    }

    private func over(_ event: CallEvent) -> Effects<CallEffect> {
        guard case .request(let request) = event else { return .none }
        return refuse(request, 481)
    }

    private mutating func receive(_ request: SIPMessage) -> Effects<CallEffect> {
        guard dialog.admit(request) == .inOrder else { return refuse(request, 500) }
        switch request.method {
        case .ack:
            guard repetition != nil else { return .none }
            repetition = nil
            return ResponseRepetition.stop
        // RFC 3261 §15.1.2
        case .bye:
            var effects = Effects<CallEffect>(.respond(CallReply(status: 200)))
            effects.append(contentsOf: end(.hungUpByPeer))
            return effects
        // RFC 3261 §14.2: one at a time.
        case .invite:
            guard repetition == nil else { return refuse(request, 500) }
            let (repetition, timers) = ResponseRepetition.begin(timers, isFinal: true)
            self.repetition = repetition
            var effects = Effects<CallEffect>(.respond(CallReply(status: 200, carriesSession: true)))
            effects.append(contentsOf: timers)
            return effects
        // RFC 3311 §5.2: an answer where there is an offer; without one it only refreshes (RFC 4028 §7.4).
        case .update: return Effects(.respond(CallReply(status: 200, carriesSession: !request.body.isEmpty)))
        case .options, .info, .message: return Effects(.respond(CallReply(status: 200)))
        // RFC 3262 §3: there is no provisional response it could confirm.
        case .prack: return refuse(request, 481)
        default: return refuse(request, 405)
        }
    }

    /// A PRACK for a response from before the call stood.
    mutating func confirm(_ prack: SIPMessage) -> Effects<CallEffect> {
        guard dialog.admit(prack) == .inOrder else { return refuse(prack, 500) }
        return Effects(.respond(CallReply(status: 200)))
    }

    private mutating func leave() -> Effects<CallEffect> {
        state = .leaving
        var effects: Effects<CallEffect> = repetition == nil ? .none : ResponseRepetition.stop
        repetition = nil
        dialog.terminate()
        effects.append(.send(dialog.request(.bye)))
        return effects
    }

    private mutating func end(_ how: CallEnd) -> Effects<CallEffect> {
        state = .over
        dialog.terminate()
        var effects: Effects<CallEffect> = repetition == nil ? .none : ResponseRepetition.stop
        repetition = nil
        effects.append(.ended(how))
        return effects
    }

    private func refuse(_ request: SIPMessage, _ status: Int) -> Effects<CallEffect> {
        request.method == .ack ? .none : Effects(.respond(CallReply(status: status)))
    }
}
