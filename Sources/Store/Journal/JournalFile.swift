import Glibc

/// The journal as a file: for its owner only, one process's at a time, longer with every change.
///
/// Belongs to one thread at a time.
final class JournalFile {
    let path: String
    private let descriptor: Int32
    private var length: off_t = 0
    /// Half a line is at the end and could not be cut off.
    private var isTorn = false

    /// Opens the journal, or makes an empty one, and keeps it from others until the end of this object or of the process.
    init(path: String) throws(JournalError) {
        self.path = path
        descriptor = try Self.open(path)
    }

    /// Begins what is to take the place of the journal at `path`; locked before anybody can find it there.
    init(replacing path: String) throws(JournalError) {
        let name = path + Self.newSuffix
        self.path = name
        unlink(name)
        descriptor = Glibc.open(name, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .failed(name, errno) }
        do {
            try Self.makePrivate(descriptor, name)
            try Self.claim(descriptor, name)
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    private static let newSuffix = ".new"

    // MARK: reading and writing

    func read() throws(JournalError) -> [UInt8] {
        var entry = stat()
        guard fstat(descriptor, &entry) == 0 else { throw .failed(path, errno) }
        var bytes = [UInt8](repeating: 0, count: Int(entry.st_size))
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done, off_t(done))
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .failed(path, errno) }
            if count == 0 { break }
            done += count
        }
        return Array(bytes.prefix(done))
    }

    /// Makes the file end here, whatever follows.
    func cut(to length: Int) throws(JournalError) {
        guard ftruncate(descriptor, off_t(length)) == 0 else { throw .failed(path, errno) }
        self.length = off_t(length)
    }

    /// All of it or nothing: a line cut short would spoil the next one.
    func append(_ bytes: [UInt8]) throws(JournalError) {
        let bytes = isTorn ? [10] + bytes : bytes
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                let reason = errno
                if done > 0 { isTorn = ftruncate(descriptor, length) != 0 }
                throw .failed(path, reason)
            }
            done += count
        }
        isTorn = false
        length += off_t(done)
    }

    func synchronise() throws(JournalError) {
        guard fsync(descriptor) == 0 else { throw .failed(path, errno) }
    }

    /// Puts a replacement into the journal's place; its lock goes with it.
    func takePlace(of journal: String) throws(JournalError) {
        guard rename(path, journal) == 0 else { throw .failed(journal, errno) }
    }

    // MARK: opening

    private static func open(_ path: String) throws(JournalError) -> Int32 {
        while true {
            let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw .failed(path, errno) }
            do {
                try makePrivate(descriptor, path)
                try claim(descriptor, path)
            } catch {
                close(descriptor)
                throw error
            }
            if isStill(descriptor, at: path) { return descriptor }
            // Another process has just put a new file in its place and let go of this one.
            close(descriptor)
        }
    }

    private static func makePrivate(_ descriptor: Int32, _ path: String) throws(JournalError) {
        var entry = stat()
        guard fstat(descriptor, &entry) == 0 else { throw .failed(path, errno) }
        guard entry.st_mode & S_IFMT == S_IFREG else {
            throw JournalError("\(path) is in the way and no file", cure: "remove it or choose another --state-dir")
        }
        guard fchmod(descriptor, 0o600) == 0 else { throw .failed(path, errno) }
        if geteuid() == 0 { DatabaseFile.giveToOwner(of: directory(of: path), descriptor) }
    }

    private static func claim(_ descriptor: Int32, _ path: String) throws(JournalError) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return }
        guard errno == EWOULDBLOCK else { throw .failed(path, errno) }
        throw JournalError(
            "another imsbox already runs this instance (it holds \(path))", cure: "stop it or give --state-dir")
    }

    private static func isStill(_ descriptor: Int32, at path: String) -> Bool {
        var opened = stat()
        var named = stat()
        guard fstat(descriptor, &opened) == 0, lstat(path, &named) == 0 else { return false }
        return opened.st_dev == named.st_dev && opened.st_ino == named.st_ino
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return String(path[..<slash])
    }
}
