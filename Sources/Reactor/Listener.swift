import CReactor
import RoleKit

/// A bound UDP socket or a listening TCP socket, with what the loop knows about it.
final class Listener {
    let id: ListenerID
    let kind: LinkKind
    let component: Component
    let owner: LoopPorts
    /// As bound: the real port, and the unspecified address where that was asked for.
    let address: SocketAddress
    let descriptor: Int32
    /// Queue of datagrams to send; nil for TCP.
    let sender: OpaquePointer?

    var isClosed = false
    /// The events epoll reports now.
    var interest = PollKey.readable
    /// No reading until the pause is over: descriptors or memory ran out.
    var isPaused = false
    /// The socket took no more datagrams.
    var isBlocked = false
    /// On the list of those to flush at the end of the turn.
    var isDirty = false

    // Handed over in memory, not yet delivered.
    var linkedDatagrams = 0
    var linkedBytes = 0
    var linkedConnections = 0

    init(
        id: ListenerID, kind: LinkKind, component: Component, owner: LoopPorts, address: SocketAddress,
        descriptor: Int32,
        sender: OpaquePointer?
    ) {
        self.id = id
        self.kind = kind
        self.component = component
        self.owner = owner
        self.address = address
        self.descriptor = descriptor
        self.sender = sender
    }

    deinit { reactor_sender_destroy(sender) }
}
