import Glibc

/// A store that forgets when its process ends: for tests, for simulation, and for trying things out.
///
/// It commits at once unless told to hold, and can be made to fail, so that everything a slow or broken database does
/// to the HSS can be had without one. `@unchecked Sendable`: a mutex guards the state, since tests provision from
/// outside the loop.
public final class MemorySubscriberStore: SubscriberStore, @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var rows: [Int64: Row] = [:]
    private var lastID: Int64 = 0
    private var generation: UInt64 = 0
    private var changes: [ProvisioningChange] = []
    private var held: [UnsafeContinuation<Void, Never>] = []
    private var isHolding = false
    private var failure: StoreError?
    private var batches = 0

    private struct Row {
        var subscriber: Subscriber
        var base: UInt64
        var written: UInt64
        var registration: Registration
        var mme: ServingMME?
    }

    public init(_ subscribers: [Subscriber] = []) {
        pthread_mutex_init(mutex, nil)
        for subscriber in subscribers { add(subscriber) }
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    private func locked<T>(_ body: () -> T) -> T {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    // MARK: Provisioning and mischief

    /// Adds a subscriber whose USIM has seen SEQ up to `lastSEQ`; an HSS that runs already learns of it when it asks.
    @discardableResult
    public func add(_ subscriber: Subscriber, lastSEQ: UInt64 = 0) -> Int64 {
        locked {
            lastID += 1
            rows[lastID] = Row(subscriber: subscriber, base: lastSEQ, written: generation, registration: .none)
            changes.append(
                .stored(
                    StoredSubscriber(
                        id: lastID, subscriber: subscriber, base: lastSEQ, registration: .none)))
            return lastID
        }
    }

    /// Other data for a subscriber, as `imsbox subscriber add --replace` brings it.
    public func replace(id: Int64, _ subscriber: Subscriber) {
        locked {
            guard var row = rows[id] else { return }
            row.subscriber = subscriber
            rows[id] = row
            changes.append(
                .stored(
                    StoredSubscriber(
                        id: id, subscriber: subscriber, base: row.base, registration: row.registration, mme: row.mme)))
        }
    }

    public func remove(id: Int64) {
        locked {
            guard let row = rows.removeValue(forKey: id) else { return }
            changes.append(
                .removed(
                    id: id, imsi: row.subscriber.imsi, privateIdentity: row.subscriber.further?.privateIdentity))
        }
    }

    /// Commits wait until `release()`.
    public func hold() { locked { isHolding = true } }

    /// Lets every held commit end, and the following ones too.
    public func release() {
        let waiting = locked {
            isHolding = false
            defer { held.removeAll() }
            return held
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Every commit fails like this until it is nil again.
    public func fail(with error: StoreError?) { locked { failure = error } }

    /// Commits so far, for tests of batching.
    public var commits: Int { locked { batches } }
    /// What is durable of one subscriber's registration.
    public func registration(of id: Int64) -> Registration? { locked { rows[id]?.registration } }
    /// What is durable of the MME that serves one subscriber.
    public func mme(of id: Int64) -> ServingMME? { locked { rows[id]?.mme } }

    // MARK: SubscriberStore

    public func open(expecting: (Int) -> Void, _ each: (StoredSubscriber) -> Void) throws(StoreError) {
        let (stored, failure) = locked {
            generation += 1
            changes.removeAll()
            let stored = rows.keys.sorted().compactMap { id in rows[id].map { begin(id, $0) } }
            return (stored, self.failure)
        }
        if let failure { throw failure }
        expecting(stored.count)
        for subscriber in stored { each(subscriber) }
    }

    private func begin(_ id: Int64, _ row: Row) -> StoredSubscriber {
        StoredSubscriber(
            id: id, subscriber: row.subscriber,
            base: SequenceReservation.begin(base: row.base, written: row.written, now: generation),
            registration: row.registration, mme: row.mme)
    }

    public func commit(_ changes: [StoreChange]) async throws(StoreError) {
        if locked({ isHolding }) { await withUnsafeContinuation { wait($0) } }
        if let error = locked({ apply(changes) }) { throw error }
    }

    private func wait(_ continuation: UnsafeContinuation<Void, Never>) {
        let mayGo = locked {
            if isHolding { held.append(continuation) }
            return !isHolding
        }
        if mayGo { continuation.resume() }
    }

    private func apply(_ changes: [StoreChange]) -> StoreError? {
        batches += 1
        if let failure { return failure }
        for change in changes {
            switch change {
            case .registration(subscriber: let id, let registration): rows[id]?.registration = registration
            case .sequence(subscriber: let id, let base):
                rows[id]?.base = base
                rows[id]?.written = generation
            case .servingMME(subscriber: let id, let mme): rows[id]?.mme = mme
            }
        }
        return nil
    }

    public func provisioned() async throws(StoreError) -> [ProvisioningChange] {
        locked {
            defer { changes.removeAll() }
            return changes
        }
    }
}
