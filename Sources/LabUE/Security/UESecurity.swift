import IPsec

/// One UE's side of the security mechanism agreement and of the sets it leads to: TS 24.229 §5.1.1.2.2, §5.1.1.4.2,
/// §5.1.1.5.1, §5.1.1.5.3, TS 33.203 §7, RFC 3329 §2.3.1.
///
/// ```
/// REGISTER (clear, offer) ──401──▶ temporary set ── REGISTER over it, same offer, Security-Verify ──200──▶ in use
///      in use ── REGISTER over it, new offer ──200──▶ the offer is forgotten
///                                            ──401──▶ a temporary set beside it … 200: in use, the one before is old
/// ```
///
/// It decides and asks for nothing itself: what the kernel and the SIP stack are to do goes out as `Changes`. Times are
/// milliseconds of the fleet's clock.
struct UESecurity: Sendable {
    /// Where the UE and its P-CSCF are.
    struct Place: Sendable {
        var ue: HostAddress
        var pcscf: HostAddress
        var serverPort: UInt16
        var clientPorts: [UInt16]
    }

    struct Changes: Sendable {
        var requests: [XFRMRequest] = []
        var timers: [(id: UInt32, milliseconds: Int)] = []
        var closed: [UESecuritySet] = []
    }

    /// What a REGISTER carries, and the set it goes over; nil: none, in the clear.
    struct Dressing: Sendable {
        var client: String
        var verify: String?
        var over: UESecuritySet?
    }

    enum Refusal: Error, Equatable, Sendable {
        /// A 401 without Security-Server.
        case notOffered
        /// Nothing in it that was offered; what it says, for people.
        case nothingInCommon(String)
    }

    let place: Place
    let suites: [IPsecSuite]
    private(set) var sets: [UInt32: UESecuritySet] = [:]
    private(set) var life = SALifecycle()
    private var policies = SAPolicies()
    /// Security-Client of the REGISTER under way.
    private var offer: SecurityOffer?
    /// The temporary set whose challenge the next REGISTER answers.
    private var answering: UInt32?
    /// The set the REGISTER under way went over.
    private(set) var under: UInt32?
    private var lastSlot = FleetPorts.clients - 1

    init(_ place: Place, suites: [IPsecSuite]) {
        self.place = place
        self.suites = suites
    }

    /// The set everything but a first REGISTER goes over: the newest that a 200 has confirmed (§5.1.1.5.1).
    var current: UESecuritySet? {
        let entry = life.entries.last { $0.phase == .established } ?? life.entries.last { $0.phase == .old }
        return entry.flatMap { sets[$0.id] }
    }

    // MARK: REGISTER

    /// What the next REGISTER carries: the answer to a challenge the same offer over the new set, any other one a new
    /// offer, over the set in use if there is one (§5.1.1.4.2, §5.1.1.5.3).
    mutating func dress(_ spis: inout SPIAllocator) -> Dressing? {
        if let id = answering, let set = sets[id] {
            answering = nil
            under = id
            return Dressing(client: set.offer.text, verify: set.server, over: set)
        }
        answering = nil
        under = current?.id
        guard let new = makeOffer(&spis) else { return nil }
        offer = new
        return Dressing(client: new.text, verify: current?.server, over: current)
    }

    private mutating func makeOffer(_ spis: inout SPIAllocator) -> SecurityOffer? {
        guard let client = spis.draw(avoiding: []), let server = spis.draw(avoiding: []) else { return nil }
        // The allocator goes on from here, so that none comes again before all have been drawn: nothing to remember.
        spis.release(client)
        spis.release(server)
        let used = Set(sets.values.map(\.offer.slot))
        let slots = (1...FleetPorts.clients).map { (lastSlot + $0) % FleetPorts.clients }
        guard let slot = slots.first(where: { !used.contains($0) }) else { return nil }
        return SecurityOffer(
            suites: suites,
            endpoints: IPsecProposal.Endpoints(
                clientSPI: client, serverSPI: server, clientPort: place.clientPorts[slot],
                serverPort: place.serverPort),
            slot: slot)
    }

    // MARK: Challenges

    /// Chooses from a 401's Security-Server what its answer is protected with.
    func choose(from values: [String]) throws(Refusal) -> IPsecProposal {
        guard !values.isEmpty else { throw .notOffered }
        guard let proposal = offer?.choose(from: values) else {
            throw .nothingInCommon(values.joined(separator: ", "))
        }
        return proposal
    }

    /// A challenge has been answered by the card: the temporary set its REGISTER goes over. The one of a challenge before
    /// goes first, since it may have the same SPIs.
    mutating func install(
        _ proposal: IPsecProposal, server values: [String], owner: UInt32, at now: Int, keys: (IPsecSuite) -> SAKeys
    ) -> Changes {
        guard let offer else { return Changes() }
        let set = SASet(
            ue: .init(host: place.ue, endpoints: offer.endpoints),
            pcscf: .init(host: place.pcscf, endpoints: proposal.endpoints), suite: proposal.suite, owner: owner,
            end: .ue)
        let new = UESecuritySet(
            id: offer.endpoints.serverSPI, set: set, offer: offer, server: values.joined(separator: ", "))
        var changes = handle(.challenged(id: new.id, isInitial: under == nil), at: now)
        sets[new.id] = new
        lastSlot = offer.slot
        answering = new.id
        changes.requests += set.states(keys(set.suite)).map(XFRMRequest.addState) + policies.add(set)
        return changes
    }

    // MARK: Outcomes

    /// 200 to the REGISTER under way.
    mutating func registered(seconds: Int, at now: Int) -> Changes {
        offer = nil
        return under.map { handle(.registered(over: $0, seconds: seconds), at: now) } ?? Changes()
    }

    /// Something came over this set that is not the 200 which confirmed it.
    mutating func received(over id: UInt32, at now: Int) -> Changes { handle(.received(over: id), at: now) }

    mutating func timer(_ id: UInt32, at now: Int) -> Changes { handle(.timer(id: id), at: now) }

    /// The registration failed: the temporary set goes, the one before is used again (§5.1.1.5.1).
    mutating func refused() -> Changes { remove { $0 == .temporary } }

    /// Nothing is registered any more, or the P-CSCF is not to be reached over what there is: all sets go.
    mutating func ended() -> Changes {
        offer = nil
        return remove { _ in true }
    }

    private mutating func remove(_ isGone: (SALifecycle.Phase) -> Bool) -> Changes {
        answering = nil
        var changes = Changes()
        for entry in life.entries where isGone(entry.phase) {
            life.forget(entry.id)
            drop(entry.id, &changes)
        }
        return changes
    }

    private mutating func handle(_ event: SALifecycle.Event, at now: Int) -> Changes {
        var changes = Changes()
        for effect in life.handle(event, at: now) {
            switch effect {
            case .remove(let id): drop(id, &changes)
            case .arm(let id, let milliseconds): changes.timers.append((id, milliseconds))
            }
        }
        return changes
    }

    private mutating func drop(_ id: UInt32, _ changes: inout Changes) {
        guard let gone = sets.removeValue(forKey: id) else { return }
        if under == id { under = nil }
        changes.requests += policies.remove(gone.set) + gone.set.stateIDs.map(XFRMRequest.deleteState)
        changes.closed.append(gone)
    }
}
