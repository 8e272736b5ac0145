import Foundation
import HSS

/// The database as a file: who may read it, whose it is, which HSS works on it.
enum DatabaseFile {
    /// Opens the file, or makes an empty one only its owner may read before SQLite can make one others may. SQLite gives
    /// its -wal and -shm files the same mode and owner. The caller closes the descriptor.
    static func make(_ path: String) throws -> Int32 {
        let directory = (path as NSString).deletingLastPathComponent
        if !directory.isEmpty {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        let isNew = access(path, F_OK) != 0
        let file = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw StoreError(.unavailable, "\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        guard fchmod(file, 0o600) == 0 else {
            Foundation.close(file)
            throw StoreError(
                .unavailable, "\(path) belongs to another user, so its keys cannot be protected (mode 0600)")
        }
        if isNew, geteuid() == 0 { giveToOwner(of: directory, file) }
        return file
    }

    /// `sudo imsbox subscriber import` before the service's first start: the file goes to whom the state directory
    /// belongs, or the HSS, which does not run as root, could not open it.
    static func giveToOwner(of directory: String, _ file: Int32) {
        var entry = stat()
        guard stat(directory.isEmpty ? "." : directory, &entry) == 0, entry.st_uid != 0 else { return }
        _ = fchown(file, entry.st_uid, entry.st_gid)
    }

    /// Makes the file this HSS's own until the descriptor is closed, if only by the end of the process.
    static func claim(_ file: Int32, _ path: String) throws {
        guard flock(file, LOCK_EX | LOCK_NB) != 0 else { return }
        let reason = errno
        Foundation.close(file)
        if reason == EWOULDBLOCK {
            throw StoreError(
                .busy, "\(path) is in use by another instance – stop that one, or give this one its own `database`")
        }
        throw StoreError(.unavailable, "\(path) cannot be locked: \(String(cString: strerror(reason)))")
    }
}
