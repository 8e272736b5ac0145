import IPsec
import RoleKit
import SIP

/// Protection of what a UE says: which set a request goes over and what it repeats of the agreement.
extension Fleet {
    /// The SAs a UE speaks over; nil where it speaks in the clear.
    public func security(of index: Int) -> UESecurityReport? {
        phones.indices.contains(index) ? phones[index].security?.current?.report : nil
    }

    /// What a phone begins with: nothing where the fleet has no IPsec.
    func makeSecurity(_ index: Int) -> UESecurity? {
        guard kernel != nil else { return nil }
        let place = UESecurity.Place(
            ue: config.local.hostAddress, pcscf: config.pcscf.hostAddress,
            serverPort: stack.localAddress(layout.server(index)).port,
            clientPorts: (0..<FleetPorts.clients).map { stack.localAddress(layout.client(index, $0)).port })
        return UESecurity(place, suites: suites)
    }

    /// Contact of a UE: with IPsec its protected server port (TS 24.229 §5.1.1.2.2), from the first REGISTER on.
    func contact(_ index: Int, isProtected: Bool) -> String {
        let listener = isProtected ? layout.server(index) : layout.clear(index)
        return "sip:\(identities[index].user)@\(stack.advertised(listener));transport=\(config.transport)"
    }

    // MARK: Sending

    /// Route value of the P-CSCF: its protected server port where there is a set (TS 24.229 §5.1.1.4.1, §5.1.2A.1.1).
    func proxyRoute(_ set: UESecuritySet?) -> String {
        "<sip:\(set.map(serverPlace) ?? config.pcscf);transport=\(config.transport);lr>"
    }

    /// Where a request of a UE goes: over its set, whatever its next hop is called. A UE that is to be protected and has
    /// no set sends nothing but REGISTER.
    func way(_ index: Int, to address: SocketAddress? = nil, size: Int) -> SIPTarget? {
        guard let security = phones[index].security else {
            return target(layout.clear(index), at: address ?? config.pcscf, size: size)
        }
        return security.current.map { way(index, over: $0, size: size) }
    }

    func way(_ index: Int, over set: UESecuritySet, size: Int) -> SIPTarget {
        target(layout.client(index, set.offer.slot), at: serverPlace(set), size: size)
    }

    /// RFC 3329 §2.3.1: every request to the first hop says what was agreed on, and that it is to be looked at.
    func addVerification(_ writer: inout SIPWriter, _ index: Int) {
        guard let set = phones[index].security?.current else { return }
        writer.add(.securityVerify, set.server)
        requireAgreement(&writer)
    }

    /// TS 24.229 §5.1.1.2.2, §5.1.1.4.2: what every REGISTER of a UE with IPsec carries.
    func add(_ dressing: UESecurity.Dressing, to writer: inout SIPWriter) {
        writer.add(.securityClient, dressing.client)
        if let verify = dressing.verify { writer.add(.securityVerify, verify) }
        requireAgreement(&writer)
    }

    private func requireAgreement(_ writer: inout SIPWriter) {
        writer.add(.require, "sec-agree")
        writer.add(.proxyRequire, "sec-agree")
    }

    // MARK: Challenges and outcomes

    /// An answer to a challenge goes over a set made with its keys (TS 24.229 §5.1.1.5.1); one that reports a failure
    /// goes as the REGISTER before it (§5.1.1.5.3).
    func protected(_ answer: Authenticator.Answer, _ index: Int) -> Authenticator.Answer {
        guard case .credentials = answer, let security = phones[index].security else { return answer }
        let values = phones[index].securityServer
        let proposal: IPsecProposal
        do throws(UESecurity.Refusal) { proposal = try security.choose(from: values) } catch {
            guard error == .notOffered, mayGoWithout(index) else { return .impossible(.agreement(error)) }
            goWithout(index)
            return answer
        }
        guard let session = phones[index].authenticator.takeSessionKeys() else {
            return .impossible(.needsPassword)
        }
        let changes = phones[index].security?.install(
            proposal, server: values, owner: FleetSecurity.owner, at: now
        ) { keys($0, session) }
        guard let changes, let failure = apply(changes, index) else { return answer }
        if let undone = phones[index].security?.refused() { apply(undone, index) }
        return .impossible(.kernel(failure))
    }

    /// Whether a UE may speak in the clear: if that is its policy, and nothing has been agreed on.
    func mayGoWithout(_ index: Int) -> Bool {
        config.security?.policy == .preferred && phones[index].security.map { $0.sets.isEmpty } ?? false
    }

    func goWithout(_ index: Int) {
        if let changes = phones[index].security?.ended() { apply(changes, index) }
        phones[index].security = nil
        phones[index].contactURI = contact(index, isProtected: false)
        phones[index].registration.move(to: phones[index].contactURI)
    }

    /// A 200 to a REGISTER nobody has challenged leaves the UE unprotected (TS 33.203 §6.1 leaves no such way).
    func isUnprotected(_ index: Int) -> Bool { phones[index].security.map { $0.under == nil } ?? false }

    /// The first message over a new set lets the old one go (TS 24.229 §5.1.1.5.1).
    func heard(_ index: Int, over id: UInt32?) {
        guard let id, let changes = phones[index].security?.received(over: id, at: now) else { return }
        apply(changes, index)
    }

    /// Of two sets with one port the newer: the P-CSCF uses a port again once the old set is gone there.
    func setHeard(_ request: IncomingRequest, _ index: Int) -> UInt32? {
        guard request.listener == layout.server(index), let security = phones[index].security else { return nil }
        return security.life.entries.last {
            security.sets[$0.id]?.set.pcscf.endpoints.clientPort == request.flow.remote.port
        }?.id
    }
}
