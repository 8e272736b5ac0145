import AKA
import LabUE
import LabWorld
import RoleKit
import TestSupport

/// A phone with a whole stack, on a host of its own with a kernel of its own, that can lose its power at any moment.
final class SimulatedPhone {
    /// Its protected ports: after each start the same.
    static let protectedPorts: ClosedRange<UInt16> = 30_000...30_003

    let number: Int
    let uri: String
    let transport: LinkKind
    private let identity: UEIdentity
    private let core: CoreWorld
    private let node: VirtualNode
    private(set) var host: SocketAddress
    private(set) var fleet: Fleet?
    private let outcomes = Kept(Outcomes())

    /// What came of what it did.
    struct Outcomes: Equatable {
        var registered = 0
        var texts = 0
        var calls = 0
    }

    init(_ number: Int, _ subscriber: TestSubscriber, _ transport: LinkKind, in core: CoreWorld) throws {
        self.number = number
        self.transport = transport
        self.core = core
        uri = "sip:+\(subscriber.msisdn)@\(CoreWorld.home)"
        identity = try UEIdentity(subscriber)
        node = core.world.node("phone-\(number)")
        host = SocketAddress(10, 45, 0, UInt8(number), port: 5090)
    }

    var isOn: Bool { fleet != nil }
    var done: Outcomes { outcomes.value }

    var isRegistered: Bool {
        guard let fleet, case .list(let rows) = fleet.assumeIsolated({ $0.snapshot(.registrations) }) else {
            return false
        }
        return rows.first?["registered"] == .flag(true)
    }

    // MARK: Power

    func powerOn(expires: Int) throws {
        let kernel = Kept(ModelKernel())
        core.world.ipsec.kernels[host.hostAddress] = kernel.value
        node.network.home = host.with(port: 0)
        node.network.nextPort = Self.protectedPorts.lowerBound
        let config = FleetConfig(
            pcscf: CoreWorld.pcscfAddress, transport: transport, local: host, expires: expires,
            security: FleetSecurity { kernel.value })
        let outcomes = outcomes
        let made = try Fleet(config: config, identities: [identity], ports: node.ports, loop: core.world.loop) {
            switch $0 {
            case .registered: outcomes.value.registered += 1
            case .messageAnswered(_, status: 200, reason: _): outcomes.value.texts += 1
            case .established: outcomes.value.calls += 1
            default: break
            }
        }
        try node.start(made)
        made.assumeIsolated { $0.setHabit(.answer(afterMilliseconds: 300), of: 0) }
        fleet = made
    }

    /// No good-bye, and nothing of it is left: neither process nor kernel.
    func powerOff() {
        core.world.settle()
        node.crash()
        core.world.ipsec.kernels[host.hostAddress] = nil
        fleet = nil
    }

    /// Somewhere else, from its next start on.
    func move() { host = host.with(lastOctet: UInt8(host.low & 0xFF) &+ 100) }

    // MARK: Doing

    func register() { fleet?.start { _ = await $0.register(0) } }
    func deregister() { fleet?.start { _ = await $0.deregister(0) } }
    func text(_ uri: String) { fleet?.start { _ = await $0.message(0, to: uri, text: "hello") } }

    func call(_ uri: String, holdMilliseconds: Int) {
        fleet?.start {
            _ = await $0.call(0, to: uri, CallPlan(patienceMilliseconds: 30_000, holdMilliseconds: holdMilliseconds))
        }
    }
}

extension SocketAddress {
    fileprivate func with(lastOctet: UInt8) -> SocketAddress {
        SocketAddress(10, 45, UInt8(low >> 8 & 0xFF) &+ 1, lastOctet, port: port)
    }
}
