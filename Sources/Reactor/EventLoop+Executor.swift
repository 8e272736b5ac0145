import CReactor
public import RoleKit

/// A job of the concurrency runtime, or a closure another thread wants run here.
enum Work {
    case job(UnownedJob)
    case call(@Sendable () -> Void)
}

/// The loop as executor (SE-0392, SE-0417, SE-0424): jobs run in the order they came, whatever their priority.
extension EventLoop {
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent { work.append(.job(job)) } else { post(.job(job)) }
    }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
    public func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }

    /// Stops the program: code that claims to be on the loop and is not would race with everything on it.
    public func checkIsolated() {
        precondition(isCurrent, "not on the event loop \(name)")
    }

    public func isIsolatingCurrentContext() -> Bool? { isCurrent }

    /// Runs a closure on the loop, after what is queued already; from any thread. Calls from one thread keep their order.
    public func execute(_ body: @escaping @Sendable () -> Void) {
        if isCurrent { work.append(.call(body)) } else { post(.call(body)) }
    }

    /// Runs a closure on the loop once that time has passed; from any thread. For wiring, not for roles.
    public func execute(afterMilliseconds milliseconds: Int, _ body: @escaping @Sendable () -> Void) {
        execute {
            self.delayedSerial += 1
            self.delayed[self.delayedSerial] = body
            _ = self.startTimer(.call, self.delayedSerial, afterMilliseconds: milliseconds)
        }
    }

    func post(_ item: Work) {
        reactor_door_lock(door)
        // A loop that has ended runs nothing; what waits for it waits for ever, as for an instance that is gone.
        guard !hasEnded else { return reactor_door_unlock(door) }
        inbox.append(item)
        // One wake-up for all that comes before the loop looks.
        let wake = !isSignalled
        isSignalled = true
        reactor_door_unlock(door)
        if wake { reactor_door_wake(door) }
    }

    func takeInbox() {
        reactor_door_clear(door)
        reactor_door_lock(door)
        swap(&inbox, &inboxSpare)
        swap(&parcelInbox, &parcelSpare)
        isSignalled = false
        if stopRequested { isStopping = true }
        reactor_door_unlock(door)
        work.append(contentsOf: inboxSpare)
        inboxSpare.removeAll(keepingCapacity: true)
        let parcels = parcelSpare
        parcelSpare = []
        for parcel in parcels { open(parcel) }
    }

    /// Takes what came until now and refuses what comes later.
    func endInbox() {
        takeInbox()
        reactor_door_lock(door)
        hasEnded = true
        let last = inbox
        (inbox, parcelInbox) = ([], [])
        reactor_door_unlock(door)
        work.append(contentsOf: last)
    }

    /// Runs the jobs that wait, not those they bring forth; returns how many.
    ///
    /// Each job runs isolated to this executor *and* with it as task executor: with the serial one alone every await
    /// would come back through the queue (11 jobs instead of 4 for a procedure of three awaits). The price: a task
    /// *without* the preference that calls in from elsewhere (`await instance.snapshot(…)`) is put back into the queue at
    /// each await, also between a call and the body of `withCheckedContinuation`; tasks of `Instance.start` are not.
    func runWork() -> Int {
        guard !work.isEmpty else { return 0 }
        swap(&work, &workSpare)
        let serial = asUnownedSerialExecutor()
        let task = asUnownedTaskExecutor()
        for item in workSpare {
            switch item {
            case .job(let job): job.runSynchronously(isolatedTo: serial, taskExecutor: task)
            case .call(let body): body()
            }
        }
        let count = workSpare.count
        counts.jobs += UInt64(count)
        workSpare.removeAll(keepingCapacity: count < ReactorLimits.keptQueueEntries)
        return count
    }
}

/// A dedicated thread for a loop.
extension EventLoop {
    /// Runs the loop on a thread of its own.
    public func start() throws(NetworkError) {
        var thread: UInt64 = 0
        let context = Unmanaged.passRetained(self)
        let result = reactor_thread_start(
            name,
            { context in
                guard let context else { return }
                Unmanaged<EventLoop>.fromOpaque(context).takeRetainedValue().run()
            }, context.toOpaque(), &thread)
        guard result == 0 else {
            context.release()
            throw NetworkError(.other, "no thread for the event loop \(name): \(NetworkError.text(-result))")
        }
        reactor_door_lock(door)
        self.thread = thread
        reactor_door_unlock(door)
    }

    /// Waits until the loop's thread has ended, after `stop()`. Not from the loop itself.
    public func join() {
        reactor_door_lock(door)
        let thread = self.thread
        self.thread = nil
        reactor_door_unlock(door)
        if let thread, !isCurrent { reactor_thread_join(thread) }
    }
}
