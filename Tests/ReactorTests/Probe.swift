import Glibc
import RoleKit

@testable import Reactor

struct Late: Error, CustomStringConvertible {
    var description: String
}

/// An instance that writes down what it gets and does what the test says.
actor Probe: Instance {
    nonisolated let loop: any InstanceLoop
    nonisolated let name: String
    nonisolated let role = Role.pcscf
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    let ports: LoopPorts
    private let eventLoop: EventLoop
    private(set) var events: [InstanceEvent] = []
    private var reaction: (@Sendable (isolated Probe, InstanceEvent) -> Void)?
    private struct Waiter {
        var number: Int
        var condition: @Sendable (isolated Probe) -> Bool
        var continuation: CheckedContinuation<Bool, Never>
    }
    private var waiters: [Waiter] = []
    private var waits = 0

    init(_ loop: EventLoop, name: String = "probe") {
        self.loop = loop
        self.name = name
        eventLoop = loop
        ports = LoopPorts(loop: loop)
    }

    var isReady: Bool { true }
    var isDrained: Bool { true }
    func start() {}
    func drain() {}
    func snapshot(_ query: SnapshotQuery) -> Report { .number(events.count) }

    func handle(_ event: InstanceEvent) {
        events.append(event)
        reaction?(self, event)
        check()
    }

    func react(_ reaction: @escaping @Sendable (isolated Probe, InstanceEvent) -> Void) { self.reaction = reaction }

    /// Runs a few lines on the loop.
    func run<T: Sendable>(_ body: @Sendable (isolated Probe) throws -> T) rethrows -> T { try body(self) }

    /// Returns once the condition holds, which is looked at after each event; throws when that takes too long.
    func wait(
        _ what: String, milliseconds: Int = 10_000, until condition: @escaping @Sendable (isolated Probe) -> Bool
    ) async throws {
        let isMet = await withCheckedContinuation { continuation in
            // Looked at in here: a task without executor preference, as a test's, may be put back into the loop's queue
            // between the call and this body, and an event may come in between.
            if condition(self) { return continuation.resume(returning: true) }
            waits += 1
            let number = waits
            waiters.append(Waiter(number: number, condition: condition, continuation: continuation))
            eventLoop.execute(afterMilliseconds: milliseconds) { self.assumeIsolated { $0.giveUp(number) } }
        }
        if !isMet, !condition(self) { throw Late(description: "\(what) did not happen; events: \(events.suffix(5))") }
    }

    /// Looks at the conditions again, for those that hang on something else than an event.
    func check() {
        let list = waiters
        waiters = []
        for waiter in list {
            if waiter.condition(self) { waiter.continuation.resume(returning: true) } else { waiters.append(waiter) }
        }
    }

    private func giveUp(_ number: Int) {
        guard let index = waiters.firstIndex(where: { $0.number == number }) else { return }
        waiters.remove(at: index).continuation.resume(returning: false)
    }
}

extension Probe {
    var network: [NetworkEvent] {
        events.compactMap { if case .network(_, let event) = $0 { event } else { nil } }
    }
    var datagrams: [(bytes: [UInt8], from: SocketAddress)] {
        network.compactMap { if case .datagram(let bytes, _, let from) = $0 { (bytes, from) } else { nil } }
    }
    var accepted: [(id: ConnectionID, from: SocketAddress)] {
        network.compactMap { if case .accepted(let id, _, let from) = $0 { (id, from) } else { nil } }
    }
    var connected: [(id: ConnectionID, local: SocketAddress)] {
        network.compactMap { if case .connected(let id, let local) = $0 { (id, local) } else { nil } }
    }
    var closed: [(id: ConnectionID, reason: CloseReason)] {
        network.compactMap { if case .closed(let id, let reason) = $0 { (id, reason) } else { nil } }
    }
    var tokens: [TimerToken] {
        events.compactMap { if case .timer(let token) = $0 { token } else { nil } }
    }
    func received(_ id: ConnectionID) -> [UInt8] {
        network.reduce(into: []) { all, event in
            if case .received(let bytes, id) = event { all += bytes }
        }
    }

    /// A listener on a free port, and where it is.
    func listen(_ kind: LinkKind, _ host: String = "127.0.0.1", port: UInt16 = 0) throws -> (ListenerID, SocketAddress)
    {
        guard let address = SocketAddress(host, port: port) else { throw Late(description: "bad address \(host)") }
        let id = try ports.listen(address, kind, for: .sip)
        return (id, ports.localAddress(of: id))
    }
    func send(_ bytes: [UInt8], from listener: ListenerID, to address: SocketAddress) {
        ports.send(bytes, from: listener, to: address)
    }
    func connect(_ address: SocketAddress, from source: SocketAddress? = nil) -> ConnectionID {
        ports.connect(to: address, from: source, for: .sip)
    }
    func send(_ bytes: [UInt8], on connection: ConnectionID) { ports.send(bytes, on: connection) }
    func close(_ connection: ConnectionID) { ports.close(connection) }
    func close(_ listener: ListenerID) { ports.close(listener) }
}

/// Runs a test with a loop on its own thread and stops it afterwards.
func withLoop<T>(linked: Bool = true, _ body: (EventLoop) async throws -> T) async throws -> T {
    let loop = try EventLoop(name: "test")
    loop.linksLoops = linked
    try loop.start()
    do {
        let result = try await body(loop)
        loop.stop()
        loop.join()
        return result
    } catch {
        loop.stop()
        loop.join()
        throw error
    }
}

func attachProbe(_ loop: EventLoop, _ name: String = "probe") -> Probe {
    let probe = Probe(loop, name: name)
    loop.attach(probe, probe.ports)
    return probe
}
