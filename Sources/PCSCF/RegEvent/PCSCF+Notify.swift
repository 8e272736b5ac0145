import IMSCore
import RoleKit
import SIP

/// What the home network tells of registrations, TS 24.229 §5.2.5, RFC 6665 §4.1.3.
extension PCSCF {
    /// A NOTIFY addressed to this P-CSCF.
    func receiveNotify(_ incoming: IncomingRequest) {
        let message = incoming.message
        guard var subscription = regEvents.of(message) else { return stack.respond(incoming, 481) }
        guard EventHeader(message)?.package == RegInfo.package else {
            return stack.respond(incoming, 489) { $0.add(.allowEvents, RegInfo.package) }
        }
        guard let state = SubscriptionState(message) else {
            return stack.respond(incoming, 400, "No Subscription-State")
        }
        guard admit(message, &subscription) else { return stack.respond(incoming, 500) }
        stack.respond(incoming, 200)
        let document = document(message)
        let isNew = document.map { isNewer($0, subscription) } ?? false
        if isNew, let document { subscription.version = document.version }
        regEvents[subscription.id] = subscription
        if isNew, let document { obey(document, subscription) }
        step(subscription: subscription.id, .notified(state))
    }

    /// RFC 3261 §12.2.2: NOTIFYs out of order are not taken.
    private func admit(_ message: SIPMessage, _ subscription: inout RegEventSubscription) -> Bool {
        guard let number = message.cseqNumber else { return false }
        if let last = subscription.lastNotify, number <= last { return false }
        subscription.lastNotify = number
        return subscription.dialog?.admit(message) != .outOfOrder
    }

    /// The body; nil where there is none we can read.
    private func document(_ message: SIPMessage) -> RegInfo? {
        guard !message.body.isEmpty else { return nil }
        do {
            guard try message.token(.contentType)?.token.lowercased() == RegInfo.contentType else { return nil }
            return try RegInfo(parsing: Array(message.body))
        } catch {
            ports.log.warning("reginfo not understood", [(.callID, message.callID ?? ""), (.reason, "\(error)")])
            return nil
        }
    }

    /// RFC 3680 §5.1: a document that is not newer than the last is ignored.
    private func isNewer(_ document: RegInfo, _ subscription: RegEventSubscription) -> Bool {
        subscription.version.map { document.version > $0 } ?? true
    }

    /// Contacts the network has ended are forgotten here too, §5.2.5.
    private func obey(_ document: RegInfo, _ subscription: RegEventSubscription) {
        for ending in RegInfoDecision.endings(document, registrations.of(impi: subscription.impi)) {
            // The UE's own de-registration: the S-CSCF tells it before its 200 gets here.
            let isOwn = ending.event == .unregistered
            forget(ending.id, isOwn ? "de-registered" : "registration ended by the network: \(ending.event.rawValue)")
        }
    }
}
