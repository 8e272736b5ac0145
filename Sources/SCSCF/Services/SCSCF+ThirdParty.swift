import Diameter
import IMSCore
import RoleKit
import SIP

/// What has become of a registration, for the application servers that want to know.
struct RegistrationChange: Sendable {
    var type: RegistrationType
    /// As it is now; of one that has ended, as it was.
    var set: RegistrationSet
    /// The identity the user has registered with.
    var impu: IMPU?
    /// The user's REGISTER and our answer to it; none where a registration has run out or was taken away.
    var request: SIPMessage?
    var response: [UInt8]?
}

/// Whom third-party REGISTERs of one user at one server are for. Only the outcome of the last one counts: with it the server
/// has heard of everything, or of nothing.
struct Informing: Hashable, Sendable {
    var set: UInt64
    /// Place of the service profile.
    var profile: Int
    var server: String
}

/// Third-party REGISTER, TS 24.229 §5.4.1.7.
extension SCSCF {
    /// Such REGISTERs that may wait for their answers. With every application server down, 4,000 users a second register
    /// before one goes without.
    static let mostInformings = 20_000

    /// Tells every application server whose criterion the change meets. The user has had its answer already: however long
    /// a server takes, nobody waits for it.
    func inform(_ change: RegistrationChange) {
        guard !change.set.services.isEmpty else { return }
        let subject = RegistrationSubject(message: change.request, type: change.type)
        for (index, services) in change.set.services.enumerated() {
            guard let identity = identity(in: index, change) else { continue }
            var told: [ApplicationServer] = []
            for match in services.all(for: subject) where !told.contains(match.server) {
                told.append(match.server)
                inform(match.server, of: change, identity, profile: index)
            }
        }
    }

    /// The identity registered, or another of the service profile's: one that is not barred.
    private func identity(in index: Int, _ change: RegistrationChange) -> String? {
        let own = change.set.profile.serviceProfiles[index].publicIdentities.filter {
            !$0.isBarred && ($0.kind ?? .distinctPublicUserIdentity) == .distinctPublicUserIdentity
                && ProfileDecision.isWritable($0.identity)
        }
        return (own.first { IMPU($0.identity) == change.impu } ?? own.first)?.identity
    }

    private func inform(
        _ server: ApplicationServer, of change: RegistrationChange, _ identity: String, profile: Int
    ) {
        guard let uri = try? SIPURI(parsing: server.serverName), var target = config.common.hosts.target(.sip(uri))
        else {
            complainOfName(server)
            return unreached(server, of: change)
        }
        // A limit of ours says nothing of the server: nobody is de-registered for it.
        guard informings < Self.mostInformings else { return noteUnreached(server, of: change, "too many at once") }
        believe(target.address)
        target.answerWithin = config.asTimeoutMilliseconds
        informings += 1
        let writer = request(to: server, of: change, identity).writer()
        let informing = Informing(set: change.set.id, profile: profile, server: server.serverName)
        lastInformings[informing] = informed
        start { [target, informed] in
            await $0.deliver(writer, to: target, server, change, (informing, informed))
        }
    }

    private func request(
        to server: ApplicationServer, of change: RegistrationChange, _ identity: String
    ) -> ThirdPartyRegister {
        informed &+= 1
        var vector = change.request?.text(.pChargingVector).flatMap(ChargingVector.init(parsing:))
        vector?.origIOI = InterOperatorIdentifier.type3(config.common.homeNetwork)
        vector?.termIOI = nil
        var request = ThirdPartyRegister(
            server: server.serverName, identity: identity, registrar: config.uri, seconds: remainingSeconds(change),
            callID: "\(change.set.token)-r@\(config.common.homeNetwork)", cseq: informed,
            tag: Hex.encode(ports.random.bytes(8)), message: change.request, chargingVector: vector?.description,
            chargingFunctions: change.set.chargingFunctions)
        request.parts = ThirdPartyRegister.parts(for: server, request: change.request, response: change.response)
        if request.parts.count > 1 { request.boundary = Hex.encode(ports.random.bytes(12)) }
        return request
    }

    /// What the user has been granted.
    private func remainingSeconds(_ change: RegistrationChange) -> Int {
        guard change.type != .deRegistration else { return 0 }
        return change.set.bindings.map { $0.remainingSeconds(at: ports.clock.now) }.max() ?? 0
    }

    private func deliver(
        _ writer: SIPWriter, to target: SIPTarget, _ server: ApplicationServer, _ change: RegistrationChange,
        _ own: (informing: Informing, number: UInt32)
    ) async {
        let outcome = await stack.request(writer, to: target)
        informings -= 1
        let isLast = lastInformings[own.informing] == own.number
        if isLast { lastInformings[own.informing] = nil }
        let status: Int? = if case .response(let response) = outcome { response.status } else { nil }
        if ServiceDecision.isFailure(status) {
            let why = status.map { "answered \($0)" } ?? "no answer"
            isLast ? unreached(server, of: change, why) : noteUnreached(server, of: change, why)
        }
        finishDraining()
    }

    /// §5.4.1.7: without its server the user goes on, or is de-registered.
    private func unreached(_ server: ApplicationServer, of change: RegistrationChange, _ why: String = "no address") {
        noteUnreached(server, of: change, why)
        guard server.defaultHandling == .sessionTerminated, change.type != .deRegistration,
            let set = registrar.sets[change.set.id]
        else { return }
        var impis: [IMPI] = []
        for binding in set.bindings where !impis.contains(binding.impi) { impis.append(binding.impi) }
        for impi in impis { submit(.withdrawal(set: set.id), for: impi) }
    }

    private func noteUnreached(_ server: ApplicationServer, of change: RegistrationChange, _ why: String) {
        let impu = change.set.defaultIMPU
        ports.tap.event(
            "third-party REGISTER failed: \(server.serverName), \(why)", impu: impu, impi: "", callID: "")
        if complaints.isFirst("third-party", from: server.serverName) {
            ports.log.warning(
                "application server does not take registrations", [(.to, server.serverName), (.reason, why)])
        }
    }

    /// Network-initiated de-registration of one private identity, TS 24.229 §5.4.1.5: who watches the registration hears
    /// that it is to register anew.
    func withdraw(set id: UInt64, of impi: IMPI) async {
        guard let set = registrar.sets[id], !set.bindings(of: impi).isEmpty else { return }
        for binding in set.bindings(of: impi) { unbind(binding.serial, .deactivated) }
        registrationChanged(id)
        authentication.setSession(nil, of: impi)
        let usable = set.impus.first { impu in set.profile.entry(of: impu)?.isBarred == false }
        guard let impu = usable ?? set.impus.first else { return }
        ports.tap.event("de-registered by the network", impu: impu.text, impi: impi.text, callID: "")
        ports.log.notice("de-registered by the network", [(.impu, impu.text), (.impi, impi.text)])
        if registrar.sets[id] == nil { inform(RegistrationChange(type: .deRegistration, set: set)) }
        await notifyHSS(.administrativeDeregistration, impi: impi, impu: impu, hss: set.hss)
    }
}
