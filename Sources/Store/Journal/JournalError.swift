import Glibc

/// Why a state journal cannot be used; `description` says what to do.
public struct JournalError: Error, Equatable, Sendable, CustomStringConvertible {
    public var problem: String
    public var cure: String

    public var description: String { "\(problem) – \(cure)" }

    init(_ problem: String, cure: String) {
        self.problem = problem
        self.cure = cure
    }

    /// A system call on `path` failed with this errno.
    static func failed(_ path: String, _ code: Int32) -> JournalError {
        let problem = "\(path): \(String(cString: strerror(code)))"
        return switch code {
        case ENOSPC, EDQUOT, EFBIG: JournalError(problem, cure: "make room on its disk; nothing needs a restart")
        case EACCES, EPERM:
            JournalError(problem, cure: "it is another user's: give it to this one, or choose another --state-dir")
        default: JournalError(problem, cure: "check the disk, or choose another --state-dir")
        }
    }
}
