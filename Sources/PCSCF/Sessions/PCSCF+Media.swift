import RoleKit
import SIP

/// What becomes of calls, told to the table of calls and to the policy (TS 24.229 §5.2.7).
extension PCSCF {
    /// Whether a request has to wait for the policy.
    func asksPolicy(_ request: SIPMessage, at listener: Int) -> Bool {
        crossing(listener).qos != .off && request.method == .invite && request.isSession
    }

    /// Asks for the quality of service of a call; false where it has been refused. What fails and is not required is
    /// told once.
    func isGranted(_ incoming: IncomingRequest, at listener: Int, _ heading: GmHeading) async -> Bool {
        let leg = MediaLeg(incoming.message, heading)
        let verdict = await policy.authorize(leg, offer: Array(incoming.message.body))
        if let status = verdict.refusal(crossing(listener).qos) {
            refuse(incoming, status, retryAfter: status == 503, verdict.reason ?? "")
            return false
        }
        if let reason = verdict.reason, complaints.isFirst("calls without quality of service", from: "") {
            ports.log.warning("calls without quality of service", [(.reason, reason)])
        }
        return true
    }

    /// A request in a dialog passes.
    func follow(_ request: SIPMessage, at listener: Int, _ heading: GmHeading) {
        calls.ended(request)
        guard crossing(listener).qos != .off else { return }
        describe(request, heading)
        if request.method == .bye { policy.release(MediaLeg(request, heading)) }
    }

    /// A response passes.
    ///
    /// - Parameter isInitial: to a request that makes a dialog, so that its refusal is the end.
    func follow(response: SIPMessage, at listener: Int, _ heading: GmHeading, isInitial: Bool = false) {
        calls.answered(response, unixSeconds: ports.clock.unixSeconds)
        guard crossing(listener).qos != .off else { return }
        describe(response, heading)
        if isInitial, response.status >= 300, response.method == .invite {
            policy.release(MediaLeg(response, heading))
        }
    }

    private func describe(_ message: SIPMessage, _ heading: GmHeading) {
        guard message.isSession else { return }
        policy.describe(MediaLeg(message, heading), Array(message.body), isFromUE: heading == .fromUE)
    }
}

extension MediaLeg {
    /// The UE is From in its own requests and in the answers to them, else To.
    init(_ message: SIPMessage, _ heading: GmHeading) {
        let isFrom = message.isRequest == (heading == .fromUE)
        let (from, to) = (message.fromTag.map(message.string), message.toTag.map(message.string))
        self.init(callID: message.callID ?? "", ownTag: isFrom ? from : to, peerTag: isFrom ? to : from)
    }
}
