import Glibc
public import RoleKit

/// The control sockets of one process, one per instance, served by one thread of their own.
///
/// A request is one line of JSON, the reply another. Answers come from `answer`, which awaits the instance; the
/// thread waits for it, so no event loop ever waits for a console.
///
/// `@unchecked Sendable`: everything is set before the thread starts and only read afterwards; the pipe is a kernel
/// object.
public final class ControlServer: @unchecked Sendable {
    public typealias Answer = @Sendable (ControlRequest) async -> Result<Report, ControlError>

    private struct Listener {
        var path: String
        var descriptor: Int32
        var answer: Answer
    }

    /// Seconds an instance may take for a snapshot.
    package static let answerSeconds = 30
    /// Seconds a client may take for its answer, which may be many megabytes.
    private static let takingSeconds = 20
    /// Out of descriptors, the thread looks again after this long.
    private static let pauseMilliseconds: Int32 = 100
    private var listeners: [Listener] = []
    private var wake: (read: Int32, write: Int32) = (-1, -1)
    private var thread: pthread_t?

    public init() {}

    /// Opens `<directory>/<instance>.sock`, for its owner only (0600). A socket left over by a dead process is
    /// replaced; one that answers belongs to a running instance and is an error.
    public func open(instance: String, in directory: String, _ answer: @escaping Answer) throws(ControlError) {
        let path = directory + "/" + instance + ".sock"
        try removeStale(path)
        let descriptor = UnixSocket.open()
        guard descriptor >= 0 else { throw ControlError("no socket to be had: \(String(cString: strerror(errno)))") }
        // The mode of a bound socket file is that of the descriptor; set before bind, it is never open to others.
        fchmod(descriptor, 0o600)
        let bound = UnixSocket.withAddress(path) { bind(descriptor, $0, $1) }
        guard bound == 0, chmod(path, 0o600) == 0, listen(descriptor, 16) == 0 else {
            let reason = bound == nil ? "the path is too long for a socket" : String(cString: strerror(errno))
            close(descriptor)
            throw ControlError("\(path): \(reason) – choose another --state-dir")
        }
        listeners.append(Listener(path: path, descriptor: descriptor, answer: answer))
    }

    /// Starts the thread. Call once, after all `open`s.
    public func start() throws(ControlError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw ControlError("no pipe to be had: \(String(cString: strerror(errno)))")
        }
        for end in ends { UnixSocket.closeOnExec(end) }
        wake = (ends[0], ends[1])
        var created = pthread_t()
        let unmanaged = Unmanaged.passRetained(self)
        let code = pthread_create(&created, nil, controlThread, unmanaged.toOpaque())
        guard code == 0 else {
            unmanaged.release()
            throw ControlError("no thread to be had: \(String(cString: strerror(code)))")
        }
        thread = created
    }

    /// Ends the thread, closes and removes the sockets.
    public func stop() {
        if let thread {
            var byte: UInt8 = 0
            _ = Glibc.write(wake.write, &byte, 1)
            pthread_join(thread, nil)
            close(wake.read)
            close(wake.write)
        }
        thread = nil
        for listener in listeners {
            close(listener.descriptor)
            unlink(listener.path)
        }
        listeners = []
    }

    private func removeStale(_ path: String) throws(ControlError) {
        var found = stat()
        guard lstat(path, &found) == 0 else { return }
        guard found.st_mode & S_IFMT == S_IFSOCK else {
            throw ControlError("\(path) is in the way and no socket – remove it or choose another --state-dir")
        }
        let probe = UnixSocket.open()
        defer { close(probe) }
        if UnixSocket.withAddress(path, { connect(probe, $0, $1) }) == 0 {
            throw ControlError("another imsbox already runs this instance (\(path)) – stop it or give --state-dir")
        }
        unlink(path)
    }

    fileprivate func run() {
        var polled = listeners.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        polled.append(pollfd(fd: wake.read, events: Int16(POLLIN), revents: 0))
        while true {
            let count = poll(&polled, nfds_t(polled.count), -1)
            if count < 0 && errno == EINTR { continue }
            if count < 0 || polled[listeners.count].revents != 0 { return }
            for (index, listener) in listeners.enumerated() where polled[index].revents != 0 {
                let client = accept(listener.descriptor, nil, nil)
                guard client >= 0 else {
                    // Out of descriptors the client goes on waiting, and asking again at once would spin.
                    if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) { pause() }
                    continue
                }
                UnixSocket.closeOnExec(client)
                serve(client, listener.answer)
                close(client)
            }
        }
    }

    /// Waits a little, unless the thread is to end.
    private func pause() {
        var woken = pollfd(fd: wake.read, events: Int16(POLLIN), revents: 0)
        _ = poll(&woken, 1, Self.pauseMilliseconds)
    }

    private func serve(_ client: Int32, _ answer: @escaping Answer) {
        let asking = UnixSocket.Patience(wake: wake.read)
        guard let line = UnixSocket.readLine(client, limit: UnixSocket.maximumRequest, asking) else { return }
        let outcome: Result<Report, ControlError>
        do { outcome = wait(for: try ControlRequest(reading: line), answer) } catch { outcome = .failure(error) }
        let answering = UnixSocket.Patience(seconds: Self.takingSeconds, wake: wake.read)
        let reply: Report =
            switch outcome {
            case .success(let data): .object([("data", data)])
            case .failure(let error): .object([("error", .text(error.description))])
            }
        _ = UnixSocket.write(client, JSONWriter.line(reply) + "\n", answering)
    }

    private func wait(for request: ControlRequest, _ answer: @escaping Answer) -> Result<Report, ControlError> {
        guard let waiting = AnswerExecutor() else { return .failure(ControlError("no descriptors left to wait with")) }
        Task(executorPreference: waiting) {
            waiting.fill(await answer(request))
        }
        return waiting.take(UnixSocket.Patience(seconds: Self.answerSeconds, wake: wake.read))
            ?? .failure(ControlError("no answer within \(Self.answerSeconds) s – the instance is overloaded"))
    }
}

private func controlThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<ControlServer>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
