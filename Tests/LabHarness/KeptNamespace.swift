import CLinux
import Foundation

/// A network namespace that nobody lives in: a thread enters it for a while. What it opens or starts there stays there,
/// a socket or a child; the namespace ends with the last of them.
package final class KeptNamespace: Sendable {
    private let descriptor: Int32

    package init() throws {
        let own = try Self.current()
        defer { close(own) }
        guard linux_own_network() == 0 else {
            throw HarnessError("no network namespace: \(String(cString: strerror(errno)))")
        }
        defer { Self.enter(own) }
        descriptor = try Self.current()
        try run { try Namespace.set(["link set lo up"]) }
    }

    deinit { close(descriptor) }

    /// Where other programs find it, as long as this process lives.
    package var path: String { "/proc/\(getpid())/fd/\(descriptor)" }

    /// Runs `body` in it, on the calling thread.
    package func run<Value>(_ body: () throws -> Value) throws -> Value {
        let own = try Self.current()
        defer { close(own) }
        guard linux_enter_network(descriptor) == 0 else {
            throw HarnessError("network namespace not entered: \(String(cString: strerror(errno)))")
        }
        defer { Self.enter(own) }
        return try body()
    }

    private static func current() throws -> Int32 {
        let found = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
        guard found >= 0 else { throw HarnessError("/proc/thread-self/ns/net: \(String(cString: strerror(errno)))") }
        return found
    }

    /// Back to where the thread was: other tests on it would else run in the wrong namespace.
    private static func enter(_ own: Int32) {
        precondition(linux_enter_network(own) == 0, "the thread's own network namespace cannot be entered again")
    }
}

extension Namespace {
    /// Commands of ip(8) in the calling thread's namespace; one that fails, and those after it are not tried.
    package static func set(_ commands: [String]) throws {
        let said = try output("ip -batch - 2>&1 <<'END'\n\(commands.joined(separator: "\n"))\nEND")
        guard said.isEmpty else { throw HarnessError("ip: \(said)") }
    }

    /// A counter of /proc/net/xfrm_stat in the calling thread's namespace: why packets were thrown away.
    package static func dropped(_ counter: String) throws -> Int {
        for line in try KernelFile.text("/proc/thread-self/net/xfrm_stat").split(separator: "\n") {
            let words = line.split { $0 == " " || $0 == "\t" }
            if words.count == 2, words[0] == counter, let value = Int(words[1]) { return value }
        }
        throw HarnessError("/proc/net/xfrm_stat has no \(counter)")
    }
}
