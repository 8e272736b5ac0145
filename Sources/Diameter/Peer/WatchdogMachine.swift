/// The watchdog of RFC 3539 appendix A, one per peer: notices silence, moves requests elsewhere, and lets a peer that
/// went silent prove itself before it is used again.
///
/// AttemptOpen belongs to the peer's Tc (RFC 6733 §2.1), not to this timer, so INITIAL and DOWN run none.
/// Deviation: a connection that ended in order (DPR, or the peer's process is gone and its kernel said so) leads to
/// INITIAL, not DOWN. It says nothing bad of the path, and a restarted HSS would otherwise stay unused for 2·Tw.
public struct WatchdogMachine: Sendable {
    public enum State: Hashable, Sendable {
        case initial, okay, suspect, down, reopen

        /// As RFC 3539 appendix A writes it.
        public var name: String {
            switch self {
            case .initial: "INITIAL"
            case .okay: "OKAY"
            case .suspect: "SUSPECT"
            case .down: "DOWN"
            case .reopen: "REOPEN"
            }
        }
    }

    /// `jitter`: milliseconds from −2,000 to 2,000 added to Tw, drawn by the runner. RFC 3539 §3.4.1
    public enum Event: Hashable, Sendable {
        case connectionUp(jitter: Int)
        case connectionDown(inOrder: Bool)
        case receivedDWA(jitter: Int)
        case receivedOther(jitter: Int)
        case timerExpired(jitter: Int)
    }

    public enum Effect: Hashable, Sendable {
        /// SendWatchdog()
        case sendDWR
        /// SetWatchdog(), replacing the timer that runs.
        case startTimer(milliseconds: Int)
        case stopTimer
        /// Failover(): pending requests go to another peer.
        case failover
        /// Failback(): this peer is used again.
        case failback
        /// CloseConnection()
        case closeConnection
    }

    public typealias Effects = DiameterEffects<Effect>

    /// RFC 3539 §3.4.1: Tw is never below 6 s, so that with its jitter it stays above 4 s.
    public static let leastTw = 6_000
    public static let jitter = -2_000...2_000
    /// DWAs a reopened connection must bring before it is used.
    static let neededDWAs = 3

    public private(set) var state: State = .initial
    private let tw: Int
    private var isPending = false
    /// NumDWA
    private var dwas = 0

    public init(twMilliseconds: Int) { tw = max(Self.leastTw, twMilliseconds) }

    public mutating func handle(_ event: Event) -> Effects {
        switch state {
        case .initial: initial(event)
        case .okay: okay(event)
        case .suspect: suspect(event)
        case .down: down(event)
        case .reopen: reopen(event)
        }
    }

    private mutating func initial(_ event: Event) -> Effects {
        switch event {
        // Connection up: SetWatchdog(), OpenConnection() → OKAY. Opening is the peer machine's and has been done.
        case .connectionUp(let jitter):
            state = .okay
            isPending = false
            return Effects(set(jitter))
        case .connectionDown, .receivedDWA, .receivedOther, .timerExpired: return Effects()
        }
    }

    private mutating func okay(_ event: Event) -> Effects {
        switch event {
        // Receive DWA: Pending = FALSE, SetWatchdog()
        case .receivedDWA(let jitter):
            isPending = false
            return Effects(set(jitter))
        // Receive non-DWA: SetWatchdog()
        case .receivedOther(let jitter): return Effects(set(jitter))
        case .timerExpired(let jitter):
            if !isPending {
                // Timer expires & !Pending: SendWatchdog(), SetWatchdog(), Pending = TRUE
                isPending = true
                return Effects(.sendDWR, set(jitter))
            }
            // Timer expires & Pending: Failover(), SetWatchdog() → SUSPECT
            state = .suspect
            return Effects(.failover, set(jitter))
        // Connection down: CloseConnection(), Failover() → DOWN
        case .connectionDown(let inOrder): return fall(inOrder, .failover)
        case .connectionUp: return Effects()
        }
    }

    private mutating func suspect(_ event: Event) -> Effects {
        switch event {
        // Receive DWA: Pending = FALSE, Failback(), SetWatchdog() → OKAY
        case .receivedDWA(let jitter):
            isPending = false
            state = .okay
            return Effects(.failback, set(jitter))
        // Receive non-DWA: Failback(), SetWatchdog() → OKAY
        case .receivedOther(let jitter):
            state = .okay
            return Effects(.failback, set(jitter))
        // Timer expires: CloseConnection() → DOWN
        case .timerExpired:
            state = .down
            return Effects(.stopTimer, .closeConnection)
        // Connection down: CloseConnection() → DOWN
        case .connectionDown: return fall(false)
        case .connectionUp: return Effects()
        }
    }

    private mutating func down(_ event: Event) -> Effects {
        switch event {
        // Connection up: NumDWA = 0, SendWatchdog(), SetWatchdog(), Pending = TRUE → REOPEN
        case .connectionUp(let jitter):
            state = .reopen
            dwas = 0
            isPending = true
            return Effects(.sendDWR, set(jitter))
        case .connectionDown, .receivedDWA, .receivedOther, .timerExpired: return Effects()
        }
    }

    private mutating func reopen(_ event: Event) -> Effects {
        switch event {
        case .receivedDWA:
            isPending = false
            dwas += 1
            // Receive DWA & NumDWA < 2: NumDWA++, Pending = FALSE
            if dwas < Self.neededDWAs { return Effects() }
            // Receive DWA & NumDWA == 2: NumDWA++, Pending = FALSE, Failback() → OKAY
            state = .okay
            return Effects(.failback)
        // Receive non-DWA: Throwaway(). Deviation: the runner serves it (the peer has no reason to hold requests
        // back), it only does not count as proof.
        case .receivedOther: return Effects()
        case .timerExpired(let jitter):
            if !isPending {
                // Timer expires & !Pending: SendWatchdog(), SetWatchdog(), Pending = TRUE
                isPending = true
                return Effects(.sendDWR, set(jitter))
            }
            if dwas < 0 {
                // Timer expires & Pending & NumDWA < 0: CloseConnection() → DOWN
                state = .down
                return Effects(.stopTimer, .closeConnection)
            }
            // Timer expires & Pending & NumDWA >= 0: NumDWA = −1, SetWatchdog()
            dwas = -1
            return Effects(set(jitter))
        // Connection down: CloseConnection() → DOWN
        case .connectionDown: return fall(false)
        case .connectionUp: return Effects()
        }
    }

    private mutating func fall(_ inOrder: Bool, _ more: Effect? = nil) -> Effects {
        state = inOrder ? .initial : .down
        isPending = false
        return more.map { Effects(.stopTimer, $0) } ?? Effects(.stopTimer)
    }

    private func set(_ jitter: Int) -> Effect {
        .startTimer(milliseconds: tw + min(max(jitter, Self.jitter.lowerBound), Self.jitter.upperBound))
    }
}
