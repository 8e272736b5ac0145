/// What goes from whom to whom: the selector of a state or policy, for UDP and TCP alike.
public struct XFRMSelector: Hashable, Sendable {
    public var source: HostAddress
    public var destination: HostAddress
    /// 0: any port.
    public var sourcePort: UInt16
    public var destinationPort: UInt16
    /// Marks what is ours; the kernel keeps it and does not use it (`sel.user`).
    public var owner: UInt32
    /// Whether `source` is no address but all of them.
    public var isFromAnywhere: Bool
    /// Whether `destination` is no address but all of them.
    public var isToAnywhere: Bool

    public init(
        source: HostAddress, sourcePort: UInt16, destination: HostAddress, destinationPort: UInt16, owner: UInt32,
        isFromAnywhere: Bool = false, isToAnywhere: Bool = false
    ) {
        self.source = source
        self.sourcePort = sourcePort
        self.destination = destination
        self.destinationPort = destinationPort
        self.owner = owner
        self.isFromAnywhere = isFromAnywhere
        self.isToAnywhere = isToAnywhere
    }
}

/// One unidirectional ESP security association in transport mode.
public struct XFRMState: Sendable {
    /// What the kernel finds a state by, RFC 4301 §4.1.
    public struct ID: Hashable, Sendable {
        public var destination: HostAddress
        public var spi: UInt32

        public init(destination: HostAddress, spi: UInt32) {
            self.destination = destination
            self.spi = spi
        }
    }

    public var selector: XFRMSelector
    public var spi: UInt32
    /// Ties the state to the policy that asks for it.
    public var requestID: UInt32
    public var suite: IPsecSuite
    public var keys: SAKeys
    /// The packet after these ends the state.
    public var maximumPackets: UInt64

    public init(
        selector: XFRMSelector, spi: UInt32, requestID: UInt32, suite: IPsecSuite, keys: SAKeys,
        maximumPackets: UInt64 = XFRMState.sequenceNumbers
    ) {
        self.selector = selector
        self.spi = spi
        self.requestID = requestID
        self.suite = suite
        self.keys = keys
        self.maximumPackets = maximumPackets
    }

    public var id: ID { ID(destination: selector.destination, spi: spi) }

    /// Packets a sender may be ahead of one that still comes: TS 33.203 §7.2 leaves it open, RFC 4303 §3.4.3 wants 32.
    public static let replayWindow: UInt8 = 32

    /// As many packets as there are sequence numbers, RFC 4303 §3.3.3: none is used twice. Without a limit the kernel
    /// would keep a state that sends no more; so it ends it, and says so.
    public static let sequenceNumbers = UInt64(UInt32.max)
}

/// What has to be done with packets a selector covers.
public struct XFRMPolicy: Hashable, Sendable {
    public enum Direction: UInt8, Sendable { case `in` = 0, out = 1, forward = 2 }

    public enum Action: Hashable, Sendable {
        /// Only inside the SA of this request ID.
        case protect(requestID: UInt32)
        /// Not at all.
        case block
    }

    public var selector: XFRMSelector
    public var direction: Direction
    public var action: Action

    public init(selector: XFRMSelector, direction: Direction, action: Action) {
        self.selector = selector
        self.direction = direction
        self.action = action
    }

    /// The lower goes first: an SA's policy before the one that keeps clear text out.
    public var priority: UInt32 { action == .block ? 2_000 : 1_000 }
}

/// A state as the kernel has it.
public struct XFRMStateReport: Hashable, Sendable {
    public var id: XFRMState.ID
    public var selector: XFRMSelector
    public var requestID: UInt32
    public var octets: UInt64
    public var packets: UInt64
    /// Packets the replay check and the integrity check threw away.
    public var replayed: UInt32
    public var forged: UInt32
    /// Only a place held, without algorithms: nobody's state yet. The kernel makes one when a policy asks for a state
    /// that is not there and some program listens for such wishes (an IKE daemon, `ip xfrm monitor`), and keeps it for
    /// net.core.xfrm_acq_expires, some 30 s; a real state for the same hosts and request ID takes its place.
    public var isLarval: Bool

    public init(
        id: XFRMState.ID, selector: XFRMSelector, requestID: UInt32, octets: UInt64, packets: UInt64, replayed: UInt32,
        forged: UInt32, isLarval: Bool = false
    ) {
        self.id = id
        self.selector = selector
        self.requestID = requestID
        self.octets = octets
        self.packets = packets
        self.replayed = replayed
        self.forged = forged
        self.isLarval = isLarval
    }
}

/// A policy as the kernel has it.
public struct XFRMPolicyReport: Hashable, Sendable {
    public var selector: XFRMSelector
    public var direction: XFRMPolicy.Direction
    public var index: UInt32
    public var priority: UInt32
    /// Nil for one that blocks.
    public var requestID: UInt32?

    public init(
        selector: XFRMSelector, direction: XFRMPolicy.Direction, index: UInt32, priority: UInt32, requestID: UInt32?
    ) {
        self.selector = selector
        self.direction = direction
        self.index = index
        self.priority = priority
        self.requestID = requestID
    }
}
