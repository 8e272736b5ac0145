import IMSCore
import RoleKit
import SIP

/// The table of registered contacts, TS 24.229 §5.2.2.1.
extension PCSCF {
    /// Takes in a 200 to REGISTER: stores what is registered, forgets what is no more.
    func save(_ incoming: IncomingRequest, _ response: SIPMessage, impi: String, token: String, isAKA: Bool) {
        let outcome = RegistrationOutcome(request: incoming.message, response: response)
        let old = registrations.of(impi: impi)
        for granted in outcome.granted {
            let known = old.first { $0.contact.isEquivalent(to: granted.contact) }
            store(granted, known, incoming, response, impi: impi, token: token, isAKA: isAKA)
        }
        for gone in old where !outcome.bound.contains(where: { $0.isEquivalent(to: gone.contact) }) {
            forget(gone.id, "de-registered")
        }
        if !outcome.granted.isEmpty { report(incoming, impi, old.isEmpty ? "registered" : "registration refreshed") }
        watchRegistration(of: impi)
    }

    private func store(
        _ granted: RegistrationOutcome.Granted, _ known: GmRegistration?, _ incoming: IncomingRequest,
        _ response: SIPMessage, impi: String, token: String, isAKA: Bool
    ) {
        if let known { ports.timers.cancel(known.timer) }
        let id = known?.id ?? registrations.nextID()
        let milliseconds = granted.seconds * 1000
        let timer = ports.timers.start(
            afterMilliseconds: milliseconds, TimerToken(.role, kind: TimerKind.registrationExpiry, id: id))
        let vector = response.text(.pChargingVector).flatMap(ChargingVector.init(parsing:))
        registrations.store(
            GmRegistration(
                id: id, token: token, impi: impi, contact: granted.contact, flow: incoming.flow,
                listener: incoming.listener, authentication: isAKA ? .aka : .digest,
                callID: incoming.message.callID ?? "", associatedURIs: Self.uris(response, .pAssociatedURI),
                serviceRoute: response.texts(.serviceRoute), termIOI: vector?.termIOI,
                expiry: ports.clock.now.advanced(byMilliseconds: milliseconds), timer: timer,
                cseq: incoming.message.cseqNumber ?? 0))
    }

    private static func uris(_ response: SIPMessage, _ id: HeaderID) -> [String] {
        ((try? response.addresses(id)) ?? []).map(\.uri.description)
    }

    func handle(timer token: TimerToken) {
        guard token.kind == TimerKind.registrationExpiry else { return subscriptionTimer(token) }
        forget(token.id, "registration expired")
    }

    func forget(_ id: UInt64, _ event: String) {
        guard let gone = registrations.remove(id) else { return }
        ports.timers.cancel(gone.timer)
        let impu = gone.associatedURIs.first ?? ""
        ports.tap.event(event, impu: impu, impi: gone.impi, callID: gone.callID)
        ports.log.info(event, [(.impu, impu), (.impi, gone.impi), (.callID, gone.callID)])
        if registrations.of(impi: gone.impi).isEmpty { watchRegistration(of: gone.impi) }
    }

    private func report(_ incoming: IncomingRequest, _ impi: String, _ event: String) {
        let impu = registrations.of(impi: impi).first?.associatedURIs.first ?? ""
        let callID = incoming.message.callID ?? ""
        ports.tap.event(event, impu: impu, impi: impi, callID: callID)
        ports.log.info(event, [(.impu, impu), (.impi, impi), (.callID, callID)])
    }
}
