import IMSCore
import RoleKit
import SIP

/// Telling subscribers of the registration state, TS 24.229 §5.4.2.1.2, RFC 6665 §4.2.2.
extension SCSCF {
    // MARK: What has changed

    /// A contact is bound no more: the next document says so.
    func contactGone(_ binding: Binding, _ event: RegInfo.Contact.Event, of set: RegistrationSet) {
        for id in regEvents.of(set: set.id) {
            regEvents[id]?.gone.append(GoneContact(binding: binding, event: event))
            regEvents[id]?.lastSet = set
        }
    }

    /// The procedure that changed a set is over: whoever watches it is told.
    func registrationChanged(_ set: UInt64) {
        let isRegistered = registrar.sets[set] != nil
        for id in regEvents.of(set: set) {
            if isRegistered {
                step(subscription: id, .resourceChanged)
            } else {
                step(subscription: id, .resourceGone(reason(regEvents[id]?.gone.last?.event)))
            }
        }
    }

    /// RFC 6665 §4.1.3: whether it makes sense to subscribe again follows from why the last contact went.
    private func reason(_ event: RegInfo.Contact.Event?) -> SubscriptionState.TerminationReason {
        event == .rejected ? .rejected : .noresource
    }

    // MARK: The machine's effects

    /// Gives an event to a subscription's machine and does what it wants.
    func step(subscription id: UInt64, _ event: NotifierSubscription.Event) {
        var next: NotifierSubscription.Event? = event
        while let event = next {
            next = nil
            guard let effects = regEvents[id]?.machine.handle(event) else { return }
            for effect in effects where !perform(effect, id) { next = .unanswered }
        }
    }

    /// False where a NOTIFY cannot be sent.
    private func perform(_ effect: NotifierSubscription.Effect, _ id: UInt64) -> Bool {
        switch effect {
        case .start(let timer, let seconds):
            cancel(timer, id)
            let token = TimerToken(.role, kind: Self.kind(timer), id: id)
            regEvents[id]?.timers[timer] = ports.timers.start(afterMilliseconds: seconds * 1000, token)
        case .cancel(let timer): cancel(timer, id)
        case .notify: return notify(id, nil)
        case .notifyTermination(let reason): return notify(id, reason)
        case .ended: forget(subscription: id)
        }
        return true
    }

    private func cancel(_ timer: NotifierSubscription.Timer, _ id: UInt64) {
        if let running = regEvents[id]?.timers.removeValue(forKey: timer) { ports.timers.cancel(running) }
    }

    private static func kind(_ timer: NotifierSubscription.Timer) -> UInt8 {
        switch timer {
        case .expiry: TimerKind.subscriptionExpiry
        case .retry: TimerKind.notifyRetry
        }
    }

    /// A timer of a subscription has fired.
    func subscriptionTimer(_ token: TimerToken) {
        let timer: NotifierSubscription.Timer = token.kind == TimerKind.notifyRetry ? .retry : .expiry
        regEvents[token.id]?.timers[timer] = nil
        step(subscription: token.id, .fired(timer))
    }

    /// Forgets a subscription and its timers.
    func forget(subscription id: UInt64) {
        guard let old = regEvents.remove(id) else { return }
        for timer in old.timers.values { ports.timers.cancel(timer) }
    }

    // MARK: NOTIFY

    /// Sends a NOTIFY with the state there is now. False if there is no way to the subscriber.
    private func notify(_ id: UInt64, _ reason: SubscriptionState.TerminationReason?) -> Bool {
        guard var subscription = regEvents[id] else { return true }
        let now = ports.clock.now
        var request = subscription.dialog.request(.notify)
        routeByPath(&request, subscription)
        guard let uri = try? AnyURI(parsing: request.nextHop), let target = config.common.hosts.target(uri) else {
            return false
        }
        let state = reason.map { SubscriptionState.terminated(reason: $0, retryAfter: nil) }
        request.writer.add(.event, subscription.event.text)
        request.writer.add(
            .subscriptionState,
            (state ?? .active(expires: subscription.remainingSeconds(at: now))).text)
        request.writer.add(.contact, "<\(config.uri)>")
        if let document = document(&subscription, at: now) {
            request.writer.setBody(document.xml, type: RegInfo.contentType)
        }
        regEvents[id] = subscription
        let writer = request.writer
        start { scscf in await scscf.deliver(writer, to: target, subscription: id) }
        return true
    }

    private func document(_ subscription: inout RegEventSubscription, at now: Moment) -> RegInfo? {
        let registered = registrar.sets[subscription.setID]
        guard let set = registered ?? subscription.lastSet else { return nil }
        let document = RegInfoContent.document(
            version: subscription.version, set, isRegistered: registered != nil, gone: subscription.gone, at: now)
        subscription.version &+= 1
        subscription.reported = subscription.gone.count
        return document
    }

    /// A user's SUBSCRIBE that no P-CSCF has recorded its route in: the Path of the contact leads there.
    private func routeByPath(_ request: inout Dialog.Request, _ subscription: RegEventSubscription) {
        guard subscription.subscriber == .user, subscription.dialog.routeSet.isEmpty else { return }
        let set = registrar.sets[subscription.setID] ?? subscription.lastSet
        let bindings = (set?.bindings ?? []) + subscription.gone.map(\.binding)
        let target = try? AnyURI(parsing: subscription.dialog.remoteTarget)
        guard let binding = bindings.first(where: { target?.isEquivalent(to: $0.address.uri) == true }),
            let first = binding.path.first.flatMap({ try? NameAddress(parsing: $0) })
        else { return }
        for value in binding.path { request.writer.add(.route, value) }
        request.nextHop = first.uri.description
    }

    private func deliver(_ writer: SIPWriter, to target: SIPTarget, subscription id: UInt64) async {
        switch await stack.request(writer, to: target) {
        case .response(let response):
            if (200..<300).contains(response.status), let reported = regEvents[id]?.reported {
                regEvents[id]?.gone.removeFirst(reported)
                regEvents[id]?.reported = 0
            }
            let retryAfter = (try? response.integer(.retryAfter)) ?? nil
            step(subscription: id, .answered(status: response.status, retryAfter: retryAfter))
        case .timeout, .transportFailed: step(subscription: id, .unanswered)
        }
        finishDraining()
    }
}
