import IPsec
import RoleKit
import SIP

/// What outlives this process: registrations, sets of security associations, and the secret of dialogs' flow tokens. A
/// P-CSCF that starts anew goes on where the last one was, and phones notice nothing (TS 33.203 §7.4 knows no restart).
extension PCSCF {
    /// Kinds of keys in what is kept.
    private enum Kept {
        static let registration = "registration/"
        static let set = "set/"
        static let flowTokens = "flow-tokens"
        static let ports = "protected-ports"
    }

    /// The spread of SUBSCRIBEs after a restart.
    private static let watchingMilliseconds = 30_000

    // MARK: Writing down

    func keep(_ registration: GmRegistration) {
        let seconds = registration.expiry.milliseconds(since: ports.clock.now) / 1000
        state?.keep(
            Kept.registration + String(registration.id),
            registration.report(
                until: ports.clock.unixSeconds + Int64(seconds), listener: stack.name(of: registration.listener) ?? ""))
    }

    func strike(_ registration: GmRegistration) { state?.keep(Kept.registration + String(registration.id), nil) }

    func strike(_ agreement: SAAgreement) { state?.keep(Kept.set + String(agreement.id), nil) }

    /// The sets of a user, after something happened to them.
    func keepSets(of user: String, before: SALifecycle?) {
        guard let state, let table = security?.table else { return }
        let after = table.life(of: user)
        guard after != before else { return }
        for entry in after?.entries ?? [] where entry != before?[entry.id] {
            // One that is held has keys here alone, and ends with this process.
            guard let agreement = table[entry.id], !table.isHeld(entry.id) else { continue }
            state.keep(Kept.set + String(entry.id), KeptSet(agreement: agreement, entry: entry).report(epoch: epoch))
        }
        for entry in before?.entries ?? [] where after?[entry.id] == nil {
            state.keep(Kept.set + String(entry.id), nil)
        }
    }

    /// Unix time in milliseconds at moment 0 of this instance's clock.
    private var epoch: Int { Int(ports.clock.unixSeconds) * 1000 - now }

    // MARK: Finding again

    /// Takes in what the last process wrote down, before anything is heard.
    static func flowTokens(_ state: (any StatePort)?, _ kept: [String: Report], _ random: any Randomness) -> FlowToken {
        if let text = kept[Kept.flowTokens]?["seed"]?.text, let found = FlowToken(secret: text) { return found }
        let made = FlowToken(random)
        state?.keep(Kept.flowTokens, .object([("seed", .text(made.secret))]))
        return made
    }

    /// The sets the kernel still has live on; what is left of others is removed, and others' is not touched.
    func restore(_ kept: [String: Report]) {
        unblockFormerPorts(kept)
        restoreSets(kept)
        restoreRegistrations(kept)
    }

    /// What was protected by another configuration, and is no more, is anybody's port again.
    private func unblockFormerPorts(_ kept: [String: Report]) {
        guard let kernel = security?.kernel else { return }
        let places = protectedPorts.places
        let former = (kept[Kept.ports]?.elements ?? []).compactMap { $0.text.flatMap { SocketAddress(endpoint: $0) } }
        let blocks = Set(former).subtracting(places).flatMap { ProtectedPorts.blocks($0.hostAddress, $0.port) }
        _ = kernel.perform(blocks.map { .deletePolicy($0.selector, $0.direction) })
        state?.keep(Kept.ports, .list(places.map { .text("\($0)") }))
    }

    private func restoreSets(_ kept: [String: Report]) {
        guard let kernel = security?.kernel else { return }
        do throws(XFRMFailure) {
            let (states, policies) = (try kernel.states(), try kernel.policies())
            let standing = Set(states.lazy.filter { !$0.isLarval }.map(\.id))
            for (key, set) in sets(in: kept) {
                guard let set, isOurs(set.agreement), set.agreement.set.stateIDs.allSatisfy(standing.contains) else {
                    state?.keep(key, nil)
                    if let set { remove(set.agreement) }
                    continue
                }
                security?.table.restore(set.agreement, set.entry)
            }
            removeStrays(states, policies)
            for agreement in security?.table.all ?? [] { resume(agreement) }
        } catch {
            ports.log.error("the kernel's IPsec sets were not read", [(.reason, error.description)])
        }
    }

    /// In the order they were made, which says which of two with the same ports is in use.
    private func sets(in kept: [String: Report]) -> [(key: String, set: KeptSet?)] {
        kept.filter { $0.key.hasPrefix(Kept.set) }.map { key, report in
            let set = KeptSet(report, epoch: epoch)
            return (key: key, set: set.flatMap { key == Kept.set + String($0.agreement.id) ? $0 : nil })
        }.sorted {
            ($0.set?.entry.begun ?? 0, $0.set?.agreement.id ?? 0) < (
                $1.set?.entry.begun ?? 0, $1.set?.agreement.id ?? 0
            )
        }
    }

    /// What is left of a set nobody can use, on whatever address this P-CSCF had then.
    private func remove(_ agreement: SAAgreement) {
        let set = agreement.set
        _ = security?.kernel.perform(
            set.flows.map { .deletePolicy($0.selector, $0.direction) } + set.stateIDs.map(XFRMRequest.deleteState))
    }

    private func isOurs(_ agreement: SAAgreement) -> Bool {
        let own = agreement.set.pcscf
        guard let group = protectedPorts.group(host: own.host) else { return false }
        return group.serverPort == own.endpoints.serverPort && group.clients[own.endpoints.clientPort] != nil
    }

    /// Our mark, and ports of ours: another P-CSCF on this host has others.
    private func isOurs(_ selector: XFRMSelector) -> Bool {
        selector.owner == GmSecurity.owner
            && (protectedPorts.has(selector.source, selector.sourcePort)
                || protectedPorts.has(selector.destination, selector.destinationPort))
    }

    private func removeStrays(_ states: [XFRMStateReport], _ policies: [XFRMPolicyReport]) {
        guard let security else { return }
        let known = Set(security.table.all.flatMap(\.set.stateIDs))
        let wanted = security.table.rules
        let rules = Set(wanted.map { ProtectedPorts.Rule($0.selector, $0.direction) })
        let strayPolicies = policies.filter {
            $0.requestID != nil && isOurs($0.selector) && !rules.contains(.init($0.selector, $0.direction))
        }
        let strayStates = states.filter { isOurs($0.selector) && !known.contains($0.id) }
        _ = security.kernel.perform(
            strayPolicies.map { .deletePolicy($0.selector, $0.direction) } + strayStates.map { .deleteState($0.id) }
                + wanted.map(XFRMRequest.replacePolicy))
        guard security.table.count + strayStates.count > 0 else { return }
        ports.log.notice(
            "IPsec sets of before the restart found",
            [(.count, String(security.table.count)), (.reason, "\(strayStates.count) stray states removed")])
    }

    private func resume(_ agreement: SAAgreement) {
        guard let entry = security?.table.life(of: agreement.user)?[agreement.id] else { return }
        security?.timers[agreement.id] = ports.timers.start(
            afterMilliseconds: max(0, entry.end - now),
            TimerToken(.role, kind: TimerKind.securityEnd, id: UInt64(agreement.id)))
        route(agreement)
    }

    private func restoreRegistrations(_ kept: [String: Report]) {
        let (stack, time) = (stack, (ports.clock.now, ports.clock.unixSeconds))
        // In the order they were made.
        let rows = kept.filter { $0.key.hasPrefix(Kept.registration) }.map { key, report in
            (key: key, id: UInt64(key.dropFirst(Kept.registration.count)) ?? 0, report: report)
        }.sorted { ($0.id, $0.key) < ($1.id, $1.key) }
        for row in rows {
            state?.keep(row.key, nil)
            let id = registrations.nextID()
            guard
                var found = GmRegistration(row.report, id: id, place: { stack.place(named: $0, $1) }, now: time),
                found.authentication != .ipsec || security?.table.life(of: found.impi) != nil
            else { continue }
            found.timer = ports.timers.start(
                afterMilliseconds: found.expiry.milliseconds(since: time.0),
                TimerToken(.role, kind: TimerKind.registrationExpiry, id: id))
            registrations.store(found)
            keep(found)
            watchLater(found)
        }
        if registrations.count > 0 {
            ports.log.notice("registrations of before the restart found", [(.count, String(registrations.count))])
        }
    }

    /// Registrations are watched again, not all at once.
    private func watchLater(_ registration: GmRegistration) {
        let wait = Int(ports.random.next() % UInt64(Self.watchingMilliseconds))
        _ = ports.timers.start(
            afterMilliseconds: wait, TimerToken(.role, kind: TimerKind.watching, id: registration.id))
    }

    func beginWatching(_ id: UInt64) {
        if let impi = registrations[id]?.impi { watchRegistration(of: impi) }
    }
}

extension ProtectedPorts {
    /// What the kernel knows a policy by.
    struct Rule: Hashable {
        var selector: XFRMSelector
        var direction: XFRMPolicy.Direction

        init(_ selector: XFRMSelector, _ direction: XFRMPolicy.Direction) {
            self.selector = selector
            self.direction = direction
        }
    }

    func has(_ host: HostAddress, _ port: UInt16) -> Bool {
        groups.contains { $0.host == host && ($0.serverPort == port || $0.clients[port] != nil) }
    }
}
