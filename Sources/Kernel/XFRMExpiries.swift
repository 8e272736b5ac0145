import CMnl
import Glibc
import IPsec

/// Hears from the kernel which states have run out.
final class XFRMExpiries {
    private let socket: OpaquePointer
    private var buffer = [UInt8](repeating: 0, count: 8_192)

    /// What one call reads at most: who writes while we read does not keep us here.
    private static let most = 4_096

    init() throws(XFRMFailure) { socket = try XFRMSocket.open(groups: 1 << (XFRM.expiryGroup - 1)) }

    deinit { mnl_socket_close(socket) }

    /// States ended since the last call; those that only near their end are left out, and larval ones, which no one has
    /// been given.
    ///
    /// What found no room in the socket is lost (ENOBUFS), and what came after it is read. Nothing leaves in the clear
    /// by that: a policy without its state drops.
    func read() -> [XFRMState.ID] {
        var found: [XFRMState.ID] = []
        for _ in 0..<Self.most {
            let count = recv(mnl_socket_get_fd(socket), &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0 && (errno == EINTR || errno == ENOBUFS) { continue }
            guard count > 0 else { break }
            for case .expired(let id, isHard: true) in XFRMReply.read(Array(buffer[..<count])) where id.spi != 0 {
                found.append(id)
            }
        }
        return found
    }
}
