import IMSCore
public import RoleKit
import SIP

/// The proxy CSCF, TS 24.229 §5.2: the UE's first contact point.
public actor PCSCF: Instance {
    public nonisolated let loop: any InstanceLoop
    public nonisolated let name: String
    public nonisolated let role = Role.pcscf
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// Kinds of this role's own timers.
    enum TimerKind {
        static let registrationExpiry: UInt8 = 1
        static let subscriptionN: UInt8 = 2
        static let subscriptionRefresh: UInt8 = 3
        static let subscriptionExpiry: UInt8 = 4
        static let securityEnd: UInt8 = 5
        static let kernelNews: UInt8 = 6
        static let watching: UInt8 = 7
    }

    let config: PCSCFConfig
    let ports: Ports
    let stack: SIPStack
    /// Index of the listener toward the core; the Gm listeners stand before it.
    let coreListener: Int
    /// What outlives the process; nil: nothing does.
    let state: (any StatePort)?
    /// What was found of the last process, until the start.
    private var kept: [String: Report]
    let protectedPorts: ProtectedPorts
    /// What happens to messages at each listener, by its number in the SIP stack.
    private let crossings: [GmCrossing]
    /// Who grants calls their quality of service.
    let policy: any QoSPolicy
    /// Nil where no listener has IPsec.
    var security: GmSecurity?
    var registrations = GmRegistrations()
    var regEvents = RegEventSubscriptions()
    var limiter: SourceLimiter
    var icids: ICIDGenerator
    var complaints = OnceLog()
    /// `icid-generated-at`: what we advertise, without a port (RFC 7315 §5.6).
    let chargingHost: String
    var calls: CallTable
    let flowTokens: FlowToken
    /// How Route and Request-URI name us; known once the sockets are bound.
    var names: OwnNames?
    private var isListening = false
    private var isDraining = false

    /// - Parameters:
    ///   - security: nil: no listener has IPsec, whatever the file says.
    ///   - state: nil: a restart knows nothing of what was before.
    ///   - policy: nil: nobody to ask.
    public init(
        config: PCSCFConfig, ports: Ports, loop: any InstanceLoop, security: GmSecurityPorts? = nil,
        state: (any StatePort)? = nil, policy: (any QoSPolicy)? = nil
    ) {
        self.config = config
        self.ports = ports
        self.loop = loop
        name = config.common.name
        let gm = config.listeners.enumerated().map { index, listener in
            SIPListenerSettings(
                name: index == 0 ? "gm" : "gm\(index + 1)", address: listener.address, kinds: listener.kinds,
                advertise: listener.advertise, profile: listener.timers, isTowardUE: true)
        }
        let core = SIPListenerSettings(
            name: "core", address: config.core.address, kinds: config.core.kinds, advertise: config.core.advertise,
            profile: config.core.timers, isTowardUE: false)
        coreListener = gm.count
        var listeners = gm + [core]
        var protected = ProtectedPorts()
        for (index, listener) in config.listeners.enumerated()
        where security != nil && listener.wantsIPsec {
            protected.add(gm: index, listener, config.ipsec, to: &listeners)
        }
        protectedPorts = protected
        crossings = Self.crossings(config, protected, count: listeners.count)
        self.policy = policy ?? NoPolicyServer()
        // Tags a UE's Proxy-Require may hold: sec-agree ends here (RFC 3329 §2.3.1).
        stack = SIPStack(SIPStackSettings(listeners: listeners, proxyOptions: ["sec-agree", "path"]), ports)
        limiter = SourceLimiter(config.registerLimit)
        let advertise = config.core.advertise
        chargingHost = (try? SIPURI(parsing: "sip:" + advertise))?.host ?? advertise
        icids = ICIDGenerator(seed: ports.random.next())
        let kept = state?.kept() ?? [:]
        self.state = state
        self.kept = kept
        flowTokens = Self.flowTokens(state, kept, ports.random)
        calls = CallTable(ports.random)
        self.security = protected.groups.isEmpty ? nil : security.map { GmSecurity($0, config.ipsec, ports.random) }
    }

    /// Protected ports are those of one address: the first listener of it decides.
    private static func crossings(_ config: PCSCFConfig, _ protected: ProtectedPorts, count: Int) -> [GmCrossing] {
        var crossings = config.listeners.map(\.crossing)
        crossings += Array(repeating: GmCrossing(), count: max(0, count - crossings.count))
        for group in protected.groups {
            guard let first = group.gm.first else { continue }
            for listener in [group.server] + group.clients.values { crossings[listener] = crossings[first] }
        }
        return crossings
    }

    func crossing(_ listener: Int) -> GmCrossing {
        crossings.indices.contains(listener) ? crossings[listener] : GmCrossing()
    }

    public func start() throws {
        try stack.open()
        try guardProtectedPorts()
        names = OwnNames(stack, listeners: stack.listenerCount)
        restore(kept)
        kept = [:]
        isListening = true
    }

    public func handle(_ event: InstanceEvent) {
        switch event {
        case .network(.sip, let event): stack.handle(event)
        case .network: break
        case .timer(let token):
            switch token.component {
            case .sip: stack.handle(timer: token)
            case .role: handle(timer: token)
            case .diameter: break
            }
        }
        for place in stack.takeAnswering() { heardResponse(from: place) }
        while let request = stack.next() { receive(request) }
    }

    public var isReady: Bool { isListening }

    public func drain() {
        isDraining = true
        releaseProtectedPorts()
        stack.drain()
    }

    public var isDrained: Bool { isDraining && stack.isIdle }
}
