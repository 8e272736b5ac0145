import RoleKit
import SIP

/// Initial and stand-alone requests for a UE, TS 24.229 §5.2.6.4.3 and §5.2.6.4.7.
extension PCSCF {
    func terminate(_ incoming: IncomingRequest, _ routing: RequestRouting) {
        // Policy hook: terminating.
        guard let registration = addressee(routing) else {
            // RFC 5626 §5.3.1: the flow our Path named is no more.
            return refuse(incoming, 430, nil, "nobody is registered here with that Path and contact")
        }
        guard let target = target(to: registration) else {
            return refuse(incoming, 430, nil, "no security association with the phone is left")
        }
        let message = incoming.message
        let change = TerminatingEdit(
            routing: routing,
            route: dialogRoute(message.method, registration.flow, listener: registration.listener),
            answer: calledParty(message, registration))
        guard asksPolicy(message, at: target.listener) else { return sendOn(incoming, target, change) }
        start { pcscf in
            guard await pcscf.isGranted(incoming, at: target.listener, .toUE) else { return }
            pcscf.sendOn(incoming, target, change)
        }
    }

    private func sendOn(_ incoming: IncomingRequest, _ target: SIPTarget, _ change: TerminatingEdit) {
        let (listener, answer) = (target.listener, change.answer)
        calls.began(incoming.message, unixSeconds: ports.clock.unixSeconds)
        stack.proxy(incoming, to: [target], unreachable: 430) {
            change.apply(to: &$0, crossing(listener))
        } answering: { response, edit in
            self.follow(response: response, at: listener, .fromUE, isInitial: true)
            answer.apply(to: &edit, self.crossing(listener))
        }
    }

    private func target(to registration: GmRegistration) -> SIPTarget? {
        registration.authentication == .ipsec
            ? securedTarget(to: registration.impi, registration.flow.kind)
            : target(registration.flow, listener: registration.listener, contact: registration.contact)
    }

    /// The contact a request is for: our Path names the registration, the Request-URI the contact.
    private func addressee(_ routing: RequestRouting) -> GmRegistration? {
        let found = routing.own.lazy.compactMap(\.user).map { self.registrations.of(token: $0) }.first { !$0.isEmpty }
        guard let found else { return nil }
        return found.first { $0.contact.isEquivalent(to: routing.requestURI) } ?? (found.count == 1 ? found[0] : nil)
    }

    /// What the responses will say of who answered: P-Called-Party-ID where it is one of the UE's identities.
    private func calledParty(_ message: SIPMessage, _ registration: GmRegistration) -> TerminatingAnswer {
        let called = (try? message.address(.pCalledPartyID))?.uri.description
        let known = called.flatMap { OriginatorIdentity.isAssociated($0, registration.associatedURIs) ? $0 : nil }
        return TerminatingAnswer(
            identity: known ?? registration.associatedURIs.first, chargingVector: message.text(.pChargingVector))
    }
}

/// The changes to an initial request on its way from Mw to Gm, TS 24.229 §5.2.6.4.3.
struct TerminatingEdit {
    var routing: RequestRouting
    var route: DialogRoute?
    var answer: TerminatingAnswer

    func apply(to edit: inout SIPEdit, _ crossing: GmCrossing) {
        crossing.leave(&edit)
        routing.apply(to: &edit)
        route?.record(in: &edit, towardUE: true)
    }
}

/// The changes to a UE's response on its way from Gm to Mw, TS 24.229 §5.2.6.4.4.
struct TerminatingAnswer {
    var identity: String?
    /// As the request had it.
    var chargingVector: String?

    func apply(to edit: inout SIPEdit, _ crossing: GmCrossing) {
        crossing.enter(&edit)
        if edit.message.has(.pPreferredIdentity) { edit.removeAll(.pPreferredIdentity) }
        guard edit.message.status > 100 else { return }
        if let identity { edit.append(.pAssertedIdentity, "<\(identity)>") }
        if let chargingVector { edit.append(.pChargingVector, chargingVector) }
    }
}
