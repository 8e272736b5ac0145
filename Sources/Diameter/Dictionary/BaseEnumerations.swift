/// Auth-Session-State (277). RFC 6733 §8.11
public struct AuthSessionState: AVPEnumeration {
    public var rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public static let stateMaintained = AuthSessionState(rawValue: 0)
    public static let noStateMaintained = AuthSessionState(rawValue: 1)
    public static let names: [(value: Int32, name: String)] = [(0, "STATE_MAINTAINED"), (1, "NO_STATE_MAINTAINED")]
}

/// Disconnect-Cause (273). RFC 6733 §5.4.3
public struct DisconnectCause: AVPEnumeration {
    public var rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    /// Comes back soon; try again at the usual pace.
    public static let rebooting = DisconnectCause(rawValue: 0)
    /// Out of resources; do not come back at once.
    public static let busy = DisconnectCause(rawValue: 1)
    /// Sees no need for the connection; come back when there is something to say.
    public static let doNotWantToTalkToYou = DisconnectCause(rawValue: 2)
    public static let names: [(value: Int32, name: String)] = [
        (0, "REBOOTING"), (1, "BUSY"), (2, "DO_NOT_WANT_TO_TALK_TO_YOU"),
    ]
}

/// Redirect-Host-Usage (261). RFC 6733 §6.13
public struct RedirectHostUsage: AVPEnumeration {
    public var rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public static let names: [(value: Int32, name: String)] = [
        (0, "DONT_CACHE"), (1, "ALL_SESSION"), (2, "ALL_REALM"), (3, "REALM_AND_APPLICATION"), (4, "ALL_APPLICATION"),
        (5, "ALL_HOST"), (6, "ALL_USER"),
    ]
}

/// Session-Server-Failover (271). RFC 6733 §8.18
public struct SessionServerFailover: AVPEnumeration {
    public var rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public static let names: [(value: Int32, name: String)] = [
        (0, "REFUSE_SERVICE"), (1, "TRY_AGAIN"), (2, "ALLOW_SERVICE"), (3, "TRY_AGAIN_ALLOW_SERVICE"),
    ]
}

/// Auth-Request-Type (274). RFC 6733 §8.7
public struct AuthRequestType: AVPEnumeration {
    public var rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public static let names: [(value: Int32, name: String)] = [
        (1, "AUTHENTICATE_ONLY"), (2, "AUTHORIZE_ONLY"), (3, "AUTHORIZE_AUTHENTICATE"),
    ]
}

/// Re-Auth-Request-Type (285). RFC 6733 §8.12
public struct ReAuthRequestType: AVPEnumeration {
    public var rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public static let names: [(value: Int32, name: String)] = [(0, "AUTHORIZE_ONLY"), (1, "AUTHORIZE_AUTHENTICATE")]
}
