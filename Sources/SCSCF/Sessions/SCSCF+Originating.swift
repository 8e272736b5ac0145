import IMSCore
import RoleKit
import SIP

/// Initial and stand-alone requests of a served user, TS 24.229 §5.4.3.2.
extension SCSCF {
    func originate(_ incoming: IncomingRequest, _ routing: RequestRouting) {
        // An application server may call for a user who is not there; a UE's Service-Route has no `orig` parameter.
        if routing.own.contains(where: { $0.params.has("orig") }),
            let user = OriginatingDecision.servedUser(incoming.message), registrar.set(of: user) == nil
        {
            return serveUnregistered(incoming, routing, user, .originatingUnregistered)
        }
        switch OriginatingDecision.decide(incoming.message, set: { self.registrar.set(of: $0) }) {
        case .refuse(let status, let reason): refuse(incoming, status, reason)
        case .serve(let user, let alias):
            // Policy hook: originating.
            guard registrar.set(of: user)?.services(of: user) != nil else {
                return route(incoming, routing, user, alias)
            }
            let chain = ServiceChain(sessionCase: .originating, user: user)
            serve(ServedRequest(incoming: incoming, routing: routing, chain: chain, alias: alias))
        }
    }

    /// The user's services are done: on to whom the Request-URI names.
    func route(_ incoming: IncomingRequest, _ routing: RequestRouting, _ user: IMPU, _ alias: String?) {
        let home = config.common.homeNetwork
        switch OriginatingRoute.decide(routing.requestURI, home: home, numbering: config.numbering) {
        case .refuse(let status, let reason): refuse(incoming, status, reason, impu: user.text)
        case .home(let uri):
            guard !config.entryPoints.isEmpty else {
                return refuse(incoming, 480, "no I-CSCF is configured", impu: user.text)
            }
            send(incoming, routing, to: config.entryPoints, uri, alias, leavesNetwork: false)
        case .foreign(let uri):
            // Policy hook: breakout. Only networks somebody has told us of: a user cannot aim us at an address.
            guard config.common.hosts.row(uri.hostPart.bare) != nil,
                let target = config.common.hosts.target(.sip(uri))
            else { return refuse(incoming, 404, "no route to \(uri.host)", impu: user.text) }
            send(incoming, routing, to: [target], nil, alias, leavesNetwork: true)
        }
    }

    private func send(
        _ incoming: IncomingRequest, _ routing: RequestRouting, to hops: [SIPTarget], _ requestURI: String?,
        _ alias: String?, leavesNetwork: Bool
    ) {
        let message = incoming.message
        var targets = hops
        // A Route left over was put there by somebody who may: it goes first (RFC 3261 §16.6 step 6).
        if routing.route != nil {
            guard let next = config.common.hosts.target(routing.next) else {
                return refuse(incoming, 500, "no address for \(routing.next)")
            }
            targets = [next]
        }
        for index in targets.indices { targets[index].requestURI = requestURI }
        calls.began(message, unixSeconds: ports.clock.unixSeconds)
        let change = ServedEdit(
            routing: routing, recordRoute: recordRoute(for: message), alias: alias,
            chargingVector: vector(message), leavesNetwork: leavesNetwork)
        guard targets.count == 1 else {
            return start { [targets] in await $0.send(incoming, toFirstOf: targets, change) }
        }
        stack.proxy(incoming, to: targets, unreachable: 480) {
            change.apply(to: &$0)
        } answering: { response, _ in
            self.passes(response)
        }
    }

    private func passes(_ response: SIPMessage) { calls.answered(response, unixSeconds: ports.clock.unixSeconds) }

    /// One I-CSCF after another: silence, no connection and 503 make us try the next (RFC 3263 §4.3). The time a request
    /// may take is shared evenly, and what rings stays where it is.
    private func send(_ incoming: IncomingRequest, toFirstOf targets: [SIPTarget], _ change: ServedEdit) async {
        let deadline = ports.clock.now.advanced(byMilliseconds: config.timers.times64)
        var outcome = SIPOutcome.transportFailed
        for var target in targets {
            target.answerWithin = config.timers.times64 / targets.count
            outcome = await stack.forward(incoming, to: [target]) {
                change.apply(to: &$0)
            } relaying: { response, _ in
                self.passes(response)
            }
            if case .response(let response) = outcome, response.status != 503 { break }
            if stack.isCancelled(incoming) || ports.clock.now >= deadline { break }
        }
        settle(incoming, outcome) { response, _ in passes(response) }
    }

    /// §5.4.3.2: orig-ioi of type 1 ends here; ours goes on, of type 2, which has no prefix.
    private func vector(_ message: SIPMessage) -> String? {
        guard var vector = message.text(.pChargingVector).flatMap(ChargingVector.init(parsing:)) else { return nil }
        vector.origIOI = config.common.homeNetwork
        return vector.description
    }
}

/// The changes to an originating request at its S-CSCF, TS 24.229 §5.4.3.2.
struct ServedEdit {
    var routing: RequestRouting
    var recordRoute: String?
    var alias: String?
    var chargingVector: String?
    /// To another network: what only ours may know stays here.
    var leavesNetwork: Bool

    func apply(to edit: inout SIPEdit) {
        routing.apply(to: &edit)
        if edit.message.has(.pServedUser) { edit.removeAll(.pServedUser) }
        if let alias { edit.append(.pAssertedIdentity, "<\(alias)>") }
        if let chargingVector { edit.set(.pChargingVector, chargingVector) }
        if leavesNetwork {
            for header in [HeaderID.pAccessNetworkInfo, .pChargingFunctionAddresses] where edit.message.has(header) {
                edit.removeAll(header)
            }
        }
        if let recordRoute { edit.prepend(.recordRoute, recordRoute) }
    }
}
