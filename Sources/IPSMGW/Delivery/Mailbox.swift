import SMS

/// One recipient's messages and how far the first of them has come: one at a time, in the order they were accepted
/// (TS 23.040 §3.2). Pure: seconds and outcomes come in, what to do goes out.
///
///     resting → marking → sending → reporting → discharging → the next, or resting
///                  ↓         ↓          ↓
///               waiting ← temporary trouble, no report      full ← memory exceeded
struct Mailbox {
    struct Entry: Equatable {
        let id: Int64
        let expiresAt: Int64
        var attempts: Int
        /// How often the phone has refused it; of this process only.
        var refusals = 0
    }

    /// Refusals after which a message is dropped.
    static let mostRefusals = 3

    enum State: Equatable {
        /// Nothing to do.
        case resting
        /// That the first is about to be sent is being written down.
        case marking(Int64)
        /// Its MESSAGE is under way.
        case sending(Int64)
        /// The phone has it; its delivery report is to come.
        case reporting(Int64)
        /// It has come to its end, which is being written down.
        case discharging(Int64)
        /// For the timer, or for the recipient to come.
        case waiting
        /// For the phone to have memory again.
        case full
    }

    enum Event: Equatable {
        case queued(Entry)
        /// The timer.
        case due
        /// The recipient has registered.
        case reached
        case marked(Int64, isDurable: Bool)
        case answered(Int64, DeliveryOutcome)
        case reported(Int64, DeliveryOutcome)
        /// RP-SMMA.
        case memoryAvailable
        /// Its end is written down.
        case discharged(Int64)
    }

    enum Effect: Equatable {
        case mark(Int64, attempts: Int)
        case send(Int64)
        /// In place of the timer that runs.
        case start(milliseconds: Int)
        case stop
        case discharge(Int64, DeliveryStatus)
    }

    private(set) var entries: [Entry] = []
    private(set) var state = State.resting
    /// The recipient has registered while a message was under way: should that fail, it is tried again at once.
    private var isReached = false
    private let schedule: DeliverySchedule

    init(schedule: DeliverySchedule) { self.schedule = schedule }

    /// As found after a restart.
    ///
    /// - Parameter reportMilliseconds: what the phone has left for the report of the first, where it may have had it.
    init(schedule: DeliverySchedule, restoring entries: [Entry], reportMilliseconds: Int?) {
        self.schedule = schedule
        self.entries = entries
        guard let first = entries.first else { return }
        state = reportMilliseconds == nil ? .waiting : .reporting(first.id)
    }

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty && state == .resting }
    /// Whether the phone may have the first by now, without our knowing.
    var awaitsReport: Bool {
        switch state {
        case .sending, .reporting: true
        case .resting, .marking, .discharging, .waiting, .full: false
        }
    }

    /// - Parameter now: seconds since 1970.
    mutating func handle(_ event: Event, at now: Int64) -> [Effect] {
        switch event {
        case .queued(let entry):
            entries.append(entry)
            return state == .resting ? begin(now) : []
        case .due:
            if case .reporting = state { return failed(now) }
            return isIdle ? begin(now) : []
        case .reached:
            if isIdle { return begin(now) }
            isReached = true
            return []
        case .memoryAvailable: return isIdle ? begin(now) : []
        case .marked(let id, let isDurable):
            guard state == .marking(id) else { return [] }
            guard isDurable else { return failed(now) }
            state = .sending(id)
            return [.send(id)]
        case .answered(let id, let outcome):
            guard state == .sending(id) else { return [] }
            return answered(id, outcome, now)
        case .reported(let id, let outcome): return reported(id, outcome, now)
        case .discharged(let id):
            entries.removeAll { $0.id == id }
            guard state == .discharging(id) else { return [] }
            isReached = false
            state = .resting
            return begin(now)
        }
    }

    /// Whether nothing is under way.
    private var isIdle: Bool {
        switch state {
        case .resting, .waiting, .full: true
        case .marking, .sending, .reporting, .discharging: false
        }
    }

    private mutating func begin(_ now: Int64) -> [Effect] {
        guard let first = entries.first else {
            state = .resting
            return [.stop]
        }
        guard first.expiresAt > now else { return discharge(first.id, .expired) }
        entries[0].attempts += 1
        state = .marking(first.id)
        return [.stop, .mark(first.id, attempts: entries[0].attempts)]
    }

    private mutating func discharge(_ id: Int64, _ status: DeliveryStatus) -> [Effect] {
        state = .discharging(id)
        return [.stop, .discharge(id, status)]
    }

    /// The final response of the MESSAGE.
    private mutating func answered(_ id: Int64, _ outcome: DeliveryOutcome, _ now: Int64) -> [Effect] {
        switch outcome {
        case .accepted:
            state = .reporting(id)
            return [.start(milliseconds: schedule.reportSeconds * 1_000)]
        case .permanent(let status): return discharge(id, status)
        case .temporary, .refused, .memoryExceeded: return failed(now)
        }
    }

    /// The delivery report: it may come before the response, or when nobody waits for it any more.
    private mutating func reported(_ id: Int64, _ outcome: DeliveryOutcome, _ now: Int64) -> [Effect] {
        guard entries.first?.id == id, state != .discharging(id) else { return [] }
        switch outcome {
        case .accepted: return discharge(id, .received)
        case .permanent(let status): return discharge(id, status)
        case .temporary: return failed(now)
        case .refused:
            // One that comes again is not another refusal.
            guard awaitsReport else { return [] }
            entries[0].refusals += 1
            return entries[0].refusals < Self.mostRefusals ? failed(now) : discharge(id, .incompatibleDestination)
        case .memoryExceeded:
            state = .full
            return [.start(milliseconds: wait(schedule.pause(after: .max), now))]
        }
    }

    private mutating func failed(_ now: Int64) -> [Effect] {
        if isReached {
            isReached = false
            return begin(now)
        }
        state = .waiting
        return [.start(milliseconds: wait(schedule.pause(after: entries.first?.attempts ?? 1), now))]
    }

    /// A message that ends before its next attempt is looked at when it does.
    private func wait(_ milliseconds: Int, _ now: Int64) -> Int {
        guard let first = entries.first else { return milliseconds }
        return Int(min(Int64(milliseconds), max(1, first.expiresAt - now) * 1_000))
    }
}
