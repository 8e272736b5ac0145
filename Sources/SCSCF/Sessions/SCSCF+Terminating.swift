import IMSCore
import RoleKit
import SIP

/// Initial and stand-alone requests for a served user, TS 24.229 §5.4.3.3.
extension SCSCF {
    func terminate(_ incoming: IncomingRequest, _ routing: RequestRouting) {
        guard let user = IMPU(routing.requestURI.description), isServed(user) else {
            return refuse(incoming, 404, "the Request-URI names no user of this network")
        }
        guard let set = registrar.set(of: user), let entry = set.profile.entry(of: user) else {
            return serveUnregistered(incoming, routing, user, .terminatingUnregistered)
        }
        guard !entry.isBarred else { return refuse(incoming, 404, "the identity is barred", impu: user.text) }
        // Policy hook: terminating.
        guard set.services(of: user) != nil else { return deliver(incoming, routing, set, user) }
        let chain = ServiceChain(sessionCase: .terminating, user: user)
        serve(ServedRequest(incoming: incoming, routing: routing, chain: chain))
    }

    /// The user's services are done: to its contacts.
    func deliver(_ incoming: IncomingRequest, _ routing: RequestRouting, to user: IMPU) {
        guard let set = registrar.set(of: user) else {
            return refuse(incoming, 480, "not registered", impu: user.text)
        }
        deliver(incoming, routing, set, user)
    }

    private func deliver(
        _ incoming: IncomingRequest, _ routing: RequestRouting, _ set: RegistrationSet, _ user: IMPU
    ) {
        let all = ForkPlan.groups(set.bindings, at: ports.clock.now)
        let chosen = CallerPreferences(incoming.message)?.chosen(of: all) ?? all
        let groups = chosen.map { $0.compactMap(target) }.filter { !$0.isEmpty }
        guard let first = groups.first else { return refuse(incoming, 480, "no contact", impu: user.text) }
        calls.began(incoming.message, unixSeconds: ports.clock.unixSeconds)
        let change = CalledEdit(
            calledParty: routing.requestURI.description,
            recordRoute: recordRoute(for: incoming.message, caller: stranger(behind: incoming)))
        if groups.count == 1 {
            stack.proxy(incoming, to: first, unreachable: 480) {
                change.apply(to: &$0)
            } answering: {
                self.answered($0, &$1)
            }
        } else {
            start { await $0.ring(groups, incoming, change) }
        }
    }

    private func isServed(_ user: IMPU) -> Bool {
        user.kind == .tel || user.domain == config.common.homeNetwork || registrar.set(of: user) != nil
    }

    /// One contact as a next hop: Request-URI its address, Route its stored Path.
    private func target(_ binding: Binding) -> SIPTarget? {
        let hosts = config.common.hosts
        let hop = binding.path.first.map { hosts.target(route: $0) } ?? hosts.target(binding.address.uri)
        guard var target = hop else {
            ports.log.error(
                "Path could not be resolved",
                [(.to, binding.path.first ?? ""), (.cure, "add its host to `hosts:` of this S-CSCF's file")])
            return nil
        }
        target.requestURI = binding.address.uri.description
        target.routes = binding.path
        return target
    }

    /// Group after group until one answers with 2xx or 6xx, RFC 3261 §16.7 step 5.
    private func ring(_ groups: [[SIPTarget]], _ incoming: IncomingRequest, _ change: CalledEdit) async {
        var outcome = SIPOutcome.transportFailed
        for (index, group) in groups.enumerated() {
            var group = group
            if index + 1 < groups.count {
                for branch in group.indices { group[branch].ringsFor = config.serialForkSeconds * 1_000 }
            }
            outcome = await stack.forward(incoming, to: group) {
                change.apply(to: &$0)
            } relaying: {
                self.answered($0, &$1)
            }
            if case .response(let response) = outcome, response.status < 300 || response.status >= 600 { break }
            if stack.isCancelled(incoming) { break }
        }
        settle(incoming, outcome) { self.answered($0, &$1) }
    }

    /// What came of a request that was tried at one place after another goes back.
    func settle(
        _ incoming: IncomingRequest, _ outcome: SIPOutcome, _ answering: (SIPMessage, inout SIPEdit) -> Void
    ) {
        switch outcome {
        case .response(let response): stack.relay(incoming, response) { answering(response, &$0) }
        case .timeout where incoming.message.method != .invite: break
        case .timeout, .transportFailed:
            let isCancelled = stack.isCancelled(incoming)
            stack.respond(incoming, isCancelled ? 487 : outcome.status == 408 ? 408 : 480)
            calls.failed(incoming.message)
        }
    }

    /// A response passes: term-ioi is ours (§5.4.3.3), and a P-CSCF that has lost the UE means that it is not reached.
    func answered(_ response: SIPMessage, _ edit: inout SIPEdit) {
        calls.answered(response, unixSeconds: ports.clock.unixSeconds)
        if response.status == 430 { edit.setStatus(480) }
        if var vector = response.text(.pChargingVector).flatMap(ChargingVector.init(parsing:)) {
            vector.termIOI = config.common.homeNetwork
            edit.set(.pChargingVector, vector.description)
        }
    }
}

/// The changes to a terminating request at its S-CSCF, TS 24.229 §5.4.3.3; Request-URI and Route are each contact's.
struct CalledEdit {
    /// The Request-URI it came with.
    var calledParty: String
    var recordRoute: String?

    func apply(to edit: inout SIPEdit) {
        for header in [HeaderID.route, .pServedUser, .pProfileKey] where edit.message.has(header) {
            edit.removeAll(header)
        }
        edit.set(.pCalledPartyID, "<\(calledParty)>")
        if let recordRoute { edit.prepend(.recordRoute, recordRoute) }
    }
}
