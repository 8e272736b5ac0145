import GRDB
public import HSS

/// The HSS's side: read everything, then write batches.
extension HSSDatabase {
    /// Changes handed over at once.
    static let highestChanges = 500

    public func open(expecting: (Int) -> Void, _ each: (StoredSubscriber) -> Void) throws(StoreError) {
        do {
            try queue.write { db in
                generation = UInt64(try Counter.generation.value(db)) + 1
                try Counter.generation.set(Int64(generation), db)
                readUpTo = try Counter.provisioning.value(db)
                // Whoever runs now reads everything; nobody needs to hear of removals before.
                try db.execute(sql: "DELETE FROM removed")
            }
            try queue.read { db in
                expecting(try Int.fetchOne(db, sql: "SELECT count(*) FROM subscriber") ?? 0)
                let identities = try SubscriberRow.allIdentities(db)
                let rows = try Row.fetchCursor(db, sql: SubscriberRow.select)
                while let row = try rows.next() {
                    each(stored(try SubscriberRow.read(row) { identities[$0] ?? [] }))
                }
            }
        } catch {
            throw StoreError(error, path: path)
        }
    }

    private func stored(_ value: SubscriberRow.Value) -> StoredSubscriber {
        StoredSubscriber(
            id: value.id, subscriber: value.subscriber,
            base: SequenceReservation.begin(base: value.seq, written: value.generation, now: generation),
            registration: value.registration, mme: value.mme)
    }

    /// One transaction on the writer's thread, and one resumption when it is durable.
    public func commit(_ changes: [StoreChange]) async throws(StoreError) {
        let error: StoreError? = await withUnsafeContinuation { continuation in
            queue.asyncWriteWithoutTransaction { [self] db in
                do {
                    try write(changes, db)
                    continuation.resume(returning: nil)
                } catch {
                    continuation.resume(returning: StoreError(error, path: path))
                }
            }
        }
        if let error { throw error }
    }

    /// All or nothing. Its first and last statement are prepared once, which GRDB's own transactions do each time.
    private func write(_ changes: [StoreChange], _ db: Database) throws {
        do {
            try db.cachedStatement(sql: "BEGIN IMMEDIATE TRANSACTION").execute()
            for change in changes { try write(change, db) }
            try db.cachedStatement(sql: "COMMIT TRANSACTION").execute()
        } catch {
            if db.isInsideTransaction { try db.rollback() }
            throw error
        }
    }

    private func write(_ change: StoreChange, _ db: Database) throws {
        switch change {
        case .sequence(subscriber: let id, let base):
            try db.cachedStatement(sql: "UPDATE subscriber SET seq = ?, generation = ? WHERE id = ?")
                .execute(arguments: [Int64(base), Int64(generation), id])
        case .servingMME(subscriber: let id, let mme):
            try db.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO mme
                    SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM subscriber WHERE id = ?1)
                    """
            )
            .execute(arguments: [id, mme.host, mme.realm, mme.isPurged])
        case .registration(subscriber: let id, .none):
            try db.cachedStatement(sql: "DELETE FROM registration WHERE subscriber = ?").execute(arguments: [id])
        case .registration(subscriber: let id, let registration):
            // WHERE EXISTS: the subscriber may have been removed a moment ago, which must not fail the batch.
            try db.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO registration
                    SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM subscriber WHERE id = ?1)
                    """
            )
            .execute(arguments: [
                id, Int64(registration.state.rawValue), registration.isAuthenticationPending,
                registration.isReassignmentPending, registration.serverName, registration.serverHost,
            ])
        }
    }

    /// Asks the database only if its log was written since the last look: an idle HSS touches no lock and wakes no thread.
    public func provisioned() async throws(StoreError) -> [ProvisioningChange] {
        let log = LogStamp(database: path)
        if let log, let seen = logSeen, seen.isUntouched(log) { return [] }
        let result: Result<[ProvisioningChange], StoreError> = await withUnsafeContinuation { continuation in
            queue.asyncWriteWithoutTransaction { [self] db in
                do {
                    continuation.resume(returning: .success(try provisioned(db)))
                } catch {
                    continuation.resume(returning: .failure(StoreError(error, path: path)))
                }
            }
        }
        let changes = try result.get()
        // What was read is what the log held when it was looked at, or more; there may be more to read.
        logSeen = changes.isEmpty ? log : nil
        return changes
    }

    /// The next changes in the order they were made.
    private func provisioned(_ db: Database) throws -> [ProvisioningChange] {
        guard try Counter.provisioning.value(db) > readUpTo else { return [] }
        var changes: [(number: Int64, change: ProvisioningChange)] = []
        let arguments: StatementArguments = [readUpTo, HSSDatabase.highestChanges]
        let rows = try Row.fetchCursor(
            db, sql: SubscriberRow.select + " WHERE s.changed > ? ORDER BY s.changed LIMIT ?", arguments: arguments)
        while let row = try rows.next() {
            let value = try SubscriberRow.read(row) { try SubscriberRow.identities(of: $0, db) }
            changes.append((value.changed, .stored(stored(value))))
        }
        let gone = try Row.fetchCursor(
            db,
            sql: "SELECT changed, id, imsi, private_identity FROM removed WHERE changed > ? ORDER BY changed LIMIT ?",
            arguments: arguments)
        while let row = try gone.next() {
            let imsi = (row[2] as String?).flatMap { Digits($0) }
            changes.append((row[0], .removed(id: row[1], imsi: imsi, privateIdentity: row[3])))
        }
        changes.sort { $0.number < $1.number }
        let next = changes.prefix(HSSDatabase.highestChanges)
        readUpTo = next.last?.number ?? readUpTo
        return next.map(\.change)
    }
}
