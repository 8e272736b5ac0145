import IMSCore
import IPsec
import RoleKit
import SIP

/// Registration as the P-CSCF sees it, TS 24.229 §5.2.2.
extension PCSCF {
    /// A UE's REGISTER: screen, forward to the home network, take in what it answers.
    func register(_ incoming: IncomingRequest) async {
        let screening = RegisterScreening(incoming.message)
        if let refusal = screening.refusal { return refuse(incoming, refusal) }
        let targets = entryPoints(for: incoming)
        guard !targets.isEmpty else { return stack.respond(incoming, 403, "Home Network Not Served") }
        guard let security = judgeSecurity(incoming, screening, impi: screening.impi(incoming.message)) else { return }
        let impi = security.agreement?.user ?? screening.impi(incoming.message)
        let who = Registrant(
            impi: impi, impu: screening.impu(incoming.message), token: pathToken(incoming, impi, security),
            authentication: security.agreement != nil ? .ipsec : screening.isAKA ? .aka : .digest)
        let change = RegisterEdit(
            path: "<sip:\(who.token)@\(stack.advertised(coreListener));lr>", visitedNetwork: config.visitedNetwork,
            chargingVector: chargingVector(), credentials: screening.credentials,
            integrityProtected: screening.integrityProtected(
                isProtected: security.agreement != nil, isAssociated: isAssociated(incoming, impi)),
            accessNetworkInfo: crossing(incoming.listener).accessNetworkInfo)
        answer(incoming, await forward(incoming, to: targets, change), who, security)
    }

    /// §5.2.2.1: silence, 3xx and 480 make us try the next entry point. The time a UE waits is shared evenly among those
    /// not yet tried, so that the last one is still of use.
    private func forward(
        _ incoming: IncomingRequest, to targets: [SIPTarget], _ change: RegisterEdit
    ) async -> SIPOutcome {
        let deadline = ports.clock.now.advanced(byMilliseconds: config.coreTimeoutMilliseconds)
        var outcome = SIPOutcome.transportFailed
        for (index, target) in targets.enumerated() {
            var target = target
            target.answerWithin = deadline.milliseconds(since: ports.clock.now) / (targets.count - index)
            outcome = await stack.forward(incoming, to: [target]) { change.apply(to: &$0) }
            if !EntryPointDecision.triesNext(outcome) { break }
        }
        return outcome
    }

    private func refuse(_ incoming: IncomingRequest, _ refusal: RegisterScreening.Refusal) {
        switch refusal {
        case .malformedAuthorization: stack.respond(incoming, 400, "Malformed Authorization")
        case .unsupported(let tags):
            stack.respond(incoming, 420) { $0.add(.unsupported, tags.joined(separator: ", ")) }
        }
    }

    /// The I-CSCFs of the home network the Request-URI names.
    private func entryPoints(for incoming: IncomingRequest) -> [SIPTarget] {
        let uri = (try? incoming.message.requestURI())?.sip
        let domain = uri?.host.lowercased() ?? ""
        var points = config.entryPoints
        let home = config.common.homeNetwork
        if domain != home {
            // Names inside our own network are its elements, and no UE chooses among those.
            let other = domain.hasSuffix("." + home) ? nil : config.common.hosts.row(domain)
            points = other.map { [EntryPoint(address: $0.port == 0 ? $0.with(port: 5060) : $0, kind: .udp)] } ?? []
        }
        if points.isEmpty {
            complain(
                "home network unknown", incoming.flow.remote,
                [(.to, domain), (.cure, "is the SIM's MNC written with three digits? else add the network to hosts:")])
        }
        return points.map { SIPTarget(address: $0.address, kind: $0.kind, listener: coreListener) }
    }

    /// A UE that registers again keeps its Path.
    private func pathToken(_ incoming: IncomingRequest, _ impi: String, _ security: RegisterSecurity) -> String {
        let known =
            security.agreement == nil
            ? registrations.of(impi: impi, from: incoming.flow)
            : registrations.of(impi: impi).filter { $0.authentication == .ipsec }
        return known.first?.token ?? Hex.encode(ports.random.bytes(8))
    }

    /// §5.2.2.3: SIP Digest succeeded from this address and port.
    private func isAssociated(_ incoming: IncomingRequest, _ impi: String) -> Bool {
        registrations.of(impi: impi, from: incoming.flow).contains { $0.authentication == .digest }
    }

    func chargingVector() -> String {
        ChargingVector(
            icid: icids.next(unixSeconds: ports.clock.unixSeconds), generatedAt: chargingHost,
            origIOI: InterOperatorIdentifier.type1(config.visitedNetwork)
        ).description
    }

    /// What the home network answered goes to the UE, without what is the network's own.
    private func answer(
        _ incoming: IncomingRequest, _ outcome: SIPOutcome, _ who: Registrant, _ security: RegisterSecurity
    ) {
        switch EntryPointDecision.answer(outcome) {
        case .relay(let response):
            // Before anything makes a text of them.
            let keys = ChallengeKeys(takingFrom: response)
            var change = RegisterResponseEdit(response)
            switch response.status {
            case 401:
                if change.challenges.isEmpty { return stack.respond(incoming, 500, "Unreadable Challenge") }
                guard challenge(incoming, keys, security, &change) else { return }
            case 200..<300: accept(incoming, response, who, security)
            // A UE that asks for too little asks again, over the same set.
            case 423: break
            case 300...: if security.answersChallenge, let set = security.agreement { fail(incoming, over: set) }
            default: break
            }
            stack.relay(incoming, response) { change.apply(to: &$0) }
        case .unreachable(let reason, let retryAfter):
            ports.log.warning(
                "REGISTER not answered by the home network",
                [(.impi, who.impi), (.callID, incoming.message.callID ?? ""), (.reason, reason)])
            stack.respond(incoming, 504) {
                $0.add(.retryAfter, retryAfter ?? String(config.retryAfterSeconds))
            }
        }
    }

    /// A 401: with an offer it makes a set, which Security-Server tells the UE of. False where it has been answered
    /// otherwise.
    private func challenge(
        _ incoming: IncomingRequest, _ keys: ChallengeKeys?, _ security: RegisterSecurity,
        _ change: inout RegisterResponseEdit
    ) -> Bool {
        // The answer was wrong, and a UE that is challenged again begins anew.
        if security.answersChallenge, let set = security.agreement { fail(incoming, over: set) }
        guard let offer = security.offer else { return true }
        guard let keys else {
            complain(
                "challenge without ck and ik: no IPsec for this phone", incoming.flow.remote, [(.impi, offer.user)])
            return true
        }
        guard let set = prepareSet(incoming, offer, keys, isInitial: security.agreement == nil) else { return false }
        change.securityServer = set.server.text
        return true
    }

    /// A 200: what is registered is taken in, and its set lives as long.
    private func accept(
        _ incoming: IncomingRequest, _ response: SIPMessage, _ who: Registrant, _ security: RegisterSecurity
    ) {
        let seconds = save(incoming, response, who)
        guard let set = security.agreement else { return }
        if let seconds {
            securityEvent(.registered(over: set.id, seconds: seconds), of: set.user)
            // Its set may have ended while the home network was asked.
            if isEstablished(set) { endOthers(at: set) }
        } else if registrations.of(impi: set.user).isEmpty {
            securityEvent(.deregistered, of: set.user)
        }
        route(set)
    }
}
