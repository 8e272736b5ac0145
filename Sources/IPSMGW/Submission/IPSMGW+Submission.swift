import IMSCore
import RoleKit
import SIP
import SMS

/// A short message from a phone, TS 24.341 §5.3.3.4.1: 202, then RP-ACK or RP-ERROR in a MESSAGE of our own.
extension IPSMGW {
    /// An RP-DATA as it came.
    struct Submission {
        let incoming: IncomingRequest
        let sender: Correspondent
        let reference: UInt8
        let userData: [UInt8]
        var callID: String { incoming.message.callID ?? "" }
    }

    /// Stores the message before it says so: what has been accepted outlives this process.
    ///
    /// The 202, too, waits for the disk. Were this process to end between the two, the MESSAGE would come again, find the
    /// receipt and be answered as if nothing had been; a 202 sent first would leave the phone waiting for its RP-ACK. But
    /// it does not wait longer than the S-CSCF does (`as-timeout`): see `Patience`.
    func submit(_ submission: Submission) async {
        let keys = ReceiptTable.keys(
            callID: submission.callID, cseq: submission.incoming.message.cseqNumber ?? 0,
            sender: submission.sender.key, reference: submission.reference, userData: submission.userData)
        let number = bePatient(submission.incoming)
        let now = ports.clock.unixSeconds
        if let time = receipts.time(of: keys.sought, now: now) {
            counts.repeated += 1
            // It may still be on its way to the disk, and not arrive there: then its receipt is gone.
            let isDurable = await commit([]) && receipts.time(of: keys.sought, now: now) != nil
            patienceEnds(number)
            return await accepted(submission, at: time, isDurable: isDurable)
        }
        let room = SubmissionDecision.Room(messages: config.mostMessages - messages.count) {
            self.config.mostMessagesOfOne - (self.mailboxes[$0]?.count ?? 0)
        }
        switch SubmissionDecision.decide(submission.userData, config.numbering, room) {
        case .refuse(let cause, let failure, let reason):
            patienceEnds(number)
            await refuse(submission, cause, failure, reason)
        case .accept(let submit, let recipient):
            let message = message(submit, to: recipient, submission.sender, now)
            note("RP-DATA \(submission.reference) for \(recipient): message \(message.id)", submission)
            let found = keys.all.map { SubmissionReceipt(key: $0, acceptedAt: now) }
            for receipt in found { receipts.insert(receipt) }
            let old = receipts.expire(now: now).map { [MessageChange.forgotten(before: $0)] } ?? []
            let isDurable = await commit([.added(message)] + found.map(MessageChange.received) + old)
            if isDurable {
                counts.accepted += 1
                enqueue(message)
            } else {
                receipts.remove(keys.all)
            }
            patienceEnds(number)
            await accepted(submission, at: now, isDurable: isDurable)
        }
    }

    private func accepted(_ submission: Submission, at time: Int64, isDurable: Bool) async {
        guard isDurable else {
            return await refuse(submission, .networkOutOfOrder, .systemFailure, "the store does not take it")
        }
        note("RP-ACK \(submission.reference)", submission)
        let report = SMSReport.submit(at: TimeStamp(unixSeconds: time, quarters: config.zoneQuarters))
        await answer(submission, .ack(reference: submission.reference, userData: report))
    }

    private func refuse(
        _ submission: Submission, _ cause: RPCause, _ failure: SMSReport.Failure, _ reason: String
    ) async {
        counts.refused += 1
        note("RP-ERROR \(submission.reference), \(cause): \(reason)", submission)
        ports.log.notice(
            "short message refused",
            [(.impu, submission.sender.key), (.reason, "\(cause): \(reason)"), (.callID, submission.callID)])
        let time = TimeStamp(unixSeconds: ports.clock.unixSeconds, quarters: config.zoneQuarters)
        let report = SMSReport.submit(at: time, failure: failure)
        await answer(submission, .error(reference: submission.reference, cause: cause, userData: report))
    }

    private func answer(_ submission: Submission, _ message: RPMessage) async {
        await answer(submission.sender, to: submission.callID, message)
    }

    private func message(
        _ submit: SMSSubmit, to recipient: String, _ sender: Correspondent, _ now: Int64
    ) -> StoredMessage {
        let longest = Int64(config.longestValiditySeconds)
        let validity = min(submit.validity?.seconds(from: now) ?? Int64(config.validitySeconds), longest)
        let time = TimeStamp(unixSeconds: now, quarters: config.zoneQuarters)
        let id = nextMessageID()
        return StoredMessage(
            id: id, recipient: recipient, origin: sender.key,
            tpdu: SMSDeliver(submit, from: sender.address, at: time).encoded, acceptedAt: now,
            expiresAt: now + validity, token: newToken(id),
            report: submit.wantsStatusReport
                ? .init(reference: submit.reference, destination: submit.destination.octets) : nil)
    }

    private func note(_ text: String, _ submission: Submission) {
        ports.tap.event(text, impu: submission.sender.key, impi: "", callID: submission.callID)
    }
}
