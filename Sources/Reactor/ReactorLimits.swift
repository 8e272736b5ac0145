/// Every bound of the event loop, in one place. Bounds an instance can meet are in `NetworkLimits`.
enum ReactorLimits {
    // One turn of the loop: each ready socket gets one bounded read, so that a flood on one of them delays the
    // others and the timers by one turn at most.
    static let readyPerTurn = 256
    static let datagramsPerRead = 64
    static let bytesPerRead = 65_536
    static let acceptsPerTurn = 16
    static let timersPerTurn = 1_024
    /// Events and jobs after which a turn looks at its sockets again.
    static let eventsPerTurn = 512
    static let bytesPerFlush = 256 << 10

    // Datagrams waiting for a UDP socket that takes no more; later ones are dropped, as the network would.
    static let sendQueueDatagrams = 256
    static let sendQueueBytes = 512 << 10

    // Datagrams handed over in memory and not yet delivered, per receiving listener: a socket's buffer, in effect.
    static let linkDatagrams = 4_096
    static let linkBytes = 4 << 20
    /// Parcels waiting for a loop, beyond which datagrams are dropped.
    static let parcels = 16_384
    /// Bytes delivered of a stream from another loop before that loop is told.
    static let consumedReport = 256 << 10
    /// Ports given to streams in memory, above Linux's default ephemeral range so that they meet none of its ports.
    static let linkPorts: ClosedRange<UInt16> = 61_000...65_535

    /// Connections waiting to be accepted.
    static let backlog = 1_024
    /// Connections of one loop.
    static let connections = 1 << 20
    /// Descriptors that connections leave to the rest of the process: databases, the control socket, and libdispatch,
    /// which ends the process if it cannot open one.
    static let sparedDescriptors = 64
    /// Of what connections may have, so many are for those we open: strangers do not keep us from our peers.
    static let outboundDescriptors = 16
    /// A listener without descriptors or memory waits this long before it tries again.
    static let pauseMilliseconds = 100
    /// Connections turned away for want of descriptors are told of at most this often.
    static let scarcityMilliseconds = 60_000
    /// A connection closed by its owner may take this long to send what waits and to see the peer's end.
    static let lingerMilliseconds = 2_000
    /// What is unsent when the loop stops gets this long.
    static let stopMilliseconds = 500
    /// Rounds of jobs a loop still runs at its end.
    static let lastRounds = 1_000
    /// A queue that grew beyond this many entries is given back once it is empty.
    static let keptQueueEntries = 16_384
    /// Interface addresses of the host that are looked at.
    static let interfaceAddresses = 256
}
