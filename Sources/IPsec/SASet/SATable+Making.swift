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
        // One that is being answered is somebody's who has the keys.
        case .temporary: return set.user == user || entry?.isInitial == true && entry?.isUsed == false
        case .established, .old, nil: return false
        }
    }

    /// What to ask the kernel for: the states, then the policies that use them. Say what came of it to `installed`.
    ///
    /// A REGISTER in the clear proves nothing, so what it makes leaves all other sets as they are. Where one of those has
    /// an SPI of the UE's that the new offer names too (no kernel holds one SPI twice toward a host), or the same ports
    /// (and with them the policy that streams go back by), the new set is *held*: what comes over it is taken, what goes
    /// to the UE stays with the other until the kernel has taken something over the new one (`prove`).
    public mutating func install(_ agreement: SAAgreement, _ keys: SAKeys) -> Changes {
        var changes = Changes()
        makeWay(for: agreement, &changes)
        let set = agreement.set
        let isContested = !rivals(of: agreement).isEmpty || !neighbours(of: agreement).isEmpty
        insert(agreement)
        if isContested {
            held[agreement.id] = keys
            let flows = flows(of: agreement)
            changes.requests += set.states(flows, keys).map(XFRMRequest.addState) + policies.add(set, flows)
        } else {
            changes.requests += set.states(keys).map(XFRMRequest.addState) + policies.add(set)
        }
        return changes
    }

    /// The user's own set nobody has sent over goes with the challenge it was made for, and where no port was free,
    /// another set makes room.
    private mutating func makeWay(for agreement: SAAgreement, _ changes: inout Changes) {
        let theirs = agreement.set.ue
        let port = agreement.set.pcscf.endpoints.clientPort
        let place = Place(host: theirs.host, port: theirs.endpoints.serverPort)
        let onPort = (toward[place] ?? []).filter { agreements[$0]?.set.pcscf.endpoints.clientPort == port }
        let unanswered = (lives[agreement.user]?.entries ?? []).filter { $0.phase == .temporary && !$0.isUsed }
        for id in unanswered.map(\.id) + onPort { end(id, &changes) }
    }

    /// Sets with a state of the same name in the kernel as one of this set's toward the UE.
    private func rivals(of agreement: SAAgreement) -> [UInt32] {
        Set(agreement.set.flows.filter { $0.direction == .out }.flatMap { claims[$0.stateID] ?? [] })
            .subtracting([agreement.id]).sorted()
    }

    /// Sets whose UE sends from the same place.
    private func neighbours(of agreement: SAAgreement) -> [SAAgreement] {
        sets(from: agreement.set.ue.host, port: agreement.set.ue.endpoints.clientPort).filter { $0.id != agreement.id }
    }

    /// The kernel has taken something over a set that was held, so its UE has the keys: the way to the UE is its own now.
    ///
    /// Deviation from TS 33.203 §7.2: sets with the same SPIs end now and not at the 200, for the kernel's sake.
    public mutating func prove(_ id: UInt32) -> Changes {
        var changes = Changes()
        guard let agreement = agreements[id], let keys = held.removeValue(forKey: id) else { return changes }
        for rival in rivals(of: agreement) { end(rival, &changes) }
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

    /// The kernel refused part of what `install` or `prove` asked for: the rest is taken back. What never was is no error
    /// to delete.
    ///
    /// - Parameter taken: states that were there: somebody else's, who is none of ours.
    public mutating func failed(_ id: UInt32, taken: Set<XFRMState.ID>) -> Changes {
        var changes = lost(set: id)
        changes.requests.removeAll { request in
            if case .deleteState(let state) = request { taken.contains(state) } else { false }
        }
        return changes
    }
}
