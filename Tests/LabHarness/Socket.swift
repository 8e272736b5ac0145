import Foundation

extension Endpoint {
    fileprivate func withSocketAddress<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
        guard address.isIPv6 else {
            var raw = sockaddr_in()
            raw.sin_family = sa_family_t(AF_INET)
            raw.sin_port = port.bigEndian
            raw.sin_addr.s_addr = address.number.bigEndian
            return Self.with(&raw, body)
        }
        var raw = sockaddr_in6()
        raw.sin6_family = sa_family_t(AF_INET6)
        raw.sin6_port = port.bigEndian
        withUnsafeMutableBytes(of: &raw.sin6_addr) {
            $0.storeBytes(of: address.high.bigEndian, as: UInt64.self)
            $0.storeBytes(of: address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        return Self.with(&raw, body)
    }

    private static func with<Raw, Value>(
        _ raw: inout Raw, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
    ) -> Value {
        withUnsafePointer(to: &raw) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<Raw>.size)) }
        }
    }
}

/// A blocking socket with deadlines, for test UEs and test Diameter peers.
package final class Socket {
    package enum Kind {
        case datagram
        case stream
    }

    private let descriptor: Int32
    package let local: Endpoint

    /// A socket on `address`; port 0 lets the kernel choose one.
    package init(_ kind: Kind, on address: Loopback, port: UInt16 = 0) throws {
        let type = kind == .datagram ? SOCK_DGRAM : SOCK_STREAM
        let family = address.isIPv6 ? AF_INET6 : AF_INET
        let opened = socket(family, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var one: Int32 = 1
        setsockopt(opened, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        guard Endpoint(address, port).withSocketAddress({ bind(opened, $0, $1) }) == 0 else {
            let reason = String(cString: strerror(errno))
            close(opened)
            throw HarnessError("bind \(address):\(port): \(reason)")
        }
        descriptor = opened
        local = Endpoint(address, Self.port(of: opened))
    }

    private static func port(of descriptor: Int32) -> UInt16 {
        // The port is at the same place in both families' structures.
        var raw = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        withUnsafeMutablePointer(to: &raw) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
        }
        return UInt16(bigEndian: raw.sin6_port)
    }

    /// Takes over a descriptor that `accept` gave.
    private init(accepted: Int32, local: Endpoint) {
        descriptor = accepted
        self.local = local
    }

    deinit { close(descriptor) }

    package func connect(to remote: Endpoint) throws {
        guard remote.withSocketAddress({ Glibc.connect(descriptor, $0, $1) }) == 0 else {
            throw HarnessError("connect \(remote): \(String(cString: strerror(errno)))")
        }
    }

    /// Sends the first segment of a connection and does not wait for an answer.
    package func startConnecting(to remote: Endpoint) throws {
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
        defer { _ = fcntl(descriptor, F_SETFL, flags) }
        let outcome = remote.withSocketAddress { Glibc.connect(descriptor, $0, $1) }
        guard outcome == 0 || errno == EINPROGRESS else {
            throw HarnessError("connect \(remote): \(String(cString: strerror(errno)))")
        }
    }

    package func listen() throws {
        guard Glibc.listen(descriptor, 16) == 0 else { throw HarnessError("listen \(local): errno \(errno)") }
    }

    /// Forgets the connection when this socket goes: the port is free at once, and the peer gets a reset, if anything.
    package func forgetAtEnd() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    }

    /// Wakes whoever waits on this socket, in another thread, for good.
    package func shutDown() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    package func accept(by deadline: Deadline) throws -> Socket {
        guard isReadable(by: deadline) else { throw HarnessError("\(local): nobody connected in time") }
        let accepted = Glibc.accept(descriptor, nil, nil)
        guard accepted >= 0 else { throw HarnessError("accept \(local): errno \(errno)") }
        return Socket(accepted: accepted, local: local)
    }

    package func send(_ bytes: [UInt8], to remote: Endpoint) throws {
        let sent = remote.withSocketAddress { sendto(descriptor, bytes, bytes.count, 0, $0, $1) }
        guard sent == bytes.count else { throw HarnessError("send to \(remote): \(String(cString: strerror(errno)))") }
    }

    /// Writes all of `bytes` on a connected stream.
    package func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw HarnessError("write from \(local): \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(count)
        }
    }

    /// One datagram, or what a stream has; empty when the peer has closed; nil when the deadline passes.
    package func receive(by deadline: Deadline) throws -> [UInt8]? {
        guard isReadable(by: deadline) else { return nil }
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0 && errno == ECONNRESET { return [] }
        guard count >= 0 else { throw HarnessError("receive on \(local): \(String(cString: strerror(errno)))") }
        return Array(buffer[..<count])
    }

    private func isReadable(by deadline: Deadline) -> Bool {
        while true {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&entry, 1, deadline.milliseconds)
            if ready > 0 { return true }
            if ready == 0 && deadline.hasPassed { return false }
        }
    }
}
