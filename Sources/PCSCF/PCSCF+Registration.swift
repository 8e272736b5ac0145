import IMSCore
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
        let impi = screening.impi(incoming.message)
        let who = Registrant(
            impi: impi, impu: screening.impu(incoming.message), token: pathToken(incoming, impi),
            isAKA: screening.isAKA)
        let change = RegisterEdit(
            path: "<sip:\(who.token)@\(stack.advertised(coreListener));lr>", visitedNetwork: config.visitedNetwork,
            chargingVector: chargingVector(), credentials: screening.credentials,
            integrityProtected: screening.integrityProtected(isAssociated: isAssociated(incoming, impi)))
        answer(incoming, await forward(incoming, to: targets, change), who)
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
    private func pathToken(_ incoming: IncomingRequest, _ impi: String) -> String {
        registrations.of(impi: impi, from: incoming.flow).first?.token ?? Hex.encode(ports.random.bytes(8))
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
    private func answer(_ incoming: IncomingRequest, _ outcome: SIPOutcome, _ who: Registrant) {
        switch EntryPointDecision.answer(outcome) {
        case .relay(let response):
            let change = RegisterResponseEdit(response)
            if response.status == 401, change.challenges.isEmpty {
                return stack.respond(incoming, 500, "Unreadable Challenge")
            }
            if response.status / 100 == 2 { save(incoming, response, who) }
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
}
