import RoleKit
import SIP
import SMS

/// Messages on their way to phones, TS 24.341 §5.3.3.4.3.
///
/// *Once and only once.* Before a message is sent it is written down that it is; after a restart one that may have been
/// sent waits for its report first, for as long as a phone may take. The report is matched by its In-Reply-To, which holds
/// the message's token whatever the attempt. A message goes from the disk before its report is answered. Over UDP the
/// S-CSCF repeats a report while it waits for us (`as-timeout`, 5 s), and no longer: a message is sent twice only where its
/// report was lost on the way, or came while nobody was here for that long. Then each attempt has the same octets, TP-Service-Centre-Time-Stamp and RP-Message-Reference included, by which a phone
/// knows that it has the message already, and acknowledges it again without showing it.
extension IPSMGW {
    func enqueue(_ message: StoredMessage) {
        messages[message.id] = message
        step(
            message.recipient,
            .queued(.init(id: message.id, expiresAt: message.expiresAt, attempts: message.attempts)))
    }

    /// One event for a recipient's messages.
    func step(_ recipient: String, _ event: Mailbox.Event) {
        var mailbox = mailboxes[recipient]
        if mailbox == nil, case .queued = event { mailbox = Mailbox(schedule: config.schedule) }
        guard var mailbox else { return }
        let effects = mailbox.handle(event, at: ports.clock.unixSeconds)
        mailboxes[recipient] = mailbox.isEmpty ? nil : mailbox
        for effect in effects { perform(effect, recipient) }
        guard !awaited.isEmpty, !mailbox.awaitsReport, awaited.remove(recipient) != nil, awaited.isEmpty else { return }
        sip.drain()
    }

    private func perform(_ effect: Mailbox.Effect, _ recipient: String) {
        switch effect {
        case .mark(let id, let attempts):
            guard !isDraining else { return }
            start { await $0.mark(id, attempts, recipient) }
        case .send(let id):
            guard !isDraining else { return }
            start { await $0.deliver(id, recipient) }
        case .start(let milliseconds): startTimer(recipient, milliseconds)
        case .stop: stopTimer(recipient)
        case .discharge(let id, let status): discharge(id, status, recipient)
        }
    }

    private func mark(_ id: Int64, _ attempts: Int, _ recipient: String) async {
        let now = ports.clock.unixSeconds
        messages[id]?.attempts = attempts
        messages[id]?.sentAt = now
        let isDurable = await commit([.sent(id: id, attempts: attempts, at: now)])
        step(recipient, .marked(id, isDurable: isDurable))
    }

    private func deliver(_ id: Int64, _ recipient: String) async {
        guard let message = messages[id] else { return }
        let callID = callID(of: message)
        let hasMore = (mailboxes[recipient]?.count ?? 0) > 1
        let data = RPMessage.data(
            reference: message.reference, serviceCentre: config.serviceCentre,
            userData: CentreTPDU.marked(message.tpdu, hasMore: hasMore))
        counts.sent += 1
        note("RP-DATA \(message.reference): message \(id), attempt \(message.attempts)", message, callID)
        let outcome = await send(request(to: recipient, callID: callID, data.encoded(.toMobile)))
        let verdict = DeliveryOutcome(status: outcome.status)
        if case .temporary(let reason) = verdict { note("message \(id) stays: \(reason)", message, callID) }
        step(recipient, .answered(id, verdict))
    }

    /// The end of a message: off the disk, with the status report its sender has asked for in the same transaction.
    /// What is to be written is in the line when this returns, ahead of whoever waits for it.
    private func discharge(_ id: Int64, _ status: DeliveryStatus, _ recipient: String) {
        guard let message = messages.removeValue(forKey: id) else { return }
        note("message \(id) " + (status.isDelivered ? "delivered" : Self.end(status)), message, callID(of: message))
        if status.isDelivered {
            counts.delivered += 1
        } else {
            counts.failed += 1
            ports.log.notice(
                "short message not delivered",
                [(.impu, recipient), (.from, message.origin), (.reason, Self.end(status))])
        }
        let report = statusReport(message, status)
        line.hold([.removed(id: id)] + (report.map { [.added($0)] } ?? []))
        start { gateway in
            _ = await gateway.commit([])
            if let report { gateway.enqueue(report) }
            gateway.step(recipient, .discharged(id))
        }
    }

    private static func end(_ status: DeliveryStatus) -> String {
        switch status {
        case .expired: "dropped: its validity is over"
        case .notObtainable: "dropped: nobody has that number"
        default: "dropped: the phone refuses it (status \(status.value))"
        }
    }

    private func statusReport(_ message: StoredMessage, _ status: DeliveryStatus) -> StoredMessage? {
        guard let request = message.report, let recipient = TPAddress(request.destination),
            messages.count < config.mostMessages,
            (mailboxes[message.origin]?.count ?? 0) < config.mostMessagesOfOne
        else { return nil }
        let now = ports.clock.unixSeconds
        let report = SMSStatusReport(
            reference: request.reference, recipient: recipient,
            time: TimeStamp(unixSeconds: message.acceptedAt, quarters: config.zoneQuarters),
            discharge: TimeStamp(unixSeconds: now, quarters: config.zoneQuarters), status: status)
        let id = nextMessageID()
        return StoredMessage(
            id: id, recipient: message.origin, origin: message.recipient, tpdu: report.encoded, acceptedAt: now,
            expiresAt: now + Int64(config.validitySeconds), token: newToken(id))
    }

    func note(_ text: String, _ message: StoredMessage, _ callID: String) {
        ports.tap.event(text, impu: message.recipient, impi: "", callID: callID)
    }

    // MARK: Numbers and names

    func nextMessageID() -> Int64 {
        lastMessageID += 1
        return lastMessageID
    }

    func newToken(_ id: Int64) -> String {
        Hex.text(UInt64(bitPattern: id)) + "-" + Hex.text(ports.random.next()) + Hex.text(ports.random.next())
    }

    private func callID(of message: StoredMessage) -> String {
        "\(message.token)-\(message.attempts)@\(config.common.advertise)"
    }

    /// The message one of whose Call-IDs this is.
    func message(called callID: String) -> StoredMessage? {
        guard let parts = Self.parts(ofOwn: callID), let message = messages[parts.id], message.token == parts.token
        else { return nil }
        return message
    }

    /// What a Call-ID of the form of ours says; nil for anybody else's.
    static func parts(ofOwn callID: String) -> (id: Int64, token: String)? {
        let parts = callID.prefix { $0 != "@" }.split(separator: "-")
        guard parts.count == 3, let id = UInt64(parts[0], radix: 16), Int(parts[2]) != nil else { return nil }
        return (Int64(bitPattern: id), parts[0] + "-" + parts[1])
    }

    // MARK: Timers

    /// The timers' own numbers for recipients.
    struct Waiting {
        var timers: [String: (id: TimerID, number: UInt64)] = [:]
        var recipients: [UInt64: String] = [:]
        var last: UInt64 = 0
    }

    func startTimer(_ recipient: String, _ milliseconds: Int) {
        stopTimer(recipient)
        waiting.last += 1
        let timer = ports.timers.start(
            afterMilliseconds: milliseconds, TimerToken(.role, kind: TimerKind.recipient.rawValue, id: waiting.last))
        waiting.timers[recipient] = (timer, waiting.last)
        waiting.recipients[waiting.last] = recipient
    }

    private func stopTimer(_ recipient: String) {
        guard let timer = waiting.timers.removeValue(forKey: recipient) else { return }
        waiting.recipients[timer.number] = nil
        ports.timers.cancel(timer.id)
    }

    func timerFired(_ number: UInt64) {
        guard let recipient = waiting.recipients.removeValue(forKey: number) else { return }
        waiting.timers[recipient] = nil
        step(recipient, .due)
    }
}
