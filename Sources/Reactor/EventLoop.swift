import CReactor
public import RoleKit

/// One thread's event loop, and the executor of the instances on it: sockets, timers, tasks and procedures of an
/// instance all run on this thread, one after the other.
///
/// A turn: wait for sockets, read each ready one once, fire timers, deliver events grouped by instance, run jobs, and
/// send what came of it in batches. The clock is read once per batch.
///
/// `@unchecked Sendable`: everything but the inbox belongs to the thread in `run()`; other threads come in through
/// `post`, under the door's mutex.
public final class EventLoop: InstanceLoop, @unchecked Sendable {
    public let name: String

    // For other threads, under the door's mutex.
    let door: OpaquePointer
    var inbox: [Work] = []
    var parcelInbox: [Parcel] = []
    var isSignalled = false
    var stopRequested = false
    /// The loop takes nothing any more.
    var hasEnded = false
    var hasRun = false
    var thread: UInt64?

    // The rest is the loop thread's alone. Those marked `unchecked` are touched for every event: the check of exclusive
    // access costs more there than the work (a timer's start and cancel 41 ns with it, 22 without), and no access to
    // one of them spans a call into an instance.

    // Work to do.
    @exclusivity(unchecked) var work: [Work] = []
    @exclusivity(unchecked) var workSpare: [Work] = []
    @exclusivity(unchecked) var waiting: [LoopPorts] = []
    @exclusivity(unchecked) var waitingSpare: [LoopPorts] = []
    var inboxSpare: [Work] = []
    var parcelSpare: [Parcel] = []
    /// For other loops, by the end of the turn.
    @exclusivity(unchecked) var parcels: [(loop: EventLoop, list: [Parcel])] = []
    var isStopping = false

    // Time.
    @exclusivity(unchecked) var now: Moment
    @exclusivity(unchecked) var wheel: TimerWheel
    /// Own timers that are due.
    var due: [TimerID] = []
    var delayed: [UInt64: @Sendable () -> Void] = [:]
    var delayedSerial: UInt64 = 0

    // Sockets.
    let poll: Int32
    let receiver: OpaquePointer
    let ready: UnsafeMutablePointer<reactor_ready>
    let readBuffer: UnsafeMutableRawBufferPointer
    var owners: [LoopPorts?] = []
    @exclusivity(unchecked) var listeners: [Listener?] = []
    @exclusivity(unchecked) var connections: ConnectionTable
    @exclusivity(unchecked) var dirtyListeners: [Listener] = []
    @exclusivity(unchecked) var dirtyConnections: [Connection] = []
    @exclusivity(unchecked) var links = LinkTable()
    /// Whether listeners of other loops are reached in memory; off in tests that want sockets.
    var linksLoops = true
    var signals: SignalPipe?
    /// Descriptors connections have, and may have.
    @exclusivity(unchecked) var descriptors = 0
    var descriptorLimit = EventLoop.standardDescriptorLimit
    /// A variable for tests alone.
    var connectMilliseconds = NetworkLimits.connectMilliseconds

    /// What the loop has done so far. Read it on the loop only.
    @exclusivity(unchecked) public internal(set) var counts = LoopCounts()
    /// Called on the loop when connections are turned away because the process has no descriptors left for them.
    public var whenScarce: () -> Void = {}
    var toldOfScarcity: Moment?

    /// Throws if the process has no descriptor or memory left.
    public init(name: String = "loop") throws(NetworkError) {
        self.name = name
        poll = reactor_poll_create()
        guard poll >= 0 else { throw NetworkError(.other, "no event loop: epoll: \(NetworkError.text(-poll))") }
        guard let door = reactor_door_create(),
            let receiver = reactor_receiver_create(
                Int32(ReactorLimits.datagramsPerRead), NetworkLimits.datagramBytes + 1)
        else {
            reactor_close(poll)
            throw NetworkError(.other, "no event loop: no memory or no file descriptor is left")
        }
        self.door = door
        self.receiver = receiver
        ready = .allocate(capacity: ReactorLimits.readyPerTurn)
        readBuffer = .allocate(byteCount: ReactorLimits.bytesPerRead, alignment: 16)
        now = Moment(nanoseconds: reactor_monotonic_nanoseconds())
        wheel = TimerWheel(tick: now.nanoseconds / 1_000_000)
        connections = ConnectionTable(loop: reactor_next_number())
        _ = reactor_poll_add(poll, reactor_door_descriptor(door), PollKey.door, PollKey.readable)
    }

    deinit {
        reactor_close(poll)
        reactor_door_destroy(door)
        reactor_receiver_destroy(receiver)
        ready.deallocate()
        readBuffer.deallocate()
    }

    // MARK: running

    /// Runs on the calling thread until `stop()`. A loop runs once; further calls return at once.
    public func run() {
        reactor_door_lock(door)
        let isFirst = !hasRun
        hasRun = true
        reactor_door_unlock(door)
        guard isFirst else { return }
        reactor_door_enter(door)
        while !isStopping { turn(until: nil) }
        finish()
        reactor_door_leave(door)
    }

    /// Asks the loop to end after the turn it is in; from any thread, also before `run()`. Graceful ends of protocols
    /// (`Instance.drain()`) come before this; bytes already sent get a moment to leave.
    public func stop() {
        reactor_door_lock(door)
        stopRequested = true
        reactor_door_unlock(door)
        reactor_door_wake(door)
    }

    /// Whether the caller is on this loop's thread.
    public var isCurrent: Bool { reactor_door_is_mine(door) }

    /// Stream connections the loop still knows, for leak checks. Read it on the loop only.
    public var openConnections: Int { connections.count }

    /// Time as the current batch sees it.
    public var moment: Moment { now }

    private func turn(until deadline: Moment?) {
        let count = reactor_poll_wait(poll, ready, Int32(ReactorLimits.readyPerTurn), patience(until: deadline))
        counts.turns += 1
        readClock()
        links.refresh(for: self)
        for index in 0..<max(0, Int(count)) { handle(ready[index]) }
        wheel.advance(to: now.nanoseconds / 1_000_000, limit: ReactorLimits.timersPerTurn) { id, owner in
            expire(id, owner: owner)
        }
        runOwnTimers()
        var budget = ReactorLimits.eventsPerTurn
        while budget > 0, !(work.isEmpty && waiting.isEmpty) {
            readClock()
            budget -= runWork()
            budget -= deliver()
        }
        flush()
    }

    private func readClock() {
        now = Moment(nanoseconds: reactor_monotonic_nanoseconds())
    }

    /// Milliseconds epoll may wait: none while work is left, else until the next timer, rounded up so that it is due.
    private func patience(until deadline: Moment?) -> Int32 {
        if !(work.isEmpty && waiting.isEmpty) || isStopping && deadline == nil { return 0 }
        var due = wheel.nextTick.map { $0 &* 1_000_000 }
        if let deadline { due = min(due ?? .max, deadline.nanoseconds) }
        guard let due else { return -1 }
        let time = reactor_monotonic_nanoseconds()
        return due <= time ? 0 : Int32(min((due - time + 999_999) / 1_000_000, 60_000))
    }

    private func handle(_ ready: reactor_ready) {
        switch ready.key {
        case PollKey.door: takeInbox()
        case PollKey.signals: readSignals()
        case PollKey.listeners...: handle(listener: UInt32(truncatingIfNeeded: ready.key), ready.events)
        default: handle(connection: ConnectionID(raw: ready.key), ready.events)
        }
    }

    private func flush() {
        while let listener = dirtyListeners.popLast() { flush(listener) }
        while let connection = dirtyConnections.popLast() {
            connection.isDirty = false
            if connection.phase == .open || connection.phase == .draining { flush(connection) }
        }
        sendParcels()
    }

    // MARK: events

    func push(_ event: Pending, to ports: LoopPorts) {
        ports.queue.append(event)
        if !ports.isWaiting {
            ports.isWaiting = true
            waiting.append(ports)
        }
    }

    /// One round: each instance with events gets those that wait, in one visit.
    private func deliver() -> Int {
        swap(&waiting, &waitingSpare)
        var count = 0
        for ports in waitingSpare { count += ports.deliver() }
        waitingSpare.removeAll(keepingCapacity: true)
        return count
    }

    // MARK: end

    /// Lets bytes that wait leave, then closes everything and lets go of the instances.
    private func finish() {
        let deadline = now.advanced(byMilliseconds: ReactorLimits.stopMilliseconds)
        closeAll()
        while now < deadline, connections.all.contains(where: { !$0.outbox.isEmpty }) { turn(until: deadline) }
        endInbox()
        // Procedures may still react to their end, but not for ever.
        var rounds = 0
        while rounds < ReactorLimits.lastRounds, runWork() > 0 { rounds += 1 }
        closeAll()
        for connection in connections.all { destroy(connection) }
        sendParcels()
        signals?.close()
        signals = nil
        // Nothing may hold on to what holds on to the loop.
        (owners, listeners, waiting, dirtyListeners, dirtyConnections) = ([], [], [], [], [])
        (work, delayed) = ([], [:])
        links.forget()
    }

    private func closeAll() {
        for ports in owners {
            ports?.instance = nil
            ports?.queue = []
        }
        for connection in connections.all { close(connection) }
        for listener in listeners { if let listener { close(listener) } }
    }
}
