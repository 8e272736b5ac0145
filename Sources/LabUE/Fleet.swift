import AKA
import IPsec
public import RoleKit
import SIP

/// One or many lab UEs on one event loop: a SIP stack with a port for each, and a machine for each registration and call.
///
/// Nothing here costs a task per UE. Procedures (`register`, `call`, `message`) are for whoever runs a few of them; a
/// load run drives the machines directly.
public actor Fleet: Instance {
    public nonisolated let loop: any InstanceLoop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    public nonisolated let name = "ue"
    /// A UE is no role of the core; what needs one, log lines, gets the one it speaks with.
    public nonisolated let role = Role.pcscf

    let config: FleetConfig
    let ports: Ports
    let stack: SIPStack
    let tools: Authenticator.Tools
    let identities: [UEIdentity]
    let layout: FleetPorts
    /// Nil where nothing is protected.
    var kernel: (any SecurityKernel)?
    /// What is offered: those of the wanted that the kernel has.
    var suites: [IPsecSuite] = []
    var spis: SPIAllocator
    /// What is still to be taken out of the kernel.
    var farewell: [XFRMRequest] = []
    var phones: [Phone] = []
    /// What each request under way was sent for.
    var requests: [ClientTransactionID: Purpose] = [:]
    var calls: [UECallID: FleetCall] = [:]
    /// Calls by Call-ID; two where both ends live here.
    var callsByID: [String: [UECallID]] = [:]
    var callSerial: UInt64 = 0
    var messageSerial: UInt64 = 0
    /// Short messages that wait for the service centre's report.
    var submissions: [UInt64: FleetSubmission] = [:]
    var load: LoadRun?
    /// Procedures that wait for an event; each says whether it has had what it wants.
    private var waiters: [UInt64: (FleetEvent) -> Bool] = [:]
    private var sleepers: [UInt64: UnsafeContinuation<Void, Never>] = [:]
    private var serial: UInt64 = 0
    private let observe: (@Sendable (FleetEvent) -> Void)?
    private var isOpen = false

    enum Purpose {
        case register(phone: Int)
        case invite(UECallID)
        case inDialog(UECallID, SIPMethod)
        case message(UInt64, phone: Int)
        case submission(UInt64, phone: Int)
        case deliveryReport(phone: Int)
    }

    /// - Parameter observe: told of everything that happens, on the loop.
    public init(
        config: FleetConfig, identities: [UEIdentity], ports: Ports, loop: any InstanceLoop,
        observe: (@Sendable (FleetEvent) -> Void)? = nil
    ) throws {
        self.config = config
        self.ports = ports
        self.loop = loop
        self.observe = observe
        self.identities = Array(identities.prefix(FleetLimits.phones))
        tools = Authenticator.Tools(functions: try AKAFunctions(), digests: try Digests())
        let first = config.local.port
        layout = FleetPorts(phones: self.identities.count)
        var listeners = self.identities.indices.map { index in
            let port = first == 0 ? 0 : UInt16(truncatingIfNeeded: Int(first) + index)
            return SIPListenerSettings(
                name: "ue-\(index)", address: config.local.with(port: port), kinds: config.kinds, profile: .ue)
        }
        if config.security != nil { listeners += layout.protected(at: config.local) }
        // From anywhere, so that a run does not draw the SPIs of the one before it.
        spis = SPIAllocator(seed: UInt32(truncatingIfNeeded: ports.random.next()))
        var limits = SIPStackLimits()
        limits.connections = 2 * FleetLimits.phones
        stack = SIPStack(SIPStackSettings(listeners: listeners, serverName: "imsbox-ue", limits: limits), ports)
        stack.becomeAgent()
    }

    public func start() throws {
        try prepareSecurity()
        try stack.open()
        phones = identities.indices.map(makePhone)
        isOpen = true
    }

    private func makePhone(_ index: Int) -> Phone {
        let identity = identities[index]
        let security = makeSecurity(index)
        let contact = contact(index, isProtected: security != nil)
        return Phone(
            identity: identity,
            registration: RegistrationMachine(
                impi: identity.impi, isCard: identity.isCard, contact: contact, expires: config.expires),
            authenticator: Authenticator(identity), contactURI: contact, callID: newID(), fromTag: newTag(),
            security: security)
    }

    /// A Call-ID nobody can foresee (RFC 3261 §8.1.1.4).
    func newID() -> String { Hex.text(ports.random.next()) + Hex.text(ports.random.next()) }
    /// A tag with the randomness §19.3 asks for.
    func newTag() -> String { Hex.text(ports.random.next()) }

    // MARK: Events

    public func handle(_ event: InstanceEvent) {
        switch event {
        case .network(_, let event): stack.handle(event)
        case .timer(let token) where token.component == .sip: stack.handle(timer: token)
        case .timer(let token): fire(token)
        }
        work()
    }

    /// Takes all that came of an event, until nothing more comes of it.
    func work() {
        while true {
            if let request = stack.next() {
                receive(request)
            } else if let notice = stack.nextNotice() {
                take(notice)
            } else {
                return
            }
        }
    }

    private func fire(_ token: TimerToken) {
        switch token.kind {
        case FleetTimer.registration: registrationDue(Int(token.id))
        case FleetTimer.wake: sleepers.removeValue(forKey: token.id)?.resume()
        case FleetTimer.load: loadTick()
        case FleetTimer.security: securityTimer(token.id)
        case FleetTimer.farewell: removeNow()
        case FleetTimer.message: submissionDue(token.id)
        default: callTimer(token)
        }
    }

    private func take(_ notice: AgentNotice) {
        switch notice {
        case .response(let id, let response):
            guard let purpose = requests[id] else { return }
            if let phone = phone(of: purpose) { heard(phone, over: phones[phone].security?.current?.id) }
            if response.isFinal { requests[id] = nil }
            answered(purpose, id, response)
        case .timeout(let id): unanswered(id, isTimeout: true)
        case .transportFailed(let id): unanswered(id, isTimeout: false)
        case .cancelled(let id):
            guard let call = calls.first(where: { $0.value.invite?.transaction == id })?.key else { return }
            step(call, .cancelled)
        }
    }

    private func answered(_ purpose: Purpose, _ id: ClientTransactionID, _ response: SIPMessage) {
        switch purpose {
        case .register(let phone): registerAnswered(phone, id, response)
        case .invite(let call):
            // Later 2xx of the same INVITE still come (RFC 6026 §7.2).
            if (200..<300).contains(response.status) { requests[id] = .invite(call) }
            notePreconditions(response, call)
            step(call, .response(response))
        case .inDialog(let call, let method):
            guard response.isFinal else { return }
            step(call, .answered(method, status: response.status))
            if method == .prack, response.status < 300 { renewIfOwed(call) }
        case .message(let number, phone: _):
            guard response.isFinal else { return }
            tell(.messageAnswered(number, status: response.status, reason: response.reason))
        case .submission(let number, phone: _):
            if response.isFinal { submissionAnswered(number, status: response.status, reason: response.reason) }
        case .deliveryReport: break
        }
    }

    private func phone(of purpose: Purpose) -> Int? {
        switch purpose {
        case .register(let phone), .message(_, let phone), .submission(_, let phone), .deliveryReport(let phone): phone
        case .invite(let call), .inDialog(let call, _): calls[call]?.phone
        }
    }

    private func unanswered(_ id: ClientTransactionID, isTimeout: Bool) {
        guard let purpose = requests.removeValue(forKey: id) else { return }
        let status = isTimeout ? 408 : 503
        switch purpose {
        case .register(let phone): registerUnanswered(phone, isTimeout: isTimeout)
        case .invite(let call): step(call, .unanswered(status: status))
        case .inDialog(let call, let method): step(call, .answered(method, status: status))
        case .message(let number, phone: _):
            tell(.messageAnswered(number, status: status, reason: isTimeout ? "no answer" : "not sent"))
        case .submission(let number, phone: _):
            submissionAnswered(number, status: status, reason: isTimeout ? "no answer" : "not sent")
        case .deliveryReport: break
        }
    }

    // MARK: Telling and waiting

    /// Tells the observer, the load run and whoever waits.
    func tell(_ event: FleetEvent) {
        observe?(event)
        noteForLoad(event)
        guard !waiters.isEmpty else { return }
        for (id, waiter) in waiters.sorted(by: { $0.key < $1.key }) where waiter(event) { waiters[id] = nil }
    }

    /// Begins something and waits for the event that ends it. It begins inside the continuation's body, so that an end
    /// that comes at once is not missed.
    func wait<Value: Sendable>(
        _ pick: @escaping (FleetEvent) -> Value?, begin: () -> Void
    ) async -> Value {
        await withUnsafeContinuation { (waiting: UnsafeContinuation<Value, Never>) in
            serial += 1
            waiters[serial] = { event in
                guard let value = pick(event) else { return false }
                waiting.resume(returning: value)
                return true
            }
            begin()
            work()
        }
    }

    /// Waits on the loop's clock.
    public func pause(milliseconds: Int) async {
        await withUnsafeContinuation { (waiting: UnsafeContinuation<Void, Never>) in
            serial += 1
            sleepers[serial] = waiting
            _ = ports.timers.start(
                afterMilliseconds: milliseconds, TimerToken(.role, kind: FleetTimer.wake, id: serial))
        }
    }

    // MARK: Life

    public var isReady: Bool { isOpen }
    public func drain() { stack.drain() }
    public var isDrained: Bool { stack.isIdle }
    /// Ends everything at once.
    public func close() {
        abandonSecurity()
        stack.close()
        isOpen = false
    }

    public func snapshot(_ query: SnapshotQuery) -> Report {
        switch query {
        case .registrations:
            .list(
                phones.map { phone in
                    .object([
                        ("impi", .text(phone.identity.impi)), ("contact", .text(phone.contactURI)),
                        ("registered", .flag(phone.isRegistered)),
                        ("expires", .number(phone.registration.grant?.seconds ?? 0)),
                    ])
                })
        default:
            .object([
                ("ues", .number(phones.count)), ("calls", .number(calls.count)), ("requests", .number(requests.count)),
            ])
        }
    }

    /// Sizes and sums of the SIP stack, for leak checks.
    public var counts: SIPCounts { stack.counts }
}
