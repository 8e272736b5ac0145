import IMSCore
import IPsec
import RoleKit
import SIP

/// The table of registered contacts, TS 24.229 §5.2.2.1.
extension PCSCF {
    /// Who registers, and how: what a REGISTER said before it was forwarded.
    struct Registrant {
        var impi: String
        var impu: String
        /// User part of our Path URI.
        var token: String
        var authentication: GmRegistration.Authentication
    }

    /// Takes in a 200 to REGISTER: stores what is registered, forgets what is no more.
    ///
    /// - Returns: the longest life granted, in seconds; nil for none.
    func save(_ incoming: IncomingRequest, _ response: SIPMessage, _ who: Registrant) -> Int? {
        let outcome = RegistrationOutcome(request: incoming.message, response: response)
        let associated = Self.uris(response, .pAssociatedURI)
        // The 200 names the contacts of one implicit set; those of the user's other sets are not its matter.
        let old = registrations.of(impi: who.impi).filter { $0.isOfSet(who.impu, defaultURI: associated.first) }
        for granted in outcome.granted {
            let known = old.first { $0.contact.isEquivalent(to: granted.contact) }
            store(granted, known, incoming, response, who, associated)
        }
        for gone in old where !outcome.bound.contains(where: { $0.isEquivalent(to: gone.contact) }) {
            forget(gone.id, "de-registered")
        }
        if !outcome.granted.isEmpty {
            report(incoming, who, associated.first ?? "", old.isEmpty ? "registered" : "registration refreshed")
        }
        watchRegistration(of: who.impi)
        return outcome.granted.map(\.seconds).max()
    }

    private func store(
        _ granted: RegistrationOutcome.Granted, _ known: GmRegistration?, _ incoming: IncomingRequest,
        _ response: SIPMessage, _ who: Registrant, _ associated: [String]
    ) {
        if let known { ports.timers.cancel(known.timer) }
        let id = known?.id ?? registrations.nextID()
        let milliseconds = granted.seconds * 1000
        let timer = ports.timers.start(
            afterMilliseconds: milliseconds, TimerToken(.role, kind: TimerKind.registrationExpiry, id: id))
        let vector = response.text(.pChargingVector).flatMap(ChargingVector.init(parsing:))
        let registration = GmRegistration(
            id: id, token: who.token, impi: who.impi, impu: who.impu, contact: granted.contact,
            flow: incoming.flow, listener: incoming.listener, authentication: who.authentication,
            callID: incoming.message.callID ?? "", associatedURIs: associated,
            serviceRoute: response.texts(.serviceRoute), termIOI: vector?.termIOI,
            chargingFunctions: response.texts(.pChargingFunctionAddresses),
            expiry: ports.clock.now.advanced(byMilliseconds: milliseconds), timer: timer,
            cseq: incoming.message.cseqNumber ?? 0)
        registrations.store(registration)
        keep(registration)
    }

    private static func uris(_ response: SIPMessage, _ id: HeaderID) -> [String] {
        ((try? response.addresses(id)) ?? []).map(\.uri.description)
    }

    func handle(timer token: TimerToken) {
        switch token.kind {
        case TimerKind.registrationExpiry: forget(token.id, "registration expired")
        case TimerKind.securityEnd: securityTimer(UInt32(truncatingIfNeeded: token.id))
        case TimerKind.kernelNews: hearKernel()
        case TimerKind.watching: beginWatching(token.id)
        default: subscriptionTimer(token)
        }
    }

    func forget(_ id: UInt64, _ event: String) {
        guard let gone = registrations.remove(id) else { return }
        ports.timers.cancel(gone.timer)
        strike(gone)
        let impu = gone.associatedURIs.first ?? ""
        ports.tap.event(event, impu: impu, impi: gone.impi, callID: gone.callID)
        ports.log.info(event, [(.impu, impu), (.impi, gone.impi), (.callID, gone.callID)])
        guard registrations.of(impi: gone.impi).isEmpty else { return }
        watchRegistration(of: gone.impi)
        if gone.authentication == .ipsec { securityEvent(.deregistered, of: gone.impi) }
    }

    private func report(_ incoming: IncomingRequest, _ who: Registrant, _ impu: String, _ event: String) {
        let callID = incoming.message.callID ?? ""
        ports.tap.event(event, impu: impu, impi: who.impi, callID: callID)
        ports.log.info(event, [(.impu, impu), (.impi, who.impi), (.callID, callID)])
    }
}
