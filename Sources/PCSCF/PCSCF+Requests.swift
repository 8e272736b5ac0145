import RoleKit
import SIP

/// What comes in over Gm and Mw.
extension PCSCF {
    func receive(_ incoming: IncomingRequest) {
        // Policy hook: access in.
        switch incoming.message.method {
        case .register: admit(incoming)
        default: session(incoming)
        }
    }

    /// Lets a REGISTER through to its procedure, unless its source or this P-CSCF has had enough.
    private func admit(_ incoming: IncomingRequest) {
        if incoming.listener != coreListener, registrations.from(incoming.flow).isEmpty {
            let source = incoming.flow.remote
            guard limiter.admit(source, at: ports.clock.now) else { return overLimit(incoming) }
            guard registrations.count < config.maximumRegistrations else {
                complain("registration table full", source)
                return unavailable(incoming)
            }
        }
        start { pcscf in await pcscf.register(incoming) }
    }

    private func overLimit(_ incoming: IncomingRequest) {
        complain("too many REGISTERs", incoming.flow.remote)
        switch config.registerLimit.overLimit {
        case .refuse: unavailable(incoming)
        // The transaction ends by itself, RFC 4320 §4.2.
        case .silence: break
        }
    }

    private func unavailable(_ incoming: IncomingRequest) {
        stack.respond(incoming, 503) { $0.add(.retryAfter, String(config.retryAfterSeconds)) }
    }

    /// A warning once for each source.
    func complain(_ event: String, _ source: SocketAddress, _ fields: [(LogKey, String)] = []) {
        guard complaints.isFirst(event, from: source.host) else { return }
        ports.log.warning(event, [(.peer, source.description)] + fields)
    }
}
