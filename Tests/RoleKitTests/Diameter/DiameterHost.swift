import Diameter
import RoleKit
import TestSupport

/// An instance that is a Diameter node and nothing else, in a virtual world.
actor DiameterHost: Instance {
    nonisolated let loop: any InstanceLoop
    nonisolated let name: String
    nonisolated var role: Role { .hss }
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    let node: DiameterNode
    /// Requests this host was given.
    private(set) var requests: [IncomingDiameterRequest] = []
    /// What became of what it asked, in the order it came.
    private(set) var outcomes: [Result<DiameterMessage, DiameterFailure>] = []
    /// What it answers; nil leaves requests unanswered.
    var result: ResultCode?

    init(
        _ settings: DiameterSettings, _ ports: Ports, _ loop: any InstanceLoop, _ limits: DiameterNodeLimits,
        answering result: ResultCode?
    ) {
        self.loop = loop
        name = settings.originHost
        node = DiameterNode(settings, ports, limits: limits)
        self.result = result
    }

    func start() throws { try node.open() }

    func handle(_ event: InstanceEvent) {
        switch event {
        case .network(_, let event): node.handle(event)
        case .timer(let token): node.handle(timer: token)
        }
        while let request = node.next() {
            requests.append(request)
            if let result { node.answer(request, result) }
        }
    }

    var isReady: Bool { node.isReady }
    func drain() { node.drain() }
    var isDrained: Bool { node.isIdle }
    func snapshot(_ query: SnapshotQuery) -> Report { node.report() }

    func note(_ outcome: Result<DiameterMessage, DiameterFailure>) { outcomes.append(outcome) }
    func answerAll(_ code: ResultCode) {
        for request in requests { node.answer(request, code) }
    }
}

/// A host with its place in the world, used from the test's own thread.
struct Place {
    let world: VirtualWorld
    let virtual: VirtualNode
    let host: DiameterHost

    init(
        _ world: VirtualWorld, _ settings: DiameterSettings, _ limits: DiameterNodeLimits = DiameterNodeLimits(),
        answering result: ResultCode? = .success
    ) throws {
        self.world = world
        virtual = world.node(settings.originHost)
        host = DiameterHost(settings, virtual.ports, world.loop, limits, answering: result)
        try virtual.start(host)
    }

    /// Reads or does something on the host.
    func on<T: Sendable>(_ action: @Sendable (isolated DiameterHost) -> T) -> T { host.assumeIsolated(action) }

    var isReady: Bool { on { $0.isReady } }
    var counts: DiameterCounts { on { $0.node.counts } }
    var peers: [PeerStatus] { on { $0.node.peers } }
    var outcomes: [Result<DiameterMessage, DiameterFailure>] { on { $0.outcomes } }
    var requests: [IncomingDiameterRequest] { on { $0.requests } }
    func state(_ peer: String) -> String { peers.first { $0.host == peer }?.state ?? "none" }

    /// Asks and lets everything due now happen.
    func ask(_ edit: @escaping @Sendable (inout DiameterMessage) -> Void = { _ in }, within: Int? = nil) {
        host.start { host in
            var uar = host.node.request(CxCommands.userAuthorization, application: Application.cx)
            uar.add(Base.userName, "001010000000001@home")
            uar.add(Cx.publicIdentity, "sip:001010000000001@home")
            uar.add(Cx.visitedNetworkIdentifier, Array("home".utf8))
            edit(&uar)
            do throws(DiameterFailure) {
                host.note(.success(try await host.node.ask(uar, within: within)))
            } catch {
                host.note(.failure(error))
            }
        }
        world.settle()
    }

    /// Messages that passed this place's tap, by short name.
    func tapped(_ direction: TapDirection) -> [String] {
        virtual.tap.passages.filter { $0.direction == direction }.map {
            (try? DiameterMessage.decode($0.bytes).0.shortName) ?? "?"
        }
    }
}

/// A peer a test holds by its strings: says what it is told to, whatever the book says.
final class DiameterPuppet {
    let virtual: VirtualNode
    let world: VirtualWorld
    var framers: [ConnectionID: DiameterFramer] = [:]
    private(set) var messages: [DiameterMessage] = []
    private(set) var connections: [ConnectionID] = []
    private(set) var closed: [ConnectionID] = []
    /// Answers what it gets, if set.
    var onMessage: ((DiameterPuppet, DiameterMessage, ConnectionID) -> Void)?
    let origin: DiameterOrigin

    init(_ world: VirtualWorld, _ host: String, listeningAt address: SocketAddress? = nil) throws {
        self.world = world
        origin = DiameterOrigin(host: host, realm: "home")
        virtual = world.node(host)
        virtual.attach { [unowned self] event in self.take(event) }
        if let address { _ = try virtual.network.listen(address, .tcp, for: .diameter) }
    }

    private func take(_ event: InstanceEvent) {
        guard case .network(_, let event) = event else { return }
        switch event {
        case .accepted(let id, on: _, from: _), .connected(let id, local: _): connections.append(id)
        case .closed(let id, _): closed.append(id)
        case .received(let bytes, on: let id):
            framers[id, default: DiameterFramer()].push(bytes)
            while let whole = try? framers[id]?.next(), let message = try? DiameterMessage.decode(whole).0 {
                messages.append(message)
                onMessage?(self, message, id)
            }
        case .datagram: break
        }
    }

    func connect(to address: SocketAddress) -> ConnectionID {
        let id = virtual.network.connect(to: address, from: nil, for: .diameter)
        world.settle()
        return id
    }

    func send(_ message: DiameterMessage, on id: ConnectionID) { send(message.encode(), on: id) }

    func send(_ bytes: [UInt8], on id: ConnectionID) {
        virtual.network.send(bytes, on: id)
        world.settle()
    }

    func close(_ id: ConnectionID) {
        virtual.network.close(id)
        world.settle()
    }

    func last(_ name: String) -> DiameterMessage? { messages.last { $0.shortName == name } }
    func count(_ name: String) -> Int { messages.count { $0.shortName == name } }

    func capabilities(_ applications: [DiameterApplication] = [.cx], originState: UInt32? = nil) -> DiameterCapabilities
    {
        DiameterCapabilities(
            host: origin.host, realm: origin.realm, addresses: [.v4(0x7F00_0001)], vendorID: 10415,
            productName: "puppet",
            originStateID: originState, supportedVendors: [10415], applications: applications)
    }

    func cer(
        _ applications: [DiameterApplication] = [.cx], originState: UInt32? = nil,
        _ edit: (inout DiameterMessage) -> Void = { _ in }
    ) -> DiameterMessage {
        var cer = DiameterMessage(
            BaseCommands.capabilitiesExchange, application: 0, flags: [.request], hopByHop: 1, endToEnd: 1)
        capabilities(applications, originState: originState).write(to: &cer)
        edit(&cer)
        return cer
    }

    func cea(to cer: DiameterMessage, _ applications: [DiameterApplication] = [.cx]) -> DiameterMessage {
        var cea = DiameterMessage(
            BaseCommands.capabilitiesExchange, application: 0, flags: [], hopByHop: cer.hopByHop, endToEnd: cer.endToEnd
        )
        cea.add(Base.resultCode, ResultCode.success.rawValue)
        capabilities(applications).write(to: &cea)
        return cea
    }

    func base(_ command: UInt32, _ edit: (inout DiameterMessage) -> Void = { _ in }) -> DiameterMessage {
        var message = DiameterMessage(command, application: 0, flags: [.request], hopByHop: 3, endToEnd: 3)
        message.add(Base.originHost, origin.host)
        message.add(Base.originRealm, origin.realm)
        edit(&message)
        return message
    }

    /// A UAR of this puppet.
    func uar(hopByHop: UInt32, endToEnd: UInt32, _ edit: (inout DiameterMessage) -> Void = { _ in }) -> DiameterMessage
    {
        var uar = DiameterMessage(
            CxCommands.userAuthorization, application: Application.cx, flags: [.request, .proxiable],
            hopByHop: hopByHop,
            endToEnd: endToEnd)
        uar.add(Base.sessionID, "\(origin.host);1;\(endToEnd)")
        uar.add(Base.vendorSpecificApplicationID, .applicationID(Application.cx, .threeGPP))
        uar.add(Base.authSessionState, .noStateMaintained)
        uar.add(Base.originHost, origin.host)
        uar.add(Base.originRealm, origin.realm)
        uar.add(Base.destinationRealm, "home")
        uar.add(Base.userName, "u@home")
        uar.add(Cx.publicIdentity, "sip:u@home")
        uar.add(Cx.visitedNetworkIdentifier, Array("\"home\"".utf8))
        edit(&uar)
        return uar
    }

    /// Behaves as a peer by the book that answers every request with `code`.
    func behave(_ code: ResultCode? = .success) {
        onMessage = { puppet, message, id in
            guard message.isRequest else { return }
            if message.application == 0, message.command == BaseCommands.capabilitiesExchange {
                puppet.virtual.network.send(puppet.cea(to: message).encode(), on: id)
            } else if message.application == 0 {
                puppet.virtual.network.send(message.answer(.success, from: puppet.origin).encode(), on: id)
            } else if let code {
                puppet.virtual.network.send(message.answer(code, from: puppet.origin).encode(), on: id)
            }
        }
    }
}

/// Addresses and settings tests share.
enum Lab {
    static func address(_ last: UInt8) -> SocketAddress { SocketAddress(127, 0, 1, last, port: 3868) }

    /// A server that listens and knows these peers.
    static func server(_ host: String, at last: UInt8, knowing peers: [String] = []) -> DiameterSettings {
        var settings = DiameterSettings(originHost: host, originRealm: "home")
        settings.listen = [address(last)]
        settings.peers = peers.map { DiameterPeerSettings(host: $0, realm: "home") }
        return settings
    }

    /// A client that connects to these peers.
    static func client(_ host: String, to peers: [(String, UInt8)]) -> DiameterSettings {
        var settings = DiameterSettings(originHost: host, originRealm: "home")
        settings.peers = peers.map { DiameterPeerSettings(host: $0.0, realm: "home", address: address($0.1)) }
        return settings
    }
}
