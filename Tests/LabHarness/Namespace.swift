import CLinux
import Foundation

/// A network namespace of a thread's own and of the processes it starts: addresses, ports, states and policies there are
/// nobody else's.
package enum Namespace {
    /// Whether this is the lab's kernel, `Tests/Lab/kernel-lab`.
    package static let hasESP = ProcessInfo.processInfo.environment["KERNEL_LAB"] != nil

    /// Whether this process may have network namespaces: root outside most containers. Where CI is set they must be had, and their tests fail otherwise.
    package static let isPossible: Bool = {
        if ProcessInfo.processInfo.environment["CI"] == "true" { return true }
        do { try run {} } catch { return false }
        return true
    }()

    /// Runs `body` on a new thread in a new network namespace, which ends with it.
    package static func run(_ body: @escaping @Sendable () throws -> Void) throws {
        let outcome = Outcome()
        let thread = Thread {
            outcome.result = Result {
                // unshare(2) of the calling thread alone.
                guard linux_own_network() == 0 else {
                    throw HarnessError("no network namespace: \(String(cString: strerror(errno)))")
                }
                try body()
            }
            outcome.done.signal()
        }
        thread.start()
        outcome.done.wait()
        try outcome.result?.get()
    }

    /// What a command prints, run in the calling thread's namespace.
    package static func output(_ command: String) throws -> String {
        guard let stream = popen(command, "r") else { throw HarnessError("\(command) does not start") }
        defer { pclose(stream) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while case let count = fread(&buffer, 1, buffer.count, stream), count > 0 { text += buffer[..<count] }
        return String(decoding: text, as: UTF8.self)
    }

    /// `@unchecked Sendable`: the semaphore orders the one write before the one read.
    private final class Outcome: @unchecked Sendable {
        let done = DispatchSemaphore(value: 0)
        var result: Result<Void, any Error>?
    }
}
