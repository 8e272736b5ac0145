public import RoleKit
public import SIP

/// Number of a call within its fleet.
public struct UECallID: Hashable, Sendable {
    public var raw: UInt64
    public init(raw: UInt64) { self.raw = raw }
}

/// What a fleet is told at start.
public struct FleetConfig: Sendable {
    /// Where every request outside of a dialog goes first.
    public var pcscf: SocketAddress
    public var transport: LinkKind
    /// Address the UEs send from, each from a port of its own; port 0 takes any free ones, another number is the first UE's.
    public var local: SocketAddress
    /// Transports each UE listens on; both, as RFC 3261 §18 asks, unless thousands would use up the descriptors.
    public var kinds: [LinkKind]
    /// Seconds asked for in REGISTER (TS 24.229 §5.1.1.2.1 asks for 600,000).
    public var expires: Int
    /// INVITEs require reliable provisional responses (RFC 3262); else they only support them.
    public var requires100rel: Bool
    /// Calls have QoS preconditions as IR.92 §2.4 describes them: INVITE, 183, PRACK, UPDATE, 180, 200.
    public var hasPreconditions: Bool
    /// Milliseconds after which silence counts as no answer; nil: those of RFC 3261's timers B and F, 128 s toward a
    /// P-CSCF (TS 24.229 §7.7), which is longer than somebody at a terminal waits.
    public var answerWithin: Int?
    /// Sec-agree and IPsec; nil: none.
    public var security: FleetSecurity?
    /// The service centre's number, as a SIM holds it.
    public var serviceCentre = "+15559999999"

    public init(
        pcscf: SocketAddress, transport: LinkKind = .udp, local: SocketAddress, kinds: [LinkKind] = [.udp, .tcp],
        expires: Int = 600_000, requires100rel: Bool = false, hasPreconditions: Bool = false, answerWithin: Int? = nil,
        security: FleetSecurity? = nil
    ) {
        self.pcscf = pcscf
        self.transport = transport
        self.local = local
        self.kinds = kinds
        self.expires = expires
        self.requires100rel = requires100rel
        self.hasPreconditions = hasPreconditions
        self.answerWithin = answerWithin
        self.security = security
    }
}

/// What a UE does when it is called.
public enum AnsweringHabit: Equatable, Sendable {
    /// Rings, and answers after so long.
    case answer(afterMilliseconds: Int)
    /// Rings until the caller gives up.
    case ring
    /// Refuses at once: 486 busy, 603 declined, 480 away.
    case refuse(status: Int)
}

/// What a caller means to do with a call; without a number it is up to whoever dialled.
public struct CallPlan: Equatable, Sendable {
    /// Gives up when nobody has answered by then.
    public var patienceMilliseconds: Int?
    /// Hangs up so long after the call stood.
    public var holdMilliseconds: Int?

    public init(patienceMilliseconds: Int? = nil, holdMilliseconds: Int? = nil) {
        self.patienceMilliseconds = patienceMilliseconds
        self.holdMilliseconds = holdMilliseconds
    }
}

/// Bounds of a fleet.
public enum FleetLimits {
    /// UEs; each has a port of its own, and over TCP a connection beside it. More take more processes.
    public static let phones = 10_000
    /// Calls standing or being set up.
    public static let calls = 20_000
    /// Characters of a text message.
    public static let messageBytes = 4_096
}

/// Something that happened to a UE.
public enum FleetEvent: Sendable {
    case registered(phone: Int, RegistrationGrant)
    case deregistered(phone: Int)
    /// Where `retryMilliseconds` is set the UE tries again by itself.
    case registrationFailed(phone: Int, UEFault, retryMilliseconds: Int?)
    /// Called side: a call has come in.
    case incomingCall(UECallID, phone: Int, from: String)
    /// Caller: a provisional response.
    case progressing(UECallID, status: Int)
    /// The call stands; told at each end.
    case established(UECallID, phone: Int)
    /// The call is over; `stood` if it had been answered.
    case ended(UECallID, phone: Int, CallEnd, stood: Bool)
    /// A text came in.
    case message(phone: Int, from: String, text: String)
    /// What came of a text sent.
    case messageAnswered(UInt64, status: Int, reason: String)
    /// A short message came in, with all its parts.
    case shortMessage(phone: Int, from: String, text: String)
    /// The service centre tells what became of one.
    case statusReport(phone: Int, about: String, isDelivered: Bool)
    /// What came of one sent.
    case shortMessageAnswered(UInt64, ShortMessageOutcome)
}
