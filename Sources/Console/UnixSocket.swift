import Glibc

/// Unix stream sockets, blocking, with time limits: enough for one line each way.
enum UnixSocket {
    /// A request longer than this is refused.
    static let maximumRequest = 64 << 10
    /// A reply longer than this is not read.
    static let maximumReply = 256 << 20
    /// Seconds a peer may take to send or take its bytes.
    static let seconds = 5

    /// How long to wait for a peer: until a time, and not after another descriptor has become readable.
    struct Patience {
        private let deadline: Int
        private let wake: Int32

        /// - Parameter wake: becomes readable when nobody shall be waited for any more.
        init(seconds: Int = UnixSocket.seconds, wake: Int32) {
            deadline = Self.milliseconds + seconds * 1000
            self.wake = wake
        }

        /// Waits until the peer's socket is ready; false if it is not in time.
        func waits(for descriptor: Int32, _ events: Int32) -> Bool {
            while true {
                var polled = [
                    pollfd(fd: descriptor, events: Int16(events), revents: 0),
                    pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
                ]
                let left = deadline - Self.milliseconds
                guard left > 0 else { return false }
                let count = poll(&polled, nfds_t(polled.count), Int32(left))
                if count < 0 && errno == EINTR { continue }
                return count > 0 && polled[1].revents == 0
            }
        }

        private static var milliseconds: Int {
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            return now.tv_sec * 1000 + now.tv_nsec / 1_000_000
        }
    }

    /// Runs `body` with the address of `path`; nil if the path is too long for a socket address (unix(7)).
    static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < room else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    static func open() -> Int32 { socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0) }

    private static let dontWait = Int32(MSG_DONTWAIT)

    static func closeOnExec(_ descriptor: Int32) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }

    /// What a client waits at most: longer than a server gives its instance.
    private static let clientSeconds = 40

    static func limitTime(_ descriptor: Int32) {
        var limit = timeval(tv_sec: clientSeconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    }

    /// Bytes up to a line feed (left out) or the end of the stream; nil if longer than `limit` or on an error.
    static func readLine(_ descriptor: Int32, limit: Int, _ patience: Patience? = nil) -> [UInt8]? {
        var line: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while line.count <= limit {
            if let patience, !patience.waits(for: descriptor, POLLIN) { return nil }
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { return nil }
            if count == 0 { return line }
            if let end = chunk[..<count].firstIndex(of: 10) { return line + chunk[..<end] }
            line += chunk[..<count]
        }
        return nil
    }

    static func write(_ descriptor: Int32, _ text: String, _ patience: Patience? = nil) -> Bool {
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            if let patience, !patience.waits(for: descriptor, POLLOUT) { return false }
            let count = bytes[done...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | (patience == nil ? 0 : dontWait))
            }
            if count < 0 && (errno == EINTR || errno == EAGAIN && patience != nil) { continue }
            if count <= 0 { return false }
            done += count
        }
        return true
    }
}
