import IPsec
import RoleKit

/// What the kernel has of this P-CSCF beside the sets themselves.
extension PCSCF {
    /// How often the kernel is asked which states it has ended, and whether all of ours is there: as long may something
    /// go in the clear after somebody has emptied the kernel's policies.
    private static let newsMilliseconds = 1_000

    /// How many held sets the kernel is asked about at a time: whoever forges REGISTERs does not keep us here.
    private static let mostDisputed = 256

    /// Before a phone is heard: clear text is kept off protected ports both ways. Policies of sets go before these.
    func guardProtectedPorts() throws {
        guard let security else { return }
        let failures = security.kernel.perform(protectedPorts.blocks.map(XFRMRequest.replacePolicy)).compactMap { $0 }
        if let failure = failures.first {
            throw NetworkError(.notPermitted, "no IPsec policies for the protected ports: \(failure.description)")
        }
    }

    /// At the end, unless there are sets a next start will go on with.
    func releaseProtectedPorts() {
        guard let security, security.table.count == 0 else { return }
        _ = security.kernel.perform(protectedPorts.blocks.map { .deletePolicy($0.selector, $0.direction) })
    }

    /// The kernel is listened to while there is a set.
    func watchKernel() {
        guard security?.news == nil, security?.table.count ?? 0 > 0 else { return }
        security?.news = ports.timers.start(
            afterMilliseconds: Self.newsMilliseconds, TimerToken(.role, kind: TimerKind.kernelNews, id: 0))
    }

    func hearKernel() {
        security?.news = nil
        for id in security?.kernel.expired() ?? [] { usedUp(id) }
        // A stream's first packets do not come up here: its REGISTER follows only when they have been answered.
        for set in security?.table.disputed.prefix(Self.mostDisputed) ?? [] { prove(set) }
        checkKernel()
        watchKernel()
    }

    /// A state that has counted all its packets (RFC 4303 §3.3.3) is of no use, nor is what is left of its set.
    private func usedUp(_ id: XFRMState.ID) {
        guard let user = security?.table.agreement(with: id)?.user else { return }
        let before = security?.table.life(of: user)
        guard let changes = security?.table.lost(id) else { return }
        for gone in changes.gone {
            ports.log.warning(
                "IPsec set used up: the phone must register again",
                [(.impi, gone.user), (.peer, "\(Self.place(gone))"), (.clause, "RFC 4303 §3.3.3")])
        }
        apply(changes)
        keepSets(of: user, before: before)
    }
}

extension ProtectedPorts {
    /// Every protected port and its host.
    var places: [SocketAddress] {
        groups.flatMap { group in
            ([group.serverPort] + group.clients.keys.sorted()).map { SocketAddress(group.host, port: $0) }
        }
    }

    /// Policies that let nothing in or out of protected ports but what a set's own policy lets through.
    var blocks: [XFRMPolicy] { places.flatMap { Self.blocks($0.hostAddress, $0.port) } }

    static func blocks(_ host: HostAddress, _ port: UInt16) -> [XFRMPolicy] {
        let any = HostAddress.any(isV6: host.isV6)
        return [
            XFRMPolicy(
                selector: XFRMSelector(
                    source: any, sourcePort: 0, destination: host, destinationPort: port, owner: GmSecurity.owner,
                    isFromAnywhere: true),
                direction: .in, action: .block),
            XFRMPolicy(
                selector: XFRMSelector(
                    source: host, sourcePort: port, destination: any, destinationPort: 0, owner: GmSecurity.owner,
                    isToAnywhere: true),
                direction: .out, action: .block),
        ]
    }
}
