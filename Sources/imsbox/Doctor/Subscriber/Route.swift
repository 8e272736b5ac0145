import Glibc
import RoleKit

/// The way of packets from this host to a phone, as its routing table has it.
enum Route: Equatable {
    case unknown
    /// In the system's words.
    case none(String)
    /// The phone's network is on this interface.
    case direct(interface: String)
    case gateway(interface: String, host: String, isDefault: Bool)

    /// What the kernel says of an address; nothing is sent.
    static func toward(_ address: SocketAddress) -> Route {
        if let problem = problem(address) { return .none(problem) }
        if address.isLoopback { return .direct(interface: "lo") }
        guard address.family == .v4, let table = text(of: "/proc/net/route") else { return .unknown }
        return inTable(table, address) ?? .unknown
    }

    /// Connecting a datagram socket asks for a route and sends nothing.
    private static func problem(_ address: SocketAddress) -> String? {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(address.host, "9", &hints, &list) == 0, let entry = list?.pointee else { return nil }
        defer { freeaddrinfo(list) }
        let descriptor = socket(entry.ai_family, entry.ai_socktype, 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard connect(descriptor, entry.ai_addr, entry.ai_addrlen) != 0 else { return nil }
        let code = errno
        return [ENETUNREACH, EHOSTUNREACH].contains(code) ? String(cString: strerror(code)) : nil
    }

    /// The longest match among the rows of /proc/net/route, whose addresses are hexadecimal words in the host's order.
    static func inTable(_ table: String, _ address: SocketAddress) -> Route? {
        let target = UInt32(truncatingIfNeeded: address.low).byteSwapped
        var best: (mask: UInt32, route: Route)?
        for line in table.split(separator: "\n").dropFirst() {
            let words = line.split { $0 == "\t" || $0 == " " }
            guard words.count > 7, let network = UInt32(words[1], radix: 16), let gateway = UInt32(words[2], radix: 16),
                let mask = UInt32(words[7], radix: 16), target & mask == network
            else { continue }
            if let best, best.mask.nonzeroBitCount >= mask.nonzeroBitCount { continue }
            let interface = String(words[0])
            let host = SocketAddress(family: .v4, high: 0, low: UInt64(gateway.byteSwapped), port: 0).host
            best = (
                mask,
                gateway == 0
                    ? .direct(interface: interface)
                    : .gateway(interface: interface, host: host, isDefault: mask == 0)
            )
        }
        return best?.route
    }

    private static func text(of path: String) -> String? {
        guard let stream = fopen(path, "r") else { return nil }
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < mostBytes, case let count = fread(&buffer, 1, buffer.count, stream), count > 0 {
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let mostBytes = 1 << 20
}
