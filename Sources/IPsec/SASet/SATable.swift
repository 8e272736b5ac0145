/// Every set of one P-CSCF: who has which, what the kernel is asked for, when each ends.
///
/// It decides and asks for nothing itself: `XFRMRequest`s go out, the kernel's answers come in.
public struct SATable: Sendable {
    /// What an instance file says.
    public struct Settings: Sendable {
        /// In our order of preference.
        public var suites: [IPsecSuite]
        /// The protected server port.
        public var serverPort: UInt16
        /// Protected client ports. A UE may have three sets at once, each with a port of its own: three or more.
        public var clientPorts: [UInt16]
        public var maximumSets: Int
        /// Mark of this instance's states and policies.
        public var owner: UInt32

        public init(
            suites: [IPsecSuite], serverPort: UInt16, clientPorts: [UInt16], maximumSets: Int, owner: UInt32
        ) {
            self.suites = suites
            self.serverPort = serverPort
            self.clientPorts = clientPorts
            self.maximumSets = maximumSets
            self.owner = owner
        }
    }

    /// Why no set can be made for a UE.
    public enum Refusal: Error, Equatable, Sendable {
        case noCommonSuite
        /// Every client port has a set toward this UE's server port.
        case noClientPort
        case full
    }

    /// What is to be done: ask the kernel, start timers.
    public struct Changes: Sendable {
        public var requests: [XFRMRequest] = []
        public var timers: [(id: UInt32, milliseconds: Int)] = []
        /// Sets that are no more.
        public var gone: [SAAgreement] = []
    }

    /// Where a UE sends from: host and client port.
    private struct Place: Hashable {
        var host: HostAddress
        var port: UInt16
    }

    public let settings: Settings
    private var agreements: [UInt32: SAAgreement] = [:]
    private var lives: [String: SALifecycle] = [:]
    /// Sets by the place their UE sends from, oldest first.
    private var places: [Place: [UInt32]] = [:]
    /// Sets toward each UE's server port, oldest first; each has a client port of ours to itself.
    private var toward: [Place: [UInt32]] = [:]
    private var policies = SAPolicies()
    private var spis: SPIAllocator

    public init(_ settings: Settings, seed: UInt32) {
        self.settings = settings
        spis = SPIAllocator(seed: seed)
    }

    public var count: Int { agreements.count }
    /// For reports, in the order of their numbers.
    public var all: [SAAgreement] { agreements.values.sorted { $0.id < $1.id } }

    public subscript(id: UInt32) -> SAAgreement? { agreements[id] }

    public func life(of user: String) -> SALifecycle? { lives[user] }

    /// The sets whose UE sends from there, oldest first. A phone that has started anew has the ports it had, so there
    /// may be more than one.
    public func sets(from host: HostAddress, port: UInt16) -> [SAAgreement] {
        (places[Place(host: host, port: port)] ?? []).compactMap { agreements[$0] }
    }

    public func phase(of agreement: SAAgreement) -> SALifecycle.Phase? { lives[agreement.user]?[agreement.id]?.phase }

    /// The set requests to this user go over.
    public func outgoing(to user: String, at now: Int) -> SAAgreement? {
        (lives[user]?.outgoing(at: now)).flatMap { agreements[$0] }
    }

    /// Every policy the kernel should have for the sets that live.
    public var rules: [XFRMPolicy] { policies.all }
    public var ruleCount: Int { policies.count }

    /// Takes in a set that was made before a restart, and that the kernel still has.
    public mutating func restore(_ agreement: SAAgreement, _ entry: SALifecycle.Entry) {
        insert(agreement)
        _ = policies.add(agreement.set)
        for flow in agreement.set.flows where flow.direction == .in { spis.take(flow.spi) }
        lives[agreement.user] = SALifecycle((lives[agreement.user]?.entries ?? []) + [entry])
    }

    /// The kernel has ended a state: the set it belongs to is of no use any more.
    public mutating func lost(_ state: XFRMState.ID) -> Changes {
        agreement(with: state).map { lost(set: $0.id) } ?? Changes()
    }

    /// A set is of no use any more, whatever the reason.
    public mutating func lost(set id: UInt32) -> Changes {
        var changes = Changes()
        guard let agreement = agreements[id] else { return changes }
        forget(agreement)
        drop(id, &changes)
        return changes
    }

    /// The user whose set a state is of.
    public func owner(of state: XFRMState.ID) -> String? { agreement(with: state)?.user }

    /// The kernel tells of others' states too: the SPI says of most that they are none of ours.
    private func agreement(with state: XFRMState.ID) -> SAAgreement? {
        agreements.values.first { $0.set.hasSPI(state.spi) && $0.set.stateIDs.contains(state) }
    }

    // MARK: Making

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
    /// Deviation from TS 33.203 §7.2: where the same user's UE comes back with SPIs of a set that lives, that set goes
    /// now and not at the 200, as no kernel holds two states with one SPI toward one host. Who wants to abuse that must
    /// know one of its SPIs and send from its UE's address.
    public mutating func install(_ agreement: SAAgreement, _ keys: SAKeys) -> Changes {
        var changes = Changes()
        let outbound = Set(agreement.set.flows.filter { $0.direction == .out }.map(\.spi))
        for other in sets(of: agreement.user) where other.set.ue.host == agreement.set.ue.host {
            let theirs = other.set.ue.endpoints
            guard outbound.contains(theirs.clientSPI) || outbound.contains(theirs.serverSPI) else { continue }
            forget(other)
            drop(other.id, &changes)
        }
        let (set, theirs) = (agreement.set, agreement.set.ue)
        // No port was free, and another set makes room.
        let place = Place(host: theirs.host, port: theirs.endpoints.serverPort)
        for other in (toward[place] ?? []).compactMap({ agreements[$0] })
        where other.set.pcscf.endpoints.clientPort == set.pcscf.endpoints.clientPort {
            forget(other)
            drop(other.id, &changes)
        }
        insert(agreement)
        changes.requests += set.states(keys).map(XFRMRequest.addState) + policies.add(set)
        return changes
    }

    private mutating func insert(_ agreement: SAAgreement) {
        let (host, theirs) = (agreement.set.ue.host, agreement.set.ue.endpoints)
        agreements[agreement.id] = agreement
        places[Place(host: host, port: theirs.clientPort), default: []].append(agreement.id)
        toward[Place(host: host, port: theirs.serverPort), default: []].append(agreement.id)
    }

    /// The kernel has done all `install` asked for, and a challenge goes to the UE.
    ///
    /// - Parameter isInitial: it answers a REGISTER that came in the clear.
    public mutating func installed(_ id: UInt32, isInitial: Bool, at now: Int) -> Changes {
        guard let agreement = agreements[id] else { return Changes() }
        return handle(.challenged(id: id, isInitial: isInitial), of: agreement.user, at: now)
    }

    /// The kernel refused part of what `install` asked for: the rest is taken back. What never was is no error to delete.
    ///
    /// - Parameter refused: states it did not take. Where the SPI was taken it is somebody else's state that has this
    ///   name: another user's at the same host, or none of ours at all.
    public mutating func failed(_ id: UInt32, refused: Set<XFRMState.ID>) -> Changes {
        var changes = Changes()
        drop(id, &changes)
        changes.requests.removeAll { request in
            if case .deleteState(let state) = request { refused.contains(state) } else { false }
        }
        return changes
    }

    // MARK: Living

    public mutating func handle(_ event: SALifecycle.Event, of user: String, at now: Int) -> Changes {
        var changes = Changes()
        var life = lives[user] ?? SALifecycle()
        for effect in life.handle(event, at: now) {
            switch effect {
            case .remove(let id): drop(id, &changes)
            case .arm(let id, let milliseconds): changes.timers.append((id, milliseconds))
            }
        }
        lives[user] = life.entries.isEmpty ? nil : life
        return changes
    }

    private func sets(of user: String) -> [SAAgreement] {
        (lives[user]?.entries ?? []).compactMap { agreements[$0.id] }
    }

    private mutating func forget(_ agreement: SAAgreement) {
        lives[agreement.user]?.forget(agreement.id)
        if lives[agreement.user]?.entries.isEmpty == true { lives[agreement.user] = nil }
    }

    private mutating func drop(_ id: UInt32, _ changes: inout Changes) {
        guard let agreement = agreements.removeValue(forKey: id) else { return }
        let (set, theirs) = (agreement.set, agreement.set.ue)
        Self.take(id, from: &places[Place(host: theirs.host, port: theirs.endpoints.clientPort)])
        Self.take(id, from: &toward[Place(host: theirs.host, port: theirs.endpoints.serverPort)])
        spis.release(set.pcscf.endpoints.clientSPI)
        spis.release(set.pcscf.endpoints.serverSPI)
        changes.requests += policies.remove(set) + set.stateIDs.map(XFRMRequest.deleteState)
        changes.gone.append(agreement)
    }

    private static func take<Element: Equatable>(_ element: Element, from list: inout [Element]?) {
        guard let index = list?.firstIndex(of: element) else { return }
        list?.remove(at: index)
        if list?.isEmpty == true { list = nil }
    }
}
