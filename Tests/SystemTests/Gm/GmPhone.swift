import AKA
import Foundation
import IPsec
import Kernel
import LabHarness
import LabUE
import Reactor
import RoleKit
import SIP
import Synchronization

/// A lab UE with IPsec in a node of the lab's network: what `imsbox ue` runs, on an event loop whose thread lives there, so
/// that its sockets, connections, states and policies are there. Its procedures are waited for.
final class GmPhone {
    /// What one row of the matrix has in common.
    struct Kind: Hashable, Sendable, CustomStringConvertible {
        var transport: LinkKind
        var isIPv6: Bool
        var suite: IPsecSuite

        var description: String { "\(transport == .tcp ? "TCP" : "UDP") \(isIPv6 ? "IPv6" : "IPv4") \(suite)" }
    }

    let subscriber: Subscriber
    let node: LabNetwork.Node
    let kind: Kind
    let watch: PacketWatch
    private let core: Loopback
    private let fleet: Fleet
    private let loop: EventLoop
    private let heard = Heard()

    init(
        _ number: Int, at node: LabNetwork.Node, of network: LabNetwork, _ kind: Kind, hasPreconditions: Bool = false
    ) throws {
        subscriber = Subscriber(number: number)
        self.node = node
        self.kind = kind
        core = network.core.address(isIPv6: kind.isIPv6)
        watch = try network.watch(node)
        loop = try node.run { try EventLoop(name: "ue\(number)") }
        guard
            let pcscf = SocketAddress(core.text, port: 5060),
            let local = SocketAddress(node.address(isIPv6: kind.isIPv6).text, port: 0),
            let identity = try LabSubscribers.identity(number, domain: Subscriber.domain, AKAFunctions())
        else { throw HarnessError("no UE \(number)") }
        let config = FleetConfig(
            pcscf: pcscf, transport: kind.transport, local: local, hasPreconditions: hasPreconditions,
            answerWithin: 15_000,
            security: FleetSecurity(suites: [kind.suite]) { try XFRMSocket() })
        let ports = LoopPorts(loop: loop)
        let heard = heard
        fleet = try Fleet(
            config: config, identities: [identity], ports: ports.ports(tap: NoTap(), log: heard), loop: loop
        ) { heard.add($0) }
        loop.attach(fleet, ports)
        try start()
    }

    deinit { loop.stop() }

    private func start() throws {
        let (loop, node, fleet, outcome) = (loop, node, fleet, Outcome<String>())
        Thread { try? node.run { loop.run() } }.start()
        loop.execute {
            fleet.assumeIsolated { fleet in
                do {
                    try fleet.start()
                    fleet.setHabit(.answer(afterMilliseconds: 0), of: 0)
                    outcome.set("")
                } catch { outcome.set("\(error)") }
            }
        }
        guard outcome.wait(seconds: 30) == "" else {
            throw HarnessError("UE \(subscriber.number) did not start: \(outcome.wait(seconds: 0) ?? "not in time")")
        }
    }

    /// Ends its loop and all it has in its kernel, as a phone whose battery is taken out.
    func stop() throws {
        let _: Bool = try perform("an end") { fleet in
            fleet.close()
            return true
        }
        loop.stop()
    }

    // MARK: What a phone does

    var uri: String { "tel:+\(subscriber.msisdn)" }

    /// Registers, or registers again; gives the SPIs of the set it has then.
    @discardableResult
    func register() throws -> UESecurityReport {
        let outcome: Result<UESecurityReport?, UEFault> = try perform("a registration") { fleet in
            await fleet.register(0).map { _ in fleet.security(of: 0) }
        }
        guard let report = try outcome.get() else { throw HarnessError("registered without IPsec") }
        guard report.suite == kind.suite else { throw HarnessError("agreed on \(report.suite)") }
        return report
    }

    /// The set it speaks over.
    func security() throws -> UESecurityReport? { try perform("a question") { $0.security(of: 0) } }

    func deregister() throws {
        let fault: UEFault? = try perform("a de-registration") { await $0.deregister(0) }
        if let fault { throw fault }
    }

    /// A whole call, answered at once by the other side and ended by this one.
    func call(_ other: GmPhone) throws {
        func isEnd(_ event: FleetEvent) -> Bool {
            if case .ended(_, _, .hungUpByPeer, stood: true) = event { true } else { false }
        }
        let before = other.heard.count(isEnd)
        let (stood, end) = try startCall(to: other.uri)()
        guard stood, end == .hungUp else { throw HarnessError("call: \(end), \(stood ? "stood" : "never stood")") }
        try other.heard.wait("the end of the call at the called side", over: before, isEnd)
    }

    /// A call that stands at both ends; gives its number at this end and at the other.
    func dial(_ other: GmPhone) throws -> (own: UECallID, others: UECallID) {
        let to = other.uri
        let id: UECallID? = try perform("a call") { $0.dial(0, to: to, CallPlan(patienceMilliseconds: 15_000)) }
        guard let id else { throw HarnessError("no call was begun") }
        try heard.wait("a call that stands", over: 0) { if case .established(id, _) = $0 { true } else { false } }
        let incoming = other.heard.last { if case .incomingCall = $0 { true } else { false } }
        guard case .incomingCall(let others, _, _)? = incoming else { throw HarnessError("no call came in") }
        try other.heard.wait("the ACK", over: 0) { if case .established(others, _) = $0 { true } else { false } }
        return (id, others)
    }

    /// Ends a call that stands; the other side, which knows it as `others`, hears of it, and this one hears the answer.
    func hangUp(_ call: UECallID, _ other: GmPhone, _ others: UECallID) throws {
        let _: Bool = try perform("a BYE") { fleet in
            fleet.hangUp(call)
            return true
        }
        try other.heard.wait("the BYE", over: 0) {
            if case .ended(others, _, .hungUpByPeer, _) = $0 { true } else { false }
        }
        try heard.wait("the answer to BYE", over: 0) {
            if case .ended(call, _, .hungUp, _) = $0 { true } else { false }
        }
    }

    /// Calls somebody and does not wait; what is given back waits for the end.
    func startCall(to uri: String) -> () throws -> (stood: Bool, end: CallEnd) {
        begin("a call") { fleet in
            await fleet.call(0, to: uri, CallPlan(patienceMilliseconds: 15_000, holdMilliseconds: 0))
        }
    }

    /// A text; it has arrived at the other side, from this one's default identity.
    func message(_ other: GmPhone) throws {
        let (to, text) = (other.uri, UUID().uuidString)
        let (status, reason): (Int, String) = try perform("a message") { await $0.message(0, to: to, text: text) }
        guard (200..<300).contains(status) else { throw HarnessError("message: \(status) \(reason)") }
        try other.heard.wait("the message", over: 0) {
            if case .message(_, let from, text) = $0 { from.contains(self.subscriber.msisdn) } else { false }
        }
    }

    /// Who a text came from that this phone has been sent, or is being sent.
    func sender(of text: String) throws -> String {
        func isIt(_ event: FleetEvent) -> Bool { if case .message(_, _, text) = event { true } else { false } }
        try heard.wait("the message", over: 0, isIt)
        guard case .message(_, let from, _)? = heard.first(isIt) else { return "" }
        return from
    }

    // MARK: What is known of it

    /// Provisional responses to its calls so far.
    var progress: [Int] { heard.progress }

    /// Registrations granted so far.
    var registrations: Int { heard.count { if case .registered = $0 { true } else { false } } }

    /// What this UE's kernel has of it.
    func associations() throws -> (states: [XFRMStateReport], policies: [XFRMPolicyReport]) {
        let kernel = try node.run { try XFRMSocket() }
        return (try kernel.states(), try kernel.policies())
    }

    /// What is wrong with what crossed its link: SIP in the clear beyond a first REGISTER and its challenge, or anything
    /// between it and the P-CSCF's protected ports; nil: nothing.
    func leak() throws -> String? {
        let traffic = try watch.traffic()
        let clear = traffic.clear.filter {
            $0.isSignalling(between: node.address(isIPv6: kind.isIPv6), and: core)
        }
        let sip = clear.filter(\.isSIP)
        let starts = sip.map { $0.start.split(separator: " ").prefix(2).joined(separator: " ") }
        if starts != ["REGISTER sip:\(Subscriber.domain)", "SIP/2.0 401"] { return "in the clear: \(starts)" }
        if let late = sip.first(where: { $0.espBefore > 0 }) { return "in the clear after ESP: \(late)" }
        // Fragments have no ports; what is left are segments of the connection the first REGISTER came over.
        if let odd = clear.first(where: { $0.sourcePort != 5060 && $0.destinationPort != 5060 && $0.sourcePort != 0 }) {
            return "in the clear: \(odd)"
        }
        return traffic.esp == 0 ? "no ESP at all" : nil
    }

    // MARK: Asking

    /// Runs a procedure of the fleet and waits for its outcome.
    private func perform<Value: Sendable>(
        _ what: String, _ body: @escaping @Sendable (isolated Fleet) async -> Value
    ) throws -> Value {
        try begin(what, body)()
    }

    /// Runs a procedure of the fleet; what is given back waits for its outcome.
    private func begin<Value: Sendable>(
        _ what: String, _ body: @escaping @Sendable (isolated Fleet) async -> Value
    ) -> () throws -> Value {
        let (fleet, outcome) = (fleet, Outcome<Value>())
        loop.execute { fleet.start { outcome.set(await body($0)) } }
        return {
            guard let value = outcome.wait(seconds: 90) else { throw HarnessError("\(what) had no end in 90 s") }
            return value
        }
    }
}

/// The one value another thread gives.
private final class Outcome<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let done = DispatchSemaphore(value: 0)

    func set(_ new: Value) {
        value.withLock { $0 = new }
        done.signal()
    }

    func wait(seconds: Double) -> Value? {
        _ = done.wait(timeout: .now() + seconds)
        return value.withLock { $0 }
    }
}

/// What a phone has been told, and its complaints.
///
/// `@unchecked Sendable`: everything mutable is only touched with `condition` held.
private final class Heard: LogPort, @unchecked Sendable {
    let level = LogLevel.warning
    private let condition = NSCondition()
    private var events: [FleetEvent] = []

    func add(_ event: FleetEvent) {
        condition.lock()
        events.append(event)
        condition.broadcast()
        condition.unlock()
    }

    func count(_ isSo: (FleetEvent) -> Bool) -> Int {
        condition.lock()
        defer { condition.unlock() }
        return events.count(where: isSo)
    }

    var progress: [Int] {
        condition.lock()
        defer { condition.unlock() }
        return events.compactMap { if case .progressing(_, let status) = $0 { status } else { nil } }
    }

    func first(_ isSo: (FleetEvent) -> Bool) -> FleetEvent? {
        condition.lock()
        defer { condition.unlock() }
        return events.first(where: isSo)
    }

    func last(_ isSo: (FleetEvent) -> Bool) -> FleetEvent? {
        condition.lock()
        defer { condition.unlock() }
        return events.last(where: isSo)
    }

    /// Waits for more such events than there were.
    func wait(_ what: String, over before: Int, _ isSo: (FleetEvent) -> Bool) throws {
        let deadline = Deadline(seconds: 15)
        condition.lock()
        defer { condition.unlock() }
        while events.count(where: isSo) <= before {
            guard condition.wait(until: deadline.date) else { throw HarnessError("\(what): not in time") }
        }
    }

    func write(_ level: LogLevel, _ event: String, _ fields: [(LogKey, String)]) {
        FileHandle.standardError.write(Data("ue: \(event) \(fields.map(\.1))\n".utf8))
    }
}

/// Keeps nothing.
private final class NoTap: TapPort {
    func sip(
        _ direction: TapDirection, _ bytes: [UInt8], local: SocketAddress, remote: SocketAddress, _ link: LinkKind
    ) {}
    func diameter(_ direction: TapDirection, _ bytes: [UInt8], local: SocketAddress, remote: SocketAddress) {}
    func event(_ text: String, impu: String, impi: String, callID: String) {}
}
