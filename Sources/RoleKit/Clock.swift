/// Time as an instance may see it. Production: the loop's clock; simulation: a virtual one.
public protocol Clock: AnyObject, Sendable {
    /// The loop's monotonic clock, read once per batch.
    var now: Moment { get }
    /// Seconds since 1970-01-01 UTC, for logs, charging identifiers and stored expiries only.
    var unixSeconds: Int64 { get }
}

/// What a timer carries back to its owner when it fires.
public struct TimerToken: Hashable, Sendable {
    public var component: Component
    /// The owner's own name for the kind of timer, e.g. the letter of RFC 3261 timer A.
    public var kind: UInt8
    /// The owner's own number for the thing the timer belongs to.
    public var id: UInt64

    public init(_ component: Component, kind: UInt8, id: UInt64) {
        self.component = component
        self.kind = kind
        self.id = id
    }
}

/// Handle of a running timer. Numbers are not reused while a timer of that number could still fire.
public struct TimerID: Hashable, Sendable {
    public var raw: UInt64
    public init(raw: UInt64) { self.raw = raw }
}

/// Timers of one instance. Start and cancel cost O(1); a fired timer arrives as `InstanceEvent.timer`.
public protocol Timers: AnyObject, Sendable {
    /// Starts a timer that fires once, no sooner than `milliseconds` from the loop's `now`.
    func start(afterMilliseconds milliseconds: Int, _ token: TimerToken) -> TimerID
    /// Cancels a timer; cancelling one that has fired or was cancelled does nothing. After `cancel` it never fires.
    func cancel(_ id: TimerID)
    /// Timers running, for leak checks.
    var running: Int { get }
}

/// Randomness. Production: the system's; simulation: a seeded stream.
public protocol Randomness: AnyObject, Sendable {
    func next() -> UInt64
    /// `count` unpredictable bytes.
    func bytes(_ count: Int) -> [UInt8]
}
