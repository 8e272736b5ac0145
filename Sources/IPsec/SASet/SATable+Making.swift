/// How a set comes about: proposed, put into the kernel, proven by what the UE sends over it.
extension SATable {
    /// Draws SPIs and a client port for a UE that is about to be challenged.
    public mutating func propose(_ request: SARequest) throws(Refusal) -> SAAgreement {
        guard let suite = request.client.choose(from: settings.suites) else { throw .noCommonSuite }
        guard agreements.count < settings.maximumSets else { throw .full }
        let theirs = request.client.endpoints
        let place = Place(host: request.ue, port: theirs.serverPort)
        guard let port = clientPort(for: request.user, toward: place) else { throw .noClientPort }
        let taken = [theirs.clientSPI, theirs.serverSPI]
        guard let client = spis.draw(avoiding: taken), let server = spis.draw(avoiding: taken) else { throw .full }
        let ours = IPsecProposal.Endpoints(
            clientSPI: client, serverSPI: server, clientPort: port, serverPort: settings.serverPort)
        let set = SASet(
            ue: .init(host: request.ue, endpoints: theirs), pcscf: .init(host: request.pcscf, endpoints: ours),
            suite: suite, owner: settings.owner)
        return SAAgreement(
            id: server, user: request.user, set: set, server: SecurityServer(settings.suites, endpoints: ours),
            offer: request.offer)
    }

    /// A client port no set toward there has, or the one of a set that makes room for it.
    private func clientPort(for user: String, toward place: Place) -> UInt16? {
        let sets = (toward[place] ?? []).compactMap { agreements[$0] }
        let used = sets.map(\.set.pcscf.endpoints.clientPort)
        return settings.clientPorts.first { !used.contains($0) }
            ?? sets.first { makesRoom($0, for: user) }?.set.pcscf.endpoints.clientPort
    }

    /// Where all client ports are in use: what only waits for retransmissions goes, the user's own temporary set, which
    /// the new challenge ends, and a temporary set of another user that a REGISTER in the clear has made: whoever forges
    /// those must not keep a phone from its next set.
    private func makesRoom(_ set: SAAgreement, for user: String) -> Bool {
        let entry = lives[set.user]?[set.id]
        switch entry?.phase {
        case .closing: return set.user == user
        case .temporary: return set.user == user || entry?.isInitial == true
        case .established, .old, nil: return false
        }
    }

    /// What to ask the kernel for: the states, then the policies that use them. Say what came of it to `installed`.
    ///
    /// A REGISTER in the clear proves nothing, so what it makes leaves the sets that live as they are. Where one of those
    /// has an SPI of the UE's that the new offer names too (no kernel holds one SPI twice toward a host), or the same
    /// ports (and with them the policy that streams go back by), the new set is *held*: what comes over it is taken, what
    /// goes to the UE stays with the set that lives until the UE has sent over the new one (`proven`).
    public mutating func install(_ agreement: SAAgreement, _ keys: SAKeys) -> Changes {
        var changes = Changes()
        makeWay(for: agreement, &changes)
        insert(agreement)
        let set = agreement.set
        if isContested(agreement) {
            held[agreement.id] = keys
            let flows = set.flows.filter { $0.direction == .in }
            changes.requests +=
                set.states(flows, keys, noticedPackets: 1).map(XFRMRequest.addState) + policies.add(set, flows)
        } else {
            changes.requests += set.states(keys).map(XFRMRequest.addState) + policies.add(set)
        }
        return changes
    }

    /// Another temporary set of this user with an SPI of the new one goes with the challenge it was made for; and where no
    /// port was free, another set makes room.
    private mutating func makeWay(for agreement: SAAgreement, _ changes: inout Changes) {
        let theirs = agreement.set.ue
        let place = Place(host: theirs.host, port: theirs.endpoints.serverPort)
        let port = agreement.set.pcscf.endpoints.clientPort
        let onPort = (toward[place] ?? []).compactMap { agreements[$0] }.filter {
            $0.set.pcscf.endpoints.clientPort == port
        }
        for other in rivals(of: agreement).filter({ !isProven($0) }) + onPort where agreements[other.id] != nil {
            forget(other)
            drop(other.id, &changes)
        }
    }

    /// Sets of the same user with an SPI of the same name in the kernel.
    private func rivals(of agreement: SAAgreement) -> [SAAgreement] {
        let outbound = Set(agreement.set.flows.filter { $0.direction == .out }.map(\.stateID))
        return sets(of: agreement.user).filter { other in
            other.id != agreement.id && other.set.flows.contains { outbound.contains($0.stateID) }
        }
    }

    /// Whether the UE has shown on this set that it is who it says.
    private func isProven(_ agreement: SAAgreement) -> Bool {
        phase(of: agreement).map { $0 != .temporary } ?? false
    }

    private func isContested(_ agreement: SAAgreement) -> Bool {
        let ue = agreement.set.ue
        return !rivals(of: agreement).isEmpty
            || sets(from: ue.host, port: ue.endpoints.clientPort).contains { $0.id != agreement.id && isProven($0) }
    }

    /// Something has come over a set, so its UE has the keys: one that was held takes the way to the UE over.
    ///
    /// Deviation from TS 33.203 §7.2: a set with the same SPIs ends now and not at the 200, for the kernel's sake.
    public mutating func proven(_ id: UInt32) -> Changes {
        var changes = Changes()
        guard let agreement = agreements[id], let keys = held.removeValue(forKey: id) else { return changes }
        for other in rivals(of: agreement) {
            forget(other)
            drop(other.id, &changes)
        }
        let flows = agreement.set.flows.filter { $0.direction == .out }
        changes.requests +=
            agreement.set.states(flows, keys).map(XFRMRequest.addState) + policies.add(agreement.set, flows)
        return changes
    }

    /// The kernel has done all `install` asked for, and a challenge goes to the UE.
    ///
    /// - Parameter isInitial: it answers a REGISTER that came in the clear.
    public mutating func installed(_ id: UInt32, isInitial: Bool, at now: Int) -> Changes {
        guard let agreement = agreements[id] else { return Changes() }
        return handle(.challenged(id: id, isInitial: isInitial), of: agreement.user, at: now)
    }

    /// The kernel refused part of what `install` or `proven` asked for: the rest is taken back. What never was is no error to delete.
    ///
    /// - Parameter refused: states it did not take. Where the SPI was taken it is somebody else's state that has this
    ///   name: another user's at the same host, or none of ours at all.
    public mutating func failed(_ id: UInt32, refused: Set<XFRMState.ID>) -> Changes {
        var changes = lost(set: id)
        changes.requests.removeAll { request in
            if case .deleteState(let state) = request { refused.contains(state) } else { false }
        }
        return changes
    }
}
