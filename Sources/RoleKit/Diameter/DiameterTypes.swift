public import Diameter

/// A request a role is to answer. Faults against RFC 6733 and the command's grammar have been answered before.
public struct IncomingDiameterRequest: Sendable {
    public var message: DiameterMessage
    /// The neighbour it came from; the originator is `message[Base.originHost]`.
    public var peer: String
    /// The node's own number of this request.
    let id: UInt64
}

/// Why `ask` has no answer.
public enum DiameterFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// No open peer leads to the realm (or host) the request names.
    case noPeer(realm: String)
    /// No answer in time.
    case timeout(peer: String)
    /// The connection was lost and nobody else could take the request.
    case peerLost(peer: String)
    /// As many requests are under way as `DiameterNodeLimits.pending` allows.
    case tooManyPending
    /// `drain` was called and the peers are being closed.
    case closing

    public var description: String {
        switch self {
        case .noPeer(let realm): "no open Diameter peer for \(realm)"
        case .timeout(let peer): "no answer from \(peer) in time"
        case .peerLost(let peer): "connection to \(peer) was lost"
        case .tooManyPending: "too many Diameter requests under way"
        case .closing: "the Diameter node is closing"
        }
    }
}

/// A peer as `imsbox peers` shows it.
public struct PeerStatus: Sendable, Hashable {
    public var host: String
    public var realm: String
    public var address: SocketAddress?
    /// Names of RFC 6733 §5.6 and RFC 3539 appendix A.
    public var state: String
    public var watchdog: String
    public var isOpen: Bool
    /// In the settings; false for one accepted as unknown.
    public var isConfigured: Bool
    /// Applications in common, once open.
    public var applications: [UInt32]
    public var pending: Int
    /// What ended the last connection or attempt, in words; empty if nothing did.
    public var lastProblem: String
}

/// What a node has done and what it holds: for metrics and leak checks.
public struct DiameterCounts: Sendable, Hashable {
    // Held now.
    public var pending = 0
    public var unanswered = 0
    public var connections = 0
    public var timers = 0
    public var duplicatesRemembered = 0
    // Done since start.
    public var requestsSent = 0
    public var answersReceived = 0
    public var requestsReceived = 0
    public var answersSent = 0
    /// Answers nobody asked for (or no longer): dropped.
    public var strayAnswers = 0
    public var timeouts = 0
    public var failovers = 0
    /// Requests answered from memory because they had come before.
    public var duplicates = 0
    /// Requests refused by the codec or the command's grammar.
    public var refused = 0
    public var connectionAttempts = 0
    public var watchdogFailures = 0

    public init() {}
}

/// Bounds of one node. A test sends one more of each.
public struct DiameterNodeLimits: Sendable, Hashable {
    /// Own requests without an answer; more fail at once.
    public var pending = 100_000
    /// Peers' requests a role has not answered; more are refused with 3004.
    public var unanswered = 100_000
    /// Connections that have not said CER; for one more the oldest is closed.
    public var strangers = 64
    /// Peers accepted though unknown; more are told 3010.
    public var unknownPeers = 256
    /// Answers remembered for duplicate detection; the oldest give way.
    public var duplicates = 4_096

    public init() {}
}
