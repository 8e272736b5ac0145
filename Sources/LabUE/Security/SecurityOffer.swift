import IPsec

/// What a UE offers in Security-Client: every suite it has, each with the same SPIs and ports (TS 33.203 §7.2).
struct SecurityOffer: Equatable, Sendable {
    let suites: [IPsecSuite]
    let endpoints: IPsecProposal.Endpoints
    /// Which of the UE's protected client ports.
    let slot: Int

    /// Header value.
    var text: String {
        suites.map { IPsecProposal(suite: $0, endpoints: endpoints).mechanism(preference: nil).description }
            .joined(separator: ", ")
    }

    /// Reads Security-Server and chooses what the P-CSCF likes best of what was offered: the highest q, of equal ones the
    /// first (RFC 3329 §2.3.1, TS 33.203 §7.2). Mechanisms that cannot be read are passed over.
    func choose(from values: [String]) -> IPsecProposal? {
        var best: (preference: Int, proposal: IPsecProposal)?
        for value in values.prefix(SecurityClient.maximumMechanisms) {
            guard let mechanism = SecurityMechanism(parsing: value),
                case .proposal(let proposal) = IPsecProposal.read(mechanism), suites.contains(proposal.suite)
            else { continue }
            // As elsewhere in SIP, one without q comes before those with a lower one.
            let preference = mechanism.preference ?? 1_000
            if preference > best?.preference ?? -1 { best = (preference, proposal) }
        }
        return best?.proposal
    }
}

/// A set of SAs as the UE has it, with what it must repeat.
struct UESecuritySet: Sendable {
    /// Number of the set: the UE's server SPI.
    let id: UInt32
    let set: SASet
    let offer: SecurityOffer
    /// Security-Server as it was received, for Security-Verify.
    let server: String

    var report: UESecurityReport {
        UESecurityReport(suite: set.suite, ue: set.ue.endpoints, pcscf: set.pcscf.endpoints)
    }
}
