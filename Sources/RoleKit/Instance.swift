/// The event loop an instance lives on; it is the instance's serial executor and the executor of its tasks.
public protocol InstanceLoop: SerialExecutor, TaskExecutor {}

/// What the loop hands to an instance.
public enum InstanceEvent: Sendable {
    case network(Component, NetworkEvent)
    case timer(TimerToken)
}

/// One role with one configuration: an actor whose executor is its loop, so that everything it owns is touched by
/// one thread. Roles meet only in SIP and Diameter; nothing here lets one instance call another.
public protocol Instance: Actor {
    nonisolated var loop: any InstanceLoop { get }
    nonisolated var name: String { get }
    nonisolated var role: Role { get }

    /// Opens listeners and Diameter peers. Called once, before any event.
    func start() throws
    /// One event, on the loop, in isolation. Never blocks.
    func handle(_ event: InstanceEvent)
    /// True once every listener is bound and every Diameter peer this instance needs is open.
    var isReady: Bool { get }
    /// Refuses new work (503 with Retry-After, DIAMETER_TOO_BUSY), lets what is in flight finish, sends DPR to peers.
    func drain()
    /// True once nothing is in flight after `drain()`.
    var isDrained: Bool { get }
    /// Live state for the control socket, as a tree that prints as JSON or as a table.
    func snapshot(_ query: SnapshotQuery) -> Report
    /// What this instance has provisioned of one subscriber, without keys; an empty object where that is not its matter.
    func snapshot(of identity: String) -> Report
    /// Does what an operator wants, and says what came of it.
    func obey(_ order: OperatorOrder) async -> Result<Report, OrderRefusal>
}

extension Instance {
    public func snapshot(of identity: String) -> Report { .object([]) }
    public func obey(_ order: OperatorOrder) async -> Result<Report, OrderRefusal> {
        .failure(OrderRefusal("the \(role.title) has nothing to do with that – ask the HSS"))
    }
}

extension Instance {
    /// The one place where tasks start: on the instance's own loop, isolated to it.
    ///
    /// With the executor preference no await visits the global pool; a procedure of three awaits costs about 1 µs.
    public nonisolated func start(_ procedure: @escaping @Sendable (isolated Self) async -> Void) {
        Task(executorPreference: loop) { await procedure(self) }
    }
}
