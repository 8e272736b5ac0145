/// Changes on their way to the store: while one batch is being written the next gathers, so that under load one
/// transaction carries many.
struct CommitLine {
    typealias Waiting = UnsafeContinuation<Bool, Never>

    struct Batch {
        /// What has to be written, if not now then later.
        var held: [MessageChange] = []
        /// What those who wait give up if it cannot be written now.
        var changes: [MessageChange] = []
        var waiting: [Waiting] = []
    }

    private var next = Batch()
    private(set) var isWriting = false

    var isEmpty: Bool { !isWriting && next.waiting.isEmpty && !isOwing }
    /// Whether something has to be written that no one waits for.
    var isOwing: Bool { !next.held.isEmpty }

    /// Goes with the next batch, and should that fail with the one after it.
    mutating func hold(_ changes: [MessageChange]) { next.held += changes }

    mutating func add(_ changes: [MessageChange], _ waiting: Waiting) {
        next.changes += changes
        next.waiting.append(waiting)
    }

    /// The batch to write now; `end` follows.
    mutating func take() -> Batch? {
        guard !isWriting, !next.waiting.isEmpty else { return nil }
        isWriting = true
        defer { next = Batch() }
        return next
    }

    mutating func end(_ batch: Batch, isDurable: Bool) {
        isWriting = false
        if !isDurable { next.held = batch.held + next.held }
    }
}
