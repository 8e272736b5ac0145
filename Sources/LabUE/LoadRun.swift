import RoleKit
import SIP

/// What a load run is asked for: every UE of the fleet registers once, at this rate.
public struct LoadPlan: Equatable, Sendable {
    /// Attempts begun a second.
    public var rate: Int
    /// The run ends by then, whatever is still under way.
    public var limitMilliseconds: Int
    /// After registering, UE 1 calls UE 2, UE 3 calls UE 4 …
    public var calls: Bool
    public var holdMilliseconds: Int

    public init(rate: Int, limitMilliseconds: Int, calls: Bool = false, holdMilliseconds: Int = 1_000) {
        self.rate = max(1, rate)
        self.limitMilliseconds = limitMilliseconds
        self.calls = calls
        self.holdMilliseconds = holdMilliseconds
    }
}

/// One kind of attempt in a load run, counted.
public struct LoadTally: Equatable, Sendable {
    public var begun = 0
    public var done = 0
    public var failed = 0
    /// Failures by their problem, for the summary; at most `causeLimit` kinds.
    public var causes: [String: Int] = [:]
    /// Milliseconds of each success, in order of success.
    public var latencies: [Double] = []
    /// From the run's begin to the last outcome.
    public var lastMilliseconds: Double = 0
    static let causeLimit = 20

    /// Latency below which this share of the successes lies; nil without any (nearest rank).
    public func percentile(_ share: Double) -> Double? {
        guard !latencies.isEmpty else { return nil }
        let sorted = latencies.sorted()
        let rank = (share * Double(sorted.count)).rounded(.up)
        return sorted[min(sorted.count - 1, max(0, Int(rank) - 1))]
    }

    mutating func fail(_ cause: String) {
        failed += 1
        if causes[cause] != nil || causes.count < Self.causeLimit { causes[cause, default: 0] += 1 }
    }
}

/// How a load run stands, or stood at its end.
public struct LoadSummary: Equatable, Sendable {
    public var planned: Int
    public var registrations = LoadTally()
    public var calls = LoadTally()
    /// From the first attempt to the last outcome.
    public var elapsedMilliseconds: Double = 0
    /// True where the time limit ended it.
    public var isCutShort = false
    public var isOver = false

    public init(planned: Int) { self.planned = planned }

    /// Attempts begun, of either kind.
    public var attempts: Int { registrations.begun + calls.begun }

    /// Registrations done a second.
    public var rate: Double {
        registrations.lastMilliseconds > 0
            ? Double(registrations.done) * 1_000 / registrations.lastMilliseconds : 0
    }
}

/// A load run at work: which UE begins when.
struct LoadRun {
    /// Milliseconds between looks at what is due.
    static let tickMilliseconds = 5

    let plan: LoadPlan
    let began: Moment
    var summary: LoadSummary
    var next = 0
    /// Outcomes outstanding.
    var open = 0
    /// When each call was dialled.
    var dialled: [UECallID: Moment] = [:]
    var waiting: UnsafeContinuation<LoadSummary, Never>?

    /// How many attempts should have begun by `now`.
    func due(_ now: Moment) -> Int {
        let nanoseconds = now.nanoseconds &- began.nanoseconds
        return min(summary.planned, Int(Double(nanoseconds) * Double(plan.rate) / 1e9) + 1)
    }
}

extension Fleet {
    /// Registers every UE of the fleet at a rate and gives the outcome; bounded by the fleet's size and the plan's time.
    public func run(_ plan: LoadPlan) async -> LoadSummary {
        await withUnsafeContinuation { waiting in
            guard load == nil, !phones.isEmpty else {
                return waiting.resume(returning: LoadSummary(planned: 0))
            }
            var run = LoadRun(plan: plan, began: ports.clock.now, summary: LoadSummary(planned: phones.count))
            run.waiting = waiting
            load = run
            loadTick()
            work()
        }
    }

    /// How the run stands; nil when there is none.
    public var loadSummary: LoadSummary? { load.map(current) }

    private func current(_ run: LoadRun) -> LoadSummary {
        var summary = run.summary
        summary.elapsedMilliseconds = Self.milliseconds(from: run.began, to: ports.clock.now)
        return summary
    }

    private static func milliseconds(from: Moment, to: Moment) -> Double {
        to > from ? Double(to.nanoseconds - from.nanoseconds) / 1e6 : 0
    }

    func loadTick() {
        guard let run = load else { return }
        let now = ports.clock.now
        if now.milliseconds(since: run.began) >= run.plan.limitMilliseconds { return endLoad(isCutShort: true) }
        let due = run.due(now)
        while let next = load?.next, next < due {
            load?.next += 1
            load?.summary.registrations.begun += 1
            load?.open += 1
            beginRegistration(next)
        }
        guard load != nil else { return }
        _ = ports.timers.start(
            afterMilliseconds: LoadRun.tickMilliseconds, TimerToken(.role, kind: FleetTimer.load, id: 0))
    }

    /// Counts what happens during a run.
    func noteForLoad(_ event: FleetEvent) {
        guard let began = load?.began else { return }
        let elapsed = Self.milliseconds(from: began, to: ports.clock.now)
        switch event {
        case .registered(let phone, _):
            load?.summary.registrations.lastMilliseconds = elapsed
            load?.summary.registrations.done += 1
            load?.summary.registrations.latencies.append(
                Self.milliseconds(from: phones[phone].began, to: ports.clock.now))
            load?.open -= 1
            beginLoadCalls(phone)
        case .registrationFailed(_, let fault, retryMilliseconds: _):
            load?.summary.registrations.lastMilliseconds = elapsed
            load?.summary.registrations.fail(fault.description)
            load?.open -= 1
        case .established(let call, phone: _):
            guard let dialled = load?.dialled[call] else { return }
            load?.summary.calls.latencies.append(Self.milliseconds(from: dialled, to: ports.clock.now))
        case .ended(let call, phone: _, let end, let stood):
            guard load?.dialled.removeValue(forKey: call) != nil else { return }
            load?.summary.calls.lastMilliseconds = elapsed
            load?.open -= 1
            if stood { load?.summary.calls.done += 1 } else { noteFailedCall(end) }
        default: return
        }
        guard let run = load, run.next == run.summary.planned, run.open == 0 else { return }
        endLoad(isCutShort: false)
    }

    private func noteFailedCall(_ end: CallEnd) { load?.summary.calls.fail("\(end)") }

    /// Once both of a pair are registered, the first calls the second.
    private func beginLoadCalls(_ phone: Int) {
        guard let plan = load?.plan, plan.calls else { return }
        let caller = phone & ~1
        guard caller + 1 < phones.count, phones[caller].isRegistered, phones[caller + 1].isRegistered else { return }
        let plans = CallPlan(patienceMilliseconds: 30_000, holdMilliseconds: plan.holdMilliseconds)
        phones[caller + 1].habit = .answer(afterMilliseconds: 0)
        load?.summary.calls.begun += 1
        load?.open += 1
        let call = dial(caller, to: phones[caller + 1].publicIdentity, plans)
        // One that could not even be sent is over before its number is known here.
        guard let call, calls[call]?.isOver == false else {
            load?.open -= 1
            return noteFailedCall(.refused(status: 503))
        }
        load?.dialled[call] = ports.clock.now
    }

    private func endLoad(isCutShort: Bool) {
        guard let run = load else { return }
        var summary = current(run)
        summary.isCutShort = isCutShort
        summary.isOver = true
        load = nil
        run.waiting?.resume(returning: summary)
    }
}
