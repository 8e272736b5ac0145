import RoleKit
import SIP
import SMS

/// Short messages a phone sends, TS 24.341 §5.3.1.
extension Fleet {
    /// Milliseconds a phone waits for the report of the service centre: TR1M, TS 24.011 §10 (35 to 45 s).
    static let reportMilliseconds = 40_000

    /// Sends a text, in as many parts as it takes, one after the other, and gives what became of the last one sent.
    ///
    /// - Parameters:
    ///   - number: whom it is for: `+` and digits, or digits as dialled.
    ///   - wantsReport: whether the service centre shall tell when it is delivered.
    public func shortMessage(
        _ index: Int, to number: String, text: String, wantsReport: Bool = false
    ) async -> ShortMessageOutcome {
        guard phones.indices.contains(index), let destination = TPAddress(number: number) else {
            return .notSent(status: 484, reason: "\(number) is no number")
        }
        phones[index].messages.text &+= 1
        let (coding, parts) = ShortText.split(text, reference: phones[index].messages.text)
        var outcome = ShortMessageOutcome.accepted
        for part in parts {
            var message = SMSSubmit(
                reference: phones[index].messages.nextReference(), destination: destination, coding: coding,
                userData: part)
            message.wantsStatusReport = wantsReport
            message.validity = .relative(0xA7)
            outcome = await submit(index, message)
            guard outcome == .accepted else { return outcome }
        }
        return outcome
    }

    /// One SMS-SUBMIT: MESSAGE, its answer, the report.
    private func submit(_ index: Int, _ message: SMSSubmit) async -> ShortMessageOutcome {
        let data = RPMessage.data(
            reference: message.reference, serviceCentre: RPAddress(config.serviceCentre), userData: message.encoded)
        return await wait(for: data, from: index)
    }

    /// RP-SMMA: the phone has memory again (TS 24.341 §5.3.2.5).
    public func memoryAvailable(_ index: Int) async -> ShortMessageOutcome {
        guard phones.indices.contains(index) else { return .notSent(status: 484, reason: "no such UE") }
        phones[index].messages.habit = .take
        return await wait(for: .memoryAvailable(reference: phones[index].messages.nextReference()), from: index)
    }

    /// What a phone does from now on with short messages.
    public func setMessageHabit(_ habit: MessageHabit, of index: Int) {
        if phones.indices.contains(index) { phones[index].messages.habit = habit }
    }

    /// Short messages a phone has shown, and status reports it has had.
    public func messageCounts(of index: Int) -> (received: Int, reports: Int) {
        guard phones.indices.contains(index) else { return (0, 0) }
        return (phones[index].messages.received, phones[index].messages.reports)
    }

    private func wait(for message: RPMessage, from index: Int) async -> ShortMessageOutcome {
        messageSerial += 1
        let number = messageSerial
        return await wait(
            { event in
                guard case .shortMessageAnswered(number, let outcome) = event else { return nil }
                return outcome
            },
            begin: { submit(message, index, number) })
    }

    private func submit(_ message: RPMessage, _ index: Int, _ number: UInt64) {
        let callID = newID()
        let timer = ports.timers.start(
            afterMilliseconds: Self.reportMilliseconds,
            TimerToken(.role, kind: FleetTimer.message, id: number))
        submissions[number] = FleetSubmission(
            phone: index, reference: message.reference, callID: callID, timer: timer)
        guard let id = send(message, index, to: "tel:\(config.serviceCentre)", callID: callID) else {
            return settle(number, .notSent(status: 503, reason: "not sent"))
        }
        requests[id] = .submission(number, phone: index)
    }

    /// A relay-layer message in a MESSAGE (TS 24.341 §5.3.1.2).
    private func send(
        _ message: RPMessage, _ index: Int, to uri: String, callID: String, inReplyTo: String? = nil
    ) -> ClientTransactionID? {
        var writer = request(.message, index, to: uri, callID: callID)
        if let inReplyTo { writer.add(.inReplyTo, inReplyTo) }
        writer.add(name: "Content-Transfer-Encoding", "binary")
        writer.setBody(message.encoded(.fromMobile), type: RPMessage.contentType)
        return way(index, size: writer.finish().count).flatMap { stack.send(writer, to: $0) }
    }

    /// The end of a submission; what comes after it is late.
    private func settle(_ number: UInt64, _ outcome: ShortMessageOutcome) {
        guard let submission = submissions.removeValue(forKey: number) else { return }
        ports.timers.cancel(submission.timer)
        tell(.shortMessageAnswered(number, outcome))
    }

    func submissionAnswered(_ number: UInt64, status: Int, reason: String) {
        if status >= 300 { settle(number, .notSent(status: status, reason: reason)) }
    }

    func submissionDue(_ number: UInt64) { settle(number, .unreported) }
}

/// Short messages that come, TS 24.341 §5.3.2.
extension Fleet {
    func receiveShortMessage(_ request: IncomingRequest) {
        let index = layout.phone(of: request.listener)
        guard let message = try? RPMessage(request.message.body, .toMobile) else {
            return stack.respond(request, 400, "Malformed RP message")
        }
        stack.respond(request, 200)
        switch message {
        case .data(let reference, _, let userData): take(userData, reference, index, request.message)
        case .ack(let reference, _): reported(index, reference, request.message, .accepted)
        case .error(let reference, let cause, _): reported(index, reference, request.message, .refused(cause))
        case .memoryAvailable: break
        }
    }

    /// The service centre's report: of the submission its In-Reply-To names, or has the reference of.
    private func reported(_ index: Int, _ reference: UInt8, _ message: SIPMessage, _ outcome: ShortMessageOutcome) {
        let replied = message.texts(.inReplyTo)
        let found = submissions.filter { $0.value.phone == index }.sorted { $0.key < $1.key }.first {
            replied.isEmpty ? $0.value.reference == reference : replied.contains($0.value.callID)
        }
        if let found { settle(found.key, outcome) }
    }

    /// A message is shown once, however often it comes, and acknowledged each time.
    private func take(_ userData: [UInt8], _ reference: UInt8, _ index: Int, _ message: SIPMessage) {
        guard phones[index].messages.habit != .full else {
            return report(
                .error(
                    reference: reference, cause: .memoryCapacityExceeded,
                    userData: SMSReport.deliver(failure: 0xD3)), index, message)
        }
        switch try? CentreTPDU(userData) {
        case .deliver(let deliver): show(deliver, reference, index)
        case .statusReport(let status):
            phones[index].messages.reports += 1
            tell(
                .statusReport(
                    phone: index, about: status.recipient.description, isDelivered: status.status.isDelivered))
        case nil:
            return report(
                .error(reference: reference, cause: .semanticallyIncorrect, userData: nil), index, message)
        }
        guard phones[index].messages.habit != .silent else { return }
        report(.ack(reference: reference, userData: SMSReport.deliver()), index, message)
    }

    private func show(_ message: SMSDeliver, _ reference: UInt8, _ index: Int) {
        guard phones[index].messages.isNew(message, reference) else { return }
        phones[index].messages.received += 1
        if let text = phones[index].messages.text(of: message) {
            tell(.shortMessage(phone: index, from: message.originator.description, text: text))
        }
    }

    /// The delivery report: to whom the message's P-Asserted-Identity names (§5.3.2.4).
    private func report(_ report: RPMessage, _ index: Int, _ message: SIPMessage) {
        let gateway = (try? message.address(.pAssertedIdentity)) ?? (try? message.from())
        guard let gateway, let callID = message.callID,
            let id = send(report, index, to: gateway.uri.description, callID: newID(), inReplyTo: callID)
        else { return }
        requests[id] = .deliveryReport(phone: index)
    }
}
