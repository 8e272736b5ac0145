import Glibc

/// What a process that holds subscribers' keys does before it reads the first one.
enum ProcessSafety {
    /// No core dumps, so that keys do not end up on a disk, and files for the owner only. A peer that closes a socket must
    /// not end the process either.
    static func prepare(allowsCoreDumps: Bool) {
        umask(0o077)
        signal(SIGPIPE, SIG_IGN)
        raiseDescriptorLimit()
        guard !allowsCoreDumps else { return }
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        forbidDumps()
        forbidBacktraces()
    }

    /// Swift's backtracer answers a crash with the registers and 16 bytes of what each points to: in the middle of AKA that
    /// is a key, in a log. A crash still says its reason and ends the process, at once instead of seconds later.
    private static func forbidBacktraces() {
        for crash in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGQUIT] { signal(crash, SIG_DFL) }
    }

    /// Signals that end the process in order; a hang-up only where nohup(1) has not said to ignore it.
    static var endingSignals: [Int32] {
        var hangup = sigaction()
        sigaction(SIGHUP, nil, &hangup)
        let isIgnored = unsafeBitCast(hangup.__sigaction_handler.sa_handler, to: Int.self) == 1
        return isIgnored ? [SIGTERM, SIGINT] : [SIGTERM, SIGINT, SIGHUP]
    }

    /// A piped core pattern ignores the limit above; prctl(2) does not. The function takes variable arguments, which
    /// Swift cannot call, hence by its address.
    private static func forbidDumps() {
        typealias Control = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32
        guard let address = dlsym(nil, "prctl") else { return }
        let setDumpable: Int32 = 4
        _ = unsafeBitCast(address, to: Control.self)(setDumpable, 0, 0, 0, 0)
    }

    /// What to say when connections are turned away, and what to do about it.
    static var scarcity: String {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return "connections are turned away: this process may have \(limit.rlim_cur) files and sockets open – "
            + "raise LimitNOFILE= of its unit, or `ulimit -n`"
    }

    /// One connection a phone: as many descriptors as the system lets us have.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(files, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(files, &limit)
    }
}
