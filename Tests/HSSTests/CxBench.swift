import AKA
import Diameter
import RoleKit
import TestSupport

@testable import HSS

/// A CSCF or MME that asks what a test tells it to, and says yes to what it is asked.
actor CxClient: Instance {
    nonisolated let loop: any InstanceLoop
    nonisolated var name: String { "cscf" }
    nonisolated var role: Role { .scscf }
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    let node: DiameterNode
    private(set) var answers: [Result<DiameterMessage, DiameterFailure>?] = []
    private(set) var received: [DiameterMessage] = []
    /// What it says to what it is asked; nil is silence.
    var reply: DiameterResult? = .base(.success)

    init(_ settings: DiameterSettings, _ ports: Ports, loop: any InstanceLoop) {
        self.loop = loop
        node = DiameterNode(settings, ports)
    }

    func start() throws { try node.open() }
    func say(_ result: DiameterResult?) { reply = result }
    func handle(_ event: InstanceEvent) {
        switch event {
        case .network(.diameter, let event): node.handle(event)
        case .timer(let token): node.handle(timer: token)
        default: break
        }
        while let request = node.next() {
            received.append(request.message)
            if let reply { node.answer(request, request.message.answer(reply, from: node.origin)) }
        }
    }
    var isReady: Bool { node.isReady }
    func drain() { node.drain() }
    var isDrained: Bool { node.isIdle }
    func snapshot(_ query: SnapshotQuery) -> Report { .list([]) }

    /// Sends a request and returns its number among all of this client.
    func send(
        _ command: UInt32, application: UInt32 = Application.cx, _ fill: @Sendable (inout DiameterMessage) -> Void
    ) -> Int {
        var message = node.request(command, application: application)
        fill(&message)
        let number = answers.count
        answers.append(nil)
        let request = message
        start { client in
            do throws(DiameterFailure) {
                client.answers[number] = .success(try await client.node.ask(request))
            } catch {
                client.answers[number] = .failure(error)
            }
        }
        return number
    }
}

/// An HSS and a CSCF in a world of their own, joined by Diameter over virtual TCP.
final class CxBench {
    let world = VirtualWorld()
    let store: any SubscriberStore
    let hssNode: VirtualNode
    let hss: HSS
    private let client: CxClient
    static let address = SocketAddress(127, 0, 0, 4, port: 3868)

    init(store: any SubscriberStore, _ adjust: (inout HSSConfig) -> Void = { _ in }) throws {
        self.store = store
        var diameter = DiameterSettings(originHost: "hss.\(Lab.home)", originRealm: Lab.home)
        diameter.listen = [CxBench.address]
        diameter.peers = [DiameterPeerSettings(host: Lab.host, realm: Lab.home)]
        var config = HSSConfig(diameter: diameter)
        adjust(&config)
        hssNode = world.node("hss")
        hss = HSS(config: config, ports: hssNode.ports, loop: world.loop, store: store)
        var asking = DiameterSettings(originHost: Lab.host, originRealm: Lab.home)
        asking.peers = [
            DiameterPeerSettings(host: "hss.\(Lab.home)", realm: Lab.home, address: CxBench.address)
        ]
        let clientNode = world.node("scscf")
        client = CxClient(asking, clientNode.ports, loop: world.loop)
        try hssNode.start(hss)
        try clientNode.start(client)
    }

    func send(_ command: UInt32, _ fill: @Sendable (inout DiameterMessage) -> Void) -> Int {
        let number = client.assumeIsolated { $0.send(command, fill) }
        world.settle()
        return number
    }

    /// The answer to a request; nil while there is none.
    func answer(_ number: Int) -> DiameterMessage? {
        guard case .success(let message) = client.assumeIsolated({ $0.answers[number] }) else { return nil }
        return message
    }

    /// Sends a request and waits for what comes of it, also where a database's own thread has to work.
    func exchange(
        _ command: UInt32, _ fill: @Sendable (inout DiameterMessage) -> Void
    ) -> DiameterMessage? {
        let number = send(command, fill)
        // Transactions keep a distance in the world's time; a database's own thread needs real time.
        world.advance(until: { answer(number) != nil }, withinMilliseconds: 2 * CommitPace.intervalMilliseconds)
        world.settle(until: { answer(number) != nil })
        return answer(number)
    }

    // MARK: Requests

    func uar(_ impi: String = Lab.impi, _ impu: String = Lab.impu, type: UserAuthorizationType? = nil)
        -> DiameterMessage?
    {
        exchange(CxCommands.userAuthorization) {
            $0.add(Base.userName, impi)
            $0.add(Cx.publicIdentity, impu)
            $0.add(Cx.visitedNetworkIdentifier, Array("\"\(Lab.home)\"".utf8))
            $0[Cx.userAuthorizationType] = type
        }
    }

    @Sendable static func fillMAR(
        _ message: inout DiameterMessage, impi: String = Lab.impi, impu: String = Lab.impu,
        scheme: String = "Digest-AKAv1-MD5", items: UInt32 = 1, authorization: [UInt8]? = nil
    ) {
        message.add(Base.userName, impi)
        message.add(Cx.publicIdentity, impu)
        message.add(Cx.sipNumberAuthItems, items)
        message.add(
            Cx.sipAuthDataItem,
            AVPGroup {
                $0.add(Cx.sipAuthenticationScheme, scheme)
                $0[Cx.sipAuthorization] = authorization
            })
        message.add(Cx.serverName, Lab.server)
    }

    func mar(items: UInt32 = 1, authorization: [UInt8]? = nil) -> DiameterMessage? {
        exchange(CxCommands.multimediaAuth) { CxBench.fillMAR(&$0, items: items, authorization: authorization) }
    }

    @Sendable static func fillSAR(
        _ message: inout DiameterMessage, _ type: ServerAssignmentType, server: String = Lab.server,
        impi: String = Lab.impi, impu: String = Lab.impu
    ) {
        message.add(Base.userName, impi)
        message.add(Cx.publicIdentity, impu)
        message.add(Cx.serverName, server)
        message.add(Cx.serverAssignmentType, type)
        message.add(Cx.userDataAlreadyAvailable, .notAvailable)
    }

    func sar(_ type: ServerAssignmentType, server: String = Lab.server) -> DiameterMessage? {
        exchange(CxCommands.serverAssignment) { CxBench.fillSAR(&$0, type, server: server) }
    }

    func lir(_ impu: String = Lab.impu) -> DiameterMessage? {
        exchange(CxCommands.locationInfo) { $0.add(Cx.publicIdentity, impu) }
    }
}

extension DiameterMessage {
    /// RAND and AUTN of the items of an MAA.
    var challenges: [(rand: Block128, autn: Block128)] {
        all(Cx.sipAuthDataItem).compactMap { item in
            guard let octets = item[Cx.sipAuthenticate], octets.count == 32, let rand = Block128(octets[..<16]),
                let autn = Block128(octets[16...])
            else { return nil }
            return (rand, autn)
        }
    }
}
