import CReactor
import Glibc
import RoleKit

/// A stream connection: a TCP socket, or one end of a pair in memory.
///
/// Two things are kept apart: the socket's life (`phase`) and what the owner has said or been told (`isClosedByOwner`,
/// `hasEnded`, `isReported`). A socket may outlive its owner's interest to send what waits, and an owner may still
/// have events to get from a socket that is gone.
final class Connection {
    enum Phase { case connecting, open, draining, gone }

    let id: ConnectionID
    let component: Component
    let owner: LoopPorts
    var local: SocketAddress
    let remote: SocketAddress

    var phase: Phase
    var descriptor: Int32 = -1
    var interest: UInt32 = 0
    var outbox = ByteQueue()
    /// Time-out of the attempt, then of draining.
    var timer: TimerID?
    /// errno of a failed write; reading may still yield what the peer sent before.
    var writeError: Int32 = 0
    /// The peer has sent its end; there is nothing to read any more.
    var isReadEnded = false
    var isDirty = false

    /// The owner called `close`: it gets no more events.
    var isClosedByOwner = false
    /// The peer or the network ended it; `.closed` is queued for the owner.
    var hasEnded = false
    /// `.closed` has been delivered.
    var isReported = false

    /// A connection in memory; it never has a descriptor.
    let isLinked: Bool
    /// The other end of a connection in memory, until one end closes.
    var peer: Connection?
    /// Or the other end on another loop.
    var away: Away?
    /// The local port was taken from the directory.
    var hasReservedPort = false
    /// Bytes received and not yet delivered.
    var unread = 0
    /// Those that came from the socket, a chunk for each `Pending.read`, oldest first.
    var inbox: [[UInt8]] = []

    init(
        id: ConnectionID, component: Component, owner: LoopPorts, local: SocketAddress, remote: SocketAddress,
        phase: Phase, isLinked: Bool = false
    ) {
        self.id = id
        self.component = component
        self.owner = owner
        self.local = local
        self.remote = remote
        self.phase = phase
        self.isLinked = isLinked
    }

    /// The oldest chunk has been delivered. It may have held keys: nothing of it stays where it lay. Who has kept the
    /// array itself has it whole, as a mutation copies what is shared.
    func wipeDelivered() {
        guard !inbox.isEmpty else { return }
        inbox[0].withUnsafeMutableBytes { bytes in
            if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
        }
        inbox.removeFirst()
    }

    /// The owner may still send.
    var isUsable: Bool { !isClosedByOwner && !hasEnded }
    /// Nobody needs it any more.
    var isDone: Bool { phase == .gone && (isClosedByOwner || isReported) }
}

/// Connections by number. A number is loop, serial and slot, so that finding one costs an index and a comparison, and
/// a late event of a closed connection finds nothing, even if the descriptor or the slot has a new owner.
struct ConnectionTable {
    private static let slotBits: UInt64 = 20
    private static let serialBits: UInt64 = 35

    private var slots: [Connection?] = []
    private var free: [Int] = []
    private var serial: UInt64 = 0
    private let prefix: UInt64

    init(loop: UInt32) {
        prefix = UInt64(loop & 0xFF) << (Self.slotBits + Self.serialBits)
    }

    var count: Int { slots.count - free.count }
    var all: [Connection] { slots.compactMap { $0 } }

    subscript(id: ConnectionID) -> Connection? {
        let slot = Int(id.raw & (1 << Self.slotBits - 1))
        guard slot < slots.count, let connection = slots[slot], connection.id == id else { return nil }
        return connection
    }

    /// A number and, unless the table is full, a slot for it.
    mutating func reserve() -> (id: ConnectionID, isStored: Bool) {
        serial = (serial + 1) & (1 << Self.serialBits - 1)
        let number = prefix | serial << Self.slotBits
        if let slot = free.popLast() { return (ConnectionID(raw: number | UInt64(slot)), true) }
        // The last slot number is never given out: it stands for "no slot".
        guard slots.count < ReactorLimits.connections - 1 else {
            return (ConnectionID(raw: number | (1 << Self.slotBits - 1)), false)
        }
        slots.append(nil)
        return (ConnectionID(raw: number | UInt64(slots.count - 1)), true)
    }

    /// Gives back a number that was reserved and not stored.
    mutating func cancel(_ id: ConnectionID) {
        let slot = Int(id.raw & (1 << Self.slotBits - 1))
        if slot < slots.count, slots[slot] == nil { free.append(slot) }
    }

    mutating func store(_ connection: Connection) {
        let slot = Int(connection.id.raw & (1 << Self.slotBits - 1))
        if slot < slots.count { slots[slot] = connection }
    }

    mutating func remove(_ connection: Connection) {
        let slot = Int(connection.id.raw & (1 << Self.slotBits - 1))
        guard slot < slots.count, slots[slot] === connection else { return }
        slots[slot] = nil
        free.append(slot)
    }
}
