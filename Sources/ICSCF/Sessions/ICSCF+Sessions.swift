import Diameter
import IMSCore
import RoleKit
import SIP

/// Initial and stand-alone requests at the I-CSCF, TS 24.229 §5.3.2. It records no route: a dialog goes past it.
extension ICSCF {
    /// Decides what needs no HSS.
    func session(_ incoming: IncomingRequest) {
        let names = names
        guard let routing = try? RequestRouting(incoming.message, isOwn: { names?.contains($0) ?? false }) else {
            return sip.respond(incoming, 400, "Malformed Route")
        }
        if routing.route != nil { return follow(incoming, routing) }
        if isForUs(routing) { return receiveOwn(incoming) }
        if incoming.message.method == .ack { return }
        guard let destination = SessionDestination(incoming.message, routing) else {
            return refuse(incoming, 404, isTemporary: false, "the Request-URI names no user")
        }
        start { await $0.locate(incoming, routing, destination) }
    }

    private func isForUs(_ routing: RequestRouting) -> Bool {
        guard case .sip(let uri) = routing.requestURI, uri.user == nil else { return false }
        return names?.contains(uri) == true || uri.hostPart.bare == config.common.homeNetwork
            || uri.hostPart.bare == "icscf." + config.common.homeNetwork
    }

    /// A request for the I-CSCF itself, RFC 3261 §8.2.1 and §11.2.
    private func receiveOwn(_ incoming: IncomingRequest) {
        switch incoming.message.method {
        case .ack: break
        case .options:
            sip.answerOptions(
                incoming, names: [config.common.homeNetwork], options: ["path"], allowed: Self.allowed, isProxy: true)
        case .subscribe: sip.respond(incoming, 489)
        default: sip.respond(incoming, 405) { $0.add(.allow, "REGISTER, OPTIONS") }
        }
    }

    /// A request that knows its way (§5.3.2.3): on by its Route.
    private func follow(_ incoming: IncomingRequest, _ routing: RequestRouting) {
        guard let target = config.common.hosts.target(routing.next) else {
            return refuse(incoming, 404, isTemporary: false, "no address for \(routing.next)")
        }
        // A stranger cannot send its requests on through us.
        guard trust.contains(incoming.flow.remote) else {
            return refuse(incoming, 403, isTemporary: false, "a Route of a stranger")
        }
        // Nor can a UE: those we believe pass its Route on, and check their own next hop alone.
        guard trust.contains(target.address) else {
            return refuse(incoming, 403, isTemporary: false, "a Route to a stranger, \(target.address)")
        }
        sip.proxy(incoming, to: [target]) { routing.apply(to: &$0) }
    }

    /// §5.3.2.1: LIR, then to the S-CSCF it names, or to one of our choice.
    private func locate(
        _ incoming: IncomingRequest, _ routing: RequestRouting, _ destination: SessionDestination
    ) async {
        counts.sessions += 1
        // Policy hook: terminating, before the user is looked up.
        switch await location(of: destination, incoming) {
        case .refuse(let status, let isTemporary, let reason):
            refuse(incoming, status, isTemporary: isTemporary, reason)
        case .assigned(let scscf): deliver(incoming, routing, destination, to: scscf)
        case .choose(let capabilities):
            let found = SCSCFSelection.candidates(for: capabilities, from: config.scscfs, except: [])
            guard let scscf = found.first(where: { Self.hop($0, config.common.hosts) != nil }) else {
                return refuse(incoming, 600, isTemporary: false, "no S-CSCF with the mandatory capabilities")
            }
            deliver(incoming, routing, destination, to: scscf)
        }
    }

    /// LIR → LIA. TS 29.228 §6.1.4
    private func location(of user: SessionDestination, _ incoming: IncomingRequest) async -> LocationDecision {
        var lir = hss.request(CxCommands.locationInfo, application: Application.cx)
        if user.isOriginating { lir.add(Cx.originatingRequest, .originating) }
        lir.add(Cx.publicIdentity, user.impu)
        do {
            return LocationDecision(try await hss.ask(lir))
        } catch {
            counts.hssFailures += 1
            ports.log.warning(
                "LIR failed",
                [(.reason, error.description), (.impu, user.impu), (.callID, incoming.message.callID ?? "")])
            return .unreachable(error)
        }
    }

    /// The Server-Name on top of Route, RFC 3261 §16.6 step 4.
    private func deliver(
        _ incoming: IncomingRequest, _ routing: RequestRouting, _ destination: SessionDestination, to scscf: String
    ) {
        guard var (target, uri) = Self.hop(scscf, config.common.hosts) else {
            ports.log.error(
                "S-CSCF name could not be resolved",
                [(.to, scscf), (.cure, "add its host to `hosts:` of this I-CSCF's file")])
            return refuse(incoming, 480, isTemporary: true, "no address for \(scscf)")
        }
        uri.params["lr"] = ""
        if destination.isOriginating { uri.params["orig"] = "" }
        target.routes = ["<\(uri)>"]
        target.requestURI = destination.requestURI
        let isTrusted = trust.contains(incoming.flow.remote)
        sip.proxy(incoming, to: [target], unreachable: 480) { edit in
            if !isTrusted { TrustDomain.strip(&edit) }
            routing.apply(to: &edit)
        }
    }

    private static func hop(_ scscf: String, _ hosts: HostTable) -> (SIPTarget, SIPURI)? {
        guard let uri = try? SIPURI(parsing: scscf), let target = hosts.target(.sip(uri)) else { return nil }
        return (target, uri)
    }
}
