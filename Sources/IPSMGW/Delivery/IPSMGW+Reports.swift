import RoleKit
import SIP
import SMS

/// What phones say of messages they were sent, TS 24.341 §5.3.3.4.4: delivery reports, and that they have memory again.
extension IPSMGW {
    /// RP-ACK or RP-ERROR: found by In-Reply-To; by sender and reference where a phone leaves that out, or where somebody
    /// on the way has changed our Call-ID and not changed it back.
    func receiveReport(
        _ incoming: IncomingRequest, _ sender: Correspondent, reference: UInt8, _ outcome: DeliveryOutcome
    ) async {
        counts.reports += 1
        let replied = incoming.message.texts(.inReplyTo)
        let found =
            replied.lazy.compactMap { self.message(called: $0) }.first
            ?? (replied.contains { Self.parts(ofOwn: $0) != nil } ? nil : underWay(to: sender.key, reference))
        let callID = incoming.message.callID ?? ""
        guard let found else {
            // Of a message that is through already: the phone need not know.
            ports.tap.event(
                "report \(reference) of no message kept here", impu: sender.key, impi: "", callID: callID)
            return sip.respond(incoming, 202)
        }
        note("report \(reference) for message \(found.id): \(outcome.words)", found, callID)
        step(found.recipient, .reported(found.id, outcome))
        // What it has set going is on the disk before the phone hears that we know: until then it says it again. What a
        // failing disk does not take is held and written later.
        _ = await commit([])
        sip.respond(incoming, 202)
    }

    private func underWay(to recipient: String, _ reference: UInt8) -> StoredMessage? {
        guard let first = mailboxes[recipient]?.entries.first, let message = messages[first.id],
            message.reference == reference, message.attempts > 0
        else { return nil }
        return message
    }

    /// RP-SMMA: an RP-ACK, then what has been waiting (TS 23.040 §3.2.7).
    func receiveMemoryAvailable(_ incoming: IncomingRequest, _ sender: Correspondent, reference: UInt8) async {
        sip.respond(incoming, 202)
        let callID = incoming.message.callID ?? ""
        ports.tap.event("RP-SMMA \(reference): memory available", impu: sender.key, impi: "", callID: callID)
        await answer(sender, to: callID, .ack(reference: reference, userData: nil))
        step(sender.key, .memoryAvailable)
    }
}

extension DeliveryOutcome {
    /// For a timeline.
    fileprivate var words: String {
        switch self {
        case .accepted: "RP-ACK"
        case .temporary(let reason), .refused(let reason): "RP-ERROR, \(reason); it is tried again"
        case .permanent: "RP-ERROR, it is dropped"
        case .memoryExceeded: "RP-ERROR, memory exceeded; it waits for RP-SMMA"
        }
    }
}
