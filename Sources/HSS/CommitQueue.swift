import RoleKit

/// Changes on their way to the store. While one batch is being written the next gathers, and under load batches keep a
/// distance (`CommitPace`), so that one transaction carries many changes and completes with one event.
///
/// Belongs to the instance: not Sendable, no lock.
struct CommitQueue {
    /// A change and whom it is about.
    struct Entry {
        var change: StoreChange
        var slot: SubscriberDirectory.Slot
        var id: Int64
        /// For a registration whose answer waits: what to go back to if the batch is lost.
        var before: Registration?
    }

    typealias Waiting = UnsafeContinuation<StoreError?, Never>
    typealias Batch = (entries: [Entry], waiting: [Waiting])

    /// What there is to do about what has gathered.
    enum Beginning: Hashable {
        /// A writer has to be started.
        case now
        /// Ask again after so many milliseconds.
        case later(Int)
        case nothing
    }

    private var entries: [Entry] = []
    private var waiting: [Waiting] = []
    private(set) var isWriting = false
    private var pace = CommitPace()
    /// Whether anything in the queue has to be written soon. What nobody waits for rides with the next batch: a
    /// registration then costs one transaction, not one for its MAR and one for its SAR.
    private var isUrgent = false

    /// Changes that make a batch worth its transaction at once, waited for or not.
    static let fullBatch = 500
    /// What a change nobody waits for waits for company.
    static let leisureMilliseconds = 1_000

    /// Changes or answers that may wait; beyond this the HSS is too busy (RFC 6733 §7.1.3).
    static let highestDepth = 10_000
    var isFull: Bool { entries.count >= CommitQueue.highestDepth || waiting.count >= CommitQueue.highestDepth }
    var isEmpty: Bool { entries.isEmpty && waiting.isEmpty && !isWriting }

    mutating func add(_ entry: Entry, isUrgent: Bool) {
        entries.append(entry)
        if isUrgent { self.isUrgent = true }
    }

    /// Lets what has gathered be written as soon as the pace allows.
    mutating func hurry() { if !entries.isEmpty { isUrgent = true } }

    /// A state that was never written is not one to go back to: who built on `lost` goes back to what was before it.
    mutating func rebase(_ id: Int64, from lost: Registration, to before: Registration) {
        guard let next = entries.firstIndex(where: { $0.id == id && $0.before != nil }) else { return }
        if entries[next].before == lost { entries[next].before = before }
    }

    /// Resumed once everything added so far is durable, or with the error that says it is not.
    mutating func wait(_ continuation: Waiting) {
        waiting.append(continuation)
        isUrgent = true
    }

    /// Whether the next batch may go; if it may, `take()` has to follow. A full one does not wait for its turn.
    mutating func begin(at now: Moment) -> Beginning {
        let isFull = entries.count >= CommitQueue.fullBatch
        if isWriting || entries.isEmpty && waiting.isEmpty { return .nothing }
        guard isUrgent || isFull else { return .later(CommitQueue.leisureMilliseconds) }
        let pause = isFull ? 0 : pace.pause(at: now)
        if pause > 0 { return .later(pause) }
        pace.note(at: now)
        isWriting = true
        return .now
    }

    /// The batch with those who wait for it. `end()` follows when it is durable or lost.
    mutating func take() -> Batch {
        defer {
            isUrgent = false
            entries.removeAll(keepingCapacity: true)
            waiting.removeAll(keepingCapacity: true)
        }
        return (entries, waiting)
    }

    mutating func end() { isWriting = false }

    /// What a batch comes to: of several changes of one thing the last, the others are overwritten by it.
    static func changes(_ entries: [Entry]) -> [StoreChange] {
        var registrations: Set<Int64> = []
        var sequences: Set<Int64> = []
        var mmes: Set<Int64> = []
        var changes: [StoreChange] = []
        changes.reserveCapacity(entries.count)
        for entry in entries.reversed() {
            let isLast =
                switch entry.change {
                case .registration: registrations.insert(entry.id).inserted
                case .sequence: sequences.insert(entry.id).inserted
                case .servingMME: mmes.insert(entry.id).inserted
                }
            if isLast { changes.append(entry.change) }
        }
        return changes.reversed()
    }
}
