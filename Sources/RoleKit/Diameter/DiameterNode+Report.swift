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

    /// The peers as rows for `imsbox peers`, and below them who was turned away, whose state says so.
    public func report() -> Report {
        .list(
            peers.map { peer in
                row(
                    peer.host, peer.realm, peer.address, peer.state, watchdog: peer.watchdog,
                    isOpen: peer.isOpen, isConfigured: peer.isConfigured, applications: peer.applications,
                    pending: peer.pending, problem: peer.lastProblem)
            }
                + refusals.entries.map { refusal in
                    row(
                        refusal.host, refusal.realm, refusal.address,
                        refusal.isRequest ? Self.refusedRequest : Self.refusedPeer,
                        problem: "\(refusal.code), \(refusal.detail)")
                })
    }

    /// State of a row that is no peer: its CER was refused, or a request of a peer was.
    public static var refusedPeer: String { "refused" }
    public static var refusedRequest: String { "request refused" }

    private func row(
        _ host: String, _ realm: String, _ address: SocketAddress?, _ state: String, watchdog: String = "",
        isOpen: Bool = false, isConfigured: Bool = false, applications: [UInt32] = [], pending: Int = 0, problem: String
    ) -> Report {
        .object([
            ("peer", .text(host)), ("realm", .text(realm)), ("address", .text(address?.description ?? "")),
            ("state", .text(state)), ("watchdog", .text(watchdog)), ("open", .flag(isOpen)),
            ("configured", .flag(isConfigured)), ("applications", .list(applications.map { .number(Int($0)) })),
            ("pending", .number(pending)), ("problem", .text(problem)),
        ])
    }
}
