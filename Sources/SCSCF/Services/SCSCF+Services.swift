import IMSCore
import RoleKit
import SIP

/// Requests on their way through application servers (ISC), TS 24.229 §5.4.3.2, §5.4.3.3 and §5.4.3.4.
extension SCSCF {
    // MARK: Which server is next

    /// Goes on with a request: to the next application server whose criterion it meets, or where the user wants it.
    func serve(_ served: ServedRequest) {
        guard let match = nextService(served) else { return conclude(served) }
        start { await $0.invoke(served, match) }
    }

    private func nextService(_ served: ServedRequest) -> ServiceCriteria.Match? {
        let user = served.chain.user
        let registered = registrar.set(of: user)
        guard served.chain.length < ServiceChain.longest,
            let set = registered ?? unregisteredUsers.set(of: user, at: ports.clock.now),
            let services = set.services(of: user)
        else { return nil }
        let subject = ServiceSubject(
            served.incoming.message, served.chain.sessionCase, isRegistered: registered != nil)
        return services.next(after: served.chain.position, for: subject)
    }

    /// No criterion is left: the request goes its way.
    private func conclude(_ served: ServedRequest) {
        if served.chain.sessionCase.isOriginating {
            route(served.incoming, served.routing, served.chain.user, served.alias)
        } else {
            deliver(served.incoming, served.routing, to: served.chain.user)
        }
    }

    // MARK: One server after another

    /// Sends the request to an application server, and on to the next where that one does not work.
    private func invoke(_ first: ServedRequest, _ match: ServiceCriteria.Match) async {
        var served = first
        var next: ServiceCriteria.Match? = match
        while let match = next {
            served.chain.position = match.position
            served.chain.length += 1
            let (outcome, isAlive) = await ask(match.server, served)
            let incoming = served.incoming
            if stack.isCancelled(incoming) { return settle(served, outcome) }
            let status: Int? = if case .response(let response) = outcome { response.status } else { nil }
            switch ServiceDecision.after(
                status: status, isAlive: isAlive, match.server.defaultHandling,
                isInvite: incoming.message.method == .invite)
            {
            case .answered: return settle(served, outcome)
            case .refuse(let status):
                calls.failed(incoming.message)
                return refuse(
                    incoming, status, "no answer of \(match.server.serverName)", impu: served.chain.user.text)
            case .skip:
                noteFailure(of: match.server, status, served)
                next = nextService(served)
            }
        }
        conclude(served)
        finishDraining()
    }

    /// One leg: what came of it, and whether the server has shown a sign of life.
    private func ask(_ server: ApplicationServer, _ served: ServedRequest) async -> (SIPOutcome, isAlive: Bool) {
        let incoming = served.incoming
        let id = registrar.nextSerial()
        guard let target = target(of: server, served, leg: id) else { return (.transportFailed, false) }
        calls.began(incoming.message, unixSeconds: ports.clock.unixSeconds)
        legs[id] = ServiceLeg(
            incoming: incoming,
            timer: ports.timers.start(
                afterMilliseconds: config.asTimeoutMilliseconds,
                TimerToken(.role, kind: TimerKind.asLiveness, id: id)))
        let caller = served.chain.sessionCase.isOriginating ? nil : stranger(behind: incoming)
        let change = ServiceEdit(
            routing: served.routing, recordRoute: recordRoute(for: incoming.message, caller: caller),
            servedUser: ServiceEdit.servedUser(identity(of: served.chain.user), served.chain.sessionCase))
        let outcome = await stack.forward(incoming, to: [target]) {
            change.apply(to: &$0)
        } relaying: {
            self.isAlive(leg: id)
            self.passes($0, &$1, served.chain.sessionCase)
        }
        let leg = legs.removeValue(forKey: id)
        if let leg { ports.timers.cancel(leg.timer) }
        return (outcome, leg?.isAlive ?? false)
    }

    private func passes(_ response: SIPMessage, _ edit: inout SIPEdit, _ sessionCase: SessionCase) {
        if sessionCase.isOriginating {
            calls.answered(response, unixSeconds: ports.clock.unixSeconds)
        } else {
            answered(response, &edit)
        }
    }

    private func settle(_ served: ServedRequest, _ outcome: SIPOutcome) {
        settle(served.incoming, outcome) { passes($0, &$1, served.chain.sessionCase) }
        finishDraining()
    }

    /// The user as its profile writes it.
    private func identity(of user: IMPU) -> String {
        registrar.set(of: user)?.profile.entry(of: user)?.identity ?? user.text
    }

    /// §5.4.3.2: Route with the server and, below it, ourselves with the original dialog identifier. Nil where nobody has
    /// said where the server is.
    private func target(of server: ApplicationServer, _ served: ServedRequest, leg: UInt64) -> SIPTarget? {
        guard var uri = try? SIPURI(parsing: server.serverName), var target = config.common.hosts.target(.sip(uri))
        else {
            complainOfName(server)
            return nil
        }
        believe(target.address)
        uri.params["lr"] = ""
        let mark = OriginalDialogIdentifier.Mark(
            leg: leg, chain: served.chain, target: dialogIdentifier.target(served.routing.requestURI))
        let own = dialogIdentifier.text(mark, at: seconds)
        target.routes = ["<\(uri)>", "<sip:\(own)@\(stack.advertised(0));lr>"]
        return target
    }

    /// Seconds of our own clock, for what lasts as long as this run.
    private var seconds: UInt64 { ports.clock.now.nanoseconds / 1_000_000_000 }

    // MARK: Signs of life

    func isAlive(leg id: UInt64) {
        guard let leg = legs[id], !leg.isAlive else { return }
        ports.timers.cancel(leg.timer)
        legs[id]?.isAlive = true
    }

    /// The server has been silent too long.
    func silent(leg id: UInt64) {
        guard let leg = legs[id], !leg.isAlive else { return }
        stack.abandon(leg.incoming)
    }

    // MARK: What comes back

    /// A request that has the original dialog identifier: it goes on where it was, whoever has sent it. False where it has
    /// none.
    func resume(_ incoming: IncomingRequest, _ routing: RequestRouting, isBelieved: Bool) -> Bool {
        guard incoming.message.toTag == nil, let own = routing.own.first(where: OriginalDialogIdentifier.isOne) else {
            return false
        }
        guard let mark = dialogIdentifier.mark(of: own.user ?? "", at: seconds) else {
            // It was made before a restart, or by nobody here.
            if isBelieved {
                refuse(incoming, 481, "an original dialog identifier of no request that is known")
            } else {
                refuseStranger(incoming, "an original dialog identifier")
            }
            return true
        }
        if incoming.message.method == .ack { return true }
        isAlive(leg: mark.leg)
        guard mark.chain.length < ServiceChain.longest else {
            refuse(incoming, 482, "too many application servers", impu: mark.chain.user.text)
            return true
        }
        resume(incoming, routing, mark)
        return true
    }

    private func resume(_ incoming: IncomingRequest, _ routing: RequestRouting, _ mark: OriginalDialogIdentifier.Mark) {
        var chain = mark.chain
        let set = registrar.set(of: chain.user)
        if !chain.sessionCase.isOriginating, dialogIdentifier.target(routing.requestURI) != mark.target,
            !isSame(routing.requestURI, as: chain.user, set)
        {
            // §5.4.3.3: it is for somebody else now, and the served user is the one who sends it there.
            chain.sessionCase = .originatingCDIV
            chain.position = nil
        }
        let hasOne = incoming.message.texts(.pAssertedIdentity).count == 1
        let isOwn = chain.sessionCase == .originating
        serve(
            ServedRequest(
                incoming: incoming, routing: routing, chain: chain,
                alias: hasOne && isOwn ? set?.profile.counterpart(of: chain.user)?.identity : nil))
    }

    /// Another identity of the same user is no other target.
    private func isSame(_ uri: AnyURI, as user: IMPU, _ set: RegistrationSet?) -> Bool {
        guard let other = IMPU(uri.description) else { return false }
        return other == user || set?.profile.aliases(of: user).contains { IMPU($0.identity) == other } == true
    }

    // MARK: Whom we know

    /// An application server of a user's profile is of our trust domain, TS 24.229 §4.4.
    func believe(_ address: SocketAddress) {
        guard servers.count < Self.mostServers else { return }
        servers.insert(address.with(port: 0))
    }

    /// Hosts of application servers that are remembered; whom `hosts:` names needs no place here.
    static let mostServers = 1_024

    private func noteFailure(of server: ApplicationServer, _ status: Int?, _ served: ServedRequest) {
        ports.tap.event(
            "application server passed over: \(server.serverName) \(status.map { "answered \($0)" } ?? "is silent")",
            impu: served.chain.user.text, impi: "", callID: served.incoming.message.callID ?? "")
        guard complaints.isFirst("application server", from: server.serverName) else { return }
        ports.log.warning(
            "application server does not work",
            [(.to, server.serverName), (.reason, status.map { "answered \($0)" } ?? "no answer")])
    }

    func complainOfName(_ server: ApplicationServer) {
        guard complaints.isFirst("application server name", from: server.serverName) else { return }
        ports.log.error(
            "application server could not be resolved",
            [(.to, server.serverName), (.cure, "add its host to `hosts:` of this S-CSCF's file; udp or tcp")])
    }
}
