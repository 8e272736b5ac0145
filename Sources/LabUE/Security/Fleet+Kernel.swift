import AKA
import IPsec
import RoleKit

/// The fleet and the kernel's IPsec: what is there at start, what is asked for, what is taken back at the end.
extension Fleet {
    /// Opens the kernel and finds out what it can do, before any port is opened. Where it can do nothing the policy says
    /// whether that matters.
    func prepareSecurity() throws(UEFault) {
        guard let wanted = config.security else { return }
        do throws(UEFault) {
            guard identities.allSatisfy(\.isCard) else { throw .needsCardForIPsec }
            let kernel = try open(wanted)
            try removeLeftovers(kernel)
            suites = try usable(wanted.suites, kernel)
            self.kernel = kernel
        } catch {
            guard wanted.policy == .preferred else { throw error }
            ports.log.write(.warning, "IPsec is not to be had", [(.reason, error.problem), (.cure, error.cure)])
        }
    }

    private func open(_ wanted: FleetSecurity) throws(UEFault) -> any SecurityKernel {
        guard !config.local.isUnspecified else { throw .needsAddress }
        do { return try wanted.kernel() } catch let failure as XFRMFailure { throw .kernel(failure) } catch {
            throw .kernel(XFRMFailure(.other, code: 0, text: "\(error)"))
        }
    }

    /// Removes what a run that was killed has left behind at this address: states and policies with the UEs' mark whose
    /// port nobody listens on. Those of a UE that lives, in this process or another, are on ports that are taken.
    private func removeLeftovers(_ kernel: any SecurityKernel) throws(UEFault) {
        let states: [XFRMStateReport]
        let policies: [XFRMPolicyReport]
        do throws(XFRMFailure) {
            states = try kernel.states()
            policies = try kernel.policies()
        } catch { throw .kernel(error) }
        var abandoned: [UInt16: Bool] = [:]
        func isLeftover(_ selector: XFRMSelector) -> Bool {
            guard let port = ownPort(selector) else { return false }
            if let known = abandoned[port] { return known }
            let isFree = isFree(port)
            abandoned[port] = isFree
            return isFree
        }
        // Policies first: without its states one lets nothing through, without it a state does no harm.
        _ = kernel.perform(
            policies.filter { isLeftover($0.selector) }.map { .deletePolicy($0.selector, $0.direction) }
                + states.filter { isLeftover($0.selector) }.map { .deleteState($0.id) })
    }

    /// The port at this fleet's address of a state or policy of lab UEs.
    private func ownPort(_ selector: XFRMSelector) -> UInt16? {
        guard selector.owner == FleetSecurity.owner else { return nil }
        let host = config.local.hostAddress
        if selector.source == host { return selector.sourcePort }
        return selector.destination == host ? selector.destinationPort : nil
    }

    private func isFree(_ port: UInt16) -> Bool {
        do throws(NetworkError) {
            ports.network.close(try ports.network.listen(config.local.with(port: port), .udp, for: .sip))
            return true
        } catch { return error.code != .addressInUse }
    }

    /// Those suites the kernel makes a state of. One it has no algorithm for is not offered: the P-CSCF could choose it.
    private func usable(_ wanted: [IPsecSuite], _ kernel: any SecurityKernel) throws(UEFault) -> [IPsecSuite] {
        var found: [IPsecSuite] = []
        var last = XFRMFailure(.other, code: 0, text: "no algorithm is offered")
        let key = SecretOctets([UInt8](1...16))
        for suite in wanted {
            guard let spi = spis.draw(avoiding: []) else { break }
            spis.release(spi)
            // To itself, from port 1: no packet of anybody's is touched.
            let host = config.local.hostAddress
            let state = XFRMState(
                selector: XFRMSelector(
                    source: host, sourcePort: 1, destination: host, destinationPort: 1, owner: FleetSecurity.owner),
                spi: spi, requestID: spi, suite: suite, keys: expansion.keys(suite, ck: key, ik: key))
            if let failure = kernel.perform([.addState(state)]).first ?? nil {
                last = failure
                if failure.kind == .notPermitted { break }
            } else {
                _ = kernel.perform([.deleteState(state.id)])
                found.append(suite)
            }
        }
        if found.isEmpty { throw .kernel(last) }
        return found
    }

    // MARK: Asking

    /// Does what a UE's sets have come to; gives the first refusal, if there is one.
    ///
    /// - Parameter isFarewell: the UE has said what it had to. Its streams are closed, but their last packets must still
    ///   find the SA, or they would go in the clear.
    @discardableResult
    func apply(_ changes: UESecurity.Changes, _ index: Int, isFarewell: Bool = false) -> XFRMFailure? {
        for set in changes.closed { forget(set, index) }
        guard !isFarewell else {
            removeLater(changes.requests)
            return nil
        }
        removeNow()
        let outcomes = kernel?.perform(changes.requests) ?? []
        secure(index)
        for timer in changes.timers { arm(timer.id, timer.milliseconds, index) }
        // What was to go and is gone already is no matter.
        return outcomes.compactMap { $0 }.first { $0.kind != .absent }
    }

    private func forget(_ set: UESecuritySet, _ index: Int) {
        if let timer = phones[index].setTimers.removeValue(forKey: set.id) { ports.timers.cancel(timer) }
        let others = phones[index].security?.sets.values.map(\.set.pcscf.endpoints.clientPort) ?? []
        guard !others.contains(set.set.pcscf.endpoints.clientPort) else { return }
        // Its own streams are closed with it, not those of the set its answers go over now.
        stack.secure(clientPlace(set), at: layout.server(index), path(set, index))
        stack.secure(clientPlace(set), at: layout.server(index), nil)
    }

    /// Who is heard, and how answered: over UDP by the newest set even what came over an old one, so that the P-CSCF knows
    /// that it is used (TS 24.229 §5.1.1.5.1). Of two sets with one port at the P-CSCF the newer counts.
    private func secure(_ index: Int) {
        guard let security = phones[index].security else { return }
        for entry in security.life.entries {
            guard let set = security.sets[entry.id] else { continue }
            let answering = entry.phase == .old ? security.current ?? set : set
            stack.secure(clientPlace(set), at: layout.server(index), path(answering, index))
        }
    }

    private func path(_ set: UESecuritySet, _ index: Int) -> SecurePath {
        SecurePath(client: layout.client(index, set.offer.slot), remote: serverPlace(set))
    }

    private func arm(_ id: UInt32, _ milliseconds: Int, _ index: Int) {
        if let timer = phones[index].setTimers[id] { ports.timers.cancel(timer) }
        phones[index].setTimers[id] = ports.timers.start(
            afterMilliseconds: milliseconds,
            TimerToken(.role, kind: FleetTimer.security, id: UInt64(index) << 32 | UInt64(id)))
    }

    func securityTimer(_ token: UInt64) {
        let (index, id) = (Int(token >> 32), UInt32(truncatingIfNeeded: token))
        guard phones.indices.contains(index) else { return }
        phones[index].setTimers[id] = nil
        if let changes = phones[index].security?.timer(id, at: now) { apply(changes, index) }
    }

    private func removeLater(_ requests: [XFRMRequest]) {
        guard !requests.isEmpty else { return }
        if farewell.isEmpty {
            _ = ports.timers.start(
                afterMilliseconds: Self.farewellMilliseconds, TimerToken(.role, kind: FleetTimer.farewell, id: 0))
        }
        farewell += requests
    }

    /// Takes out of the kernel what waits for that, before anything new has its ports.
    func removeNow() {
        _ = kernel?.perform(farewell)
        farewell = []
    }

    /// The end of a command: when it returns no SA and no policy of the fleet is in the kernel any more.
    public func releaseSecurity() async {
        endSecurity()
        guard !farewell.isEmpty else { return }
        await pause(milliseconds: Self.farewellMilliseconds)
        removeNow()
    }

    /// The same at once, whatever is on its way.
    public func abandonSecurity() {
        endSecurity()
        removeNow()
    }

    private func endSecurity() {
        for index in phones.indices {
            if let changes = phones[index].security?.ended() { apply(changes, index, isFarewell: true) }
        }
    }

    /// Some round trips of a network with a core in it.
    private static let farewellMilliseconds = 300

    /// The P-CSCF's protected server port: what a UE sends to.
    func serverPlace(_ set: UESecuritySet) -> SocketAddress {
        config.pcscf.with(port: set.set.pcscf.endpoints.serverPort)
    }

    /// Its protected client port: what a UE hears from.
    private func clientPlace(_ set: UESecuritySet) -> SocketAddress {
        config.pcscf.with(port: set.set.pcscf.endpoints.clientPort)
    }

    /// Milliseconds of the fleet's clock.
    var now: Int { Int(ports.clock.now.nanoseconds / 1_000_000) }

    private var expansion: KeyExpansion { KeyExpansion(sha256: tools.digests.sha256) }

    /// The set's keys from CK and IK, which are forgotten.
    func keys(_ suite: IPsecSuite, _ session: Authenticator.SessionKeys) -> SAKeys {
        expansion.keys(suite, ck: SecretOctets(session.ck.octets), ik: SecretOctets(session.ik.octets))
    }
}
