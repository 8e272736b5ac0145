import AKA
import Diameter
public import RoleKit

/// The home subscriber server (TS 23.002 §4.1.1.1) with the Cx and S6a reference points: one instance, one thread,
/// every subscriber in memory.
///
/// Requests that change nothing, or nothing that has to survive, are answered before the event ends. The others are
/// answered when the store says their change is durable.
public actor HSS: Instance {
    public nonisolated let loop: any InstanceLoop
    public nonisolated let name: String
    public nonisolated var role: Role { .hss }
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    let config: HSSConfig
    let policy: HSSPolicy
    let ports: Ports
    let store: any SubscriberStore
    let node: DiameterNode
    let directory: SubscriberDirectory
    /// nil until `start`, and for ever where OpenSSL has no AES.
    var functions: AKAFunctions?
    var queue = CommitQueue()
    var counts = HSSCounts()
    private var isOpen = false
    private(set) var isDraining = false
    private var provisioningTimer: TimerID?
    private var commitTimer: (id: TimerID, due: Moment)?
    /// What MMEs have to be told.
    var errands = MMEErrands()
    var errandTimer: (id: TimerID, due: Moment)?
    /// MMEs whose ULR waits for its commit.
    var locating: Set<ObjectIdentifier> = []
    /// `node.openings` when it was last looked at.
    var openingsSeen = 0
    /// Operators who wait for what comes of their orders.
    var orders: [MMEErrands.Key: [UnsafeContinuation<OrderOutcome, Never>]] = [:]

    /// Kinds of this role's timers, as they stand in `TimerToken.kind`.
    enum TimerKind {
        static let provisioning: UInt8 = 1
        static let commit: UInt8 = 2
        static let errands: UInt8 = 3
    }

    public init(config: HSSConfig, ports: Ports, loop: any InstanceLoop, store: any SubscriberStore) {
        self.config = config
        self.ports = ports
        self.loop = loop
        self.store = store
        name = config.name
        policy = config.policy
        node = DiameterNode(config.diameter, ports)
        directory = SubscriberDirectory(home: config.homeNetwork)
    }

    /// Reads every subscriber, then listens.
    public func start() throws {
        functions = try AKAFunctions()
        try store.open(expecting: { directory.reserve($0) }, { directory.store($0) })
        try node.open()
        isOpen = true
        planProvisioning()
        ports.log.info("subscribers read", [(.count, "\(directory.count)")])
    }

    public func handle(_ event: InstanceEvent) {
        switch event {
        case .network(.diameter, let event): node.handle(event)
        case .timer(let token) where token.component == .diameter: node.handle(timer: token)
        case .timer(let token) where token.component == .role: handle(timer: token)
        case .network, .timer: break
        }
        while let request = node.next() { serve(request) }
        runErrands()
        startWriter()
    }

    private func handle(timer token: TimerToken) {
        switch token.kind {
        case TimerKind.provisioning: start { await $0.readProvisioning() }
        case TimerKind.commit:
            commitTimer = nil
            queue.hurry()
        case TimerKind.errands: errandsDue()
        default: break
        }
    }

    /// Looks at the queue again after so long, or sooner if that is planned already.
    func planCommit(after milliseconds: Int) {
        let due = ports.clock.now.advanced(byMilliseconds: milliseconds)
        if let commitTimer {
            if commitTimer.due <= due { return }
            ports.timers.cancel(commitTimer.id)
        }
        let token = TimerToken(.role, kind: TimerKind.commit, id: 0)
        commitTimer = (ports.timers.start(afterMilliseconds: milliseconds, token), due)
    }

    public var isReady: Bool { isOpen && node.isReady }

    public func drain() {
        isDraining = true
        if let provisioningTimer { ports.timers.cancel(provisioningTimer) }
        if let commitTimer { ports.timers.cancel(commitTimer.id) }
        commitTimer = nil
        if let errandTimer { ports.timers.cancel(errandTimer.id) }
        errandTimer = nil
        for key in orders.keys { settle(key, OrderOutcome(isDone: false, words: "the HSS is being stopped")) }
        startWriter()
        node.drain()
    }

    public var isDrained: Bool { isDraining && queue.isEmpty && node.isIdle }

    // MARK: Requests

    private func serve(_ incoming: IncomingDiameterRequest) {
        let message = incoming.message
        counts.requests += 1
        if queue.isFull {
            counts.tooBusy += 1
            return answer(incoming, .base(.tooBusy))
        }
        if message.application == Application.s6a { return serveS6a(incoming) }
        if SupportedFeatures.isRefused(message) {
            return answer(incoming, .experimental(.featureUnsupported)) { SupportedFeatures.add(to: &$0) }
        }
        switch message.command {
        case CxCommands.userAuthorization: userAuthorization(incoming)
        case CxCommands.multimediaAuth: multimediaAuth(incoming)
        case CxCommands.serverAssignment: serverAssignment(incoming)
        case CxCommands.locationInfo: locationInfo(incoming)
        default: answer(incoming, .base(.commandUnsupported))
        }
    }

    /// Sends the answer with a result and what `fill` adds.
    func answer(
        _ incoming: IncomingDiameterRequest, _ result: CxResult, _ fill: (inout DiameterMessage) -> Void = { _ in }
    ) {
        var answer = incoming.message.answer(result, from: node.origin)
        fill(&answer)
        node.answer(incoming, answer)
    }

    // MARK: Provisioning

    private func planProvisioning() {
        guard !isDraining, config.provisioningMilliseconds > 0 else { return }
        provisioningTimer = ports.timers.start(
            afterMilliseconds: config.provisioningMilliseconds,
            TimerToken(.role, kind: TimerKind.provisioning, id: 0))
    }

    /// Takes over what `imsbox subscriber` did while we ran.
    private func readProvisioning() async {
        do throws(StoreError) {
            var count = 0
            while !isDraining {
                let changes = try await store.provisioned()
                if changes.isEmpty { break }
                for change in changes {
                    switch change {
                    case .stored(let stored):
                        if let before = directory.store(stored) { changed(before, to: stored.subscriber) }
                    case .removed(let id, let imsi, let privateIdentity):
                        withdraw(id: id, imsi: imsi)
                        directory.remove(id: id, imsi: imsi, privateIdentity: privateIdentity)
                    }
                }
                count += changes.count
            }
            if count > 0 { ports.log.info("subscribers changed by provisioning", [(.count, "\(count)")]) }
        } catch {
            ports.log.warning("provisioning could not be read", [(.reason, error.detail)])
        }
        planProvisioning()
    }
}

/// What the HSS did, for metrics and reports.
struct HSSCounts {
    var requests = 0
    var vectors = 0
    var resynchronisations = 0
    var forgedAUTS = 0
    var databaseFailures = 0
    var tooBusy = 0
}
