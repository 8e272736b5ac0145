import IMSCore
import RoleKit
import SIP

/// Everything but REGISTER, TS 24.229 §5.2.6 to §5.2.8. No request here waits for anybody: each is decided and forwarded
/// at once.
extension PCSCF {
    /// Methods this P-CSCF itself answers.
    static let allowed = "REGISTER"

    /// A request of a session or a stand-alone transaction: from a UE or toward one, in a dialog or not.
    func session(_ incoming: IncomingRequest) {
        if passInDialog(incoming) { return }
        let names = names
        guard let routing = try? RequestRouting(incoming.message, isOwn: { names?.contains($0) ?? false }) else {
            return stack.respond(incoming, 400, "Malformed Route")
        }
        if isForUs(routing) { return receiveOwn(incoming) }
        let isInDialog = incoming.message.toTag != nil
        switch (incoming.listener == coreListener, isInDialog) {
        case (false, false): originate(incoming, routing)
        case (false, true): forwardFromUE(incoming, routing)
        case (true, false): terminate(incoming, routing)
        case (true, true): forwardToUE(incoming, routing)
        }
    }

    /// Addressed to this element or to the domain, and routed no further: nobody's but ours.
    private func isForUs(_ routing: RequestRouting) -> Bool {
        guard routing.route == nil, case .sip(let uri) = routing.requestURI, uri.user == nil else { return false }
        return names?.contains(uri) == true || uri.hostPart.bare == config.common.homeNetwork
    }

    /// A request for the P-CSCF itself, RFC 3261 §8.2.1 and §11.2.
    private func receiveOwn(_ incoming: IncomingRequest) {
        switch incoming.message.method {
        case .ack: break
        case .options:
            stack.answerOptions(
                incoming, names: [config.common.homeNetwork], options: ["path"], allowed: Self.allowed, isProxy: true)
        // RFC 6665 §8.3.2: answered at once.
        case .subscribe: stack.respond(incoming, 489) { $0.add(.allowEvents, RegInfo.package) }
        case .notify where incoming.listener == coreListener && incoming.message.toTag != nil: receiveNotify(incoming)
        // Forgotten at once: an INVITE's 405 would go out ten times to what may be a forged source.
        default: stack.turnAway(incoming, 405) { $0.add(.allow, Self.allowed) }
        }
    }

    /// Where the next hop of a request toward the core is; answered 500 where its host is unknown.
    func coreTarget(_ incoming: IncomingRequest, _ next: AnyURI) -> SIPTarget? {
        if let target = config.common.hosts.target(next, listener: coreListener) { return target }
        complain(
            "next hop unknown", incoming.flow.remote,
            [(.to, next.description), (.cure, "add its host to `hosts:` of this P-CSCF's file")])
        stack.respond(incoming, 500, "Next Hop Unknown")
        return nil
    }

    /// The UE behind a flow. Where nobody is registered over it any more, or its stream has closed, the UE is on the flow
    /// its contact has been registered over since. Else a stream is opened anew toward the contact, where that is on the
    /// same host (RFC 3261 §18.1.1): nobody can aim us at another.
    ///
    /// Nil where the UE was reached over IPsec and no set is left: nothing goes to it in the clear.
    func target(_ flow: SIPFlow, listener: Int, contact: AnyURI) -> SIPTarget? {
        var (flow, listener) = (flow, listener)
        if stack.isProtected(listener) {
            if let target = securedTarget(flow) { return target }
            let registered = registration(of: contact, hostOf: flow.remote)
            return registered.flatMap { securedTarget(to: $0.impi, flow.kind) }
        }
        let registered = isCurrent(flow) ? nil : registration(of: contact, hostOf: flow.remote)
        if let registered {
            if registered.authentication == .ipsec { return securedTarget(to: registered.impi, registered.flow.kind) }
            (flow, listener) = (registered.flow, registered.listener)
        }
        if !stack.stands(flow), let uri = contact.sip,
            let address = SocketAddress(uri.hostPart.bare, port: UInt16(clamping: uri.port ?? 5060)),
            address.with(port: 0) == flow.remote.with(port: 0)
        {
            return SIPTarget(address: address, kind: flow.kind, listener: listener)
        }
        return SIPTarget(address: flow.remote, kind: flow.kind, listener: listener, flow: flow)
    }

    /// Whether a UE is registered over this flow and can be reached on it.
    func isCurrent(_ flow: SIPFlow) -> Bool { stack.stands(flow) && registrations.isKnown(flow) }

    /// Who has this contact, from that host, and can be reached.
    private func registration(of contact: AnyURI, hostOf remote: SocketAddress) -> GmRegistration? {
        registrations.from(hostOf: remote).first {
            ($0.authentication == .ipsec || stack.stands($0.flow)) && $0.contact.isEquivalent(to: contact)
        }
    }

    /// The refusal of a request, with a line in the subscriber's timeline.
    func refuse(
        _ incoming: IncomingRequest, _ status: Int, _ phrase: String? = nil, retryAfter: Bool = false, _ why: String
    ) {
        let message = incoming.message
        let from = (try? message.from().uri.description) ?? ""
        ports.tap.event("\(status): \(message.method.name): \(why)", impu: from, impi: "", callID: message.callID ?? "")
        ports.log.info(
            "request refused",
            [
                (.status, String(status)), (.method, message.method.name), (.reason, why), (.from, from),
                (.peer, incoming.flow.remote.description), (.callID, message.callID ?? ""),
            ])
        stack.respond(incoming, status, phrase) {
            if retryAfter { $0.add(.retryAfter, String(config.retryAfterSeconds)) }
        }
    }
}
