import CReactor
import Glibc
import RoleKit

extension reactor_address {
    init(_ address: SocketAddress) {
        self.init(
            high: address.high, low: address.low, port: address.port, family: address.family == .v4 ? 4 : 6)
    }

    /// Nil for address families that are neither IPv4 nor IPv6.
    var socketAddress: SocketAddress? {
        switch family {
        case 4: SocketAddress(family: .v4, high: 0, low: low, port: port)
        case 6: SocketAddress(family: .v6, high: high, low: low, port: port)
        default: nil
        }
    }
}

extension EventLoop {
    /// What connections may have of the process's descriptors.
    static var standardDescriptorLimit: Int {
        let all = Int(clamping: reactor_descriptor_limit())
        return all - min(ReactorLimits.sparedDescriptors, all / 2)
    }
}

extension NetworkError {
    /// Says in words what a failed bind means and what to do about it.
    init(errno number: Int32, _ kind: LinkKind, _ address: SocketAddress) {
        let place = "\(kind == .udp ? "UDP" : "TCP") \(address)"
        switch number {
        case EADDRINUSE:
            self.init(.addressInUse, "\(place) is taken by another process; stop it or choose another port")
        case EADDRNOTAVAIL:
            self.init(
                .addressNotAvailable, "no interface of this host has the address of \(place); add it or choose another")
        case EACCES, EPERM:
            self.init(.notPermitted, "\(place) needs a privilege (ports below 1024 do); choose another port")
        case EMFILE, ENFILE:
            self.init(.other, "\(place): no file descriptor is left; raise the limit (ulimit -n, LimitNOFILE)")
        default:
            self.init(.other, "\(place): \(Self.text(number))")
        }
    }

    static func text(_ number: Int32) -> String {
        String(cString: strerror(number)) + " (errno \(number))"
    }
}

/// The bound address of a socket.
func boundAddress(of descriptor: Int32) -> SocketAddress? {
    var name = reactor_address()
    return reactor_local_address(descriptor, &name) == 0 ? name.socketAddress : nil
}

/// The addresses of the host's interfaces, without port.
func interfaceAddresses() -> Set<SocketAddress> {
    let capacity = ReactorLimits.interfaceAddresses
    let list = [reactor_address](unsafeUninitializedCapacity: capacity) { buffer, count in
        count = Int(reactor_local_addresses(buffer.baseAddress, Int32(capacity)))
    }
    return Set(list.compactMap(\.socketAddress))
}
