import Console
import RoleKit
import Tap

/// One instance of a box with what belongs to it.
///
/// `@unchecked Sendable`: the plan and the instance never change, the tap is read in the instance's isolation.
final class BoxMember: @unchecked Sendable {
    let plan: InstancePlan
    let instance: any Instance
    private let tap: InstanceTap
    private let source: TraceSource

    init(plan: InstancePlan, instance: any Instance, tap: InstanceTap, source: TraceSource) {
        self.plan = plan
        self.instance = instance
        self.tap = tap
        self.source = source
    }

    // MARK: on the loop

    func start() throws { try instance.startAssumed() }
    var isReady: Bool { instance.isReadyAssumed }
    func drain() { instance.drainAssumed() }
    var isDrained: Bool { instance.isDrainedAssumed }

    // MARK: for the console's thread

    /// Answers a question over the control socket. Only copying happens on the loop; reading and picking do not.
    func answer(_ request: ControlRequest) async -> Result<Report, ControlError> {
        switch request.command {
        case "status": .success(await status())
        case "registrations": .success(await instance.snapshot(.registrations))
        case "peers": .success(await instance.snapshot(.peers))
        case "calls": .success(await instance.snapshot(.calls))
        case "sas": .success(await instance.snapshot(.securityAssociations))
        case "subscriber": .success(await instance.snapshot(of: request.keys.first ?? ""))
        case "trace": .success(await trace(Set(request.keys)))
        case "push": await obey(.push(request.keys.first ?? ""))
        case "detach":
            await obey(.detach(request.keys.first ?? "", reattach: request.keys.dropFirst().contains("reattach")))
        default: .failure(ControlError("no such command: \(request.command) – is it the same version?"))
        }
    }

    private func obey(_ order: OperatorOrder) async -> Result<Report, ControlError> {
        await instance.obey(order).mapError { ControlError($0.description) }
    }

    private func status() async -> Report {
        let snapshot = await instance.snapshot(.status)
        let isReady = await instance.isReady
        let counters = await instance.inside { self.tap.counters }
        return .object([
            ("instance", .text(plan.name)), ("role", .text(plan.role.title)),
            ("state", .text(isReady ? "ready" : "not ready")),
            ("listens", .list(plan.listens.filter { $0.address.port != 0 }.map { .text($0.description) })),
            ("counts", Self.withoutKnown(snapshot)), ("messages", counters.report),
        ])
    }

    /// A role's own figures without what stands above them already.
    private static func withoutKnown(_ snapshot: Report) -> Report {
        guard case .object(let pairs) = snapshot else { return snapshot }
        return .object(pairs.filter { !["role", "name", "ready", "listens"].contains($0.key) })
    }

    private func trace(_ keys: Set<String>) async -> Report {
        let (entries, dropped) = await instance.inside { (self.tap.entries, self.tap.dropped) }
        let (rows, known) = Timeline.select(entries.map { TraceRow($0, source) }, keys: keys)
        return .object([
            ("rows", .list(rows.map(\.transfer))), ("keys", .list(known.sorted().map(Report.text))),
            ("dropped", .number(dropped)),
        ])
    }
}

extension Instance {
    /// Runs a closure in this instance's isolation, which is its loop's thread.
    func inside<Value: Sendable>(_ body: @Sendable () -> Value) -> Value { body() }

    // For callers that are on the loop already and hold an instance of any role.
    nonisolated func startAssumed() throws { try assumeIsolated { try $0.start() } }
    nonisolated var isReadyAssumed: Bool { assumeIsolated { $0.isReady } }
    nonisolated func drainAssumed() { assumeIsolated { $0.drain() } }
    nonisolated var isDrainedAssumed: Bool { assumeIsolated { $0.isDrained } }
}
