public import RoleKit
public import SIP

/// An S-CSCF this I-CSCF may assign, with the capabilities an operator gave it. TS 29.228 §6.7
public struct KnownSCSCF: Sendable, Equatable {
    /// Its SIP URI, as Server-Name and Request-URI carry it.
    public var uri: String
    public var capabilities: [UInt32]

    public init(uri: String, capabilities: [UInt32] = []) {
        self.uri = uri
        self.capabilities = capabilities
    }
}

/// One I-CSCF's configuration; `ICSCFConfig+Reader.swift` lists the keys.
public struct ICSCFConfig: Sendable {
    public var common: CommonSettings
    /// SIP timers, TS 24.229 §7.7.
    public var timers: SIPTimers
    public var diameter: DiameterSettings
    /// In order of preference.
    public var scscfs: [KnownSCSCF]
    /// How long an S-CSCF may stay silent on a REGISTER before another is tried. TS 24.229 §5.3.1.3 leaves it to us;
    /// longer than its own wait for the HSS, or a slow HSS would cost us a live S-CSCF.
    public var scscfTimeoutMilliseconds: Int
    /// Retry-After of a 480 or 504 we make.
    public var retryAfterSeconds: Int
}
