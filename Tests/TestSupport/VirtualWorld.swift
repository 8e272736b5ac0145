import RoleKit

/// A world in memory for tests of runners and roles: one clock, one network, one executor, seeded chance.
///
/// Use it from a synchronous test function. Nothing happens by itself: `settle()` lets everything due now happen,
/// `advance(milliseconds:)` moves the clock, timer by timer and datagram by datagram.
public final class VirtualWorld {
    public let loop = VirtualLoop()
    public let clock = VirtualClock()
    public var faults = WireFaults()
    public var ipsec = VirtualIPsec()
    public let seed: UInt64
    let chance: VirtualRandomness
    var wires = Wires()
    private var agenda = Agenda()
    public private(set) var nodes: [VirtualNode] = []
    /// Steps one `settle` or `advance` may take before the world is called restless.
    public var stepLimit = 20_000_000

    public init(seed: UInt64 = 1) {
        self.seed = seed
        chance = VirtualRandomness(seed: seed ^ 0xC4A9_CE00)
    }

    /// A new place with its own timers, sockets, tap and log. Its ports go to an instance or a stack; what comes for
    /// them goes to whatever is attached.
    public func node(_ name: String) -> VirtualNode {
        let node = VirtualNode(name, in: self)
        nodes.append(node)
        return node
    }

    // MARK: Time

    func plan(at time: Moment, _ action: @escaping () -> Void) {
        agenda.plan(at: max(time, clock.now).nanoseconds, action)
    }

    func plan(afterMilliseconds milliseconds: Int, _ action: @escaping () -> Void) {
        plan(at: clock.now.advanced(byMilliseconds: milliseconds), action)
    }

    /// Runs everything due now, and what follows from it, until all is quiet.
    public func settle() { run(until: clock.now.nanoseconds) { false } }

    /// Moves the clock on, running timers and arrivals in the order they are due; all is quiet afterwards.
    public func advance(milliseconds: Int) {
        let target = clock.now.advanced(byMilliseconds: milliseconds)
        run(until: target.nanoseconds) { false }
        clock.now = target
    }

    /// Moves on until `condition` holds; false if it still does not after `milliseconds`.
    @discardableResult
    public func advance(until condition: () -> Bool, withinMilliseconds milliseconds: Int) -> Bool {
        let target = clock.now.advanced(byMilliseconds: milliseconds)
        if run(until: target.nanoseconds, condition) { return true }
        clock.now = target
        return condition()
    }

    /// Settles, and where `condition` waits for another real thread (a database writer) lets that one work.
    @discardableResult
    public func settle(until condition: () -> Bool, realMilliseconds: Int = 10_000) -> Bool {
        while true {
            settle()
            if condition() { return true }
            if !loop.waitForJob(realMilliseconds: realMilliseconds) { return condition() }
        }
    }

    @discardableResult
    private func run(until target: UInt64, _ condition: () -> Bool) -> Bool {
        var steps = 0
        loop.drain()
        if condition() { return true }
        while let next = agenda.nextTime, next <= target, let entry = agenda.takeNext() {
            if next > clock.now.nanoseconds { clock.now = Moment(nanoseconds: next) }
            entry.action()
            loop.drain()
            if condition() { return true }
            steps += 1
            precondition(steps < stepLimit, "the virtual world does not come to rest")
        }
        return false
    }

    // MARK: Leaks

    /// Timers running anywhere: 0 once nothing is under way.
    public var runningTimers: Int { nodes.reduce(0) { $0 + $1.timers.running } }
    /// Stream connections open anywhere, each counted once.
    public var openConnections: Int { wires.connectionCount }
}
