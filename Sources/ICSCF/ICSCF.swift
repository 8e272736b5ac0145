import Diameter
public import RoleKit
import SIP

/// An I-CSCF: the home network's entry point, which asks the HSS where a user is served. TS 24.229 §5.3
///
/// It keeps no state of users. Whatever it knows of a registration lives in the procedure that handles it.
public actor ICSCF: Instance {
    public nonisolated let loop: any InstanceLoop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    public nonisolated var name: String { config.common.name }
    public nonisolated var role: Role { .icscf }

    nonisolated let config: ICSCFConfig
    let ports: Ports
    let sip: SIPStack
    let hss: DiameterNode
    /// Whom this I-CSCF believes, TS 24.229 §4.4 and §5.3.2.1.
    let trust: TrustDomain
    private var isDraining = false
    private var isDiameterClosing = false
    var complaints = OnceLog()
    var counts = ICSCFCounts()
    /// How Route and Request-URI name us; known once the sockets are bound.
    var names: OwnNames?

    public init(config: ICSCFConfig, ports: Ports, loop: any InstanceLoop) {
        self.config = config
        self.ports = ports
        self.loop = loop
        let common = config.common
        trust = TrustDomain(common.hosts, on: ports.network)
        let listener = SIPListenerSettings(
            name: "core", address: common.address, kinds: common.kinds, advertise: common.advertise,
            profile: config.timers)
        sip = SIPStack(SIPStackSettings(listeners: [listener]), ports)
        hss = DiameterNode(config.diameter, ports)
    }

    public func start() throws {
        try sip.open()
        let port = sip.localAddress(0).port
        names = OwnNames(sip, listeners: 1, others: ["sip:icscf.\(config.common.homeNetwork):\(port)"])
        try hss.open()
        guard config.scscfs.isEmpty else { return }
        ports.log.warning(
            "no S-CSCF of our own",
            [
                (.reason, "only S-CSCFs the HSS names can serve"),
                (.cure, "write `scscf:` with the URIs of the S-CSCFs into this I-CSCF's file"),
            ])
    }

    public func handle(_ event: InstanceEvent) {
        switch event {
        case .network(.diameter, let event): hss.handle(event)
        case .network(_, let event): sip.handle(event)
        case .timer(let token) where token.component == .diameter: hss.handle(timer: token)
        case .timer(let token): sip.handle(timer: token)
        }
        while let request = sip.next() { receive(request) }
        // The HSS has nothing to ask an I-CSCF on Cx.
        while let request = hss.next() { hss.answer(request, .commandUnsupported) }
        finishDraining()
    }

    static let allowed = "REGISTER"

    /// Where each request goes: one line a procedure.
    private func receive(_ request: IncomingRequest) {
        switch request.message.method {
        case .register:
            guard trust.contains(request.flow.remote) else { return refuseStranger(request) }
            start { await $0.register(request) }
        default: session(request)
        }
    }

    public var isReady: Bool { hss.isReady }

    public func drain() {
        isDraining = true
        sip.drain()
        // REGISTERs under way still need the HSS.
        hss.drain(keepingPeers: true)
        finishDraining()
    }

    /// Closes the Diameter peers once nothing under way needs them.
    private func finishDraining() {
        guard isDraining, !isDiameterClosing, sip.isIdle else { return }
        isDiameterClosing = true
        hss.drain()
    }

    public var isDrained: Bool { isDraining && sip.isIdle && hss.isIdle }

    public func snapshot(_ query: SnapshotQuery) -> Report {
        switch query {
        case .status: statusReport()
        case .peers: hss.report()
        case .registrations, .calls, .securityAssociations: .list([])
        }
    }
}

/// What an I-CSCF has done since it started.
struct ICSCFCounts {
    var registers = 0
    /// Initial requests for which the HSS was asked.
    var sessions = 0
    var refused = 0
    var hssFailures = 0
    var reselections = 0
}

extension ICSCF {
    private func statusReport() -> Report {
        .object([
            ("registers", .number(counts.registers)), ("sessions", .number(counts.sessions)),
            ("refused", .number(counts.refused)),
            ("hss-failures", .number(counts.hssFailures)), ("reselections", .number(counts.reselections)),
            ("transactions", .number(sip.counts.transactions)), ("timers", .number(sip.counts.timers)),
        ])
    }
}
