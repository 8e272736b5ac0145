public import RoleKit
public import SIP

/// One P-CSCF's configuration; `PCSCFConfig+Reader.swift` lists the keys.
public struct PCSCFConfig: Sendable {
    /// What a listener asks of UEs, RFC 3329 and TS 33.203.
    public enum SecurityProfile: String, CaseIterable, Sendable { case off, preferred, required }

    /// A place UEs reach this P-CSCF at.
    public struct Listener: Sendable {
        public var address: SocketAddress
        public var advertise: String
        public var kinds: [LinkKind]
        /// SIP timers, TS 24.229 §7.7.
        public var timers: SIPTimers
        public var security: SecurityProfile
        /// QoS preconditions of calls (RFC 3312).
        public var preconditions = PreconditionMode.pass
        /// Quality of service of calls.
        public var qos = QoSDemand.off
        /// Value of P-Access-Network-Info the network provides (TS 24.229 §7.2A.4); nil: none.
        public var accessNetworkInfo: String?

        var crossing: GmCrossing {
            GmCrossing(preconditions: preconditions, accessNetworkInfo: accessNetworkInfo, qos: qos)
        }
    }

    /// What to do with a REGISTER over the limit.
    public enum OverLimit: String, CaseIterable, Sendable {
        /// 503 with Retry-After.
        case refuse
        /// Nothing: no reflection to a forged source.
        case silence
    }

    /// Bounds of REGISTERs from sources that have not authenticated.
    public struct RegisterLimit: Sendable {
        /// 0: no limit.
        public var perSecond: Int
        public var burst: Int
        /// Sources remembered; the rest share one allowance.
        public var sources: Int
        public var overLimit: OverLimit
        /// Whether loopback sources are limited too: whoever can send from there is on this machine.
        public var limitsLoopback: Bool

        public init(
            perSecond: Int, burst: Int, sources: Int = 10_000, overLimit: OverLimit = .refuse,
            limitsLoopback: Bool = false
        ) {
            self.perSecond = perSecond
            self.burst = burst
            self.sources = sources
            self.overLimit = overLimit
            self.limitsLoopback = limitsLoopback
        }
    }

    public var common: CommonSettings
    /// Gm: the main listener first.
    public var listeners: [Listener]
    /// Mw: where requests toward the core leave from, and what Path names; its port stays the same over a restart, or
    /// the S-CSCF could not reach its users any more.
    public var core: Listener
    public var ipsec: IPsecSettings
    public var visitedNetwork: String
    /// Entry points of the home network, in order.
    public var entryPoints: [EntryPoint]
    public var registerLimit: RegisterLimit
    /// Contacts registered through this P-CSCF; one more is answered 503.
    public var maximumRegistrations: Int
    /// How long the home network may be silent on a REGISTER before the UE hears 504. TS 24.229 §7.7 has UEs wait 128 s,
    /// but many give up after the 32 s of RFC 3261: what comes later nobody hears.
    public var coreTimeoutMilliseconds: Int
    /// Whether registrations are watched, TS 24.229 §5.2.3.
    public var subscribesToReg: Bool
    public var emergency: EmergencySettings
    /// Retry-After of a 503 or 504 we make.
    public var retryAfterSeconds: Int
}

/// An I-CSCF, TS 24.229 §5.2.2.1.
public struct EntryPoint: Sendable, Equatable {
    public var address: SocketAddress
    public var kind: LinkKind

    public init(address: SocketAddress, kind: LinkKind) {
        self.address = address
        self.kind = kind
    }
}
