import Glibc
public import RoleKit

/// What an instance finds again after a restart, in the file `<instance>.state`: one line of JSON a change, handed to the
/// kernel before `keep` returns, so that kill -9 loses nothing. Nothing waits for the disk: a power failure may lose the
/// changes of the last seconds and leave half a line, which is passed over.
///
/// Never a key in here (K, OPc, CK, IK): the file is not encrypted, and those of security associations are in the kernel,
/// which outlives the process. It is for the caller to leave them out.
///
/// `@unchecked Sendable`: after `open` the instance's event loop alone uses it.
public final class StateJournal: StatePort, @unchecked Sendable {
    /// Bounds of one change's work.
    enum Limits {
        /// Lines that no longer count, beside as many as there are that do, before the file is written anew.
        static let deadLines = 1_000
        /// What a full disk kept out is written after it in writes of so many lines …
        static let lateBatch = 64
        /// … and so many writes a change.
        static let lateBatches = 16
    }

    private let path: String
    private let log: any LogPort
    private var file: JournalFile
    /// The last line of each key that has a value: what the file has to say, if it could be written.
    private var live: [String: [UInt8]]
    /// What was found at the start, until it is asked for or out of date.
    private var found: [String: Report]?
    /// Lines in the file, live and dead.
    private var lines: Int
    /// Keys of changes the file does not know, because the disk would not take them.
    private var missing: Set<String> = []
    private var rewrite: JournalRewrite?
    /// Keys of changes since the rewrite began, which its file does not know.
    private var changedSince: Set<String> = []
    /// A rewrite that failed is not tried again below this many dead lines.
    private var leastDead = Limits.deadLines
    private var toldOfRewrite = false

    /// Opens the journal of an instance and reads it. Throws where it could not be kept: another process has it, or it is
    /// another user's.
    public static func open(instance: String, in directory: String, log: any LogPort) throws(JournalError)
        -> StateJournal
    {
        try StateJournal(path: "\(directory)/\(instance).state", log)
    }

    private init(path: String, _ log: any LogPort) throws(JournalError) {
        self.path = path
        self.log = log
        file = try JournalFile(path: path)
        let bytes = try file.read()
        let contents = JournalContents(bytes)
        live = contents.live
        found = contents.values
        lines = contents.lines
        try file.cut(to: contents.wholeLength)
        tell(of: contents, torn: bytes.count - contents.wholeLength)
        if lines > live.count { compact() }
    }

    deinit {
        // Whoever opens it next finds nobody writing beside it.
        if rewrite != nil { finishRewrite() }
    }

    // MARK: the port

    public func keep(_ key: String, _ value: Report?) {
        if rewrite?.isDone == true { finishRewrite() }
        let line = value.map { JournalLine.written(key, $0) }
        if live[key] != line {
            live[key] = line
            found = nil
            if rewrite != nil { changedSince.insert(key) }
            write(key, line)
        }
        if !missing.isEmpty { writeMissing() }
        if dead > max(leastDead, live.count + Limits.deadLines) { beginRewrite() }
    }

    public func kept() -> [String: Report] {
        defer { found = nil }
        return found ?? live.compactMapValues { JournalLine.read(Array($0.dropLast()))?.value }
    }

    // MARK: one change

    private var dead: Int { lines - live.count }

    private func write(_ key: String, _ line: [UInt8]?) {
        // Behind what is missing: a key's changes keep their order.
        guard missing.isEmpty else {
            missing.insert(key)
            return
        }
        do {
            try file.append(line ?? JournalLine.struckOut(key))
            lines += 1
        } catch {
            missing.insert(key)
            tellOfLoss(error)
        }
    }

    /// Tries to write what the file does not know; a disk that is still full says so at the first write.
    private func writeMissing() {
        for _ in 0..<Limits.lateBatches where !missing.isEmpty {
            let batch = Array(missing.prefix(Limits.lateBatch))
            do { try file.append(state(of: batch)) } catch { return }
            missing.subtract(batch)
            lines += batch.count
        }
        if missing.isEmpty { tellOfRepair() }
    }

    private func state(of keys: some Sequence<String>) -> [UInt8] {
        keys.reduce(into: []) { $0 += live[$1] ?? JournalLine.struckOut($1) }
    }

    // MARK: writing it anew

    /// At the start, when nobody waits.
    private func compact() {
        do { try replace(by: try JournalRewrite.write(path, live), lines: live.count) } catch { postpone(error) }
    }

    private func beginRewrite() {
        guard rewrite == nil else { return }
        changedSince = []
        do { rewrite = try JournalRewrite.begin(of: path, live) } catch { postpone(error) }
    }

    /// Puts the new file in the place of the old, or goes on with the old if there is none. Waits for it if need be.
    func finishRewrite() {
        guard let rewrite else { return }
        self.rewrite = nil
        do {
            let next = try rewrite.result()
            try replace(by: next, lines: rewrite.count + changedSince.count)
        } catch { postpone(error) }
        changedSince = []
    }

    /// The new file, which is made of what is and not of what the old one knows, gets what has changed since it was begun.
    private func replace(by next: JournalFile, lines: Int) throws(JournalError) {
        do {
            try next.append(state(of: changedSince))
            try next.takePlace(of: path)
        } catch {
            unlink(next.path)
            throw error
        }
        file = next
        self.lines = lines
        leastDead = Limits.deadLines
        toldOfRewrite = false
        guard !missing.isEmpty else { return }
        missing = []
        tellOfRepair()
    }

    private func postpone(_ error: JournalError) {
        leastDead = 2 * dead + Limits.deadLines
        guard !toldOfRewrite else { return }
        toldOfRewrite = true
        log.warning(
            "state journal could not be written anew",
            [(.reason, error.problem + "; the old one goes on growing"), (.cure, error.cure)])
    }

    // MARK: what the log is told

    private func tell(of contents: JournalContents, torn: Int) {
        if torn > 0 {
            log.notice(
                "state journal ended in half a line",
                [(.reason, "\(path): the last \(torn) bytes are left out; power loss or a full disk cut them short")])
        }
        guard contents.unreadable > 0 else { return }
        log.warning(
            "state journal had lines nobody can read",
            [
                (.count, "\(contents.unreadable)"),
                (.reason, "\(path), the first is line \(contents.firstUnreadable); they are left out"),
                (.cure, "check the disk; what they said is found again when its phone registers anew"),
            ])
    }

    /// Once until all is written.
    private func tellOfLoss(_ error: JournalError) {
        log.error(
            "state could not be written down",
            [(.reason, error.problem + "; until it can, a restart does not find the latest"), (.cure, error.cure)])
    }

    private func tellOfRepair() { log.notice("state was written down again", [(.reason, "\(path) is whole")]) }
}
