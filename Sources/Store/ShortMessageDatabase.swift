import Foundation
import GRDB
import HSS
public import IPSMGW

/// The short messages of an IP-SM-GW: SQLite in WAL mode behind one writer thread, file mode 0600, each batch flushed to
/// the disk before it counts (`synchronous = FULL`: an RP-ACK tells a phone that its message is safe).
///
/// `@unchecked Sendable`: everything is constant; GRDB's queue does the rest.
public final class ShortMessageDatabase: ShortMessageStore, @unchecked Sendable {
    public let path: String
    private let queue: DatabaseQueue
    /// Held as long as a gateway works on the database: two would deliver everything twice. Open until the end also
    /// because closing any descriptor of the file would take SQLite's own locks from it (fcntl(2)).
    private let claimed: Int32

    private static let pragmas = ["synchronous = FULL", "journal_size_limit = 16777216", "cache_size = -2048"]

    /// Opens the database, making the file and its directory if they are not there, and brings it up to date.
    public init(path: String) throws(MessageStoreError) {
        self.path = path
        do {
            claimed = try DatabaseFile.make(path)
            try DatabaseFile.claim(claimed, path)
            var configuration = Configuration()
            configuration.journalMode = .wal
            configuration.busyMode = .timeout(5)
            configuration.label = "ipsmgw"
            queue = try DatabaseQueue(path: path, configuration: configuration)
            // After GRDB has set NORMAL for WAL.
            try queue.writeWithoutTransaction { db in
                for pragma in Self.pragmas { try db.execute(sql: "PRAGMA " + pragma) }
            }
            let schema = DatabaseMigrator.shortMessages
            if try queue.read({ try schema.hasBeenSuperseded($0) }) {
                throw MessageStoreError("\(path) was written by a newer imsbox; use that one, or move the file away")
            }
            try schema.migrate(queue)
        } catch { throw MessageStoreError(error, path) }
    }

    deinit { Foundation.close(claimed) }

    /// Writes what is still in the log into the file and closes it. Nothing may be called afterwards.
    public func close() throws(MessageStoreError) {
        do { try queue.close() } catch { throw MessageStoreError(error, path) }
    }

    public func open() throws(MessageStoreError) -> StoredMessages {
        do {
            return try queue.read { db in
                StoredMessages(
                    messages: try Row.fetchAll(db, sql: "SELECT * FROM message ORDER BY id").map(Self.message),
                    receipts: try Row.fetchAll(db, sql: "SELECT key, accepted FROM receipt ORDER BY accepted, key").map
                    {
                        SubmissionReceipt(key: $0[0], acceptedAt: $0[1])
                    })
            }
        } catch { throw MessageStoreError(error, path) }
    }

    /// One transaction on the writer's thread, and one resumption when it is on the disk.
    public func commit(_ changes: [MessageChange]) async throws(MessageStoreError) {
        guard !changes.isEmpty else { return }
        let error: MessageStoreError? = await withUnsafeContinuation { continuation in
            queue.asyncWriteWithoutTransaction { [path] db in
                do {
                    try db.inTransaction {
                        for change in changes { try Self.write(change, db) }
                        return .commit
                    }
                    continuation.resume(returning: nil)
                } catch { continuation.resume(returning: MessageStoreError(error, path)) }
            }
        }
        if let error { throw error }
    }

    /// What a pragma says, for tests.
    func setting(_ pragma: String) throws -> String? {
        try queue.read { try String.fetchOne($0, sql: "PRAGMA " + pragma) }
    }
}

extension ShortMessageDatabase {
    private static func message(_ row: Row) -> StoredMessage {
        let reference: Int64? = row["report_reference"]
        let destination: Data? = row["report_destination"]
        var report: StoredMessage.ReportRequest?
        if let reference, let destination {
            report = .init(reference: UInt8(truncatingIfNeeded: reference), destination: Array(destination))
        }
        let tpdu: Data = row["tpdu"]
        return StoredMessage(
            id: row["id"], recipient: row["recipient"], origin: row["origin"], tpdu: Array(tpdu),
            acceptedAt: row["accepted"], expiresAt: row["expires"], token: row["token"], attempts: row["attempts"],
            sentAt: row["sent"], report: report)
    }

    private static func write(_ change: MessageChange, _ db: Database) throws {
        switch change {
        case .added(let message): try add(message, db)
        case .received(let receipt):
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO receipt VALUES (?, ?)")
                .execute(arguments: [receipt.key, receipt.acceptedAt])
        case .sent(let id, let attempts, let time):
            try db.cachedStatement(sql: "UPDATE message SET attempts = ?, sent = ? WHERE id = ?")
                .execute(arguments: [attempts, time, id])
        case .removed(let id):
            try db.cachedStatement(sql: "DELETE FROM message WHERE id = ?").execute(arguments: [id])
        case .forgotten(let time):
            try db.cachedStatement(sql: "DELETE FROM receipt WHERE accepted <= ?").execute(arguments: [time])
        }
    }

    private static func add(_ message: StoredMessage, _ db: Database) throws {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .execute(arguments: [
                message.id, message.recipient, message.origin, Data(message.tpdu), message.acceptedAt,
                message.expiresAt, message.token, message.attempts, message.sentAt,
                message.report.map { Int64($0.reference) }, message.report.map { Data($0.destination) },
            ])
    }
}

extension DatabaseMigrator {
    /// The tables of a gateway's database. A migration that has shipped is never changed, only followed by another.
    fileprivate static var shortMessages: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 messages") { db in
            try db.execute(
                sql: """
                    CREATE TABLE message (
                        id INTEGER PRIMARY KEY,
                        recipient TEXT NOT NULL,
                        origin TEXT NOT NULL,
                        tpdu BLOB NOT NULL,
                        accepted INTEGER NOT NULL,
                        expires INTEGER NOT NULL,
                        token TEXT NOT NULL,
                        attempts INTEGER NOT NULL,
                        sent INTEGER NOT NULL,
                        report_reference INTEGER,
                        report_destination BLOB
                    ) STRICT;
                    CREATE TABLE receipt (key TEXT PRIMARY KEY, accepted INTEGER NOT NULL) STRICT, WITHOUT ROWID;
                    CREATE INDEX receipt_accepted ON receipt (accepted);
                    """)
        }
        return migrator
    }
}

extension MessageStoreError {
    /// What SQLite or the file system said, in the operator's words.
    fileprivate init(_ error: any Error, _ path: String) {
        if let error = error as? MessageStoreError {
            self = error
        } else {
            self.init(StoreError(error, path: path).detail)
        }
    }
}
