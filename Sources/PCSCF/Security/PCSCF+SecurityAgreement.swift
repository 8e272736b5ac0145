import IMSCore
import IPsec
import RoleKit
import SIP

/// Security agreement in REGISTER and its answers, TS 24.229 §5.2.2.2, RFC 3329, TS 33.203 §7.
extension PCSCF {
    /// How a REGISTER is protected, and what a challenge to it makes.
    struct RegisterSecurity {
        /// The set it came over.
        var agreement: SAAgreement?
        /// It answers the challenge that set was made for.
        var answersChallenge = false
        /// What a challenge makes a set of.
        var offer: SARequest?
    }

    /// Judges what a REGISTER says about security; nil where that has been answered.
    func judgeSecurity(_ incoming: IncomingRequest, _ screening: RegisterScreening, impi: String) -> RegisterSecurity? {
        let request = SecurityAgreementDecision.Request(incoming.message, screening.credentials)
        guard stack.isProtected(incoming.listener) else {
            return judgeClear(incoming, request, screening, impi: impi)
        }
        guard let agreement = agreement(of: incoming), let phase = security?.table.phase(of: agreement) else {
            refuse(incoming, 403, nil, "no security association")
            return nil
        }
        // What answers over another set than the one in use at this place goes back over its own.
        if let path = path(of: agreement) { stack.answer(incoming, along: path, keepsStream: true) }
        let user = screening.credentials == nil ? agreement.user : impi
        let verdict = SecurityAgreementDecision.protected(
            request, over: agreement, phase, user: user, suites: security?.table.settings.suites ?? [])
        switch verdict {
        case .refuse(let condition):
            refuse(incoming, condition, impi, agreement, isAnswer: phase == .temporary)
            return nil
        case .plain, .offer:
            securityEvent(.received(over: agreement.id), of: agreement.user)
            var found = RegisterSecurity(agreement: agreement, answersChallenge: phase == .temporary)
            if case .offer(let client) = verdict { found.offer = offer(incoming, client, request, agreement.user) }
            return found
        }
    }

    private func judgeClear(
        _ incoming: IncomingRequest, _ request: SecurityAgreementDecision.Request, _ screening: RegisterScreening,
        impi: String
    ) -> RegisterSecurity? {
        guard let suites = security?.table.settings.suites, protectedPorts.group(gm: incoming.listener) != nil else {
            return RegisterSecurity()
        }
        let verdict = SecurityAgreementDecision.clear(
            request, isRequired: config.listeners[incoming.listener].security == .required,
            awaitsAnswer: awaitsAnswer(impi, incoming),
            isAKA: screening.isAKA, suites: suites)
        switch verdict {
        case .plain: return RegisterSecurity()
        case .offer(let client): return RegisterSecurity(offer: offer(incoming, client, request, impi))
        case .refuse(let condition):
            refuse(incoming, condition, impi)
            return nil
        }
    }

    /// A set was made for this user at this host, and nothing has come over it yet.
    private func awaitsAnswer(_ impi: String, _ incoming: IncomingRequest) -> Bool {
        let host = incoming.flow.remote.hostAddress
        return security?.table.life(of: impi)?.entries.contains {
            $0.phase == .temporary && security?.table[$0.id]?.set.ue.host == host
        } ?? false
    }

    private func offer(
        _ incoming: IncomingRequest, _ client: SecurityClient, _ request: SecurityAgreementDecision.Request,
        _ user: String
    ) -> SARequest? {
        let listener = incoming.listener
        guard let group = protectedPorts.group(gm: listener) ?? protectedPorts.group(server: listener) else {
            return nil
        }
        return SARequest(
            user: user, ue: incoming.flow.remote.hostAddress, pcscf: group.host, client: client,
            offer: request.client.compactMap { SecurityMechanism(parsing: $0) })
    }

    // MARK: Refusing

    /// Answers by the table. What fails over a temporary set ends it: the answer goes over the set before it, where there
    /// is one (TS 33.203 §7.3.2.3).
    func refuse(
        _ incoming: IncomingRequest, _ condition: SecurityAgreementDecision.Condition, _ impi: String,
        _ agreement: SAAgreement? = nil, isAnswer: Bool = false
    ) {
        if isAnswer, let agreement { fail(incoming, over: agreement) }
        let row = SecurityAgreementDecision.row(condition)
        ports.tap.event(
            "\(row.status): REGISTER: \(row.phrase) (\(row.clause))", impu: "", impi: impi,
            callID: incoming.message.callID ?? "")
        ports.log.notice(
            "security agreement refused",
            [
                (.impi, impi), (.status, String(row.status)), (.reason, row.phrase), (.clause, row.clause),
                (.peer, "\(incoming.flow.remote)"),
            ])
        let retryAfter = String(config.retryAfterSeconds)
        let offered = security.map { SecurityServer.algorithms($0.table.settings.suites) } ?? ""
        stack.respond(incoming, row.status, row.phrase) {
            switch row.tells {
            case .nothing: break
            case .agreement:
                $0.add(.require, "sec-agree")
                $0.add(.securityServer, agreement?.server.text ?? offered)
            case .retryAfter: $0.add(.retryAfter, retryAfter)
            }
        }
    }

    /// The attempt over a temporary set has failed. Its refusal goes over the set the UE had, if any.
    func fail(_ incoming: IncomingRequest, over agreement: SAAgreement) {
        let life = security?.table.life(of: agreement.user)
        if let previous = life?.previous(to: agreement.id, at: now).flatMap({ security?.table[$0] }),
            let path = path(of: previous)
        {
            stack.answer(incoming, along: path, keepsStream: false)
        }
        securityEvent(.refused(over: agreement.id), of: agreement.user)
    }

    // MARK: Challenging

    /// Makes the set a challenge is for; nil where none can be, which has been answered.
    func prepareSet(
        _ incoming: IncomingRequest, _ request: SARequest, _ keys: ChallengeKeys, isInitial: Bool
    ) -> SAAgreement? {
        do throws(SATable.Refusal) {
            guard let agreement = try security?.table.propose(request), let expansion = security?.keys else {
                return nil
            }
            let expanded = expansion.keys(agreement.set.suite, ck: keys.ck, ik: keys.ik)
            guard install(agreement, expanded, isInitial: isInitial) else {
                refuse(incoming, .noRoom, request.user)
                return nil
            }
            note(agreement, incoming)
            return agreement
        } catch {
            let cures: [SATable.Refusal: String] = [
                .full: "raise `sets-max` in `ipsec:`", .noClientPort: "add ports to `client-ports` in `ipsec:`",
            ]
            complain(
                "no IPsec set can be made", incoming.flow.remote,
                [(.impi, request.user), (.reason, "\(error)")] + (cures[error].map { [(.cure, $0)] } ?? []))
            refuse(incoming, .noRoom, request.user)
            return nil
        }
    }

    /// States and policies into the kernel; all of them or none.
    private func install(_ agreement: SAAgreement, _ keys: SAKeys, isInitial: Bool) -> Bool {
        let before = security?.table.life(of: agreement.user)
        defer { keepSets(of: agreement.user, before: before) }
        guard let changes = security?.table.install(agreement, keys) else { return false }
        for gone in changes.gone where gone.user != agreement.user { strike(gone) }
        guard carryOut(changes, for: agreement) else { return false }
        if let begun = security?.table.installed(agreement.id, isInitial: isInitial, at: now) { apply(begun) }
        route(agreement)
        return true
    }

    /// Gives a set that is held the way to its UE, if the kernel has taken a packet over it: only who has the keys can
    /// have sent that.
    ///
    /// - Returns: whether the set has its way.
    @discardableResult
    func prove(_ agreement: SAAgreement) -> Bool {
        guard let security, security.table.isHeld(agreement.id) else { return true }
        let hasTaken = security.table.flows(of: agreement).contains { flow in
            ((try? security.kernel.state(flow.stateID)) ?? nil).map { $0.packets > 0 } ?? false
        }
        guard hasTaken, let changes = self.security?.table.prove(agreement.id) else { return false }
        var before = self.security?.table.life(of: agreement.user)
        for gone in changes.gone { strike(gone) }
        let isDone = carryOut(changes, for: agreement)
        // It was not written down while it was held.
        before?.forget(agreement.id)
        keepSets(of: agreement.user, before: before)
        return isDone
    }

    /// What makes a set, or the rest of one; where the kernel refuses, nothing of the set stays.
    private func carryOut(_ changes: SATable.Changes, for agreement: SAAgreement) -> Bool {
        let refusals = apply(changes)
        guard let failure = refusals.first?.failure else { return true }
        ports.log.error(
            "IPsec set refused by the kernel",
            [(.impi, agreement.user), (.reason, failure.text)] + (failure.cure.map { [(.cure, $0)] } ?? []))
        let taken = refusals.compactMap {
            if case .addState(let state) = $0.request, $0.failure.kind == .exists { state.id } else { nil }
        }
        if let undo = security?.table.failed(agreement.id, taken: Set(taken)) { apply(undo) }
        strike(agreement)
        return false
    }

    private func note(_ agreement: SAAgreement, _ incoming: IncomingRequest) {
        let (ue, own) = (agreement.set.ue.endpoints, agreement.set.pcscf.endpoints)
        ports.tap.event(
            "IPsec set \(agreement.id): \(agreement.set.suite), UE spi \(ue.clientSPI)/\(ue.serverSPI) ports "
                + "\(ue.clientPort)/\(ue.serverPort), ours spi \(own.clientSPI)/\(own.serverSPI) ports "
                + "\(own.clientPort)/\(own.serverPort)",
            impu: "", impi: agreement.user, callID: incoming.message.callID ?? "")
    }
}
