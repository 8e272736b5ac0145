import RoleKit

/// The loop's own timers, beside those of the instances.
enum LoopTimer: UInt8 {
    /// A connection attempt, or the draining of a closed connection, takes too long.
    case connection
    /// A listener that ran out of descriptors or memory tries again.
    case listener
    /// A closure from `execute(afterMilliseconds:)`.
    case call
}

extension EventLoop {
    private static let ownTimers = UInt32.max

    /// The first tick at which that time has passed; delays beyond a year are cut, so that the sum cannot overflow.
    func deadline(afterMilliseconds milliseconds: Int) -> UInt64 {
        let delay = min(milliseconds, 366 * 86_400_000)
        let exact = (now.advanced(byMilliseconds: delay).nanoseconds + 999_999) / 1_000_000
        return TimerSlack.shared(exact, delay: delay)
    }

    func startTimer(_ kind: LoopTimer, _ id: UInt64, afterMilliseconds milliseconds: Int) -> TimerID {
        wheel.start(
            at: deadline(afterMilliseconds: milliseconds), owner: Self.ownTimers,
            TimerToken(.role, kind: kind.rawValue, id: id))
    }

    func cancelTimer(_ id: TimerID) { _ = wheel.cancel(id, owner: Self.ownTimers) }

    /// An instance's timer joins its events; one of ours acts at once.
    func expire(_ id: TimerID, owner: UInt32) {
        if owner != Self.ownTimers {
            if let ports = owners[Int(owner)] { push(.timer(id), to: ports) }
            return
        }
        due.append(id)
    }

    func runOwnTimers() {
        while !due.isEmpty {
            let list = due
            due.removeAll(keepingCapacity: true)
            for id in list {
                guard let token = wheel.take(id), let kind = LoopTimer(rawValue: token.kind) else { continue }
                switch kind {
                case .connection: if let connection = connections[ConnectionID(raw: token.id)] { timeOut(connection) }
                case .listener: resume(listener: UInt32(truncatingIfNeeded: token.id))
                case .call: delayed.removeValue(forKey: token.id)?()
                }
            }
        }
    }

    /// Numbers an instance's ports, so that a timer names its owner in four bytes.
    func register(_ ports: LoopPorts) -> UInt32 {
        owners.append(ports)
        return UInt32(owners.count - 1)
    }
}
