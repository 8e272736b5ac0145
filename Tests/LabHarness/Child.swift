package import Foundation

/// How a process ended.
package enum ExitStatus: Equatable {
    case code(Int32)
    case signal(Int32)
}

/// A child process; its output is read by a thread of its own while it runs, so it never blocks on a full pipe.
///
/// `@unchecked Sendable`: everything mutable is only touched with `condition` held.
package final class Child: @unchecked Sendable {
    package let name: String
    package let pid: pid_t
    private let condition = NSCondition()
    private var output = ""
    private var isClosed = false
    private var status: ExitStatus?

    /// Starts `program`; standard output and standard error arrive in one text, in order.
    package init(_ program: String, _ arguments: [String], name: String, environment: [String: String] = [:]) throws {
        self.name = name
        let (readEnd, writeEnd) = try Self.pipe()
        defer { close(writeEnd) }
        pid = try Self.spawn(program, arguments, environment, output: writeEnd)
        Thread { [self] in read(from: readEnd) }.start()
        Thread { [self] in reap() }.start()
    }

    package var text: String {
        condition.lock()
        defer { condition.unlock() }
        return output
    }

    package var isRunning: Bool {
        condition.lock()
        defer { condition.unlock() }
        return status == nil
    }

    package func signal(_ number: Int32) {
        condition.lock()
        defer { condition.unlock() }
        if status == nil { kill(pid, number) }
    }

    /// Waits until `found` gives a value for the output so far.
    package func wait<Value>(_ what: String, by deadline: Deadline, for found: (String) -> Value?) throws -> Value {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let value = found(output) { return value }
            if isClosed { throw HarnessError("\(name) ended without \(what)\n\(output.suffix(4000))") }
            if !condition.wait(until: deadline.date) {
                throw HarnessError("\(name): no \(what) in time\n\(output.suffix(4000))")
            }
        }
    }

    /// Waits for a line that begins with `prefix` and returns it.
    @discardableResult
    package func waitForLine(beginning prefix: String, within seconds: Double) throws -> String {
        try wait("a line beginning \"\(prefix)\"", by: Deadline(seconds: seconds)) { output in
            output.split(separator: "\n").first { $0.hasPrefix(prefix) }.map(String.init)
        }
    }

    /// The lines with `word` in them, once there is at least one.
    package func lines(mentioning word: String, within seconds: Double) throws -> [String] {
        try wait("a line with \"\(word)\"", by: Deadline(seconds: seconds)) { output in
            let lines = output.split(separator: "\n").filter { $0.contains(word) }.map(String.init)
            return lines.isEmpty ? nil : lines
        }
    }

    /// Waits for the process to end and its output to be complete.
    package func waitForExit(within seconds: Double) throws -> ExitStatus {
        let deadline = Deadline(seconds: seconds)
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let status, isClosed { return status }
            if !condition.wait(until: deadline.date) {
                throw HarnessError("\(name) (pid \(pid)) still runs after \(seconds) s\n\(output.suffix(4000))")
            }
        }
    }

    /// Ends it whatever it does, and waits until it is gone.
    package func destroy() {
        signal(SIGCONT)
        signal(SIGKILL)
        condition.lock()
        defer { condition.unlock() }
        while status == nil { condition.wait() }
    }

    private func read(from descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { break }
            let piece = String(decoding: buffer[..<count], as: UTF8.self)
            change { output += piece }
        }
        close(descriptor)
        change { isClosed = true }
    }

    private func reap() {
        var raw: Int32 = 0
        while waitpid(pid, &raw, 0) < 0 && errno == EINTR {}
        let signal = raw & 0x7f
        change { status = signal == 0 ? .code(raw >> 8 & 0xff) : .signal(signal) }
    }

    private func change(_ body: () -> Void) {
        condition.lock()
        body()
        condition.broadcast()
        condition.unlock()
    }
}

extension Child {
    private static func pipe() throws -> (Int32, Int32) {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw HarnessError("pipe: errno \(errno)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func spawn(
        _ program: String, _ arguments: [String], _ environment: [String: String], output: Int32
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        var attributes = Self.ordinarySignals()
        defer { posix_spawnattr_destroy(&attributes) }
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for setting in settings { free(setting) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, program, &actions, &attributes, words, settings)
        guard result == 0 else { throw HarnessError("\(program) did not start: \(String(cString: strerror(result)))") }
        return pid
    }

    /// No signal blocked or ignored: a shell that runs the tests in the background has SIGINT ignored, for one.
    private static func ordinarySignals() -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        return attributes
    }
}
