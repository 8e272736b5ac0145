import RoleKit
import SIP

/// Registrations: the machines' effects made into messages and timers (TS 24.229 §5.1.1).
extension Fleet {
    /// Registers a UE and gives what was granted.
    public func register(_ index: Int) async -> Result<RegistrationGrant, UEFault> {
        await wait(
            { event in
                switch event {
                case .registered(index, let grant): .success(grant)
                case .registrationFailed(index, let fault, retryMilliseconds: _): .failure(fault)
                default: nil
                }
            },
            begin: { beginRegistration(index) })
    }

    /// De-registers a UE; a refusal is reported, though nothing is registered here afterwards.
    public func deregister(_ index: Int) async -> UEFault? {
        await wait(
            { event -> UEFault?? in
                switch event {
                case .deregistered(index): .some(nil)
                case .registrationFailed(index, let fault, retryMilliseconds: _): .some(fault)
                default: nil
                }
            },
            begin: { step(registration: index, .deregister) })
    }

    func beginRegistration(_ index: Int) { step(registration: index, .register) }

    func registrationDue(_ index: Int) {
        guard phones.indices.contains(index) else { return }
        phones[index].timer = nil
        step(registration: index, .due)
    }

    func registerAnswered(_ index: Int, _ id: ClientTransactionID, _ response: SIPMessage) {
        guard phones[index].request == id else { return }
        if response.isFinal { phones[index].request = nil }
        switch response.status {
        case 401: phones[index].securityServer = response.texts(.securityServer)
        // RFC 3261 §8.1.3.5: who does not know sec-agree is asked without.
        case 420 where mayGoWithout(index):
            goWithout(index)
            return step(registration: index, .again)
        case 200..<300 where isUnprotected(index) && phones[index].registration.state == .registering:
            return step(registration: index, .unacceptable(.unprotected))
        default: break
        }
        step(registration: index, .response(response))
    }

    func registerUnanswered(_ index: Int, isTimeout: Bool) {
        phones[index].request = nil
        // A P-CSCF that has forgotten the set does not even say so: the next attempt begins in the clear.
        if let changes = phones[index].security?.ended() { apply(changes, index) }
        let peer = "\(config.pcscf) over \(config.transport)"
        step(
            registration: index,
            .unanswered(isTimeout ? .noAnswer("REGISTER", peer) : .unreachable("REGISTER", peer)))
    }

    private func step(registration index: Int, _ event: RegistrationMachine.Event) {
        guard phones.indices.contains(index) else { return }
        switch event {
        case .register, .deregister, .due: phones[index].began = ports.clock.now
        case .response, .unanswered, .card, .again, .unacceptable: break
        }
        for effect in phones[index].registration.handle(event) { perform(effect, index) }
    }

    private func perform(_ effect: RegistrationMachine.Effect, _ index: Int) {
        switch effect {
        case .send(let expires, let authorization): sendRegister(index, expires: expires, authorization)
        case .ask(let challenge):
            let request = digestRequest(index)
            let answer = phones[index].authenticator.answer(challenge, request, cnonce: newTag(), tools)
            step(registration: index, .card(protected(answer, index)))
        case .start(let milliseconds):
            stopTimer(index)
            phones[index].timer = ports.timers.start(
                afterMilliseconds: milliseconds,
                TimerToken(.role, kind: FleetTimer.registration, id: UInt64(index)))
        case .stop: stopTimer(index)
        case .registered(let grant):
            if let changes = phones[index].security?.registered(seconds: grant.seconds, at: now) {
                apply(changes, index)
            }
            tell(.registered(phone: index, grant))
        case .deregistered:
            stopTimer(index)
            phones[index].authenticator.forget()
            if let changes = phones[index].security?.ended() { apply(changes, index, isFarewell: true) }
            tell(.deregistered(phone: index))
        case .failed(let fault, let retry):
            phones[index].authenticator.forget()
            // What stood and is tried again is tried over the set it has.
            let changes = retry == nil ? phones[index].security?.ended() : phones[index].security?.refused()
            if let changes { apply(changes, index) }
            tell(.registrationFailed(phone: index, fault, retryMilliseconds: retry))
        }
    }

    private func stopTimer(_ index: Int) {
        if let timer = phones[index].timer { ports.timers.cancel(timer) }
        phones[index].timer = nil
    }

    private func digestRequest(_ index: Int) -> DigestRequest {
        DigestRequest(method: "REGISTER", uri: "sip:\(phones[index].identity.domain)")
    }

    /// A REGISTER as TS 24.229 §5.1.1.2.1 and §5.1.1.4.1 list its headers.
    private func sendRegister(_ index: Int, expires: Int, _ authorization: String?) {
        let request = digestRequest(index)
        let text =
            authorization
            ?? phones[index].authenticator.unprompted(
                request, realm: phones[index].identity.domain, cnonce: newTag(), tools)
        phones[index].cseq += 1
        let dressing = phones[index].security?.dress(&spis)
        let phone = phones[index]
        var writer = SIPWriter.request(.register, uri: request.uri)
        writer.add(.route, proxyRoute(dressing?.over))
        writer.add(.from, "<\(phone.identity.impu)>;tag=\(phone.fromTag)")
        writer.add(.to, "<\(phone.identity.impu)>")
        writer.add(.callID, phone.callID)
        writer.add(.cseq, "\(phone.cseq) REGISTER")
        writer.add(.contact, phone.contact)
        writer.add(.expires, String(expires))
        writer.add(.supported, dressing == nil ? "path" : "path, sec-agree")
        if let dressing { add(dressing, to: &writer) }
        writer.add(.allow, Phone.allow)
        if let text { writer.add(.authorization, text) }
        writer.add(.userAgent, "imsbox-ue")
        let target =
            dressing?.over.map { way(index, over: $0, size: 0) }
            ?? target(layout.clear(index), at: config.pcscf, size: 0)
        guard let id = stack.send(writer, to: target) else {
            return registerUnanswered(index, isTimeout: false)
        }
        phones[index].request = id
        requests[id] = .register(phone: index)
    }

    /// The next hop from one of a UE's ports. A large request goes over TCP where the path's MTU is unknown (RFC 3261
    /// §18.1.1).
    func target(_ listener: Int, at address: SocketAddress, size: Int) -> SIPTarget {
        let isTooLarge = size > SIPTransportRule.datagramRequestBytes - 100 && !address.isLoopback
        let kind: LinkKind = isTooLarge && config.kinds.contains(.tcp) ? .tcp : config.transport
        return SIPTarget(address: address, kind: kind, listener: listener, answerWithin: config.answerWithin)
    }
}
