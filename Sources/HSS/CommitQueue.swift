/// Changes on their way to the store. While one batch is being written the next gathers, so that under load one
/// transaction carries many changes and completes with one event.
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

    private var entries: [Entry] = []
    private var waiting: [Waiting] = []
    private(set) var isWriting = false
    /// Whether anything in the queue has to be written soon. What nobody waits for rides with the next batch: a
    /// registration then costs one transaction, not one for its MAR and one for its SAR.
    private var isUrgent = false

    /// Changes nobody waits for that may gather.
    static let highestLeisurely = 500

    /// Changes or answers that may wait; beyond this the HSS is too busy (RFC 6733 §7.1.3).
    static let highestDepth = 10_000
    var isFull: Bool { entries.count >= CommitQueue.highestDepth || waiting.count >= CommitQueue.highestDepth }
    var isEmpty: Bool { entries.isEmpty && waiting.isEmpty && !isWriting }

    mutating func add(_ entry: Entry, isUrgent: Bool) {
        entries.append(entry)
        if isUrgent || entries.count >= CommitQueue.highestLeisurely { self.isUrgent = true }
    }

    /// Lets what has gathered be written now.
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

    /// True if a writer has to be started.
    mutating func begin() -> Bool {
        if isWriting || !isUrgent { return false }
        isWriting = true
        return true
    }

    /// The next batch with those who wait for it; nil ends the writer.
    mutating func next() -> Batch? {
        guard isUrgent else {
            isWriting = false
            return nil
        }
        defer {
            isUrgent = false
            entries.removeAll(keepingCapacity: true)
            waiting.removeAll(keepingCapacity: true)
        }
        return (entries, waiting)
    }
}
