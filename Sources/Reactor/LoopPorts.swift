import CReactor
public import RoleKit

/// Clock, timers, network and randomness of one instance on one loop.
///
/// Make it first, give it to the instance, then attach the instance: its events arrive from then on.
/// `@unchecked Sendable`: all calls are made on the loop (the instance is isolated to it), but for `execute`d ones and
/// the making itself; debug builds check.
public final class LoopPorts: RoleKit.Clock, Timers, Network, Randomness, @unchecked Sendable {
    let loop: EventLoop

    /// Who gets the events; nil before `attach` and after the loop's end.
    var instance: (any Instance)?
    // Touched for every event, as `EventLoop`'s.
    @exclusivity(unchecked) var queue: [Pending] = []
    @exclusivity(unchecked) private var batch: [Pending] = []
    /// On the loop's list of those with events.
    @exclusivity(unchecked) var isWaiting = false

    @exclusivity(unchecked) private var number: UInt32?
    @exclusivity(unchecked) var timersRunning = 0
    @exclusivity(unchecked) private var entropy = Entropy()

    public init(loop: EventLoop) { self.loop = loop }

    /// All ports of an instance, with the two that are not the loop's.
    public func ports(tap: any TapPort, log: any LogPort) -> Ports {
        Ports(clock: self, timers: self, network: self, random: self, tap: tap, log: log)
    }

    /// The instance's events of this round, under one entry into its isolation (which costs 100 ns).
    func deliver() -> Int {
        isWaiting = false
        swap(&queue, &batch)
        let count = batch.count
        if let instance {
            deliver(to: instance)
        } else {
            // Nobody hears them, but the queues they were counted in are shorter.
            for pending in batch {
                _ = loop.event(pending, for: self)
                Self.wipe(pending)
            }
        }
        loop.counts.events += UInt64(count)
        if count > ReactorLimits.keptQueueEntries { batch = [] } else { batch.removeAll(keepingCapacity: true) }
        return count
    }

    private func deliver(to instance: some Instance) {
        instance.assumeIsolated { instance in
            for pending in batch {
                if let event = loop.event(pending, for: self) { instance.handle(event) }
                Self.wipe(pending)
            }
        }
    }

    private static func wipe(_ pending: Pending) {
        if case .read(let connection) = pending { connection.wipeDelivered() }
    }

    // MARK: Clock

    public var now: Moment { loop.now }
    public var unixSeconds: Int64 { reactor_unix_seconds() }

    // MARK: Timers

    public func start(afterMilliseconds milliseconds: Int, _ token: TimerToken) -> TimerID {
        assert(loop.isCurrent, "a timer started outside the loop")
        timersRunning += 1
        return loop.wheel.start(at: loop.deadline(afterMilliseconds: milliseconds), owner: owner(), token)
    }

    public func cancel(_ id: TimerID) {
        assert(loop.isCurrent, "a timer cancelled outside the loop")
        if let number, loop.wheel.cancel(id, owner: number) { timersRunning -= 1 }
    }

    public var running: Int { timersRunning }

    fileprivate func owner() -> UInt32 {
        if let number { return number }
        let new = loop.register(self)
        number = new
        return new
    }

    // MARK: Network

    public func listen(
        _ address: SocketAddress, _ kind: LinkKind, for component: Component
    ) throws(NetworkError) -> ListenerID {
        try loop.listen(address, kind, component, self).id
    }

    /// The unspecified address with port 0 for a listener that is closed.
    public func localAddress(of listener: ListenerID) -> SocketAddress {
        loop.listener(listener, of: self)?.address ?? SocketAddress(0, 0, 0, 0, port: 0)
    }

    public var hostAddresses: Set<SocketAddress> { interfaceAddresses() }

    public func send(_ bytes: [UInt8], from listener: ListenerID, to address: SocketAddress) {
        if let listener = loop.listener(listener, of: self) {
            loop.send(bytes, from: listener, to: address)
        } else {
            loop.counts.strays += 1
        }
    }

    public func connect(to address: SocketAddress, from source: SocketAddress?, for component: Component)
        -> ConnectionID
    {
        loop.connect(to: address, from: source, component, self)
    }

    public func send(_ bytes: [UInt8], on connection: ConnectionID) {
        if let connection = loop.connection(connection, of: self), connection.isUsable {
            loop.send(bytes, on: connection)
        } else {
            loop.counts.strays += 1
        }
    }

    public func close(_ connection: ConnectionID) {
        if let connection = loop.connection(connection, of: self) { loop.close(connection) }
    }

    public func close(_ listener: ListenerID) {
        if let listener = loop.listener(listener, of: self) { loop.close(listener) }
    }

    // MARK: Randomness

    public func next() -> UInt64 { entropy.next() }
    public func bytes(_ count: Int) -> [UInt8] { entropy.bytes(count) }
}

extension EventLoop {
    /// From now on `instance` gets the events of these ports; from any thread. Start the instance after this.
    public func attach(_ instance: any Instance, _ ports: LoopPorts) {
        execute { ports.attach(instance) }
    }

    /// Ends an instance's presence: closes its sockets, cancels its timers, delivers nothing more. From any thread.
    public func detach(_ ports: LoopPorts) {
        execute { ports.detach() }
    }
}

extension LoopPorts {
    fileprivate func attach(_ instance: any Instance) {
        // Known to the loop from now on, so that its end finds the instance and lets go of it.
        _ = owner()
        self.instance = instance
    }

    fileprivate func detach() {
        instance = nil
        for connection in loop.connections.all where connection.owner === self { loop.close(connection) }
        for listener in loop.listeners { if let listener, listener.owner === self { loop.close(listener) } }
        if let number {
            loop.wheel.cancelAll(owner: number)
            loop.owners[Int(number)] = nil
        }
        number = nil
        timersRunning = 0
    }
}
