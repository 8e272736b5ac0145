import RoleKit
import SIP

/// The trust domain as the S-CSCF sees it, TS 24.229 §4.4, §5.4.1 and §5.4.3; RFC 3325 §5.
extension SCSCF {
    /// Whether what a neighbour asserts is believed: this host's own elements, those `hosts:` and `icscf:` name, the
    /// P-CSCFs users are registered through, and the application servers of users' profiles.
    func believes(_ source: SocketAddress) -> Bool {
        trust.contains(source) || registrar.isNeighbour(hostOf: source)
            || !servers.isEmpty && servers.contains(source.with(port: 0))
    }

    /// The P-CSCF, or what stands before it, of a REGISTER that is believed: where the topmost Path value leads. Only that
    /// one sends to us; values below are other networks' to write, or a UE's (RFC 3327 §5.2).
    func neighbour(_ request: RegisterRequest) -> SocketAddress? {
        request.path.first.flatMap { config.common.hosts.target(route: $0) }?.address
    }

    /// Whether a request in a dialog may go there: to whom we believe, or back to the stranger that has made the dialog.
    ///
    /// Route and Request-URI are the sender's own to write, and a P-CSCF looks at its own next hop alone. Without this a UE
    /// could send through us, past every other boundary, to anybody (TS 24.229 §5.2.6.3.5).
    func leads(_ target: SIPTarget, inDialogOf message: SIPMessage, _ own: [SIPURI]) -> Bool {
        believes(target.address) || dialogProof.holds(for: message, own, caller: target.address)
    }

    /// The host outside the trust domain that a request has come from, directly or through elements of ours, where
    /// requests in its dialog will go back to it. Nil for whom we believe, and for one that names another host: whoever
    /// calls could make its callee send to anybody.
    func stranger(behind incoming: IncomingRequest) -> SocketAddress? {
        let message = incoming.message
        let way =
            message.has(.recordRoute)
            ? (try? message.address(.recordRoute))?.uri : (try? message.contacts())?.first?.address?.uri
        guard let way, way.sip.map({ names?.contains($0) == true }) != true,
            let back = config.common.hosts.target(way)?.address.with(port: 0), !believes(back)
        else { return nil }
        // Each element of ours has noted whom it had the request from, RFC 3261 §18.2.1.
        for via in (try? message.vias()) ?? [] {
            let host = via.received ?? via.hostPart.bare
            guard let before = config.common.hosts.address(host, port: 0, defaultPort: 0) else { return nil }
            if !believes(before) { return before == back ? back : nil }
        }
        return nil
    }

    /// 403 to a request of a dialog that leads to somebody nobody has named.
    func refuseDeparture(_ incoming: IncomingRequest, _ target: SIPTarget) {
        let to = target.address
        if complaints.isFirst("departure", from: to.host) {
            ports.log.warning(
                "dialog leads to a host nobody has named",
                [
                    (.to, to.description), (.method, incoming.message.method.name),
                    (.peer, incoming.flow.remote.description), (.cure, Self.cure),
                ])
        }
        refuse(incoming, 403, "its Route leads to a host nobody has named, \(to)")
    }

    /// A request of somebody outside without what only the trust domain may say, so that nothing after can believe it.
    func disbelieved(_ incoming: IncomingRequest) -> IncomingRequest? {
        guard TrustDomain.hasAssertions(incoming.message) else { return incoming }
        let source = incoming.flow.remote
        if complaints.isFirst("assertions", from: source.host) {
            ports.log.notice(
                "assertions of a stranger not believed",
                [(.method, incoming.message.method.name), (.peer, source.description), (.cure, Self.cure)])
        }
        var edit = SIPEdit(incoming.message)
        TrustDomain.strip(&edit)
        guard let message = try? SIPMessage(edit.serialize()) else { return nil }
        var believable = incoming
        believable.message = message
        return believable
    }

    private static let cure = "if it is an element of your network, add its host to `hosts:` of this S-CSCF's file"

    /// 403 to what only the trust domain may send. It is forgotten at once: a flood of it takes no room.
    func refuseStranger(_ incoming: IncomingRequest, _ what: String) {
        let source = incoming.flow.remote
        let message = incoming.message
        guard message.method != .ack else { return }
        ports.tap.event(
            "403: \(what) of a stranger, \(source)", impu: "", impi: "", callID: message.callID ?? "")
        if complaints.isFirst("stranger", from: source.host) {
            ports.log.warning(
                "request of a stranger refused",
                [
                    (.status, "403"), (.method, message.method.name), (.reason, what), (.peer, source.description),
                    (.cure, Self.cure),
                ])
        }
        stack.turnAway(incoming, 403)
    }
}
