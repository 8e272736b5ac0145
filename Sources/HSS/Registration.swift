/// What the HSS remembers of a subscriber's registration (TS 23.008 §3, TS 29.228 §6.1.2.1).
///
/// The states of all public identities of an implicit registration set change together (TS 29.228 §6.5.1), and a
/// subscriber here has one such set, so the state of every identity is this one.
public struct Registration: Hashable, Sendable {
    public enum State: UInt8, Hashable, Sendable {
        case notRegistered = 0
        case registered = 1
        /// An S-CSCF keeps the profile of a user who is not registered (TS 23.228 §5.12).
        case unregistered = 2
    }

    public var state: State
    /// A vector has been handed out and neither success nor failure reported (TS 29.228 §6.3.1).
    public var isAuthenticationPending: Bool
    /// The I-CSCF asked for capabilities because the S-CSCF is out of reach: the next SAR may come from another one
    /// (TS 29.228 §6.1.1.1, TS 23.380 §4.2).
    public var isReassignmentPending: Bool
    /// SIP URI of the assigned S-CSCF.
    public var serverName: String?
    /// Origin-Host of that S-CSCF, the Destination-Host of requests to it (TS 29.228 §6.1.3).
    public var serverHost: String?

    public init(
        state: State = .notRegistered, isAuthenticationPending: Bool = false, isReassignmentPending: Bool = false,
        serverName: String? = nil, serverHost: String? = nil
    ) {
        self.state = state
        self.isAuthenticationPending = isAuthenticationPending
        self.isReassignmentPending = isReassignmentPending
        self.serverName = serverName
        self.serverHost = serverHost
    }

    /// Nothing is known of this subscriber.
    public static let none = Registration()

    /// Whether a server other than `name` is assigned.
    func isAssigned(otherThan name: String) -> Bool { serverName != nil && serverName != name }

    mutating func assign(_ name: String, host: String) {
        serverName = name
        serverHost = host
    }
}
