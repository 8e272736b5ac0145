public import RoleKit

extension HSS {
    /// Registrations shown at most.
    static let highestRows = 1_000

    /// Live state for the control socket.
    public func snapshot(_ query: SnapshotQuery) -> Report {
        switch query {
        case .status: status()
        case .registrations: registrations()
        case .peers: node.report()
        case .calls, .securityAssociations: .list([])
        }
    }

    private func status() -> Report {
        .object([
            ("home-network", .text(policy.home)),
            ("subscribers", .number(directory.count)),
            ("registered", .number(directory.count(.registered))),
            ("unregistered", .number(directory.count(.unregistered))),
            ("attached", .number(directory.attached)),
            ("mmes-to-be-told", .number(errands.count)),
            ("requests", .number(counts.requests)),
            ("vectors", .number(counts.vectors)),
            ("resynchronisations", .number(counts.resynchronisations)),
            ("forged-auts", .number(counts.forgedAUTS)),
            ("database-failures", .number(counts.databaseFailures)),
            ("too-busy", .number(counts.tooBusy)),
        ])
    }

    private func registrations() -> Report {
        .list(directory.served(most: HSS.highestRows).map(row))
    }

    private func row(_ record: SubscriberRecord) -> Report {
        let identities = record.subscriber.publicIdentities(home: policy.home)
        return .object([
            ("impi", .text(record.subscriber.privateIdentity(home: policy.home))),
            ("impu", .text(identities.first { !$0.isBarred }?.identity ?? "")),
            ("state", .text(record.registration.state == .registered ? "registered" : "unregistered")),
            ("s-cscf", .text(record.registration.serverName ?? "")),
        ])
    }
}
