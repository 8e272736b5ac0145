import RoleKit
import SIP

/// Requests in a dialog, TS 24.229 §5.2.6.3.5, §5.2.6.3.9, §5.2.6.4.5 and §5.2.6.4.9: what was agreed when the dialog was
/// made decides, and it stands in our Record-Route.
extension PCSCF {
    /// The common case, read in place; false leaves the request to the general one, which also refuses.
    func passInDialog(_ incoming: IncomingRequest) -> Bool {
        guard incoming.message.toTag != nil, let names else { return false }
        let tokens = flowTokens
        var found: SIPFlow?
        let routing = DialogRouting(incoming.message) { uri in
            guard names.contains(uri) else { return false }
            if found == nil, let user = uri.user { found = tokens.flow(of: uri.bytes, user) }
            return true
        }
        guard let routing, let flow = found.flatMap(placed) else { return false }
        if incoming.listener != coreListener {
            guard routing.hasRoute, isSameUE(flow, incoming),
                let target = config.common.hosts.target(routing.next, listener: coreListener),
                leads(target, intoNetworkFor: incoming)
            else { return false }
            passToCore(incoming, target) { routing.apply(to: &$0) }
        } else {
            // Without a user it may be for ourselves, and a UE that has moved is found by its contact.
            guard routing.hasRoute || routing.next.user != nil, let target = target(flow) else { return false }
            passToUE(incoming, target) { routing.apply(to: &$0) }
        }
        return true
    }

    /// From the UE. It must have our Record-Route for its own flow: only so is the dialog one that passed here.
    ///
    /// Target refreshes are not recorded again: RFC 3261 §12.2 keeps the route set of a dialog as it was made.
    func forwardFromUE(_ incoming: IncomingRequest, _ routing: RequestRouting) {
        guard let flow = flow(routing), isSameUE(flow, incoming) else {
            // After a restart of ours a dialog is lost: 481 ends it at the UE (RFC 3261 §12.2.1.2).
            return refuse(incoming, registrant(of: incoming) == nil ? 403 : 481, nil, "in no dialog of this UE")
        }
        guard let target = coreTarget(incoming, routing.next) else { return }
        guard leads(target, intoNetworkFor: incoming) else {
            complain("Route of a phone to a host that is none of the network's", incoming.flow.remote)
            return refuse(incoming, 403, nil, "its Route leads out of the network")
        }
        passToCore(incoming, target) { routing.apply(to: &$0) }
    }

    /// Toward the UE, on the flow it had when the dialog was made.
    func forwardToUE(_ incoming: IncomingRequest, _ routing: RequestRouting) {
        guard let flow = flow(routing) else {
            return refuse(incoming, 481, nil, "in no dialog that passed here")
        }
        let contact = routing.requestURI
        guard let target = target(flow, listener: stack.listener(of: flow) ?? 0, contact: contact) else {
            return refuse(incoming, 430, nil, "no security association with the phone is left")
        }
        passToUE(incoming, target) { routing.apply(to: &$0) }
    }

    private func passToCore(_ incoming: IncomingRequest, _ target: SIPTarget, _ route: (inout SIPEdit) -> Void) {
        let listener = incoming.listener
        follow(incoming.message, at: listener, .fromUE)
        stack.proxy(incoming, to: [target]) { edit in
            crossing(listener).enter(&edit)
            route(&edit)
        } answering: { response, edit in
            self.follow(response: response, at: listener, .toUE)
            self.crossing(listener).leave(&edit)
        }
    }

    private func passToUE(_ incoming: IncomingRequest, _ target: SIPTarget, _ route: (inout SIPEdit) -> Void) {
        let listener = target.listener
        follow(incoming.message, at: listener, .toUE)
        stack.proxy(incoming, to: [target], unreachable: 430) { edit in
            crossing(listener).leave(&edit)
            route(&edit)
        } answering: { response, edit in
            self.follow(response: response, at: listener, .fromUE)
            self.crossing(listener).enter(&edit)
        }
    }

    /// Whether a next hop is one a dialog of this UE can have: a host of `hosts:`, an I-CSCF, where emergency calls go, or
    /// the S-CSCF of a contact registered from there. The Route of a UE is the UE's own to write; without this it could
    /// send through our core side, past every other boundary, to anybody (§5.2.6.3.5).
    private func leads(_ target: SIPTarget, intoNetworkFor incoming: IncomingRequest) -> Bool {
        let host = target.address.with(port: 0)
        if config.common.hosts.names(hostOf: host) { return true }
        if config.entryPoints.contains(where: { $0.address.with(port: 0) == host }) { return true }
        if config.emergency.route?.address.with(port: 0) == host { return true }
        return registrations.from(hostOf: incoming.flow.remote).contains { registration in
            let scscf = registration.serviceRoute.first.flatMap { try? NameAddress(parsing: $0) }
            return scscf.flatMap { config.common.hosts.target($0.uri) }?.address.with(port: 0) == host
        }
    }

    /// The UE's host, and over IPsec if the dialog was made over it: in the clear anybody could be that host.
    private func isSameUE(_ flow: SIPFlow, _ incoming: IncomingRequest) -> Bool {
        flow.remote.with(port: 0) == incoming.flow.remote.with(port: 0)
            && stack.isProtected(stack.listener(of: flow) ?? 0) == stack.isProtected(incoming.listener)
    }

    /// The UE on the very flow of its dialog, or over the set that has taken its place; nil where it must be looked for.
    private func target(_ flow: SIPFlow) -> SIPTarget? {
        let listener = stack.listener(of: flow) ?? 0
        if stack.isProtected(listener) { return securedTarget(flow) }
        guard isCurrent(flow) else { return nil }
        return SIPTarget(address: flow.remote, kind: flow.kind, listener: listener, flow: flow)
    }

    /// A flow for our Record-Route. It names its listener by the place among ours: sockets have other numbers after a
    /// restart, and the dialog goes on.
    func token(of flow: SIPFlow) -> String {
        var named = flow
        named.listener = ListenerID(raw: stack.listener(of: flow).map(UInt32.init) ?? .max)
        return flowTokens.text(of: named)
    }

    /// The flow of a token, on the socket its listener has now.
    private func placed(_ named: SIPFlow) -> SIPFlow? {
        var flow = named
        guard let socket = stack.socket(of: Int(named.listener.raw), named.kind) else { return nil }
        flow.listener = socket
        return flow
    }

    /// The UE's flow, from the Record-Route value of ours that the request came by.
    private func flow(_ routing: RequestRouting) -> SIPFlow? {
        routing.own.lazy.compactMap(\.user).compactMap { self.flowTokens.flow(of: $0) }.compactMap(placed).first
    }
}
