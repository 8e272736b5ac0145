import IMSCore
import RoleKit
import SIP

/// Watching the registrations that went through here, TS 24.229 §5.2.3, RFC 6665 §4.1.
extension PCSCF {
    /// How much longer than the registration a subscription is asked for: §5.2.3 wants it longer, and this much longer
    /// its own refresh never comes before the UE's.
    private static let margin = 900

    /// A 200 to REGISTER has gone by: the user is watched, and as long as the longest contact lasts.
    func watchRegistration(of impi: String) {
        guard config.subscribesToReg else { return }
        let watched = registrations.of(impi: impi).filter { !Self.isEmergency($0.contact) }
        if watched.isEmpty {
            if let known = regEvents.of(impi: impi) { step(subscription: known.id, .resourceGone) }
        } else if let known = regEvents.of(impi: impi), known.machine.state != .leaving {
            guard let last = watched.map(\.expiry).max(), last > known.expiry else { return }
            step(subscription: known.id, .prolong)
        } else {
            guard !stack.isDraining else { return }
            if let old = regEvents.of(impi: impi) { forget(subscription: old.id) }
            // The default public user identity, or the first with a domain where that is a number.
            let identities = watched.first?.associatedURIs ?? []
            guard let impu = identities.first(where: { $0.hasPrefix("sip") }) ?? identities.first else { return }
            let id = regEvents.nextID()
            regEvents.insert(
                RegEventSubscription(
                    id: id, impi: impi, impu: impu,
                    callID: "\(Hex.encode(ports.random.bytes(12)))@\(config.core.advertise)",
                    localTag: Hex.encode(ports.random.bytes(8)), expiry: ports.clock.now))
            step(subscription: id, .begin)
        }
    }

    /// An emergency registration is not watched, §5.2.10.1.
    private static func isEmergency(_ contact: AnyURI) -> Bool { contact.sip?.params.has("sos") ?? false }

    // MARK: The machine's effects

    /// Gives an event to a subscription's machine and does what it wants.
    func step(subscription id: UInt64, _ event: SubscriberSubscription.Event) {
        guard let effects = regEvents[id]?.machine.handle(event) else { return }
        for effect in effects { perform(effect, id) }
    }

    private func perform(_ effect: SubscriberSubscription.Effect, _ id: UInt64) {
        switch effect {
        case .subscribe: start { pcscf in await pcscf.subscribe(id) }
        case .start(let timer, let seconds):
            cancel(timer, id)
            if timer == .expiry {
                regEvents[id]?.expiry = ports.clock.now.advanced(byMilliseconds: seconds * 1000)
            }
            let token = TimerToken(.role, kind: Self.kind(timer), id: id)
            regEvents[id]?.timers[timer] = ports.timers.start(afterMilliseconds: seconds * 1000, token)
        case .cancel(let timer): cancel(timer, id)
        case .ended: forget(subscription: id)
        }
    }

    private func cancel(_ timer: SubscriberSubscription.Timer, _ id: UInt64) {
        if let running = regEvents[id]?.timers.removeValue(forKey: timer) { ports.timers.cancel(running) }
    }

    private static func kind(_ timer: SubscriberSubscription.Timer) -> UInt8 {
        switch timer {
        case .n: TimerKind.subscriptionN
        case .refresh: TimerKind.subscriptionRefresh
        case .expiry: TimerKind.subscriptionExpiry
        }
    }

    /// A timer of a subscription has fired.
    func subscriptionTimer(_ token: TimerToken) {
        let timer: SubscriberSubscription.Timer
        switch token.kind {
        case TimerKind.subscriptionN: timer = .n
        case TimerKind.subscriptionRefresh: timer = .refresh
        default: timer = .expiry
        }
        regEvents[token.id]?.timers[timer] = nil
        step(subscription: token.id, .fired(timer))
    }

    private func forget(subscription id: UInt64) {
        guard let old = regEvents.remove(id) else { return }
        for timer in old.timers.values { ports.timers.cancel(timer) }
    }

    // MARK: SUBSCRIBE

    /// Sends the first SUBSCRIBE, or one within the dialog, and takes in the answer.
    private func subscribe(_ id: UInt64) async {
        guard var subscription = regEvents[id] else { return }
        let isFirst = subscription.dialog == nil
        guard let (writer, targets) = request(&subscription) else {
            return step(subscription: id, .unanswered)
        }
        regEvents[id] = subscription
        var outcome = SIPOutcome.transportFailed
        for target in targets {
            outcome = await stack.request(writer, to: target)
            if !EntryPointDecision.triesNext(outcome) { break }
        }
        guard let subscription = regEvents[id] else { return }
        guard case .response(let response) = outcome else { return step(subscription: id, .unanswered) }
        guard (200..<300).contains(response.status) else {
            noteRefusal(response, subscription)
            return step(subscription: id, .refused(status: response.status))
        }
        if isFirst { regEvents[id]?.dialog = subscription.first.flatMap { Dialog(caller: $0, response: response) } }
        let granted = (try? response.integer(.expires)) ?? nil
        step(subscription: id, .accepted(seconds: granted ?? wantedSeconds(subscription)))
    }

    /// A warning once for each user.
    private func noteRefusal(_ response: SIPMessage, _ subscription: RegEventSubscription) {
        guard complaints.isFirst("reg subscription refused", from: subscription.impi) else { return }
        ports.log.warning(
            "reg subscription refused",
            [(.impi, subscription.impi), (.impu, subscription.impu), (.status, String(response.status))])
    }

    /// §5.2.3 a to g. In the dialog its own routes lead to the S-CSCF; the first goes to the entry points.
    private func request(_ subscription: inout RegEventSubscription) -> (SIPWriter, [SIPTarget])? {
        let targets: [SIPTarget]
        var writer: SIPWriter
        if var dialog = subscription.dialog {
            let request = dialog.request(.subscribe)
            subscription.dialog = dialog
            guard let next = try? AnyURI(parsing: request.nextHop),
                let target = config.common.hosts.target(next, listener: coreListener)
            else { return nil }
            writer = request.writer
            targets = [target]
        } else {
            writer = SIPWriter.request(.subscribe, uri: subscription.impu)
            writer.add(.maxForwards, "70")
            writer.add(.from, "<\(ownURI)>;tag=\(subscription.localTag)")
            writer.add(.to, "<\(subscription.impu)>")
            writer.add(.callID, subscription.callID)
            writer.add(.cseq, "1 SUBSCRIBE")
            targets = config.entryPoints.map {
                SIPTarget(address: $0.address, kind: $0.kind, listener: coreListener)
            }
        }
        writer.add(.contact, "<\(ownURI)>")
        writer.add(.event, RegInfo.package)
        writer.add(.expires, String(wantedSeconds(subscription)))
        writer.add(.accept, RegInfo.contentType)
        writer.add(.pAssertedIdentity, "<\(ownURI)>")
        writer.add(.pChargingVector, chargingVector())
        if subscription.dialog == nil { subscription.first = try? SIPMessage(writer.finish()) }
        return (writer, targets)
    }

    /// The URI our Path names us by.
    private var ownURI: String { "sip:\(stack.advertised(coreListener))" }

    private func wantedSeconds(_ subscription: RegEventSubscription) -> Int {
        let last = registrations.of(impi: subscription.impi).map(\.expiry).max() ?? ports.clock.now
        return last.milliseconds(since: ports.clock.now) / 1000 + Self.margin
    }
}
