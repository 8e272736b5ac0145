import Foundation

/// An IPv4 address of this host that is not loopback, and free ports on it for the roles of one lab.
///
/// Loopback's MTU is known and large; only outside it a message can be too long for a datagram (RFC 3261 §18.1.1).
package struct OutsideAddress: Sendable {
    package let address: Loopback
    private let ports: [UInt16]

    /// Nil where the host has no such address, as in a container without a network.
    package static func find() throws -> OutsideAddress? {
        guard let address = first() else { return nil }
        // All are held until all are known, so that no two are the same.
        let sockets = try (0..<5).map { _ in try hold(address) }
        defer { for socket in sockets { close(socket.descriptor) } }
        return OutsideAddress(address: address, ports: sockets.map(\.port))
    }

    func port(_ role: Role) -> UInt16 { ports[Role.allCases.firstIndex(of: role) ?? 0] }
    var corePort: UInt16 { ports[4] }

    package static func first() -> Loopback? {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return nil }
        defer { freeifaddrs(list) }
        for entry in sequence(first: list, next: { $0?.pointee.ifa_next }) {
            guard let entry, let raw = entry.pointee.ifa_addr, Int32(raw.pointee.sa_family) == AF_INET,
                entry.pointee.ifa_flags & UInt32(IFF_UP) != 0
            else { continue }
            let number = raw.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt32(bigEndian: $0.pointee.sin_addr.s_addr)
            }
            if number >> 24 != 127 { return Loopback(number: number) }
        }
        return nil
    }

    private static func hold(_ address: Loopback) throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var raw = sockaddr_in()
        raw.sin_family = sa_family_t(AF_INET)
        raw.sin_addr.s_addr = address.number.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &raw) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                let bound = bind(descriptor, $0, length)
                return bound == 0 ? getsockname(descriptor, $0, &length) : bound
            }
        }
        guard result == 0 else {
            close(descriptor)
            throw HarnessError("\(address): no free port")
        }
        return (descriptor, UInt16(bigEndian: raw.sin_port))
    }
}
