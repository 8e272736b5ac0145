import ArgumentParser
import Glibc

/// Ends of a command that are not success. `problem` is one line that says what to do.
struct Failure: Error {
    /// Exit statuses scripts may rely on.
    enum Status: Int32 {
        case failed = 1
        /// EX_USAGE of sysexits.h, which the argument parser uses too.
        case usage = 64
    }

    var status: Status
    var problem: String

    init(_ status: Status = .failed, _ problem: String) {
        self.status = status
        self.problem = problem
    }
}

/// Runs a command's body; a failure is printed to stderr and becomes the exit status.
func ending(_ body: () throws -> Void) throws {
    do {
        try body()
    } catch let failure as Failure {
        Terminal.complain(failure.problem)
        throw ExitCode(failure.status.rawValue)
    }
}

/// What people read on the terminal.
enum Terminal {
    /// What a process says beside its work, which goes on if nobody can be told.
    static func say(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// What a command was asked for: one that could not hand it over, to a full disk say, has not done its work.
    static func answer(_ text: String) throws(Failure) { try hand(text + "\n") }

    /// The same without a line's end.
    static func hand(_ text: String) throws(Failure) {
        guard !write(text, to: STDOUT_FILENO) else { return }
        throw Failure(.failed, "the output could not be written: \(String(cString: strerror(errno)))")
    }

    /// A complaint may quote what a file or a peer says; nothing in it drives the terminal.
    static func complain(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { Printable.text(String($0)) }
        write(lines.joined(separator: "\n") + "\n", to: STDERR_FILENO)
    }

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Colour only where a person reads and has not asked to be spared (no-color.org).
    static var isColoured: Bool { isTerminal && getenv("NO_COLOR") == nil }

    /// Characters per line; 100 where nobody looks.
    static var width: Int {
        var size = winsize()
        guard isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
        return Int(size.ws_col)
    }

    /// One write per text, so that lines of several threads do not mix. False, with errno, if not all could be written;
    /// a reader that has gone is no reason to stop.
    @discardableResult
    static func write(_ text: String, to descriptor: Int32) -> Bool {
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return count < 0 && errno == EPIPE }
            done += count
        }
        return true
    }
}
