/// A store that a test holds: it outlives the gateway, forgets with the process, and fails or waits when told to.
///
/// `@unchecked Sendable`: the gateway's loop and the test that drives it are one thread.
public final class MemoryShortMessageStore: ShortMessageStore, @unchecked Sendable {
    public private(set) var messages: [Int64: StoredMessage] = [:]
    public private(set) var receipts: [String: Int64] = [:]
    public private(set) var commits = 0
    /// Every commit fails like this until it is nil again.
    public var failure: MessageStoreError?
    /// So many commits fail, and those after them do not.
    public var losses = 0
    private var isHolding = false
    private var held: [UnsafeContinuation<Void, Never>] = []

    public init() {}

    /// Whether a commit waits.
    public var isWaiting: Bool { !held.isEmpty }

    /// Commits wait until `release()`; with `losing` what waited is then lost, as if the process had died before it.
    public func hold() { isHolding = true }

    public func release(losing: Bool = false) {
        isHolding = false
        let waiting = held
        held = []
        let before = failure
        if losing { failure = MessageStoreError("lost") }
        for continuation in waiting { continuation.resume() }
        if !losing { failure = before }
    }

    public func open() throws(MessageStoreError) -> StoredMessages {
        if let failure { throw failure }
        return StoredMessages(
            messages: messages.values.sorted { $0.id < $1.id },
            receipts: receipts.map { SubmissionReceipt(key: $0.key, acceptedAt: $0.value) }.sorted {
                ($0.acceptedAt, $0.key) < ($1.acceptedAt, $1.key)
            })
    }

    public func commit(_ changes: [MessageChange]) async throws(MessageStoreError) {
        if isHolding { await withUnsafeContinuation { held.append($0) } }
        if let failure { throw failure }
        if losses > 0 {
            losses -= 1
            throw MessageStoreError("lost")
        }
        commits += 1
        for change in changes { apply(change) }
    }

    private func apply(_ change: MessageChange) {
        switch change {
        case .added(let message): messages[message.id] = message
        case .received(let receipt): receipts[receipt.key] = receipt.acceptedAt
        case .sent(let id, let attempts, let time):
            messages[id]?.attempts = attempts
            messages[id]?.sentAt = time
        case .removed(let id): messages[id] = nil
        case .forgotten(let time): receipts = receipts.filter { $0.value > time }
        }
    }
}
