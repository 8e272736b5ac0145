import Glibc
import RoleKit

/// Addresses of this host that phones might reach.
enum HostAddresses {
    /// The best guess for the P-CSCF: Open5GS's tunnel if there is one, else the first address that is neither
    /// loopback nor link-local nor a container bridge's.
    static func suggestion() -> SocketAddress? {
        let found = addresses()
        return found.first { $0.interface.hasPrefix("ogstun") }?.address
            ?? found.first { name, _ in !["docker", "br-", "veth", "virbr"].contains { name.hasPrefix($0) } }?.address
    }

    private static func addresses() -> [(interface: String, address: SocketAddress)] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var found: [(interface: String, address: SocketAddress)] = []
        var next = list
        while let entry = next {
            next = entry.pointee.ifa_next
            guard let raw = entry.pointee.ifa_addr, Int32(raw.pointee.sa_family) == AF_INET else { continue }
            let word = raw.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt32(bigEndian: $0.pointee.sin_addr.s_addr)
            }
            let address = SocketAddress(family: .v4, high: 0, low: UInt64(word), port: 0)
            let isLinkLocal = word >> 16 == 0xA9FE
            if !address.isLoopback && !isLinkLocal {
                found.append((String(cString: entry.pointee.ifa_name), address))
            }
        }
        return found
    }
}
