import IMSCore
import RoleKit
import SIP

/// Everything but REGISTER, TS 24.229 §5.4.3: which case a request is, and what goes on by itself.
extension SCSCF {
    /// Methods this S-CSCF itself answers.
    static let allowed = "REGISTER, SUBSCRIBE"

    func session(_ incoming: IncomingRequest) {
        let isBelieved = believes(incoming.flow.remote)
        if isBelieved, passInDialog(incoming) { return }
        let names = names
        guard let routing = try? RequestRouting(incoming.message, isOwn: { names?.contains($0) ?? false }) else {
            return stack.respond(incoming, 400, "Malformed Route")
        }
        if resume(incoming, routing, isBelieved: isBelieved) { return }
        guard let incoming = isBelieved ? incoming : disbelieved(incoming) else {
            return stack.respond(incoming, 400)
        }
        if receiveEvent(incoming, routing) { return }
        if isForUs(routing) { return receiveOwn(incoming) }
        if incoming.message.toTag != nil { return forwardInDialog(incoming, routing, isBelieved) }
        if incoming.message.method == .ack { return }
        if Self.isOriginating(routing) {
            guard isBelieved else { return refuseStranger(incoming, "an originating request") }
            originate(incoming, routing)
        } else {
            terminate(incoming, routing)
        }
    }

    /// §5.4.3.1: our Service-Route, or `orig`.
    static func isOriginating(_ routing: RequestRouting) -> Bool {
        routing.own.contains { $0.user == "orig" || $0.params.has("orig") }
    }

    /// Addressed to this element or to the domain, and routed no further.
    private func isForUs(_ routing: RequestRouting) -> Bool {
        guard routing.route == nil, case .sip(let uri) = routing.requestURI, uri.user == nil else { return false }
        return names?.contains(uri) == true || uri.hostPart.bare == config.common.homeNetwork
    }

    /// A request for the S-CSCF itself, RFC 3261 §8.2.1 and §11.2.
    private func receiveOwn(_ incoming: IncomingRequest) {
        switch incoming.message.method {
        case .ack: break
        case .options:
            let own = (try? SIPURI(parsing: config.uri))?.host
            stack.answerOptions(
                incoming, names: [config.common.homeNetwork] + (own.map { [$0] } ?? []),
                options: RegisterRequest.supportedOptions, allowed: Self.allowed, isProxy: false)
        default: stack.respond(incoming, 405) { $0.add(.allow, Self.allowed) }
        }
    }

    /// A request in a dialog that we recorded: on by its Route, §5.4.3.2 and §5.4.3.3 (subsequent requests).
    ///
    /// - Parameter isBelieved: false: the dialog must be one made here, and lead to a P-CSCF of ours; see `DialogProof`.
    private func forwardInDialog(_ incoming: IncomingRequest, _ routing: RequestRouting, _ isBelieved: Bool) {
        guard isBelieved || dialogProof.holds(for: incoming.message, routing.own) else {
            return refuseStranger(incoming, "a request in no dialog made here")
        }
        guard !routing.own.isEmpty else { return refuse(incoming, 481, "in no dialog that passed here") }
        guard let target = config.common.hosts.target(routing.next) else {
            return refuse(incoming, 500, "no address for \(routing.next)")
        }
        guard isBelieved || registrar.isNeighbour(target.address) else {
            return refuseStranger(incoming, "a Route to no P-CSCF of a registered user")
        }
        guard !isBelieved || leads(target, inDialogOf: incoming.message, routing.own) else {
            return refuseDeparture(incoming, target)
        }
        pass(incoming, target) { routing.apply(to: &$0) }
    }

    /// The common case of a request in a dialog, read in place; false leaves it to the general one, which also refuses.
    private func passInDialog(_ incoming: IncomingRequest) -> Bool {
        guard incoming.message.toTag != nil, let names,
            let routing = DialogRouting(incoming.message, isOwn: { names.contains($0) }), routing.taken > 0,
            routing.hasRoute || isForAnother(routing, incoming.message.method),
            let target = config.common.hosts.target(routing.next), believes(target.address)
        else { return false }
        pass(incoming, target) { routing.apply(to: &$0) }
        return true
    }

    /// Without a Route left it may be for ourselves: an event package's, or for a URI that names this element.
    private func isForAnother(_ routing: DialogRouting, _ method: SIPMethod) -> Bool {
        routing.next.user != nil && method != .subscribe && method != .publish
    }

    private func pass(_ incoming: IncomingRequest, _ target: SIPTarget, _ route: (inout SIPEdit) -> Void) {
        calls.ended(incoming.message)
        stack.proxy(incoming, to: [target]) {
            route(&$0)
        } answering: { response, _ in
            self.calls.answered(response, unixSeconds: self.ports.clock.unixSeconds)
        }
    }

    /// Our Record-Route value; nil where the request makes no dialog.
    func recordRoute(for message: SIPMessage, caller: @autoclosure () -> SocketAddress? = nil) -> String? {
        switch message.method {
        case .invite, .subscribe, .refer, .notify, .other:
            "<sip:\(dialogProof.text(for: message, caller: caller()))@\(stack.advertised(0));lr>"
        case .ack, .bye, .cancel, .register, .options, .message, .publish, .info, .prack, .update: nil
        }
    }

    /// The refusal of a request, with a line in the subscriber's timeline.
    func refuse(_ incoming: IncomingRequest, _ status: Int, _ why: String, impu: String = "") {
        let message = incoming.message
        ports.tap.event("\(status): \(message.method.name): \(why)", impu: impu, impi: "", callID: message.callID ?? "")
        ports.log.info(
            "request refused",
            [
                (.status, String(status)), (.method, message.method.name), (.reason, why), (.impu, impu),
                (.callID, message.callID ?? ""),
            ])
        stack.respond(incoming, status)
    }
}
