import RoleKit
import SIP

/// Requests in a dialog, TS 24.229 §5.2.6.3.5, §5.2.6.3.9, §5.2.6.4.5 and §5.2.6.4.9: what was agreed when the dialog was
/// made decides, and it stands in our Record-Route.
extension PCSCF {
    /// From the UE. It must have our Record-Route for its own flow: only so is the dialog one that passed here.
    ///
    /// Target refreshes are not recorded again: RFC 3261 §12.2 keeps the route set of a dialog as it was made.
    func forwardFromUE(_ incoming: IncomingRequest, _ routing: RequestRouting) {
        guard let flow = flow(routing), flow.remote.with(port: 0) == incoming.flow.remote.with(port: 0) else {
            // After a restart of ours a dialog is lost: 481 ends it at the UE (RFC 3261 §12.2.1.2).
            return refuse(incoming, registrant(of: incoming) == nil ? 403 : 481, nil, "in no dialog of this UE")
        }
        guard let target = coreTarget(incoming, routing.next) else { return }
        calls.ended(incoming.message)
        stack.proxy(incoming, to: [target]) { edit in
            TrustBoundary.enter(&edit)
            routing.apply(to: &edit)
        } answering: { response, edit in
            self.calls.answered(response, unixSeconds: self.ports.clock.unixSeconds)
            TrustBoundary.leave(&edit)
        }
    }

    /// Toward the UE, on the flow it had when the dialog was made.
    func forwardToUE(_ incoming: IncomingRequest, _ routing: RequestRouting) {
        guard let flow = flow(routing) else {
            return refuse(incoming, 481, nil, "in no dialog that passed here")
        }
        calls.ended(incoming.message)
        let target = target(flow, listener: stack.listener(of: flow) ?? 0, contact: routing.requestURI)
        stack.proxy(incoming, to: [target], unreachable: 430) { edit in
            TrustBoundary.leave(&edit)
            routing.apply(to: &edit)
        } answering: { response, edit in
            self.calls.answered(response, unixSeconds: self.ports.clock.unixSeconds)
            TrustBoundary.enter(&edit)
        }
    }

    /// The UE's flow, from the Record-Route value of ours that the request came by.
    private func flow(_ routing: RequestRouting) -> SIPFlow? {
        routing.own.lazy.compactMap(\.user).compactMap { self.flowTokens.flow(of: $0) }.first
    }
}
