import Diameter

/// What a node keeps of one neighbour.
final class DiameterPeer {
    /// Never used again, so that a late timer finds nobody.
    let id: UInt64
    let host: String
    var realm: String { didSet { realmKey = realm.lowercased() } }
    /// The realm in lower case, for comparing.
    private(set) var realmKey: String
    /// nil for one accepted though unknown.
    let settings: DiameterPeerSettings?
    var machine = PeerMachine()
    var watchdog: WatchdogMachine
    /// The connection we opened and the one the peer opened.
    var initiator: ConnectionID?
    var responder: ConnectionID?
    /// The CER that waits for its CEA (Wait-Returns) and what it said.
    var cer: DiameterMessage?
    /// The connection of the CER being judged, for R-Accept and R-Reject.
    var candidate: ConnectionID?
    /// What the peer said last, in CER or CEA.
    var capabilities: DiameterCapabilities?
    /// Applications in common; empty while closed.
    var applications: [UInt32] = []
    var waitTimer: TimerID?
    var reconnectTimer: TimerID?
    var watchdogTimer: TimerID?
    /// When the watchdog is due; its timer may fire earlier and is then set again for the rest, so that a message
    /// received costs no timer.
    var watchdogDue = Moment(nanoseconds: 0)
    /// Drawn anew whenever the watchdog's timer is set.
    var jitter = 0
    /// Attempts that failed, or did not last, since the last connection that did.
    var failures = 0
    var openedAt: Moment?
    /// Pause asked for by the peer's DPR.
    var pauseAfterDPR: Int?
    /// True if the path to the peer failed, so that a new connection must prove itself. RFC 3539 appendix A, DOWN
    var lostPath = false
    var lastProblem = ""

    init(id: UInt64, host: String, realm: String, settings: DiameterPeerSettings?, tw: Int) {
        self.id = id
        self.host = host
        self.realm = realm
        realmKey = realm.lowercased()
        self.settings = settings
        watchdog = WatchdogMachine(twMilliseconds: tw)
    }

    var isOpen: Bool { machine.isOpen }

    /// The connection messages go out on.
    var openConnection: ConnectionID? {
        switch machine.state {
        case .iOpen: initiator
        case .rOpen: responder
        case .closed, .waitConnAck, .waitICEA, .waitConnAckElect, .waitReturns, .closing: nil
        }
    }

    func connection(_ side: PeerMachine.Side) -> ConnectionID? {
        switch side {
        case .initiator: initiator
        case .responder: responder
        }
    }

    func clear(_ side: PeerMachine.Side) {
        switch side {
        case .initiator: initiator = nil
        case .responder: responder = nil
        }
    }
}

/// One connection of a node.
final class DiameterLink {
    let id: ConnectionID
    let side: PeerMachine.Side
    let remote: SocketAddress
    var local: SocketAddress
    var framer = DiameterFramer()
    /// nil until the peer has said an acceptable CER.
    var peer: DiameterPeer?
    /// Runs while `peer` is nil.
    var strangerTimer: TimerID?

    init(id: ConnectionID, side: PeerMachine.Side, local: SocketAddress, remote: SocketAddress) {
        self.id = id
        self.side = side
        self.local = local
        self.remote = remote
    }
}

/// What a pending request is waited for with.
struct DiameterWaiter {
    var continuation: UnsafeContinuation<Result<DiameterMessage, DiameterFailure>, Never>
    var timer: TimerID
    /// The timer's own number for the request: hop-by-hop identifiers change with a failover.
    var number: UInt64
}

/// Kinds of a node's timers, as they stand in `TimerToken.kind`.
enum DiameterTimer: UInt8 {
    /// id: number of the request.
    case request = 1
    /// id: peer.
    case wait, watchdog, reconnect
    /// id: connection.
    case stranger
}
