import AKA
import Diameter
import IMSCore
public import RoleKit
import SIP

/// The serving CSCF, TS 24.229 §5.4: registrar and authenticator of its users.
public actor SCSCF: Instance {
    public nonisolated let loop: any InstanceLoop
    public nonisolated let name: String
    public nonisolated let role = Role.scscf
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// Kinds of this role's own timers.
    enum TimerKind {
        static let bindingExpiry: UInt8 = 1
        static let regAwaitAuth: UInt8 = 2
        static let subscriptionExpiry: UInt8 = 3
        static let notifyRetry: UInt8 = 4
        static let asLiveness: UInt8 = 5
    }

    let config: SCSCFConfig
    let ports: Ports
    let stack: SIPStack
    let diameter: DiameterNode
    /// Hosts the configuration names; `believes` knows those of the registrations too.
    let trust: TrustDomain
    let dialogProof: DialogProof
    /// Fetched at start; without it nobody is authenticated.
    var digests: Digests?
    var registrar = Registrar()
    var authentication = AuthenticationStore()
    var lanes = RegistrationLanes()
    var regEvents = RegEventSubscriptions()
    var catalogue = ServiceCatalogue()
    var unregisteredUsers = UnregisteredUsers()
    /// Requests that are with application servers now.
    var legs: [UInt64: ServiceLeg] = [:]
    /// Drawn with the first application server.
    lazy var dialogIdentifier = OriginalDialogIdentifier(ports.random)
    /// Hosts of the application servers we have sent to.
    var servers: Set<SocketAddress> = []
    /// Third-party REGISTERs under way, and the CSeq of the last.
    var informings = 0
    var informed: UInt32 = 0
    /// The last of those under way to each server.
    var lastInformings: [Informing: UInt32] = [:]
    var complaints = OnceLog()
    var calls: CallTable
    /// How Route and Request-URI name us; known once the sockets are bound.
    var names: OwnNames?
    private var isDraining = false
    private var isDiameterClosing = false

    public init(config: SCSCFConfig, ports: Ports, loop: any InstanceLoop) {
        self.config = config
        self.ports = ports
        self.loop = loop
        name = config.common.name
        let listener = SIPListenerSettings(
            name: "core", address: config.common.address, kinds: config.common.kinds,
            advertise: config.common.advertise, profile: config.timers)
        stack = SIPStack(SIPStackSettings(listeners: [listener]), ports)
        diameter = DiameterNode(config.diameter, ports)
        trust = TrustDomain(
            config.common.hosts, on: ports.network, others: config.entryPoints.map(\.address))
        calls = CallTable(ports.random)
        dialogProof = DialogProof(ports.random)
    }

    public func start() throws {
        digests = try Digests()
        try stack.open()
        names = OwnNames(stack, listeners: 1, others: [config.uri])
        try diameter.open()
    }

    public func handle(_ event: InstanceEvent) {
        switch event {
        case .network(.sip, let event): stack.handle(event)
        case .network(.diameter, let event): diameter.handle(event)
        case .network(.role, _): break
        case .timer(let token):
            switch token.component {
            case .sip: stack.handle(timer: token)
            case .diameter: diameter.handle(timer: token)
            case .role: handle(timer: token)
            }
        }
        takeRequests()
        finishDraining()
    }

    private func takeRequests() {
        while let request = stack.next() { receive(request) }
        while let request = diameter.next() {
            // RTR and PPR belong to network-initiated de-registration and profile changes, which are not built yet.
            diameter.answer(request, request.message.answer(.commandUnsupported, from: diameter.origin))
        }
    }

    public var isReady: Bool { diameter.isReady }

    public func drain() {
        isDraining = true
        stack.drain()
        // Registrations under way still need the HSS.
        diameter.drain(keepingPeers: true)
        finishDraining()
    }

    /// Closes the Diameter peers once nothing under way needs them.
    func finishDraining() {
        guard isDraining, !isDiameterClosing, stack.isIdle, lanes.isIdle else { return }
        isDiameterClosing = true
        diameter.drain()
    }

    public var isDrained: Bool { isDraining && stack.isIdle && lanes.isIdle && diameter.isIdle }
}
