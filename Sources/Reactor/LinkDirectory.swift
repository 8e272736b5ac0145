import CReactor
import RoleKit

/// What the loops of one process know of each other: who listens where, and which ports streams in memory use.
///
/// `@unchecked Sendable`: everything is under the mutex. Loops keep a copy of the listeners and look at a counter once
/// a turn to see whether it is old; a copy a turn behind sends through the kernel, which is always right.
final class LinkDirectory: @unchecked Sendable {
    static let shared = LinkDirectory()

    private let mutex: OpaquePointer?
    private var places: [Place] = []
    private var streams: Set<Pair> = []
    private var nextPort = ReactorLimits.linkPorts.lowerBound

    /// Local and remote address of a stream, as the kernel's table would have them.
    private struct Pair: Hashable {
        var local: SocketAddress
        var remote: SocketAddress
    }

    /// Without memory for a mutex there are no links, only sockets.
    private init() { mutex = reactor_mutex_create() }

    private func locked<R>(orElse fallback: R, _ body: () -> R) -> R {
        guard let mutex else { return fallback }
        reactor_mutex_lock(mutex)
        defer { reactor_mutex_unlock(mutex) }
        return body()
    }

    // MARK: listeners

    func add(_ place: Place) {
        locked(orElse: ()) { places.append(place) }
        reactor_epoch_advance()
    }

    func remove(_ place: Place) {
        locked(orElse: ()) { places.removeAll { $0 == place } }
        reactor_epoch_advance()
    }

    /// The listeners of all loops but this.
    func places(besides loop: EventLoop) -> [Place] {
        locked(orElse: []) { places.filter { $0.loop !== loop } }
    }

    // MARK: ports of streams

    /// Reserves the local address of a stream to `remote`; nil if it is taken or no port is free.
    func reserve(_ source: SocketAddress, to remote: SocketAddress) -> SocketAddress? {
        locked(orElse: nil) {
            if source.port != 0 { return streams.insert(Pair(local: source, remote: remote)).inserted ? source : nil }
            for _ in ReactorLimits.linkPorts {
                let candidate = source.with(port: nextPort)
                let range = ReactorLimits.linkPorts
                nextPort = nextPort == range.upperBound ? range.lowerBound : nextPort + 1
                if streams.insert(Pair(local: candidate, remote: remote)).inserted { return candidate }
            }
            return nil
        }
    }

    func release(_ local: SocketAddress, to remote: SocketAddress) {
        _ = locked(orElse: nil) { streams.remove(Pair(local: local, remote: remote)) }
    }
}

/// A listener of some loop.
struct Place: Bound, Equatable {
    let loop: EventLoop
    let id: ListenerID
    let kind: LinkKind
    let address: SocketAddress

    static func == (a: Place, b: Place) -> Bool { a.loop === b.loop && a.id == b.id }
}
