import Glibc
import RoleKit

/// Names and routes as the host's own resolver and kernel see them; for commands, never for roles.
enum HostLookup {
    /// The address behind `host:port`, `1.2.3.4:port` or `[::1]:port`.
    static func address(of endpoint: String) throws(Failure) -> SocketAddress {
        if let address = SocketAddress(endpoint: endpoint) { return address }
        let parts = endpoint.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1]), let found = resolve(String(parts[0])) else {
            throw Failure(.failed, "\(endpoint) leads nowhere: no such host – give its address, e.g. 127.0.0.1:5060")
        }
        return found.with(port: port)
    }

    private static func resolve(_ host: String) -> SocketAddress? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return nil }
        defer { freeaddrinfo(list) }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard let first = list?.pointee,
            getnameinfo(first.ai_addr, first.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
        else { return nil }
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return SocketAddress(String(decoding: bytes, as: UTF8.self), port: 0)
    }

    /// The address this host would send from; nothing is sent.
    static func source(toward address: SocketAddress) -> SocketAddress {
        let unspecified = SocketAddress(family: address.family, high: 0, low: 0, port: 0)
        if address.isLoopback { return address.with(port: 0) }
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(address.host, String(address.port), &hints, &list) == 0, let entry = list?.pointee else {
            return unspecified
        }
        defer { freeaddrinfo(list) }
        let descriptor = socket(entry.ai_family, entry.ai_socktype, 0)
        guard descriptor >= 0 else { return unspecified }
        defer { close(descriptor) }
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        guard connect(descriptor, entry.ai_addr, entry.ai_addrlen) == 0 else { return unspecified }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let found = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                getsockname(descriptor, name, &length) == 0
                    && getnameinfo(name, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
            }
        }
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return found ? SocketAddress(String(decoding: bytes, as: UTF8.self), port: 0) ?? unspecified : unspecified
    }
}
