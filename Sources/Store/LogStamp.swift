import Foundation

/// Where SQLite's write-ahead log stands, as the file system tells it: whoever writes to the database, in this process
/// or another, changes it. Costs one system call and no lock.
struct LogStamp: Equatable {
    private var inode: UInt64
    private var octets: Int64
    private var seconds: Int
    private var nanoseconds: Int
    /// Time enough has passed since the last write for another one to have left another time.
    var isSettled: Bool

    /// Coarser than the time stamps of any file system a database should lie on.
    private static let settlingSeconds = 2

    /// nil if there is no log, or no way to look at it.
    init?(database path: String) {
        var entry = stat()
        guard stat(path + "-wal", &entry) == 0 else { return nil }
        inode = UInt64(entry.st_ino)
        octets = Int64(entry.st_size)
        seconds = entry.st_mtim.tv_sec
        nanoseconds = entry.st_mtim.tv_nsec
        // A clock that was turned back makes times lie in the future: those are not trusted either.
        isSettled = time(nil) - seconds > LogStamp.settlingSeconds
    }

    /// Whether nothing can have been written between the two looks, `self` being the earlier.
    func isUntouched(_ later: LogStamp) -> Bool {
        isSettled && inode == later.inode && octets == later.octets && seconds == later.seconds
            && nanoseconds == later.nanoseconds
    }
}
