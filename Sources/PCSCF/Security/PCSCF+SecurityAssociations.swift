import IPsec
import RoleKit
import SIP

/// Life of the sets of security associations, TS 24.229 §5.2.2.2 and TS 33.203 §7.4: what `SATable` decides is done here.
extension PCSCF {
    /// Milliseconds of this instance's clock.
    var now: Int { Int(ports.clock.now.nanoseconds / 1_000_000) }

    /// Something happened to a user's sets.
    func securityEvent(_ event: SALifecycle.Event, of user: String) {
        let before = security?.table.life(of: user)
        guard let changes = security?.table.handle(event, of: user, at: now) else { return }
        apply(changes)
        keepSets(of: user, before: before)
    }

    /// The end of a set has come.
    func securityTimer(_ id: UInt32) {
        security?.timers[id] = nil
        guard let user = security?.table[id]?.user else { return }
        securityEvent(.timer(id: id), of: user)
    }

    /// What the kernel did not do.
    struct KernelRefusal {
        var request: XFRMRequest
        var failure: XFRMFailure
    }

    /// Tells kernel, stack and timers; what the kernel did not do.
    @discardableResult
    func apply(_ changes: SATable.Changes) -> [KernelRefusal] {
        guard let security else { return [] }
        // Streams are closed while their packets still get through.
        for gone in changes.gone { end(gone) }
        let outcomes = security.kernel.perform(changes.requests)
        for (id, milliseconds) in changes.timers {
            if let timer = self.security?.timers[id] { ports.timers.cancel(timer) }
            self.security?.timers[id] = ports.timers.start(
                afterMilliseconds: milliseconds, TimerToken(.role, kind: TimerKind.securityEnd, id: UInt64(id)))
        }
        watchKernel()
        // What is to be deleted may be gone already.
        return zip(changes.requests, outcomes).compactMap { request, failure in
            failure.flatMap { $0.kind == .absent ? nil : KernelRefusal(request: request, failure: $0) }
        }
    }

    private func end(_ agreement: SAAgreement) {
        if let timer = security?.timers.removeValue(forKey: agreement.id) { ports.timers.cancel(timer) }
        route(agreement)
        let impu = registrations.of(impi: agreement.user).first?.associatedURIs.first ?? ""
        ports.tap.event("IPsec set \(agreement.id) removed", impu: impu, impi: agreement.user, callID: "")
        ports.log.info("IPsec set removed", [(.impi, agreement.user), (.peer, "\(Self.place(agreement))")])
    }

    /// Answers to what comes from a set's place go by the set in use there; nothing is heard from a place without one.
    func route(_ agreement: SAAgreement) {
        guard let group = protectedPorts.group(host: agreement.set.pcscf.host) else { return }
        let place = Self.place(agreement)
        stack.secure(place, at: group.server, inUse(place).flatMap { path(of: $0) })
    }

    /// Of the sets of one place the newest established one; a temporary one only where there is no other.
    private func inUse(_ place: SocketAddress) -> SAAgreement? {
        let sets = sets(from: place)
        return sets.last { isEstablished($0) } ?? sets.last { security?.table.isHeld($0.id) == false } ?? sets.last
    }

    func isEstablished(_ agreement: SAAgreement) -> Bool {
        switch security?.table.phase(of: agreement) {
        case .established, .old: true
        case .temporary, .closing, nil: false
        }
    }

    func sets(from place: SocketAddress) -> [SAAgreement] {
        security?.table.sets(from: place.hostAddress, port: place.port) ?? []
    }

    /// Where a set's UE sends from.
    static func place(_ agreement: SAAgreement) -> SocketAddress {
        SocketAddress(agreement.set.ue.host, port: agreement.set.ue.endpoints.clientPort)
    }

    /// The way to the UE over this set: from port-pc to port-us.
    func path(of agreement: SAAgreement) -> SecurePath? {
        guard let group = protectedPorts.group(host: agreement.set.pcscf.host),
            let client = group.clients[agreement.set.pcscf.endpoints.clientPort]
        else { return nil }
        return SecurePath(
            client: client,
            remote: SocketAddress(agreement.set.ue.host, port: agreement.set.ue.endpoints.serverPort))
    }

    /// TS 33.203 §7.1: an address and port is one user's. Who has just proven to be there ends the sets others had there,
    /// at once: what comes over those would be taken for this user's, as SPIs do not come up here.
    func endOthers(at agreement: SAAgreement) {
        for other in sets(from: Self.place(agreement)) where other.user != agreement.user {
            let before = security?.table.life(of: other.user)
            guard let changes = security?.table.lost(set: other.id) else { continue }
            ports.log.notice(
                "IPsec set ended: its address and port are another user's by now",
                [(.impi, other.user), (.peer, "\(Self.place(other))"), (.clause, "TS 33.203 §7.1")])
            apply(changes)
            keepSets(of: other.user, before: before)
        }
    }

    // MARK: Traffic

    /// The set a request came over; nil where it came in the clear. Of several from one place the kernel has told them
    /// apart by SPI, which does not come up here: a REGISTER names its own in Security-Verify, all else comes over the
    /// one in use.
    func agreement(of incoming: IncomingRequest) -> SAAgreement? {
        guard stack.isProtected(incoming.listener) else { return nil }
        let place = incoming.flow.remote
        guard incoming.message.method == .register else { return inUse(place) }
        let named = agreement(repeatedBy: incoming.message.texts(.securityVerify), from: place)
        // A set nothing has come over, whatever the header says, is not the one.
        if let named, prove(named) { return named }
        return inUse(place).flatMap { prove($0) ? $0 : nil }
    }

    /// The set whose Security-Server these Security-Verify repeat, if its UE sends from there.
    private func agreement(repeatedBy verify: [String], from place: SocketAddress) -> SAAgreement? {
        guard let first = verify.first.flatMap({ SecurityMechanism(parsing: $0) }),
            case .proposal(let proposal) = IPsecProposal.read(first),
            let found = security?.table[proposal.endpoints.serverSPI], Self.place(found) == place,
            found.server.isRepeated(by: verify)
        else { return nil }
        return found
    }

    /// A request other than REGISTER came over an SA: whether it is heard.
    func admitProtected(_ incoming: IncomingRequest) -> Bool {
        guard let agreement = agreement(of: incoming), isEstablished(agreement) else {
            refuse(incoming, 403, nil, "no security association of a registered user")
            return false
        }
        securityEvent(.received(over: agreement.id), of: agreement.user)
        return true
    }

    /// A response is a message over an SA like any other: the first over a new set cuts the old one's life.
    func heardResponse(from place: SocketAddress) {
        guard let set = inUse(place) else { return }
        securityEvent(.received(over: set.id), of: set.user)
    }

    /// The way to a user over the set requests go by now, TS 24.229 §5.2.2.2; nil without one, and nothing goes in the
    /// clear then.
    func securedTarget(to user: String, _ kind: LinkKind) -> SIPTarget? {
        guard let agreement = security?.table.outgoing(to: user, at: now), let path = path(of: agreement) else {
            return nil
        }
        return SIPTarget(address: path.remote, kind: kind, listener: path.client)
    }

    /// The way to whoever has a set at the place a flow names. A set that closes still takes the UE what ends its
    /// dialogs: its calls' BYE and the NOTIFY that tells it (§5.2.5.2, §5.2.8.3).
    func securedTarget(_ flow: SIPFlow) -> SIPTarget? {
        guard let set = inUse(flow.remote) else { return nil }
        if isEstablished(set) { return securedTarget(to: set.user, flow.kind) }
        guard security?.table.phase(of: set) == .closing, let path = path(of: set) else { return nil }
        return SIPTarget(address: path.remote, kind: flow.kind, listener: path.client)
    }
}
