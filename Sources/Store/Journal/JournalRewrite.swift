import Glibc
import Synchronization

/// The journal written anew with its live lines only, on a thread of its own: a disk takes its time to say that a file of
/// many megabytes is safe, and the event loop has none.
///
/// `@unchecked Sendable`: the thread alone touches the rest until `isDone` says that it has finished.
final class JournalRewrite: @unchecked Sendable {
    let count: Int
    private let path: String
    private var lines: [String: [UInt8]]
    private var outcome: Result<JournalFile, JournalError>?
    private var thread: pthread_t?
    private let done = Atomic<Bool>(false)

    private static let blockBytes = 262_144

    private init(of path: String, _ lines: [String: [UInt8]]) {
        self.path = path
        self.lines = lines
        count = lines.count
    }

    /// Starts the thread.
    static func begin(of path: String, _ lines: [String: [UInt8]]) throws(JournalError) -> JournalRewrite {
        let rewrite = JournalRewrite(of: path, lines)
        var thread = pthread_t()
        let unmanaged = Unmanaged.passRetained(rewrite)
        let code = pthread_create(&thread, nil, rewriteThread, unmanaged.toOpaque())
        guard code == 0 else {
            unmanaged.release()
            throw JournalError(
                "\(path): no thread to be had: \(String(cString: strerror(code)))", cure: "raise TasksMax= of its unit")
        }
        rewrite.thread = thread
        return rewrite
    }

    var isDone: Bool { done.load(ordering: .acquiring) }

    /// The new file, not yet in its place; waits for it if need be. To be asked once.
    func result() throws(JournalError) -> JournalFile {
        if let thread { pthread_join(thread, nil) }
        thread = nil
        guard let outcome else { throw JournalError("\(path) was not written anew", cure: "restart the instance") }
        return try outcome.get()
    }

    fileprivate func run() {
        do { outcome = .success(try Self.write(path, lines)) } catch { outcome = .failure(error) }
        lines = [:]
        done.store(true, ordering: .releasing)
    }

    /// Writes a replacement of the journal, safe on the disk when this returns.
    static func write(_ path: String, _ lines: [String: [UInt8]]) throws(JournalError) -> JournalFile {
        let file = try JournalFile(replacing: path)
        do {
            var block: [UInt8] = []
            block.reserveCapacity(blockBytes)
            for line in lines.values {
                if block.count + line.count > blockBytes {
                    try file.append(block)
                    block.removeAll(keepingCapacity: true)
                }
                block += line
            }
            try file.append(block)
            try file.synchronise()
        } catch {
            unlink(file.path)
            throw error
        }
        return file
    }
}

private func rewriteThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<JournalRewrite>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
