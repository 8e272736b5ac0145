import Diameter
import IMSCore
import RoleKit
import SIP

/// Registration at the I-CSCF. TS 24.229 §5.3.1
extension ICSCF {
    /// Whole time of a registration here. What comes after 32 s no P-CSCF hears any more (RFC 3261 timer F), and that one
    /// wants to tell the UE.
    static let patienceMilliseconds = 24_000

    /// One REGISTER on its way to an S-CSCF.
    struct Errand {
        let request: IncomingRequest
        let user: RegisteringUser
        let deadline: Moment
        /// S-CSCFs that did not serve.
        var tried: [String] = []
    }

    /// §5.3.1.2: UAR, choice of the S-CSCF, REGISTER to it; §5.3.1.3: another S-CSCF when that one does not serve.
    func register(_ request: IncomingRequest) async {
        counts.registers += 1
        guard let user = RegisteringUser(request.message) else { return refuseUnusable(request) }
        var errand = Errand(
            request: request, user: user,
            deadline: ports.clock.now.advanced(byMilliseconds: Self.patienceMilliseconds))
        var type = user.authorizationType
        // Each turn asks the HSS once; the second is the reselection and asks for capabilities.
        for _ in 0..<2 {
            switch await authorize(errand, type) {
            case .refuse(let status, let isTemporary, let reason):
                return refuse(request, status, isTemporary: isTemporary, reason, user)
            case .assigned(let scscf):
                if await deliver(&errand, toOneOf: [scscf]) { return }
            case .choose(let capabilities):
                let able = SCSCFSelection.candidates(for: capabilities, from: config.scscfs, except: errand.tried)
                if able.isEmpty, errand.tried.isEmpty {
                    return refuse(request, 600, isTemporary: false, "no S-CSCF with the mandatory capabilities", user)
                }
                if await deliver(&errand, toOneOf: able) { return }
                // Those were all: the HSS could name no more.
                return refuse(request, 504, isTemporary: true, "no S-CSCF answered", user)
            }
            // De-registration of a user whose S-CSCF is gone is not moved to another one.
            if type == .deRegistration { break }
            type = .registrationAndCapabilities
        }
        refuse(request, 504, isTemporary: true, "no S-CSCF answered", user)
    }

    /// UAR → UAA. TS 29.228 §6.1.1
    private func authorize(_ errand: Errand, _ type: UserAuthorizationType) async -> UserAuthorizationDecision {
        let user = errand.user
        var uar = hss.request(CxCommands.userAuthorization, application: Application.cx)
        uar.add(Base.userName, user.impi)
        uar.add(Cx.publicIdentity, user.impu)
        uar.add(Cx.visitedNetworkIdentifier, Array(user.visitedNetwork(home: config.common.homeNetwork).utf8))
        if type != .registration { uar.add(Cx.userAuthorizationType, type) }
        if user.isEmergency { uar.add(Cx.uarFlags, 1) }
        let left = errand.deadline.milliseconds(since: ports.clock.now)
        do {
            let wait = min(config.diameter.transactionTimeoutMilliseconds, left)
            return UserAuthorizationDecision(try await hss.ask(uar, within: wait))
        } catch {
            counts.hssFailures += 1
            ports.log.warning("UAR failed", [(.reason, error.description), (.impi, user.impi)])
            return .unreachable
        }
    }

    /// Sends the REGISTER to these S-CSCFs, one after the other, until one serves; false if none does.
    private func deliver(_ errand: inout Errand, toOneOf scscfs: [String]) async -> Bool {
        for scscf in scscfs where !errand.tried.contains(scscf) {
            let left = errand.deadline.milliseconds(since: ports.clock.now)
            guard left > 0 else { return false }
            if await deliver(errand.request, to: scscf, within: min(config.scscfTimeoutMilliseconds, left)) {
                return true
            }
            errand.tried.append(scscf)
        }
        return false
    }

    /// Sends the REGISTER to one S-CSCF and its response back. False if another S-CSCF is to be tried.
    private func deliver(_ request: IncomingRequest, to scscf: String, within milliseconds: Int) async -> Bool {
        guard var target = target(scscf) else {
            if complaints.isFirst("unresolved", from: scscf) {
                ports.log.error(
                    "S-CSCF name could not be resolved",
                    [(.to, scscf), (.cure, "add its host to `hosts:` of this I-CSCF's file; udp or tcp")])
            }
            return false
        }
        target.answerWithin = milliseconds
        let isOwnRoute = isOwnRoute(request.message)
        let outcome = await sip.forward(request, to: [target]) { edit in
            // RFC 3261 §16.4: the Route that led here has done its work.
            if isOwnRoute { edit.removeFirstValue(.route) }
        }
        guard case .response(let response) = outcome else { return giveUp(scscf, "did not answer") }
        guard SCSCFAttempt(status: response.status) == .answered else {
            return giveUp(scscf, "answered \(response.status)")
        }
        sip.relay(request, response)
        return true
    }

    private func isOwnRoute(_ message: SIPMessage) -> Bool {
        guard let route = (try? message.address(.route)).flatMap(\.?.uri.sip) else { return false }
        // By address, by the network we are the entry of, or by a name `hosts:` gives our address.
        let common = config.common
        return sip.isOwn(route, names: [common.homeNetwork])
            || common.hosts.address(route.host, port: route.port, defaultPort: 5060) == sip.localAddress(0)
    }

    private func giveUp(_ scscf: String, _ why: String) -> Bool {
        counts.reselections += 1
        ports.log.warning("S-CSCF did not take the REGISTER", [(.to, scscf), (.reason, why)])
        return false
    }

    private func target(_ uri: String) -> SIPTarget? {
        guard let parsed = try? SIPURI(parsing: uri), let kind = LinkKind(transport: parsed.transport),
            let address = config.common.hosts.address(parsed.host, port: parsed.port, defaultPort: 5060)
        else { return nil }
        return SIPTarget(address: address, kind: kind, requestURI: uri)
    }
}

extension ICSCF {
    /// The REGISTER's answer when it goes no further; Retry-After where trying again can help.
    func refuse(
        _ request: IncomingRequest, _ status: Int, isTemporary: Bool, _ reason: String, _ user: RegisteringUser? = nil
    ) {
        counts.refused += 1
        sip.respond(request, status) { response in
            if isTemporary { response.add(.retryAfter, String(config.retryAfterSeconds)) }
        }
        ports.log.notice(
            "\(request.message.method.name) refused",
            [(.status, String(status)), (.reason, reason), (.impu, user?.impu ?? ""), (.impi, user?.impi ?? "")])
        ports.tap.event(
            "I-CSCF refused: \(status), \(reason)", impu: user?.impu ?? "", impi: user?.impi ?? "",
            callID: request.message.callID ?? "")
    }

    /// §5.3.1.2: 403 to a REGISTER from outside the trust domain. It is forgotten at once: a flood of it takes no room.
    func refuseStranger(_ request: IncomingRequest) {
        counts.refused += 1
        let source = request.flow.remote
        sip.turnAway(request, 403)
        ports.tap.event(
            "403: a REGISTER of a stranger, \(source)", impu: "", impi: "", callID: request.message.callID ?? "")
        guard complaints.isFirst("stranger", from: source.host) else { return }
        ports.log.warning(
            "REGISTER of a stranger refused",
            [
                (.status, "403"), (.peer, source.description),
                (.cure, "if it is a P-CSCF of your network, add its host to `hosts:` of this I-CSCF's file"),
            ])
    }

    /// 400 to what names no user. Whoever sends such things sends them again and again: logged once a source.
    private func refuseUnusable(_ request: IncomingRequest) {
        counts.refused += 1
        sip.respond(request, 400)
        let reason = "no usable To, Authorization, Contact or Expires"
        if complaints.isFirst("unusable", from: request.flow.remote.host) {
            ports.log.notice(
                "REGISTER refused",
                [(.status, "400"), (.reason, reason), (.peer, request.flow.remote.description)])
        }
        ports.tap.event("I-CSCF refused: 400, \(reason)", impu: "", impi: "", callID: request.message.callID ?? "")
    }
}
