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
    struct Place: Hashable {
        var host: HostAddress
        var port: UInt16
    }

    public let settings: Settings
    private(set) var agreements: [UInt32: SAAgreement] = [:]
    private(set) var lives: [String: SALifecycle] = [:]
    /// Sets by the place their UE sends from, oldest first.
    private var places: [Place: [UInt32]] = [:]
    /// Sets toward each UE's server port, oldest first; each has a client port of ours to itself.
    private(set) var toward: [Place: [UInt32]] = [:]
    var policies = SAPolicies()
    var spis: SPIAllocator
    /// Sets by the name their states toward the UE have in the kernel; all but one of them are held.
    private(set) var claims: [XFRMState.ID: [UInt32]] = [:]
    /// Keys of sets whose way to the UE another set has until the UE has sent over the new one (`install`).
    var held: [UInt32: SAKeys] = [:]

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
        end(id, &changes)
        return changes
    }

    mutating func end(_ id: UInt32, _ changes: inout Changes) {
        guard let agreement = agreements[id] else { return }
        forget(agreement)
        drop(id, &changes)
    }

    /// The set a state is of. The kernel tells of others' states too: the SPI says of most that they are none of ours.
    public func agreement(with state: XFRMState.ID) -> SAAgreement? {
        agreements.values.first { $0.set.hasSPI(state.spi) && flows(of: $0).contains { $0.stateID == state } }
    }

    /// What the kernel should have of a set: its four flows, or those toward us while it is held.
    public func flows(of agreement: SAAgreement) -> [SASet.Flow] {
        isHeld(agreement.id) ? agreement.set.flows.filter { $0.direction == .in } : agreement.set.flows
    }

    public func isHeld(_ id: UInt32) -> Bool { held[id] != nil }

    /// Sets that are held, in the order of their numbers.
    public var disputed: [SAAgreement] { held.keys.sorted().compactMap { agreements[$0] } }

    /// How many states the kernel should have.
    public var stateCount: Int { 4 * agreements.count - 2 * held.count }

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

    mutating func insert(_ agreement: SAAgreement) {
        let (host, theirs) = (agreement.set.ue.host, agreement.set.ue.endpoints)
        agreements[agreement.id] = agreement
        places[Place(host: host, port: theirs.clientPort), default: []].append(agreement.id)
        toward[Place(host: host, port: theirs.serverPort), default: []].append(agreement.id)
        for flow in agreement.set.flows where flow.direction == .out {
            claims[flow.stateID, default: []].append(agreement.id)
        }
    }

    private mutating func forget(_ agreement: SAAgreement) {
        lives[agreement.user]?.forget(agreement.id)
        if lives[agreement.user]?.entries.isEmpty == true { lives[agreement.user] = nil }
    }

    private mutating func drop(_ id: UInt32, _ changes: inout Changes) {
        guard let agreement = agreements[id] else { return }
        let states = flows(of: agreement).map(\.stateID)
        agreements[id] = nil
        held[id] = nil
        let (set, theirs) = (agreement.set, agreement.set.ue)
        Self.take(id, from: &places[Place(host: theirs.host, port: theirs.endpoints.clientPort)])
        Self.take(id, from: &toward[Place(host: theirs.host, port: theirs.endpoints.serverPort)])
        for flow in set.flows where flow.direction == .out { Self.take(id, from: &claims[flow.stateID]) }
        spis.release(set.pcscf.endpoints.clientSPI)
        spis.release(set.pcscf.endpoints.serverSPI)
        changes.requests += policies.remove(set) + states.map(XFRMRequest.deleteState)
        changes.gone.append(agreement)
    }

    private static func take<Element: Equatable>(_ element: Element, from list: inout [Element]?) {
        guard let index = list?.firstIndex(of: element) else { return }
        list?.remove(at: index)
        if list?.isEmpty == true { list = nil }
    }
}
