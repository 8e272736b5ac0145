import Glibc
import RoleKit
import Synchronization

/// Runs a question's task on the very thread that waits for its answer, but for what it does on an instance's loop:
/// nothing else of the process, busy as it may be, has a say in whether an answer comes.
///
/// The thread waits on a pipe, as a stop of the server must wake it as well.
final class AnswerExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var answer: Result<Report, ControlError>?
        /// Nobody waits any more: what is left of the task runs where it is.
        var isOver = false
    }

    private let state = Mutex(State())
    private let ends: (read: Int32, write: Int32)

    init?() {
        var made: [Int32] = [-1, -1]
        guard pipe(&made) == 0 else { return nil }
        for end in made { UnixSocket.closeOnExec(end) }
        ends = (made[0], made[1])
    }

    deinit {
        close(ends.read)
        close(ends.write)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isOver = state.withLock { state -> Bool in
            if !state.isOver { state.jobs.append(job) }
            return state.isOver
        }
        if isOver { return job.runSynchronously(on: asUnownedTaskExecutor()) }
        wake()
    }

    func fill(_ answer: Result<Report, ControlError>) { state.withLock { $0.answer = answer } }

    /// The answer; nil when it did not come in time, or the server stops.
    func take(_ patience: UnixSocket.Patience) -> Result<Report, ControlError>? {
        while patience.waits(for: ends.read, POLLIN) {
            var byte: UInt8 = 0
            _ = Glibc.read(ends.read, &byte, 1)
            runJobs()
            if let answer = state.withLock({ $0.answer }) { return answer }
        }
        state.withLock { $0.isOver = true }
        runJobs()
        return nil
    }

    private func runJobs() {
        while let job = state.withLock({ $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }) {
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    private func wake() {
        var byte: UInt8 = 0
        _ = Glibc.write(ends.write, &byte, 1)
    }
}
