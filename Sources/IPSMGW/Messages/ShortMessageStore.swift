/// One thing an IP-SM-GW wants durable.
public enum MessageChange: Hashable, Sendable {
    case added(StoredMessage)
    case received(SubmissionReceipt)
    /// It is about to be sent once more.
    case sent(id: Int64, attempts: Int, at: Int64)
    case removed(id: Int64)
    /// Receipts of this second and before are of no use any more.
    case forgotten(before: Int64)
}

/// What a store holds when a gateway starts.
public struct StoredMessages: Equatable, Sendable {
    /// In the order of their numbers.
    public var messages: [StoredMessage]
    public var receipts: [SubmissionReceipt]

    public init(messages: [StoredMessage] = [], receipts: [SubmissionReceipt] = []) {
        self.messages = messages
        self.receipts = receipts
    }
}

/// The store is in trouble; `detail` says where and what to do.
public struct MessageStoreError: Error, Equatable, Sendable, CustomStringConvertible {
    public var detail: String
    public init(_ detail: String) { self.detail = detail }
    public var description: String { detail }
}

/// Where messages wait. The gateway reads everything at start and works from memory; it knows no SQL.
///
/// `commit` suspends on a continuation that the store's writer resumes; the gateway has at most one under way.
public protocol ShortMessageStore: AnyObject, Sendable {
    func open() throws(MessageStoreError) -> StoredMessages
    /// Makes a batch durable in one transaction, or nothing of it.
    func commit(_ changes: [MessageChange]) async throws(MessageStoreError)
}
