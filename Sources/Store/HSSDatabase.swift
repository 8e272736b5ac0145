import Foundation
import GRDB
public import HSS

/// The embedded subscriber database: SQLite in WAL mode behind one writer thread, file mode 0600.
///
/// Used in two ways. An HSS takes it as its `SubscriberStore`: everything is read once at start, then batches are
/// written on the writer's queue. The `imsbox subscriber` commands use its synchronous calls, also while an HSS runs
/// in another process, which learns of the change within a second.
///
/// `@unchecked Sendable`: `readUpTo` and `generation` are touched on the writer's queue only, `logSeen` by the one HSS
/// that asks `provisioned()`; the rest is constant.
public final class HSSDatabase: SubscriberStore, @unchecked Sendable {
    public let path: String
    let queue: DatabaseQueue
    /// Held by an HSS for as long as it works on the database. Open until the end also because closing any descriptor
    /// of the file would take SQLite's own locks from it (fcntl(2)).
    private let claimed: Int32?
    /// The last provisioning number handed to the HSS.
    var readUpTo: Int64 = 0
    /// The log as it stood when provisioning had nothing new.
    var logSeen: LogStamp?
    /// The generation this process's HSS runs in (see `SequenceReservation`); 0 while none does.
    var generation: UInt64 = 0

    /// How SQLite works here.
    ///
    /// - `synchronous = FULL`: an answer says that its change is durable, so a transaction is on the disk before the
    ///   answer leaves, and a power cut loses nothing that was answered. NORMAL would lose the last transactions then
    ///   (though not when the process dies): users their S-CSCF believes registered could not be called until they
    ///   register again, and sequence numbers reserved in them would be used twice. The price is one flush of the disk
    ///   for each transaction, of which there are 50 a second at most (`CommitPace` in HSS).
    /// - `wal_autocheckpoint`: pages in the log before they are copied into the file. A page written again before that
    ///   is copied once, and whoever commits at that moment waits for it (20 ms); a log of 16 MB is read in as much.
    /// - `journal_size_limit`: what a large import leaves of its log.
    /// - `cache_size`, in KiB: an HSS reads everything once, and then its file is in the system's cache anyway.
    private static let pragmas = [
        "synchronous = FULL", "wal_autocheckpoint = 4000", "journal_size_limit = 67108864", "cache_size = -4096",
    ]

    /// Opens the database, making the file and its directory if they are not there, and brings it up to date.
    ///
    /// - Parameter forHSS: an HSS will work on it. Only one may: two would hand out the same sequence numbers.
    public init(path: String, forHSS: Bool = false) throws(StoreError) {
        self.path = path
        do {
            let file = try DatabaseFile.make(path)
            if forHSS {
                try DatabaseFile.claim(file, path)
                claimed = file
            } else {
                Foundation.close(file)
                claimed = nil
            }
            var configuration = Configuration()
            configuration.journalMode = .wal
            configuration.busyMode = .timeout(5)
            configuration.label = "hss"
            queue = try DatabaseQueue(path: path, configuration: configuration)
            // After GRDB has set NORMAL for WAL.
            try queue.writeWithoutTransaction { db in
                for pragma in HSSDatabase.pragmas { try db.execute(sql: "PRAGMA " + pragma) }
            }
            let schema = DatabaseMigrator.subscribers
            if try queue.read({ try schema.hasBeenSuperseded($0) }) {
                throw StoreError(
                    .unavailable, "\(path) was written by a newer imsbox; use that one, or restore a backup")
            }
            try schema.migrate(queue)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Writes what is still in the log into the database file and closes it. Nothing may be called afterwards.
    public func close() throws(StoreError) {
        do { try queue.close() } catch { throw StoreError(error, path: path) }
    }

    deinit { if let claimed { Foundation.close(claimed) } }

    /// What a pragma says, for tests.
    func setting(_ pragma: String) throws(StoreError) -> String? {
        try read { try String.fetchOne($0, sql: "PRAGMA " + pragma) }
    }

    /// Statements without a result, outside any transaction.
    func change(_ sql: String) throws { try queue.writeWithoutTransaction { try $0.execute(sql: sql) } }

    func read<T>(_ body: (Database) throws -> T) throws(StoreError) -> T {
        do { return try queue.read(body) } catch { throw StoreError(error, path: path) }
    }
}

extension StoreError {
    /// What SQLite said, in the operator's words.
    init(_ error: any Error, path: String) {
        if let error = error as? StoreError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(.other, "\(path): \(error)")
            return
        }
        let text = "\(path): \(error.message ?? "SQLite error \(error.resultCode.rawValue)")"
        switch error.resultCode {
        case .SQLITE_FULL, .SQLITE_READONLY, .SQLITE_IOERR: self.init(.notWritable, text)
        case .SQLITE_BUSY, .SQLITE_LOCKED: self.init(.busy, text)
        case .SQLITE_CANTOPEN, .SQLITE_PERM: self.init(.unavailable, text)
        case .SQLITE_NOTADB, .SQLITE_CORRUPT:
            self.init(.damaged, text + "; move it away and restore a backup, or import the subscribers again")
        default: self.init(.other, text)
        }
    }
}
