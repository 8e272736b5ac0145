import RoleKit
import SIP

/// The place of event packages, TS 24.229 §5.4.2.1: requests for what we notify about do not go on to anybody.
extension SCSCF {
    /// Takes over SUBSCRIBE and PUBLISH; false leaves a request to the session procedures.
    func receiveEvent(_ incoming: IncomingRequest, _ routing: RequestRouting) -> Bool {
        guard routing.route == nil else { return false }
        switch incoming.message.method {
        case .subscribe: subscribe(incoming)
        // RFC 3903 §6: nobody composes events here; answered at once, so that a phone stops trying.
        case .publish: stack.respond(incoming, 405) { $0.add(.allow, Self.allowed) }
        default: return false
        }
        return true
    }
}
