import Diameter
import IMSCore
import RoleKit
import SIP

/// Final answers of the registration procedures.
extension SCSCF {
    /// 200 with the bindings of the set, TS 24.229 §5.4.1.2.2F. Gives it, without the proof, where the user has services:
    /// an application server may want to see it.
    @discardableResult
    func acknowledge(_ incoming: IncomingRequest, _ request: RegisterRequest, _ proof: String?) -> [UInt8]? {
        let set = registrar.set(of: request.impu)
        var shown: SIPWriter?
        let now = ports.clock.now
        stack.respond(incoming, 200) { answer in
            // RFC 3327 §5.3: back as it came, whatever the REGISTER was for.
            answer.copy(.path, from: incoming.message)
            if let set, !set.bindings.isEmpty {
                answer.add(.serviceRoute, serviceRoute(of: set))
                answer.add(.pAssociatedURI, Self.associatedURIs(set.profile))
                for binding in set.bindings {
                    var contact = binding.address
                    contact.params.set("expires", written: String(binding.remainingSeconds(at: now)))
                    answer.add(.contact, contact.description)
                }
            }
            if let addresses = chargingFunctions(request, set) { answer.add(.pChargingFunctionAddresses, addresses) }
            if let vector = chargingVector(request) { answer.add(.pChargingVector, vector) }
            if set?.services.isEmpty == false { shown = answer }
            if let proof { answer.add(.authenticationInfo, proof) }
        }
        return shown?.finish()
    }

    /// Our own URI, marked as originating and different for each set, so that what comes by it is known again.
    private func serviceRoute(of set: RegistrationSet) -> String {
        guard var uri = try? SIPURI(parsing: config.uri) else { return "<\(config.uri);lr>" }
        uri.user = "orig"
        uri.params["lr"] = ""
        uri.params["reg"] = set.token
        return "<\(uri)>"
    }

    /// Every identity the UE may use, the default public user identity first; barred and wildcarded ones are not named.
    static func associatedURIs(_ profile: UserProfile) -> String {
        profile.ownIdentities.map(\.identity).filter(ProfileDecision.isWritable).map { "<\($0)>" }
            .joined(separator: ", ")
    }

    /// The charging vector of the request with our network as the one that answers, TS 24.229 §5.4.1.2.2F.
    private func chargingVector(_ request: RegisterRequest) -> String? {
        guard var vector = request.chargingVector else { return nil }
        vector.termIOI = InterOperatorIdentifier.type1(config.common.homeNetwork)
        return vector.description
    }

    /// Where charging records go, TS 24.229 §5.4.1.2.2F: for a P-CSCF of our own network only.
    private func chargingFunctions(_ request: RegisterRequest, _ set: RegistrationSet?) -> String? {
        let home = config.common.homeNetwork
        guard (request.visitedNetwork ?? home).lowercased() == home else { return nil }
        return set?.chargingFunctions
    }

    /// Cx did not give what was needed.
    func refuse(_ incoming: IncomingRequest, _ request: RegisterRequest, _ failure: CxFailure, at step: String) {
        complain(
            "registration refused", request,
            [(.command, step), (.status, String(failure.status)), (.reason, failure.reason)])
        ports.tap.event(
            "\(failure.status): \(step): \(failure.reason)", impu: request.impu.text, impi: request.impi.text,
            callID: request.callID)
        stack.respond(incoming, failure.status) {
            if failure.isTemporary { $0.add(.retryAfter, String(config.retryAfterSeconds)) }
        }
    }

    /// The profile cannot serve the user: the assignment is undone.
    func refuse(
        _ incoming: IncomingRequest, _ request: RegisterRequest, _ fault: ProfileDecision.Fault, hss: String?
    ) async {
        let failure = CxFailure(status: fault.status, isTemporary: false, reason: fault.reason)
        refuse(incoming, request, failure, at: "user profile")
        guard registrar.set(of: request.impu) == nil else { return }
        await notifyHSS(.administrativeDeregistration, impi: request.impi, impu: request.impu, hss: hss)
    }

    /// Authentication has failed for good, TS 24.229 §5.4.1.2.3: 403, and the HSS is told. A registration there is
    /// stays.
    func refuse(
        _ incoming: IncomingRequest, _ request: RegisterRequest, _ reason: String, ended: UInt64?
    ) async {
        ports.log.notice(
            "authentication failed",
            [(.impi, request.impi.text), (.impu, request.impu.text), (.callID, request.callID), (.reason, reason)])
        ports.tap.event(
            "authentication failed: \(reason)", impu: request.impu.text, impi: request.impi.text,
            callID: request.callID)
        stack.respond(incoming, 403)
        guard let ended, let challenge = forget(challenge: ended) else { return }
        await notifyHSS(.authenticationFailure, impi: request.impi, impu: request.impu, hss: challenge.hss)
    }
}
