import CReactor
public import RoleKit

/// Whether a socket could be had, found by taking it as the loop does and giving it back.
public enum PortProbe {
    /// Nil where it could; else what is in the way and what to do about it.
    public static func problem(_ address: SocketAddress, _ kind: LinkKind) -> NetworkError? {
        var name = reactor_address(address)
        let descriptor = kind == .udp ? reactor_udp_open(&name) : reactor_tcp_listen(&name, 1)
        guard descriptor >= 0 else { return NetworkError(errno: -descriptor, kind, address) }
        reactor_close(descriptor)
        return nil
    }
}
