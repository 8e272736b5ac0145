import RoleKit
import SIP
import SMS

/// Requests that come in: the user agent server's core (RFC 3261 §8.2).
extension Fleet {
    func receive(_ request: IncomingRequest) {
        let index = layout.phone(of: request.listener)
        guard phones.indices.contains(index) else { return stack.respond(request, 480) }
        // A UE with security associations hears nobody in the clear (TS 33.203 §7.1).
        if phones[index].security != nil, request.listener == layout.clear(index) { return stack.ignore(request) }
        heard(index, over: setHeard(request, index))
        if let id = DialogID(incoming: request.message) { return receive(request, in: id) }
        guard request.message.method != .ack, accepts(request) else { return }
        switch request.message.method {
        case .invite: called(request)
        case .message:
            if request.message.carriesShortMessage { receiveShortMessage(request) } else { receiveMessage(request) }
        // RFC 3261 §11.2: as an INVITE would be answered, with what this UE can do.
        case .options: stack.respond(request, 200) { capabilities(&$0) }
        // RFC 6665 §4.1.3: this UE has no subscription.
        case .notify: stack.respond(request, 481)
        case .subscribe: stack.respond(request, 489)
        case .bye, .prack, .update, .info: stack.respond(request, 481)
        default: stack.respond(request, 405) { $0.add(.allow, Phone.allow) }
        }
    }

    /// RFC 3261 §12.2.2: a dialog this UE does not know is answered 481.
    private func receive(_ request: IncomingRequest, in id: DialogID) {
        let call = callsByID[id.callID]?.first { calls[$0]?.machine.owns(id) == true }
        guard let call else {
            if request.message.method != .ack { stack.respond(request, 481) }
            return
        }
        if request.message.method != .ack, !accepts(request) { return }
        let mayAlert = endsWait(request.message, call)
        step(call, .request(request.message), request)
        if mayAlert { behave(call) }
    }

    /// RFC 3261 §8.2.2.3 and §8.2.3: what this UE does not understand is refused, and said.
    private func accepts(_ request: IncomingRequest) -> Bool {
        let message = request.message
        let types =
            message.method == .message ? ["text/plain", RPMessage.contentType] : [SessionDescription.contentType]
        guard let refusal = message.refusalByUserAgent(supporting: options, accepting: types) else { return true }
        stack.respond(request, refusal.status) { writer in
            for header in refusal.headers { writer.add(header.id, header.value) }
        }
        return false
    }

    private func capabilities(_ writer: inout SIPWriter) {
        writer.add(.allow, Phone.allow)
        writer.add(.accept, "\(SessionDescription.contentType), text/plain, \(RPMessage.contentType)")
        writer.add(.supported, options.joined(separator: ", "))
    }

    /// Option tags this UE knows.
    var options: [String] { config.hasPreconditions ? ["100rel", "precondition"] : ["100rel"] }

    // MARK: Called

    /// RFC 3261 §13.3.1; one call at a time, as a phone without call waiting.
    private func called(_ request: IncomingRequest) {
        let index = layout.phone(of: request.listener)
        guard let tag = stack.localTag(of: request), calls.count < FleetLimits.calls
        else { return stack.respond(request, 480) }
        guard
            let machine = IncomingCall(
                invite: request.message, localTag: tag, firstRSeq: UInt32(truncatingIfNeeded: ports.random.next()),
                timers: .ue)
        else { return stack.respond(request, 400, "Missing Contact") }
        if phones[index].calls > 0 { return stack.respond(request, 486) }
        var call = FleetCall(phone: index, machine: .incoming(machine), callID: request.message.callID ?? "")
        call.invite = request
        let id = nextCall()
        insert(call, as: id)
        let from = (try? request.message.address(.pAssertedIdentity)) ?? (try? request.message.from())
        tell(.incomingCall(id, phone: index, from: from?.uri.description ?? ""))
        if suspends(request.message) {
            calls[id]?.awaitsPeer = true
            step(id, .progress)
        } else {
            behave(id)
        }
    }

    /// What the UE does when it may alert its user.
    private func behave(_ id: UECallID) {
        guard let index = calls[id]?.phone else { return }
        switch phones[index].habit {
        case .refuse(let status): step(id, .reject(status: status))
        case .ring: step(id, .ring)
        case .answer(let milliseconds):
            step(id, .ring)
            if milliseconds == 0 { step(id, .answer) } else { start(FleetTimer.answer, milliseconds, id) }
        }
    }

    /// A response of a call's machine, with what its kind asks for.
    func respond(_ request: IncomingRequest, _ reply: CallReply, _ id: UECallID, isRepeated: Bool = false) {
        let isInvite = request.message.method == .invite
        if isInvite { calls[id]?.reply = reply }
        if reply.carriesSession, !isRepeated { calls[id]?.versions += 1 }
        guard let call = calls[id] else { return }
        let body = reply.carriesSession ? session(call, answering: request.message) : []
        let requires =
            (reply.rseq != nil ? ["100rel"] : [])
            + (reply.carriesSession && answersPreconditions(request.message) ? ["precondition"] : [])
        let contact = phones[call.phone].contactURI
        stack.respond(request, reply.status) { writer in
            if reply.status < 300, request.message.method != .bye {
                writer.add(.contact, "<\(contact)>\(Phone.features)")
                writer.add(.allow, Phone.allow)
            }
            if !requires.isEmpty { writer.add(.require, requires.joined(separator: ", ")) }
            if let rseq = reply.rseq {
                writer.add(.rSeq, String(rseq))
            } else if isInvite, reply.status < 300 {
                writer.add(.supported, "100rel")
            }
            if reply.status == 405 { writer.add(.allow, Phone.allow) }
            if !body.isEmpty { writer.setBody(body, type: SessionDescription.contentType) }
        }
    }

    /// The session description of a response: an answer to the request's offer, or an offer where it had none.
    private func session(_ call: FleetCall, answering request: SIPMessage) -> [UInt8] {
        let place = mediaPlace(call.phone)
        if request.body.isEmpty {
            return SessionDescription.offer(
                host: place.host, isV6: place.isV6, port: place.port, session: place.session, version: call.versions)
        }
        return SessionDescription.answer(
            to: request.body, host: place.host, isV6: place.isV6, port: place.port, session: place.session,
            version: call.versions, answer(call, to: request))
    }

    struct MediaPlace {
        var host: String
        var isV6: Bool
        /// Even, as RTP's are (RFC 3550 §11).
        var port: Int
        var session: UInt64
    }

    func mediaPlace(_ index: Int) -> MediaPlace {
        let address = stack.localAddress(layout.clear(index))
        return MediaPlace(
            host: address.host, isV6: address.family == .v6, port: 20_000 + index * 4 % 40_000,
            session: UInt64(index) + 1)
    }
}

extension SIPMessage {
    /// Whether the body is a message of the short message relay layer.
    var carriesShortMessage: Bool {
        (try? token(.contentType)).map { $0.token.lowercased() == RPMessage.contentType } ?? false
    }
}
