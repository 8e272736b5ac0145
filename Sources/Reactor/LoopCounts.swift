/// What a loop has done since it started; monotonic, for metrics and tests.
public struct LoopCounts: Sendable {
    public var turns: UInt64 = 0
    public var jobs: UInt64 = 0
    public var events: UInt64 = 0

    public var datagramsReceived: UInt64 = 0
    public var datagramsSent: UInt64 = 0
    /// Too long, of the wrong family, or refused by the kernel.
    public var datagramsRefused: UInt64 = 0
    /// Dropped because the socket took no more and the queue was full.
    public var datagramsDropped: UInt64 = 0
    /// Handed over in memory.
    public var datagramsLinked: UInt64 = 0
    /// Dropped because the receiver in memory had too many undelivered.
    public var linkDrops: UInt64 = 0

    public var connectionsAccepted: UInt64 = 0
    public var connectionsOpened: UInt64 = 0
    /// Accepted and closed at once because connections had all the descriptors they may have.
    public var connectionsRefused: UInt64 = 0
    /// Connected in memory.
    public var connectionsLinked: UInt64 = 0
    /// Closed because the peer read too slowly.
    public var overflows: UInt64 = 0
    /// Times a listener paused because descriptors or memory ran out.
    public var pauses: UInt64 = 0
    /// Sends on sockets that are not, or no longer, the sender's.
    public var strays: UInt64 = 0

    public init() {}
}
