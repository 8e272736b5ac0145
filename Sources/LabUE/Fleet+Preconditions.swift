import RoleKit
import SIP

/// QoS preconditions of a call as IR.92 §2.4 has them (RFC 3312 §5): the caller's access is not ready when it calls, the
/// called UE answers with a reliable 183 and alerts nobody until an UPDATE says that it is.
///
/// There is no bearer to reserve here: the caller is ready as soon as its PRACK has been answered, the called UE at once.
extension Fleet {
    // MARK: Called

    /// Whether the offer of an INVITE makes the called UE wait. One that refuses calls has nothing to wait for.
    func suspends(_ invite: SIPMessage) -> Bool {
        guard config.hasPreconditions, knows("precondition", invite), knows("100rel", invite) else { return false }
        return !QoSPreconditions(invite.body).localIsMet
    }

    /// Whether a request ends the wait: its offer says that the caller is ready (§5.1.2).
    func endsWait(_ request: SIPMessage, _ id: UECallID) -> Bool {
        guard calls[id]?.awaitsPeer == true, request.method == .update else { return false }
        let offer = QoSPreconditions(request.body)
        guard offer.arePresent, offer.localIsMet else { return false }
        calls[id]?.awaitsPeer = false
        return true
    }

    func answersPreconditions(_ request: SIPMessage) -> Bool {
        config.hasPreconditions && QoSPreconditions(request.body).arePresent
    }

    /// What an answer says of preconditions; nil where the offer had none.
    func answer(_ call: FleetCall, to request: SIPMessage) -> SessionDescription.QoS? {
        let offer = QoSPreconditions(request.body)
        guard config.hasPreconditions, offer.arePresent else { return nil }
        return SessionDescription.QoS(isReserved: !call.awaitsPeer, peerIsReserved: offer.localIsMet)
    }

    private func knows(_ option: String, _ message: SIPMessage) -> Bool {
        message.lists(option, in: .require) || message.lists(option, in: .supported)
    }

    // MARK: Caller

    /// A reliable answer with preconditions: an UPDATE is owed once it has been confirmed.
    func notePreconditions(_ response: SIPMessage, _ id: UECallID) {
        guard config.hasPreconditions, response.isProvisional, response.isSession else { return }
        let answer = QoSPreconditions(response.body)
        if answer.arePresent { calls[id]?.owesRenewal = answer }
    }

    func renewIfOwed(_ id: UECallID) {
        if calls[id]?.owesRenewal != nil { step(id, .renew) }
    }

    /// The offer of an UPDATE: this access is ready (RFC 3312 §5.1.1, RFC 3311 §5.1).
    func renewOffer(in writer: inout SIPWriter, _ id: UECallID) {
        guard let call = calls[id], let peer = call.owesRenewal else { return }
        calls[id]?.owesRenewal = nil
        calls[id]?.versions += 1
        writer.add(.contact, "<\(phones[call.phone].contactURI)>\(Phone.features)")
        writer.add(.supported, options.joined(separator: ", "))
        addOffer(
            to: &writer, call.phone, version: call.versions + 1,
            SessionDescription.QoS(isReserved: true, peerIsReserved: peer.localIsMet))
    }
}
