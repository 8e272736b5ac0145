public import RoleKit

/// The world's clock; it moves only in `VirtualWorld.advance`.
///
/// `@unchecked Sendable`: a world is driven by one thread.
public final class VirtualClock: Clock, @unchecked Sendable {
    public internal(set) var now = Moment(nanoseconds: 1_000_000_000)
    /// 2023-11-14 22:13:20 UTC at the world's start.
    public var unixBase: Int64 = 1_700_000_000
    public var unixSeconds: Int64 { unixBase + Int64(now.nanoseconds / 1_000_000_000) - 1 }
}

/// Timers of one node; they fire on the world's agenda.
///
/// `@unchecked Sendable`: a world is driven by one thread.
public final class VirtualTimers: Timers, @unchecked Sendable {
    private unowned let world: VirtualWorld
    private var live: [UInt64: TimerToken] = [:]
    private var started: UInt64 = 0
    var fire: (TimerToken) -> Void = { _ in }

    init(_ world: VirtualWorld) { self.world = world }

    public func start(afterMilliseconds milliseconds: Int, _ token: TimerToken) -> TimerID {
        started += 1
        let number = started
        live[number] = token
        world.plan(at: world.clock.now.advanced(byMilliseconds: milliseconds)) { [weak self] in
            guard let self, let token = self.live.removeValue(forKey: number) else { return }
            self.fire(token)
        }
        return TimerID(raw: number)
    }

    public func cancel(_ id: TimerID) { live[id.raw] = nil }

    public var running: Int { live.count }

    /// What is running, by component, kind and number: for the message of a failed leak check.
    public var tokens: [TimerToken] {
        live.values.sorted { ($0.component.rawValue, $0.kind, $0.id) < ($1.component.rawValue, $1.kind, $1.id) }
    }

    func removeAll() { live.removeAll() }
}

/// A seeded stream (SplitMix64): the same seed gives the same run.
///
/// `@unchecked Sendable`: a world is driven by one thread.
public final class VirtualRandomness: Randomness, @unchecked Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    public func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    /// A number in 0..<100, for faults by percentage.
    func percent() -> Int { Int(next() % 100) }
}
