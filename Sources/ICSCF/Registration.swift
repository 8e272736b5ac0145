import Diameter
import IMSCore
import RoleKit
import SIP

/// Registration at the I-CSCF. TS 24.229 §5.3.1
extension ICSCF {
    /// §5.3.1.2: UAR, choice of the S-CSCF, REGISTER to it; §5.3.1.3: another S-CSCF when that one does not serve.
    func register(_ request: IncomingRequest) async {
        counts.registers += 1
        guard let user = RegisteringUser(request.message) else {
            refuse(request, 400, isTemporary: false, "no usable To or Authorization")
            return
        }
        var type = user.authorizationType
        var tried: [String] = []
        // Each turn asks the HSS once; the second is the reselection and asks for capabilities.
        for _ in 0..<2 {
            switch await authorize(user, type) {
            case .refuse(let status, let isTemporary, let reason):
                refuse(request, status, isTemporary: isTemporary, reason, user)
                return
            case .assigned(let scscf):
                if !tried.contains(scscf), await deliver(request, to: scscf, user) { return }
                tried.append(scscf)
            case .choose(let capabilities):
                let candidates = SCSCFSelection.candidates(for: capabilities, from: config.scscfs, except: tried)
                if candidates.isEmpty, tried.isEmpty {
                    refuse(request, 600, isTemporary: false, "no S-CSCF with the mandatory capabilities", user)
                    return
                }
                for scscf in candidates {
                    if await deliver(request, to: scscf, user) { return }
                    tried.append(scscf)
                }
            }
            // De-registration of a user whose S-CSCF is gone is not moved to another one.
            if type == .deRegistration { break }
            type = .registrationAndCapabilities
        }
        refuse(request, 504, isTemporary: true, "no S-CSCF answered", user)
    }

    /// UAR → UAA. TS 29.228 §6.1.1
    private func authorize(_ user: RegisteringUser, _ type: UserAuthorizationType) async -> UserAuthorizationDecision {
        var uar = hss.request(CxCommands.userAuthorization, application: Application.cx)
        uar.add(Base.userName, user.impi)
        uar.add(Cx.publicIdentity, user.impu)
        uar.add(Cx.visitedNetworkIdentifier, Array(user.visitedNetwork(home: config.common.homeNetwork).utf8))
        if type != .registration { uar.add(Cx.userAuthorizationType, type) }
        if user.isEmergency { uar.add(Cx.uarFlags, 1) }
        do {
            return UserAuthorizationDecision(try await hss.ask(uar))
        } catch {
            counts.hssFailures += 1
            ports.log.warning("UAR failed", [(.reason, error.description), (.impi, user.impi)])
            return .unreachable
        }
    }

    /// Sends the REGISTER to one S-CSCF and its response back. False if another S-CSCF is to be tried.
    private func deliver(_ request: IncomingRequest, to scscf: String, _ user: RegisteringUser) async -> Bool {
        guard let target = target(scscf) else {
            ports.log.error(
                "S-CSCF name could not be resolved",
                [(.to, scscf), (.cure, "add its host to `hosts:` of this I-CSCF's file")])
            return false
        }
        let outcome = await sip.forward(request, to: [target])
        guard case .response(let response) = outcome else { return giveUp(scscf, "did not answer") }
        guard SCSCFAttempt(status: response.status) == .answered else {
            return giveUp(scscf, "answered \(response.status)")
        }
        sip.relay(request, response)
        return true
    }

    private func giveUp(_ scscf: String, _ why: String) -> Bool {
        counts.reselections += 1
        ports.log.warning("S-CSCF did not take the REGISTER", [(.to, scscf), (.reason, why)])
        return false
    }

    private func target(_ uri: String) -> SIPTarget? {
        guard let parsed = try? SIPURI(parsing: uri),
            let address = config.common.hosts.address(parsed.host, port: parsed.port, defaultPort: 5060)
        else { return nil }
        return SIPTarget(
            address: address, kind: parsed.transport == "tcp" ? .tcp : .udp, requestURI: uri,
            answerWithin: config.scscfTimeoutMilliseconds)
    }

    /// The REGISTER's answer when it goes no further; Retry-After where trying again can help.
    func refuse(
        _ request: IncomingRequest, _ status: Int, isTemporary: Bool, _ reason: String, _ user: RegisteringUser? = nil
    ) {
        counts.refused += 1
        sip.respond(request, status) { response in
            if isTemporary { response.add(.retryAfter, String(self.config.retryAfterSeconds)) }
        }
        let (impu, impi) = (user?.impu ?? "", user?.impi ?? "")
        ports.log.notice(
            "\(request.message.method.name) refused",
            [(.status, String(status)), (.reason, reason), (.impu, impu), (.impi, impi)])
        ports.tap.event(
            "I-CSCF refused: \(status), \(reason)", impu: impu, impi: impi, callID: request.message.callID ?? "")
    }
}
