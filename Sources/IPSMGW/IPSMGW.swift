import IMSCore
public import RoleKit
import SIP

/// An IP-SM-GW with a service centre in it: short messages between phones over SIP, stored until they are delivered.
/// TS 24.341 §5.3.3, TS 23.204 §5.3
///
/// It is an application server: filter criteria of the users' profiles send it their MESSAGEs of type
/// application/vnd.3gpp.sms and their registrations (ISC); it sends to users through an I-CSCF. It keeps what it has
/// accepted in its store, and of users nothing else that matters.
public actor IPSMGW: Instance {
    public nonisolated let loop: any InstanceLoop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    public nonisolated var name: String { config.common.name }
    public nonisolated var role: Role { .ipsmgw }

    nonisolated let config: IPSMGWConfig
    let ports: Ports
    let sip: SIPStack
    let store: any ShortMessageStore
    /// Whom this gateway believes, TS 24.229 §4.4.
    let trust: TrustDomain
    /// Every message that is kept.
    var messages: [Int64: StoredMessage] = [:]
    var lastMessageID: Int64 = 0
    /// Recipients who have messages.
    var mailboxes: [String: Mailbox] = [:]
    var waiting = Waiting()
    var receipts: ReceiptTable
    var presence = Presence()
    var line = CommitLine()
    var charging: ICIDGenerator
    var complaints = OnceLog()
    var counts = IPSMGWCounts()
    /// Whether a timer runs for what the store has not taken.
    var willWrite = false
    /// Submissions whose 202 waits for the disk.
    var patience = Patience()
    /// While draining: recipients whose delivery reports are awaited.
    var awaited: Set<String> = []
    private(set) var isDraining = false
    private var isOpen = false

    public init(config: IPSMGWConfig, ports: Ports, loop: any InstanceLoop, store: any ShortMessageStore) {
        self.config = config
        self.ports = ports
        self.loop = loop
        self.store = store
        let common = config.common
        trust = TrustDomain(common.hosts, on: ports.network, others: config.entryPoints.map(\.address))
        receipts = ReceiptTable(seconds: config.duplicateSeconds)
        charging = ICIDGenerator(seed: ports.random.next())
        let listener = SIPListenerSettings(
            name: "isc", address: common.address, kinds: common.kinds, advertise: common.advertise,
            profile: config.timers)
        sip = SIPStack(SIPStackSettings(listeners: [listener]), ports)
    }

    public func start() throws {
        let stored = try store.open()
        try sip.open()
        receipts = ReceiptTable(seconds: config.duplicateSeconds, stored.receipts)
        restore(stored.messages)
        isOpen = true
    }

    /// Messages found: those that may be with their phones wait for the report, the others go out a few a second.
    private func restore(_ stored: [StoredMessage]) {
        let now = ports.clock.unixSeconds
        lastMessageID = stored.last?.id ?? 0
        var order: [String] = []
        var found: [String: [Mailbox.Entry]] = [:]
        for message in stored {
            messages[message.id] = message
            if found[message.recipient] == nil { order.append(message.recipient) }
            found[message.recipient, default: []].append(
                .init(id: message.id, expiresAt: message.expiresAt, attempts: message.attempts))
        }
        for (index, recipient) in order.enumerated() {
            guard let entries = found[recipient], let first = entries.first.flatMap({ messages[$0.id] }) else {
                continue
            }
            let left = first.sentAt == 0 ? 0 : first.sentAt + Int64(config.schedule.reportSeconds) - now
            let report = left > 0 ? Int(min(left, Int64(config.schedule.reportSeconds))) * 1_000 : nil
            mailboxes[recipient] = Mailbox(
                schedule: config.schedule, restoring: entries, reportMilliseconds: report)
            startTimer(recipient, report ?? (1_000 + index * 1_000 / config.restartRate))
        }
        if !stored.isEmpty { ports.log.info("messages found", [(.count, String(stored.count))]) }
    }

    public func handle(_ event: InstanceEvent) {
        switch event {
        case .network(_, let event): sip.handle(event)
        case .timer(let token) where token.component == .role: fired(token)
        case .timer(let token): sip.handle(timer: token)
        }
        while let request = sip.next() { receive(request) }
    }

    public var isReady: Bool { isOpen }

    /// Nothing new is begun. Reports of messages just sent are still taken: who has a message already would get it again
    /// after the next start.
    public func drain() {
        guard !isDraining else { return }
        isDraining = true
        awaited = Set(mailboxes.lazy.filter { $0.value.awaitsReport }.map(\.key))
        guard !awaited.isEmpty else { return sip.drain() }
        _ = ports.timers.start(
            afterMilliseconds: Self.drainMilliseconds, TimerToken(.role, kind: TimerKind.drain.rawValue, id: 0))
    }

    /// Less than the process gives us.
    static let drainMilliseconds = 1_500

    public var isDrained: Bool { isDraining && awaited.isEmpty && sip.isIdle && line.isEmpty }

    /// Our own timers.
    enum TimerKind: UInt8 {
        /// A recipient's next attempt, or the end of the wait for its report.
        case recipient = 1
        /// What the store has not taken is written again.
        case store
        /// A 202 that has waited for the disk long enough.
        case patience
        /// The end of the wait for reports.
        case drain
    }

    private func fired(_ token: TimerToken) {
        switch TimerKind(rawValue: token.kind) {
        case .recipient: timerFired(token.id)
        case .store: writeNow()
        case .patience: patienceEnds(token.id)
        case .drain:
            awaited = []
            sip.drain()
        case nil: break
        }
    }

    public func snapshot(_ query: SnapshotQuery) -> Report {
        switch query {
        case .status: statusReport()
        case .registrations: registrationsReport()
        case .peers, .calls, .securityAssociations: .list([])
        }
    }
}

/// What an IP-SM-GW has done since it started.
struct IPSMGWCounts {
    /// Submissions stored, known already, refused.
    var accepted = 0
    var repeated = 0
    var refused = 0
    /// Deliveries begun, ended well, given up.
    var sent = 0
    var delivered = 0
    var failed = 0
    /// Delivery reports of phones.
    var reports = 0
    /// RP-ACKs and RP-ERRORs no phone took.
    var unanswered = 0
    /// Third-party REGISTERs.
    var registers = 0
    var storeFailures = 0
}

extension IPSMGW {
    private func statusReport() -> Report {
        .object([
            ("stored", .number(messages.count)), ("recipients", .number(mailboxes.count)),
            ("accepted", .number(counts.accepted)), ("repeated", .number(counts.repeated)),
            ("refused", .number(counts.refused)), ("sent", .number(counts.sent)),
            ("delivered", .number(counts.delivered)), ("failed", .number(counts.failed)),
            ("reports", .number(counts.reports)), ("unanswered", .number(counts.unanswered)),
            ("registers", .number(counts.registers)), ("store-failures", .number(counts.storeFailures)),
            ("transactions", .number(sip.counts.transactions)), ("timers", .number(sip.counts.timers)),
        ])
    }

    private func registrationsReport() -> Report {
        .list(
            presence.list(at: ports.clock.now).map { row in
                .object([
                    ("impu", .text(row.key)), ("expires", .number(row.milliseconds / 1_000)),
                    ("messages", .number(mailboxes[row.key]?.count ?? 0)),
                ])
            })
    }
}
