import Console
import Glibc
import Reactor
import RoleKit
import Tap

/// The instances of one process on one loop: started, watched until ready, drained at the end.
///
/// `@unchecked Sendable`: after `run` has begun everything here is touched on the loop only; the control server's
/// thread gets what it needs by value.
final class Box: @unchecked Sendable {
    /// Bounds of start and end.
    private enum Limits {
        static let pollMilliseconds = 10
        /// Not ready for so long: say what is waited for.
        static let patienceMilliseconds = 3_000
        /// What one role may take to finish what is in flight.
        static let drainMilliseconds = 2_000
        /// A capture is at most so old on the disk.
        static let captureMilliseconds = 1_000
    }

    private let options: RunOptions
    private let state: StateDirectory
    private let loop: EventLoop
    private let control = ControlServer()
    private var capture: CaptureFile?
    private var members: [BoxMember] = []
    /// Added to the loop's clock to give nanoseconds since 1970; one for all, so that their traces agree.
    private let epochOffset: Int64
    private var started = Moment(nanoseconds: 0)
    private var toldOfWaiting = false
    private var toldOfCapture = false
    private var isEnding = false
    private var status: Int32 = 0
    /// Called on the loop when everything is ready, with the line to print.
    private let whenReady: (String) -> Void

    init(_ plans: [InstancePlan], _ options: RunOptions, whenReady: @escaping (String) -> Void) throws {
        self.options = options
        self.whenReady = whenReady
        state = StateDirectory(option: options.stateDir)
        try state.create()
        do { loop = try EventLoop(name: "imsbox") } catch { throw Failure(.failed, error.description) }
        epochOffset = WallClock.now - Int64(clamping: loop.moment.nanoseconds)
        try openCapture()
        for plan in plans.sorted(by: { Self.startOrder($0.role) < Self.startOrder($1.role) }) { try add(plan) }
    }

    /// Leaves no control socket behind where one instance could not be made.
    deinit { control.stop() }

    /// Runs until a signal ends it; returns the exit status.
    func run() -> Int32 {
        loop.onSignal(ProcessSafety.endingSignals) { [self] _ in end() }
        loop.execute { [self] in begin() }
        loop.whenScarce = { Terminal.complain(ProcessSafety.scarcity) }
        loop.run()
        control.stop()
        capture?.flush()
        return status
    }

    // MARK: making

    /// Those others ask come first, so that nobody finds a closed door.
    private static func startOrder(_ role: Role) -> Int {
        switch role {
        case .hss: 0
        case .scscf: 1
        case .ipsmgw: 2
        case .icscf: 3
        case .pcscf: 4
        }
    }

    private func openCapture() throws {
        guard let path = options.pcap else { return }
        do {
            capture = try CaptureFile(path: path, epochOffset: epochOffset)
        } catch { throw Failure(.failed, error.description) }
    }

    private func add(_ plan: InstancePlan) throws {
        let ports = LoopPorts(loop: loop)
        let tap = InstanceTap(
            clock: ports, limits: .init(entries: options.trace, bytes: options.trace * 2048), capture: capture)
        let level = options.logLevel ?? plan.logLevel ?? .notice
        let log = InstanceLog(role: plan.role, instance: plan.name, level: level.level)
        let site = Site(
            loop: loop, ports: ports.ports(tap: tap, log: log), state: state, tell: { Terminal.say($0) })
        let instance = try plan.make(site)
        loop.attach(instance, ports)
        let source = TraceSource(instance: plan.name, role: plan.role, epochOffset: epochOffset)
        let member = BoxMember(plan: plan, instance: instance, tap: tap, source: source)
        members.append(member)
        do {
            try control.open(instance: plan.name, in: state.sockets) { await member.answer($0) }
        } catch { throw Failure(.failed, error.description) }
    }

    // MARK: starting, on the loop

    private func begin() {
        started = loop.moment
        for member in members {
            do { try member.start() } catch {
                Terminal.complain("\(member.plan.file): \(member.plan.name) did not start: \(error)")
                status = Failure.Status.failed.rawValue
                return loop.stop()
            }
        }
        do { try control.start() } catch {
            Terminal.complain(error.description)
            status = Failure.Status.failed.rawValue
            return loop.stop()
        }
        if capture != nil { flushCapture() }
        watch()
    }

    private func flushCapture() {
        capture?.flush()
        if let problem = capture?.problem, !toldOfCapture {
            toldOfCapture = true
            Terminal.complain(problem)
        }
        loop.execute(afterMilliseconds: Limits.captureMilliseconds) { [self] in flushCapture() }
    }

    private func watch() {
        guard !isEnding else { return }
        let waiting = members.filter { !$0.isReady }
        let milliseconds = loop.moment.milliseconds(since: started)
        guard !waiting.isEmpty else {
            let line = readyLine(milliseconds)
            ServiceManager.ready(line)
            whenReady(line)
            return
        }
        if milliseconds > Limits.patienceMilliseconds && !toldOfWaiting {
            toldOfWaiting = true
            let names = waiting.map(\.plan.name).joined(separator: ", ")
            Terminal.complain("waiting for \(names): `imsbox peers` shows which Diameter peer is not open, and why")
        }
        loop.execute(afterMilliseconds: Limits.pollMilliseconds) { [self] in watch() }
    }

    private func readyLine(_ milliseconds: Int) -> String {
        let parts = members.reversed().map { member in
            let address = member.plan.listens.first.map { " \($0.address)" } ?? ""
            return member.plan.name + address
        }
        return "ready in \(milliseconds) ms: " + parts.joined(separator: ", ")
    }

    // MARK: ending, on the loop

    /// The first signal drains, the second ends at once.
    private func end() {
        guard !isEnding else { return loop.stop() }
        isEnding = true
        ServiceManager.stopping()
        drain(Array(members.reversed()))
    }

    /// From the edge inward: what a P-CSCF has in flight still finds the others at work.
    private func drain(_ rest: [BoxMember]) {
        guard let member = rest.first else { return loop.stop() }
        member.drain()
        wait(for: member, since: loop.moment) { [self] in drain(Array(rest.dropFirst())) }
    }

    private func wait(for member: BoxMember, since: Moment, _ then: @escaping @Sendable () -> Void) {
        if member.isDrained || loop.moment.milliseconds(since: since) > Limits.drainMilliseconds { return then() }
        loop.execute(afterMilliseconds: Limits.pollMilliseconds) { [self] in wait(for: member, since: since, then) }
    }
}
