import Glibc
import RoleKit

/// A plain blocking socket as the other side of a test, with time-outs instead of hangs.
final class Peer: Sendable {
    let descriptor: Int32
    let address: SocketAddress

    init(_ kind: LinkKind, bind host: String = "127.0.0.1", descriptor given: Int32? = nil) throws {
        let isV6 = host.contains(":")
        let type = Int32((kind == .udp ? SOCK_DGRAM : SOCK_STREAM).rawValue)
        let descriptor = given ?? socket(isV6 ? AF_INET6 : AF_INET, type, 0)
        self.descriptor = descriptor
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        if given == nil {
            guard let any = SocketAddress(host, port: 0) else { throw Late(description: "bad address") }
            let result = withName(any) { Glibc.bind(descriptor, $0, $1) }
            guard result == 0 else { throw Late(description: "bind: errno \(errno)") }
        }
        address = Self.name { getsockname(descriptor, $0, $1) }
    }

    deinit { Glibc.close(descriptor) }

    /// A TCP peer that listens.
    static func listening(_ host: String = "127.0.0.1", backlog: Int32 = 16) throws -> Peer {
        let peer = try Peer(.tcp, bind: host)
        guard listen(peer.descriptor, backlog) == 0 else { throw Late(description: "listen: errno \(errno)") }
        return peer
    }

    func connect(_ to: SocketAddress) throws {
        guard withName(to, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            throw Late(description: "connect: errno \(errno)")
        }
    }

    func accept() throws -> Peer {
        let new = Glibc.accept(descriptor, nil, nil)
        guard new >= 0 else { throw Late(description: "accept: errno \(errno)") }
        return try Peer(.tcp, descriptor: new)
    }

    @discardableResult
    func send(_ bytes: [UInt8], to address: SocketAddress? = nil) -> Int {
        guard let address else { return Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
        return withName(address) { sendto(descriptor, bytes, bytes.count, 0, $0, $1) }
    }

    /// One datagram or one piece of a stream, empty at its end; nil when nothing came in time or the stream was reset.
    func receive() -> (bytes: [UInt8], from: SocketAddress)? {
        var buffer = [UInt8](repeating: 0, count: 70_000)
        var count = 0
        let from = Self.name { name, length in
            count = recvfrom(descriptor, &buffer, buffer.count, 0, name, length)
            return 0
        }
        return count < 0 ? nil : (Array(buffer[..<count]), from)
    }

    /// Bytes of a stream until `count` of them have come or it ends.
    func receive(exactly count: Int) -> [UInt8] {
        var all: [UInt8] = []
        while all.count < count, let piece = receive(), !piece.bytes.isEmpty { all += piece.bytes }
        return all
    }

    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Closing will send a reset.
    func resetOnClose() {
        var abort = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &abort, socklen_t(MemoryLayout<linger>.size))
    }

    func limitReceiveBuffer(_ bytes: Int32) {
        var size = bytes
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func name(
        _ fill: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { fill($0, &length) }
            let raw = UnsafeRawPointer(pointer)
            if Int32(pointer.pointee.ss_family) == AF_INET6 {
                let v6 = raw.load(as: sockaddr_in6.self)
                let words = withUnsafeBytes(of: v6.sin6_addr) {
                    ($0.load(as: UInt64.self), $0.load(fromByteOffset: 8, as: UInt64.self))
                }
                return SocketAddress(
                    family: .v6, high: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1),
                    port: UInt16(bigEndian: v6.sin6_port))
            }
            let v4 = raw.load(as: sockaddr_in.self)
            return SocketAddress(
                family: .v4, high: 0, low: UInt64(UInt32(bigEndian: v4.sin_addr.s_addr)),
                port: UInt16(bigEndian: v4.sin_port))
        }
    }
}

private func withName<R>(_ address: SocketAddress, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    if address.family == .v6 {
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_port = address.port.bigEndian
        withUnsafeMutableBytes(of: &name.sin6_addr) {
            $0.storeBytes(of: address.high.bigEndian, as: UInt64.self)
            $0.storeBytes(of: address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        return withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = address.port.bigEndian
    name.sin_addr.s_addr = UInt32(address.low).bigEndian
    return withUnsafePointer(to: &name) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
}
