import Foundation
import GRDB
public import HSS

/// The embedded subscriber database: SQLite in WAL mode behind one writer thread, file mode 0600.
///
/// Used in two ways. An HSS takes it as its `SubscriberStore`: everything is read once at start, then batches are
/// written on the writer's queue. The `imsbox subscriber` commands use its synchronous calls, also while an HSS runs
/// in another process, which learns of the change within a second.
///
/// `@unchecked Sendable`: `readUpTo` and `generation` are touched on the writer's queue only; the rest is constant.
public final class HSSDatabase: SubscriberStore, @unchecked Sendable {
    public let path: String
    let queue: DatabaseQueue
    /// The last provisioning number handed to the HSS.
    var readUpTo: Int64 = 0
    /// The generation this process's HSS runs in (see `SequenceReservation`); 0 while none does.
    var generation: UInt64 = 0

    /// Opens the database, making the file and its directory if they are not there, and brings it up to date.
    public init(path: String) throws(StoreError) {
        self.path = path
        do {
            try HSSDatabase.makeFile(path)
            var configuration = Configuration()
            configuration.journalMode = .wal
            configuration.busyMode = .timeout(5)
            configuration.label = "hss"
            queue = try DatabaseQueue(path: path, configuration: configuration)
            // An answer says that its change is durable, so a commit must survive a power failure as well; batches
            // make up for the price. Set after GRDB has set NORMAL for WAL.
            try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
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

    /// Makes an empty file only its owner may read before SQLite can make one others may. SQLite gives its -wal and
    /// -shm files the same mode.
    private static func makeFile(_ path: String) throws {
        let directory = (path as NSString).deletingLastPathComponent
        if !directory.isEmpty {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        let file = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw StoreError(.unavailable, "\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        defer { Foundation.close(file) }
        guard fchmod(file, 0o600) == 0 else {
            throw StoreError(
                .unavailable, "\(path) belongs to another user, so its keys cannot be protected (mode 0600)")
        }
    }

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
        case .SQLITE_CANTOPEN, .SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_PERM: self.init(.unavailable, text)
        default: self.init(.other, text)
        }
    }
}
