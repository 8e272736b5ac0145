import IMSCore
import RoleKit
import SIP

/// The place of event packages, TS 24.229 §5.4.2.1: requests for what we notify about do not go on to anybody.
extension SCSCF {
    /// Takes over SUBSCRIBE and PUBLISH; false leaves a request to the session procedures.
    func receiveEvent(_ incoming: IncomingRequest, _ routing: RequestRouting) -> Bool {
        guard routing.route == nil else { return false }
        switch incoming.message.method {
        case .subscribe where !isForService(incoming.message, routing): subscribe(incoming)
        // RFC 3903 §6: nobody composes events here; answered at once, so that a phone stops trying.
        case .publish where !isForService(incoming.message, routing):
            stack.respond(incoming, 405) { $0.add(.allow, Self.allowed) }
        default: return false
        }
        return true
    }

    /// Whether an application server of the served user's wants it. The registration state is ours alone to tell.
    private func isForService(_ message: SIPMessage, _ routing: RequestRouting) -> Bool {
        guard message.toTag == nil, EventHeader(message)?.package != RegInfo.package else { return false }
        let isOriginating = Self.isOriginating(routing)
        let user: IMPU?
        if isOriginating {
            guard case .serve(let caller, _) = OriginatingDecision.decide(message, set: { registrar.set(of: $0) })
            else { return false }
            user = caller
        } else {
            user = IMPU(routing.requestURI.description)
        }
        guard let user, let services = registrar.set(of: user)?.services(of: user) else { return false }
        let subject = ServiceSubject(message, isOriginating ? .originating : .terminating, isRegistered: true)
        return services.next(after: nil, for: subject) != nil
    }
}
