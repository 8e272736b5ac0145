import Diameter

/// Peers as the control socket shows them.
extension DiameterNode {
    /// Every peer, in the order of the settings, then as unknown ones came.
    public var peers: [PeerStatus] {
        peerList.map { peer in
            PeerStatus(
                host: peer.host, realm: peer.realm, address: peer.settings?.address ?? remote(peer),
                state: peer.machine.state.name, watchdog: peer.watchdog.state.name, isOpen: peer.isOpen,
                isConfigured: peer.settings != nil, applications: peer.applications,
                pending: pending.count(peer: peer.id), lastProblem: peer.lastProblem)
        }
    }

    private func remote(_ peer: DiameterPeer) -> SocketAddress? {
        (link(peer, .responder) ?? link(peer, .initiator))?.remote
    }

    /// The peers as rows for `imsbox peers`.
    public func report() -> Report {
        .list(
            peers.map { peer in
                .object([
                    ("peer", .text(peer.host)), ("realm", .text(peer.realm)),
                    ("address", .text(peer.address?.description ?? "")), ("state", .text(peer.state)),
                    ("watchdog", .text(peer.watchdog)), ("open", .flag(peer.isOpen)),
                    ("configured", .flag(peer.isConfigured)),
                    ("applications", .list(peer.applications.map { .number(Int($0)) })),
                    ("pending", .number(peer.pending)), ("problem", .text(peer.lastProblem)),
                ])
            })
    }
}
