import IMSCore
import RoleKit
import SIP

/// SUBSCRIBE to the registration state, TS 24.229 §5.4.2.1.1, RFC 6665 §4.2.1.
extension SCSCF {
    /// Subscriptions that may watch one implicit set: its phones, their P-CSCFs, application servers.
    static let subscriptionsPerSet = 20

    /// A SUBSCRIBE that ends here: in a dialog of ours, or for somebody registered here.
    func subscribe(_ incoming: IncomingRequest) {
        let request: RegEventRequest
        do { request = try RegEventRequest(incoming.message) } catch { return refuse(incoming, error) }
        guard incoming.message.has(.contact) else { return stack.respond(incoming, 400, "No Contact") }
        if incoming.message.toTag != nil { return resubscribe(incoming, request) }
        guard let set = watchedSet(incoming.message) else { return stack.respond(incoming, 403) }
        let asserted = ((try? incoming.message.addresses(.pAssertedIdentity)) ?? []).map(\.uri)
        guard let subscriber = RegEventSubscriber(asserted: asserted, of: set) else {
            ports.log.notice(
                "reg subscription refused",
                [(.impu, set.defaultIMPU), (.from, asserted.first?.description ?? "nobody")])
            return stack.respond(incoming, 403)
        }
        let dialog = stack.localTag(of: incoming).flatMap { Dialog(called: incoming.message, localTag: $0) }
        guard let dialog else { return stack.respond(incoming, 400) }
        if subscriber == .user { supersede(set.id, by: dialog) }
        guard regEvents.of(set: set.id).count < Self.subscriptionsPerSet else {
            return stack.respond(incoming, 500, "Too Many Subscriptions") {
                $0.add(.retryAfter, String(config.retryAfterSeconds))
            }
        }
        begin(incoming, request, subscriber, set, dialog)
    }

    /// The implicit set of the Request-URI's identity.
    private func watchedSet(_ message: SIPMessage) -> RegistrationSet? {
        IMPU(message.requestURIText).flatMap { registrar.set(of: $0) }
    }

    /// A phone that has forgotten its subscription (a restart) makes a new one from the same contact: the old one goes
    /// without a word, since nobody would understand it.
    private func supersede(_ set: UInt64, by dialog: Dialog) {
        for id in regEvents.of(set: set) where regEvents[id]?.dialog.remoteTarget == dialog.remoteTarget {
            forget(subscription: id)
        }
    }

    private func begin(
        _ incoming: IncomingRequest, _ request: RegEventRequest, _ subscriber: RegEventSubscriber,
        _ set: RegistrationSet, _ dialog: Dialog
    ) {
        var dialog = dialog
        dialog.confirm()
        let id = regEvents.nextID()
        regEvents.insert(
            RegEventSubscription(
                id: id, setID: set.id, subscriber: subscriber, event: request.event, dialog: dialog,
                expiry: ports.clock.now.advanced(byMilliseconds: request.seconds * 1000)))
        accept(incoming, request)
        step(subscription: id, request.seconds == 0 ? .unsubscribed : .subscribed(seconds: request.seconds))
    }

    /// A SUBSCRIBE within the dialog: refresh or end. RFC 6665 §4.2.1.3, §4.2.1.4
    private func resubscribe(_ incoming: IncomingRequest, _ request: RegEventRequest) {
        guard let dialog = DialogID(incoming: incoming.message), var known = regEvents.of(dialog: dialog),
            known.machine.state == .active
        else { return stack.respond(incoming, 481) }
        guard known.dialog.admit(incoming.message) == .inOrder else { return stack.respond(incoming, 500) }
        if request.seconds > 0 {
            known.expiry = ports.clock.now.advanced(byMilliseconds: request.seconds * 1000)
        }
        regEvents[known.id] = known
        accept(incoming, request)
        step(subscription: known.id, request.seconds == 0 ? .unsubscribed : .subscribed(seconds: request.seconds))
    }

    private func accept(_ incoming: IncomingRequest, _ request: RegEventRequest) {
        stack.respond(incoming, 200) {
            $0.add(.contact, "<\(config.uri)>")
            $0.add(.expires, String(request.seconds))
        }
    }

    private func refuse(_ incoming: IncomingRequest, _ refusal: RegEventRequest.Refusal) {
        switch refusal {
        // RFC 6665 §8.3.2: at once, so that a phone stops asking for a package there is not.
        case .badEvent: stack.respond(incoming, 489) { $0.add(.allowEvents, RegInfo.package) }
        case .notAcceptable: stack.respond(incoming, 406) { $0.add(.accept, RegInfo.contentType) }
        case .tooBrief(let minimum): stack.respond(incoming, 423) { $0.add(.minExpires, String(minimum)) }
        case .malformed: stack.respond(incoming, 400)
        }
    }
}
