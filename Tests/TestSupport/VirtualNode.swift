public import RoleKit

/// One place in a virtual world: a process, as far as the network can tell.
public final class VirtualNode {
    public let name: String
    public unowned let world: VirtualWorld
    public let timers: VirtualTimers
    public let network: VirtualNetwork
    public let tap: CollectingTap
    public let log = CollectingLog()
    public let random: VirtualRandomness
    private var deliver: ((InstanceEvent) -> Void)?

    init(_ name: String, in world: VirtualWorld) {
        self.name = name
        self.world = world
        timers = VirtualTimers(world)
        network = VirtualNetwork(world)
        tap = CollectingTap(clock: world.clock)
        // FNV-1a over the name, so that each node has its own stream whatever the order of making.
        let fold = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        random = VirtualRandomness(seed: world.seed ^ fold)
        timers.fire = { [unowned self] token in self.deliver?(.timer(token)) }
        network.deliver = { [unowned self] component, event in self.deliver?(.network(component, event)) }
    }

    public var ports: Ports {
        Ports(clock: world.clock, timers: timers, network: network, random: random, tap: tap, log: log)
    }

    /// Sends what arrives here to an instance.
    public func attach<I: Instance>(_ instance: I) {
        deliver = { event in instance.assumeIsolated { $0.handle(event) } }
    }

    /// Sends what arrives here to a closure.
    public func attach(_ handler: @escaping (InstanceEvent) -> Void) { deliver = handler }

    /// Attaches and starts an instance, then lets what follows happen.
    public func start<I: Instance>(_ instance: I) throws {
        attach(instance)
        try instance.assumeIsolated { try $0.start() }
        world.settle()
    }

    /// The process dies: timers stop, sockets close, nothing is delivered any more.
    public func crash() {
        deliver = nil
        timers.removeAll()
        network.closeAll()
    }
}
