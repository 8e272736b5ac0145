import Glibc
import RoleKit

/// Addresses of this host.
enum HostAddresses {
    /// One address of one interface; its port is 0.
    struct Entry: Equatable {
        var interface: String
        var address: SocketAddress
    }

    /// The best guess for the P-CSCF among IPv4 addresses phones might reach: Open5GS's tunnel if there is one, else the
    /// first address that is neither loopback nor link-local nor a container bridge's.
    static func suggestion(among entries: [Entry] = all()) -> SocketAddress? {
        let found = entries.filter { entry in
            let isLinkLocal = entry.address.low >> 16 == 0xA9FE
            return entry.address.family == .v4 && !entry.address.isLoopback && !isLinkLocal
        }
        return found.first { $0.interface.hasPrefix("ogstun") }?.address
            ?? found.first { entry in
                !["docker", "br-", "veth", "virbr"].contains { entry.interface.hasPrefix($0) }
            }?.address
    }

    /// Every IPv4 and IPv6 address of every interface, in the system's order.
    static func all() -> [Entry] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var found: [Entry] = []
        var next = list
        while let entry = next {
            next = entry.pointee.ifa_next
            guard let raw = entry.pointee.ifa_addr, let address = read(raw) else { continue }
            found.append(Entry(interface: String(cString: entry.pointee.ifa_name), address: address))
        }
        return found
    }

    private static func read(_ raw: UnsafeMutablePointer<sockaddr>) -> SocketAddress? {
        switch Int32(raw.pointee.sa_family) {
        case AF_INET:
            let word = raw.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt32(bigEndian: $0.pointee.sin_addr.s_addr)
            }
            return SocketAddress(family: .v4, high: 0, low: UInt64(word), port: 0)
        case AF_INET6:
            let octets = raw.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                withUnsafeBytes(of: $0.pointee.sin6_addr) { Array($0) }
            }
            func word(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
            return SocketAddress(family: .v6, high: word(octets[..<8]), low: word(octets[8...]), port: 0)
        default: return nil
        }
    }
}
