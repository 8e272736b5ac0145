public import Diameter
public import RoleKit
import TestSupport
import Testing

/// An MME as far as an HSS knows one: it connects, and says what a test has it say (TS 29.272 §5.2).
public actor LabMME: Instance {
    public static let host = "mme.localdomain"

    public nonisolated let loop: any InstanceLoop
    public nonisolated var name: String { "mme" }
    public nonisolated var role: Role { .icscf }
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private let node: DiameterNode
    private var results: [DiameterResult] = []

    private init(_ settings: DiameterSettings, _ ports: Ports, loop: any InstanceLoop) {
        self.loop = loop
        node = DiameterNode(settings, ports)
    }

    public func start() throws { try node.open() }

    public func handle(_ event: InstanceEvent) {
        switch event {
        case .network(.diameter, let event): node.handle(event)
        case .timer(let token): node.handle(timer: token)
        case .network: break
        }
        while let request = node.next() { node.answer(request, .success) }
    }

    public var isReady: Bool { node.isReady }
    public func drain() { node.drain() }
    public var isDrained: Bool { node.isIdle }
    public func snapshot(_ query: SnapshotQuery) -> Report { node.report() }

    /// Connects to the HSS of a core that was made with this realm in `CoreWorld.Options.mmeRealm`.
    public static func connect(to core: CoreWorld) throws -> LabMME {
        let realm = try #require(core.options.mmeRealm)
        var settings = DiameterSettings(originHost: host, originRealm: realm)
        settings.applications = [.s6a]
        settings.peers = [
            DiameterPeerSettings(
                host: "hss.\(CoreWorld.home)", realm: CoreWorld.home, address: CoreWorld.hssAddress)
        ]
        let place = core.world.node("mme")
        place.network.home = SocketAddress(10, 0, 1, 9, port: 0)
        let mme = LabMME(settings, place.ports, loop: core.world.loop)
        try place.start(mme)
        let isOpen = core.world.advance(until: { mme.assumeIsolated { $0.isReady } }, withinMilliseconds: 5_000)
        try #require(isOpen, "the HSS does not take the MME")
        return mme
    }

    /// ULR: the subscriber is attached here now.
    public nonisolated func attach(
        _ imsi: String, by type: S6a.RATType = .eutran, in core: CoreWorld,
        expecting result: DiameterResult = .base(.success)
    ) throws {
        try ask(S6aCommands.updateLocation, imsi, in: core, expecting: result) {
            $0.add(S6a.ratType, type)
            $0.add(S6a.ulrFlags, 0x22)
            $0.add(S6a.visitedPLMNID, [0x00, 0xF1, 0x10])
        }
    }

    /// AIR: the phone wants to attach here.
    public nonisolated func authenticate(
        _ imsi: String, resynchronisation: [UInt8]? = nil, in core: CoreWorld,
        expecting result: DiameterResult = .base(.success)
    ) throws {
        try ask(S6aCommands.authenticationInformation, imsi, in: core, expecting: result) {
            $0.add(
                S6a.requestedEUTRANAuthenticationInfo,
                AVPGroup {
                    $0.add(S6a.numberOfRequestedVectors, 1)
                    $0[S6a.reSynchronizationInfo] = resynchronisation
                })
            $0.add(S6a.visitedPLMNID, [0x00, 0xF1, 0x10])
        }
    }

    /// PUR: it has been away for long.
    public nonisolated func purge(_ imsi: String, in core: CoreWorld) throws {
        try ask(S6aCommands.purgeUE, imsi, in: core) { $0.add(S6a.purFlags, 1) }
    }

    private nonisolated func ask(
        _ command: UInt32, _ imsi: String, in core: CoreWorld, expecting result: DiameterResult = .base(.success),
        _ fill: @Sendable (inout DiameterMessage) -> Void
    ) throws {
        let before = assumeIsolated { $0.results.count }
        assumeIsolated { $0.send(command, imsi, fill) }
        let isAnswered = core.world.advance(
            until: { assumeIsolated { $0.results.count > before } }, withinMilliseconds: 5_000)
        try #require(isAnswered && assumeIsolated { $0.results.last } == result)
    }

    private func send(_ command: UInt32, _ imsi: String, _ fill: @Sendable (inout DiameterMessage) -> Void) {
        var message = node.request(command, application: Application.s6a)
        message[Base.destinationHost] = "hss.\(CoreWorld.home)"
        message[Base.destinationRealm] = CoreWorld.home
        message.add(Base.userName, imsi)
        fill(&message)
        let request = message
        start { mme in
            if let answer = try? await mme.node.ask(request), let result = answer.result { mme.results.append(result) }
        }
    }
}
