import Glibc
public import RoleKit

/// A single-threaded executor for instances under test: jobs queue up and run only when the world says so, in the
/// order they came, so that a run with the same seed is the same run.
///
/// `@unchecked Sendable`: the queue is guarded by a mutex, because a store's writer thread may resume a continuation
/// that belongs here; everything else is touched by the thread that drives the world.
public final class VirtualLoop: InstanceLoop, @unchecked Sendable {
    private var jobs: [UnownedJob] = []
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrival = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Jobs run so far: a measure of how often procedures hop.
    public private(set) var jobsRun = 0

    public init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(arrival, nil)
    }

    deinit {
        pthread_cond_destroy(arrival)
        pthread_mutex_destroy(mutex)
        arrival.deallocate()
        mutex.deallocate()
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pthread_mutex_lock(mutex)
        jobs.append(job)
        pthread_cond_signal(arrival)
        pthread_mutex_unlock(mutex)
    }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
    public func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }
    /// Whoever drives the world is on the loop: a world is used by one thread only.
    public func checkIsolated() {}
    public func isIsolatingCurrentContext() -> Bool? { true }

    /// Runs jobs until none is left; false if there was none.
    @discardableResult
    public func drain() -> Bool {
        let serial = asUnownedSerialExecutor()
        let task = asUnownedTaskExecutor()
        var ranAny = false
        while true {
            let batch = take()
            if batch.isEmpty { return ranAny }
            ranAny = true
            jobsRun += batch.count
            for job in batch { job.runSynchronously(isolatedTo: serial, taskExecutor: task) }
        }
    }

    private func take() -> [UnownedJob] {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let batch = jobs
        jobs.removeAll(keepingCapacity: true)
        return batch
    }

    /// Waits for a job from another thread (a database writer); false if none came in `milliseconds` of real time.
    func waitForJob(realMilliseconds milliseconds: Int) -> Bool {
        var end = timespec()
        clock_gettime(CLOCK_REALTIME, &end)
        let nanoseconds = end.tv_nsec + (milliseconds % 1000) * 1_000_000
        end.tv_sec += milliseconds / 1000 + nanoseconds / 1_000_000_000
        end.tv_nsec = nanoseconds % 1_000_000_000
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while jobs.isEmpty {
            if pthread_cond_timedwait(arrival, mutex, &end) != 0 { return !jobs.isEmpty }
        }
        return true
    }
}
