/// A subscriber as the store hands it over.
public struct StoredSubscriber: Sendable {
    /// The store's own number of the subscriber; never used again for another.
    public var id: Int64
    public var subscriber: Subscriber
    /// Where SEQ begins in this run: every number above it is unused (see `SequenceReservation`).
    public var base: UInt64
    public var registration: Registration
    public var mme: ServingMME?

    public init(
        id: Int64, subscriber: Subscriber, base: UInt64, registration: Registration, mme: ServingMME? = nil
    ) {
        self.id = id
        self.subscriber = subscriber
        self.base = base
        self.registration = registration
        self.mme = mme
    }
}

/// One thing the HSS wants durable. Explicit keys and values, so that a store may be any database.
public enum StoreChange: Hashable, Sendable {
    case registration(subscriber: Int64, Registration)
    /// SEQ up to `base` is used and `SequenceReservation.length` more may be.
    case sequence(subscriber: Int64, base: UInt64)
    /// The MME that serves the subscriber in EPS.
    case servingMME(subscriber: Int64, ServingMME)
}

/// What provisioning, perhaps by another process, did to the subscribers.
public enum ProvisioningChange: Sendable {
    /// Added, or changed in place.
    case stored(StoredSubscriber)
    /// With what it was found by: its IMSI or its own private identity.
    case removed(id: Int64, imsi: Digits?, privateIdentity: String?)
}

/// The database is in trouble. To Diameter this is DIAMETER_UNABLE_TO_COMPLY, never an error of the user.
public struct StoreError: Error, Equatable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// Cannot be opened: permissions, a newer version's database.
        case unavailable
        /// Not a database, or a broken one.
        case damaged
        /// Disk full or read-only.
        case notWritable
        /// Locked by another process for too long.
        case busy
        case other
    }

    public var code: Code
    public var detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public var description: String { detail }
    public static func == (a: StoreError, b: StoreError) -> Bool { a.code == b.code }
}

/// Where subscribers live. The HSS reads everything at start and answers from memory; it knows no SQL.
///
/// `commit` and `provisioned` suspend on a continuation that the store's one writer thread resumes, so they return on
/// the instance's own loop; the HSS has at most one `commit` under way and so gets one completion per batch.
public protocol SubscriberStore: AnyObject, Sendable {
    /// Raises the generation durably, then says how many subscribers there are and hands over each. Called once, before
    /// the loop serves anything.
    func open(expecting: (Int) -> Void, _ each: (StoredSubscriber) -> Void) throws(StoreError)
    /// Makes a batch durable in one transaction, or nothing of it.
    func commit(_ changes: [StoreChange]) async throws(StoreError)
    /// What provisioning did since `open` or the last call; cheap where nothing happened. At most a few hundred at a
    /// time; the rest comes with the next call.
    func provisioned() async throws(StoreError) -> [ProvisioningChange]
}
