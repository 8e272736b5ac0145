public import SIP

/// One place a SIP stack listens, on UDP, TCP or both, and how it shows itself to others.
public struct SIPListenerSettings: Sendable {
    /// For logs and status: "gm", "core".
    public var name: String
    public var address: SocketAddress
    public var kinds: [LinkKind]
    /// Host others reach this listener at, written into Via, Path, Record-Route and Service-Route; empty: the address.
    public var advertise: String
    /// `.ue` where user equipment is on the other side, unless the file says otherwise (TS 24.229 §7.7).
    public var profile: SIPTimers
    /// Toward user equipment a message keeps the transport of its flow whatever its size.
    public var isTowardUE: Bool
    public var protection: SIPProtection

    public init(
        name: String, address: SocketAddress, kinds: [LinkKind] = [.udp, .tcp], advertise: String = "",
        profile: SIPTimers = .core, isTowardUE: Bool? = nil, protection: SIPProtection = .none
    ) {
        self.name = name
        self.address = address
        self.kinds = kinds
        self.advertise = advertise
        self.profile = profile
        self.isTowardUE = isTowardUE ?? (profile == .ue)
        self.protection = protection
    }
}

extension SIPTimers {
    /// Key `t1` in ms: the round-trip time from which a listener's SIP timers follow (RFC 3261 §17.1.1.1).
    public init(reading reader: inout SettingsReader, default fallback: SIPTimers) {
        self.init(t1: reader.integer("t1", default: fallback.t1, in: 50...10_000))
    }
}

/// Bounds of a stack. Over each of them a peer gets 503 with Retry-After, or its connection is closed.
public struct SIPStackLimits: Sendable {
    /// Server transactions, and as many client transactions again.
    public var transactions = 200_000
    /// Server transactions that are answered and only repeat their answer, until timer J or L says that nobody asks any
    /// more (128 s toward UEs). Over it the oldest go early: whoever asks for one again asks anew. Without it 1,600
    /// requests a second, from whomever, would fill the table for everybody.
    public var answered = 65_536
    /// Bytes server transactions hold, of requests not answered yet and of answers to repeat.
    public var heldBytes = 256 << 20
    /// Stream connections, accepted and opened.
    public var connections = 16_384
    /// Of those, accepted from one source: an IPv4 address or an IPv6 /64. This host's own addresses are not counted.
    public var connectionsPerSource = 1_024
    /// Milliseconds an accepted connection may be silent before its first message.
    public var silenceMilliseconds = 32_000
    /// Bytes of one message and what it is made of; on a stream also what may wait for its end.
    public var message = SIPLimits.standard
    /// Seconds a refused peer is asked to stay away (RFC 3261 §20.33).
    public var retryAfterSeconds = 5
    /// Next hops of one fork.
    public var branches = 16

    public init() {}
}

/// What a SIP stack is told at start.
public struct SIPStackSettings: Sendable {
    public var listeners: [SIPListenerSettings]
    /// Value of the Server header of responses made here; nil: none.
    public var serverName: String?
    /// Option tags a request may require of this element as a proxy (RFC 3261 §16.3 item 5).
    public var proxyOptions: [String]
    public var limits: SIPStackLimits

    public init(
        listeners: [SIPListenerSettings], serverName: String? = nil, proxyOptions: [String] = [],
        limits: SIPStackLimits = SIPStackLimits()
    ) {
        self.listeners = listeners
        self.serverName = serverName
        self.proxyOptions = proxyOptions
        self.limits = limits
    }
}

/// RFC 3261 §18.1.1: above this size a request goes over a congestion-controlled transport, where the path's MTU is
/// unknown.
public enum SIPTransportRule {
    public static let datagramRequestBytes = 1_300
    /// What no datagram can carry, not even to this host: IPv4's and UDP's headers count in the 65,535.
    public static let longestDatagram = NetworkLimits.datagramBytes - 28
    /// Default port of UDP and TCP (§19.1.2).
    public static let defaultPort: UInt16 = 5060
}
