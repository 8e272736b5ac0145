import RoleKit
import SIP

/// What comes in over Gm and Mw.
extension PCSCF {
    func receive(_ incoming: IncomingRequest) {
        // Policy hook: access in.
        switch incoming.message.method {
        case .register: admit(incoming)
        default:
            guard !stack.isProtected(incoming.listener) || admitProtected(incoming) else { return }
            session(incoming)
        }
    }

    /// Lets a REGISTER through to its procedure, unless its source or this P-CSCF has had enough.
    private func admit(_ incoming: IncomingRequest) {
        let source = incoming.flow.remote
        // UEs are on Gm; on the other side they would go round the limits below.
        guard incoming.listener != coreListener else {
            let cure = "phones register at \(stack.advertised(0))"
            complain("REGISTER on the core side refused", source, [(.cure, cure)])
            return stack.respond(incoming, 403)
        }
        // Over an SA the UE has been authenticated, or must be by this very request.
        if !registrations.isKnown(incoming.flow), !stack.isProtected(incoming.listener) {
            guard limiter.admit(source, at: ports.clock.now) else { return overLimit(incoming) }
            guard registrations.count < config.maximumRegistrations else {
                complain("registration table full", source)
                return unavailable(incoming)
            }
            noticeTranslation(incoming)
        }
        start { pcscf in await pcscf.register(incoming) }
    }

    /// A phone whose own address is not the one its REGISTER came from is behind a NAT: plain SIP gets through (RFC 3581),
    /// IPsec will not, and that is found late and hard.
    private func noticeTranslation(_ incoming: IncomingRequest) {
        let source = incoming.flow.remote
        guard incoming.message.topViaHas("received"), let via = try? incoming.message.via(),
            let own = SocketAddress(via.hostPart.bare, port: 0), own != source.with(port: 0)
        else { return }
        complain(
            "phone behind NAT", source,
            [
                (.from, via.sentBy),
                (.cure, "take masquerading off the phones' addresses and route them to this P-CSCF"),
            ])
    }

    private func overLimit(_ incoming: IncomingRequest) {
        complain("too many REGISTERs", incoming.flow.remote)
        switch config.registerLimit.overLimit {
        case .refuse: unavailable(incoming)
        case .silence: stack.ignore(incoming)
        }
    }

    private func unavailable(_ incoming: IncomingRequest) {
        stack.turnAway(incoming, 503) { $0.add(.retryAfter, String(config.retryAfterSeconds)) }
    }

    /// A warning once for each source.
    func complain(_ event: String, _ source: SocketAddress, _ fields: [(LogKey, String)] = []) {
        guard complaints.isFirst(event, from: source.host) else { return }
        ports.log.warning(event, [(.peer, source.description)] + fields)
    }
}
