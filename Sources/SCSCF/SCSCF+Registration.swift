import Diameter
import IMSCore
import RoleKit
import SIP

/// Registration and re-registration, TS 24.229 §5.4.1.2.
extension SCSCF {
    /// A REGISTER whose turn has come.
    func register(_ incoming: IncomingRequest, _ request: RegisterRequest) async {
        let session = authentication.session(of: request.impi)
        let isSessionLive = session.map { $0.expiry > ports.clock.now } ?? false
        let set = registrar.set(of: request.impu)
        let subject = AuthenticationSubject(
            credentials: request.credentials, integrity: request.integrity, callID: request.callID,
            impu: request.impu, challenges: authentication.challenges(of: request.impi),
            sessionNonce: isSessionLive ? session?.nonce : nil,
            isRegistered: set.map { !$0.bindings(of: request.impi).isEmpty } ?? false,
            akaWithoutIPsec: config.akaWithoutIPsec)
        // Policy hook: originating access, before authentication.
        switch AuthenticationDecision.step(subject) {
        case .challenge(let cause): await challenge(incoming, request, cause)
        case .verify(let serial): await verify(incoming, request, challenge: serial)
        case .verifySession: await verifySession(incoming, request)
        case .accept:
            var request = request
            request.isUnchallenged = true
            await bind(incoming, request)
        case .refuse(let reason, let ended): await refuse(incoming, request, reason, ended: ended)
        }
    }

    /// The user is authenticated: what the Contact headers ask for is done. §5.4.1.2.2F, §5.4.1.4
    ///
    /// - Parameter proof: Authentication-Info for the 200, with SIP Digest.
    func bind(_ incoming: IncomingRequest, _ request: RegisterRequest, proof: String? = nil) async {
        switch decideContacts(request) {
        case .refuse(let status, let reason): stack.respond(incoming, status, reason)
        case .tooBrief(let minimum):
            stack.respond(incoming, 423) { $0.add(.minExpires, String(minimum)) }
        case .unknownBinding: await refuseUnknownBinding(incoming, request)
        case .fetch: acknowledge(incoming, request, proof)
        case .change(let change):
            if change.grants.isEmpty {
                await deregister(incoming, request, change, proof)
            } else {
                await assign(incoming, request, proof)
            }
        }
    }

    /// The decision over the bindings there are now.
    func decideContacts(_ request: RegisterRequest) -> ContactDecision {
        let bindings = registrar.set(of: request.impu)?.bindings ?? []
        return ContactDecision.decide(request, bindings: bindings, interval: config.expires)
    }

    /// SAR, then the bindings, then 200.
    private func assign(_ incoming: IncomingRequest, _ request: RegisterRequest, _ proof: String?) async {
        let before = registrar.set(of: request.impu)
        let isFirst = before?.bindings(of: request.impi).isEmpty ?? true
        let answer = await serverAssignment(
            isFirst ? .registration : .reRegistration, impi: request.impi, impu: request.impu,
            hasProfile: before != nil, hss: before?.hss)
        switch answer {
        case .failure(let failure): refuse(incoming, request, failure, at: "SAR")
        case .success(let user):
            // The await let other procedures run: what follows is decided from what is there now.
            let profile = user.profile ?? registrar.set(of: request.impu)?.profile
            if let fault = ProfileDecision.fault(profile, of: request.impu) {
                return await refuse(incoming, request, fault, hss: user.hss)
            }
            guard let profile, case .change(let change) = decideContacts(request) else {
                return stack.respond(incoming, 500, "Registration Overtaken")
            }
            let wasRegistered = registrar.set(of: request.impu) != nil
            let id = apply(change, request, profile, user)
            let answer = acknowledge(incoming, request, proof)
            registrationChanged(id)
            report(request, isFirst ? "registered" : "registration refreshed")
            guard let set = registrar.sets[id] else { return }
            inform(
                RegistrationChange(
                    type: wasRegistered ? .reRegistration : .initial, set: set, impu: request.impu,
                    request: incoming.message, response: answer))
        }
    }

    /// Makes, renews and removes bindings. Returns the set they belong to.
    private func apply(
        _ change: ContactChange, _ request: RegisterRequest, _ profile: UserProfile, _ user: AssignedUser
    ) -> UInt64 {
        let (profile, services) = catalogue.intern(profile) { noteExpression($0) }
        let id = registrar.install(
            profile, services, for: request.impu, token: Hex.encode(ports.random.bytes(8)), hss: user.hss,
            chargingFunctions: user.chargingFunctions)
        let neighbour = neighbour(request)
        for grant in change.grants {
            let serial = grant.serial ?? registrar.nextSerial()
            if let old = registrar.binding(serial) { ports.timers.cancel(old.timer) }
            let timer = ports.timers.start(
                afterMilliseconds: grant.seconds * 1000,
                TimerToken(.role, kind: TimerKind.bindingExpiry, id: serial))
            registrar.bind(
                Binding(
                    serial: serial, impi: request.impi, address: grant.contact.address, flow: grant.contact.flow,
                    path: request.path, neighbour: neighbour, callID: request.callID, cseq: request.cseq,
                    expiry: ports.clock.now.advanced(byMilliseconds: grant.seconds * 1000), timer: timer,
                    impu: request.impu,
                    event: grant.serial == nil ? .registered : .refreshed),
                in: id)
        }
        for serial in change.removed { unbind(serial, .unregistered) }
        // §5.4.1.2.2F: the network takes the old contact of a UE that has a new one.
        for serial in change.replaced { unbind(serial, .deactivated) }
        return id
    }

    func noteExpression(_ text: String) {
        guard complaints.isFirst("expression", from: text) else { return }
        ports.log.warning(
            "expression of a filter criterion cannot be used: it never matches",
            [(.reason, text), (.clause, "TS 29.228 Annex F")])
    }

    /// Forgets a binding and its timer; who watches the registration will hear why.
    func unbind(_ serial: UInt64, _ event: RegInfo.Contact.Event) {
        guard let set = registrar.set(ofBinding: serial), let binding = registrar.unbind(serial) else { return }
        ports.timers.cancel(binding.timer)
        contactGone(binding, event, of: set)
    }

    func report(_ request: RegisterRequest, _ event: String) {
        ports.tap.event(event, impu: request.impu.text, impi: request.impi.text, callID: request.callID)
        ports.log.info(
            event, [(.impu, request.impu.text), (.impi, request.impi.text), (.callID, request.callID)])
    }
}
