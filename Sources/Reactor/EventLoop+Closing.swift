import CReactor
import Glibc
import RoleKit

/// How connections go.
extension EventLoop {
    /// The owner wants no more of it; what it sent still leaves, within limits.
    func close(_ connection: Connection) {
        guard !connection.isClosedByOwner else { return }
        connection.isClosedByOwner = true
        if connection.isLinked {
            // Early bytes wait for the other loop's answer, and the end with them.
            if connection.phase == .connecting, !connection.outbox.isEmpty { return }
            return unlink(connection, peerReason: .peer)
        }
        switch connection.phase {
        case .connecting: if connection.outbox.isEmpty { destroy(connection) }
        case .open: drain(connection)
        case .draining: break
        case .gone: releaseIfDone(connection)
        }
    }

    /// Sends what waits, says the end, and waits for the peer's.
    func drain(_ connection: Connection) {
        connection.phase = .draining
        stopTimer(connection)
        connection.timer = startTimer(
            .connection, connection.id.raw, afterMilliseconds: ReactorLimits.lingerMilliseconds)
        flush(connection)
    }

    func timeOut(_ connection: Connection) {
        connection.timer = nil
        if connection.phase == .connecting { fail(connection, .timeout) } else { destroy(connection) }
    }

    /// The network ended it.
    func fail(_ connection: Connection, _ reason: CloseReason) {
        end(connection, reason)
        destroy(connection)
    }

    /// Tells the owner, once, and only if it still wants to know.
    func end(_ connection: Connection, _ reason: CloseReason) {
        guard connection.isUsable else { return }
        connection.hasEnded = true
        push(.closed(connection, reason), to: connection.owner)
    }

    /// Accepted, but the listener closed before its owner heard of it.
    func abandon(_ connection: Connection) {
        guard !connection.isClosedByOwner else { return }
        connection.isClosedByOwner = true
        if connection.isLinked { return unlink(connection, peerReason: .failed(ECONNRESET)) }
        if connection.descriptor >= 0 { reactor_reset_on_close(connection.descriptor) }
        destroy(connection)
    }

    func destroy(_ connection: Connection) {
        guard connection.phase != .gone else { return }
        connection.phase = .gone
        stopTimer(connection)
        connection.outbox.removeAll()
        if connection.descriptor >= 0 {
            reactor_poll_remove(poll, connection.descriptor)
            reactor_close(connection.descriptor)
            connection.descriptor = -1
            descriptors -= 1
        }
        releaseIfDone(connection)
    }

    func releaseIfDone(_ connection: Connection) {
        if connection.isDone { connections.remove(connection) }
    }

    func stopTimer(_ connection: Connection) {
        if let timer = connection.timer { cancelTimer(timer) }
        connection.timer = nil
    }
}
