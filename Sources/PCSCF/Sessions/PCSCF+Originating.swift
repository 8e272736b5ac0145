import IMSCore
import IPsec
import RoleKit
import SIP

/// Initial and stand-alone requests of a UE, TS 24.229 §5.2.6.3.3 and §5.2.6.3.7.
extension PCSCF {
    func originate(_ incoming: IncomingRequest, _ routing: RequestRouting) {
        // Policy hook: originating.
        if screenEmergency(incoming) { return }
        guard let registration = registrant(of: incoming) else {
            return refuse(incoming, 403, nil, "not registered from this address")
        }
        guard
            let identity = OriginatorIdentity.asserted(incoming.message, associated: registration.associatedURIs)
        else { return refuse(incoming, 403, nil, "no identity is registered with this contact") }
        guard let first = registration.serviceRoute.first, let next = try? NameAddress(parsing: first) else {
            return refuse(incoming, 403, nil, "registered without a Service-Route")
        }
        guard let target = coreTarget(incoming, next.uri) else { return }
        noteForgedRoute(incoming, routing, registration)
        // The dialog stays on the flow the UE is registered over, though this request was too large for it.
        let stays = registration.authentication == .ipsec || stack.stands(registration.flow)
        let change = OriginatingEdit(
            identity: identity, serviceRoute: registration.serviceRoute, chargingVector: chargingVector(),
            route: dialogRoute(
                incoming.message.method, stays ? registration.flow : incoming.flow,
                listener: stays ? registration.listener : incoming.listener))
        guard asksPolicy(incoming.message, at: incoming.listener) else { return sendOn(incoming, target, change) }
        start { pcscf in
            guard await pcscf.isGranted(incoming, at: incoming.listener, .fromUE) else { return }
            pcscf.sendOn(incoming, target, change)
        }
    }

    private func sendOn(_ incoming: IncomingRequest, _ target: SIPTarget, _ change: OriginatingEdit) {
        let listener = incoming.listener
        calls.began(incoming.message, unixSeconds: ports.clock.unixSeconds)
        stack.proxy(incoming, to: [target]) {
            change.apply(to: &$0, crossing(listener))
        } answering: { response, edit in
            self.follow(response: response, at: listener, .toUE, isInitial: true)
            self.crossing(listener).leave(&edit)
        }
    }

    /// The registration a request comes from: that of its flow, and of several the one it names itself by.
    ///
    /// Deviation: without IPsec a UE registered over UDP that sends a large request over TCP (RFC 3261 §18.1.1) comes
    /// from a port nobody knows; it is taken for the UE of that host whose contact it writes.
    ///
    /// With IPsec the set it came over says whose it is, and no header does (TS 33.203 §7.1).
    func registrant(of incoming: IncomingRequest) -> GmRegistration? {
        var found = registrations.from(incoming.flow)
        if stack.isProtected(incoming.listener) {
            // One of before, in the clear, is no way to go on by.
            found = agreement(of: incoming).map { registrations.of(impi: $0.user) } ?? []
            found.removeAll { $0.authentication != .ipsec }
        } else if found.isEmpty, incoming.flow.kind == .tcp {
            let contact = (try? incoming.message.contacts())?.first?.address?.uri
            found = registrations.from(hostOf: incoming.flow.remote).filter { registration in
                registration.authentication != .ipsec
                    && contact.map { $0.isEquivalent(to: registration.contact) }
                        ?? names(incoming.message, registration)
            }
        }
        return found.first { names(incoming.message, $0) } ?? found.first
    }

    /// Whether the request says it is from an identity of this registration.
    private func names(_ message: SIPMessage, _ registration: GmRegistration) -> Bool {
        let preferred = message.texts(.pPreferredIdentity).compactMap { try? NameAddress(parsing: $0) }
        let said = preferred.first ?? (try? message.from())
        return said.map { OriginatorIdentity.isAssociated($0.uri.description, registration.associatedURIs) } ?? false
    }

    /// §5.2.6.3.3: a preloaded Route other than the Service-Route is replaced by it; the first time it is told.
    private func noteForgedRoute(
        _ incoming: IncomingRequest, _ routing: RequestRouting, _ registration: GmRegistration
    ) {
        guard routing.route != nil else { return }
        let asked = ((try? incoming.message.addresses(.route)) ?? []).map(\.uri).dropFirst(routing.own.count)
        let stored = registration.serviceRoute.compactMap { try? NameAddress(parsing: $0).uri }
        if asked.count == stored.count, zip(asked, stored).allSatisfy({ $0.isEquivalent(to: $1) }) { return }
        complain("preloaded Route replaced by the Service-Route", incoming.flow.remote)
    }

    /// Our Record-Route for a dialog with this UE; nil where the request makes none.
    func dialogRoute(_ method: SIPMethod, _ flow: SIPFlow, listener: Int) -> DialogRoute? {
        guard DialogRoute.isNeeded(for: method) else { return nil }
        return DialogRoute(
            gm: stack.advertised(listener), core: stack.advertised(coreListener), flow: flow,
            token: token(of: flow))
    }
}

/// The changes to an initial request on its way from Gm to Mw, TS 24.229 §5.2.6.3.3.
struct OriginatingEdit {
    var identity: String
    var serviceRoute: [String]
    var chargingVector: String
    var route: DialogRoute?

    func apply(to edit: inout SIPEdit, _ crossing: GmCrossing) {
        crossing.enter(&edit)
        edit.removeAll(.pPreferredIdentity)
        edit.removeAll(.route)
        for value in serviceRoute { edit.append(.route, value) }
        edit.append(.pAssertedIdentity, "<\(identity)>")
        edit.append(.pChargingVector, chargingVector)
        route?.record(in: &edit, towardUE: false)
    }
}
