public import IMSCore
public import RoleKit
public import SIP

/// One S-CSCF's configuration; `SCSCFConfig+Reader.swift` lists the keys.
public struct SCSCFConfig: Sendable {
    /// What becomes of an AKA response that no IPsec association protects.
    ///
    /// Deviation: TS 24.229 §5.4.1.2.2 verifies protected responses only and would challenge for ever. A lab without
    /// IPsec accepts; `refuse` answers 403 so that the UE stops.
    public enum AKAWithoutIPsec: String, CaseIterable, Sendable { case accept, refuse }

    public var common: CommonSettings
    /// SIP timers, TS 24.229 §7.7.
    public var timers: SIPTimers
    public var diameter: DiameterSettings
    /// Our own SIP URI: Server-Name in Cx, host of Service-Route.
    public var uri: String
    /// What an I-CSCF may ask for; shown in reports. TS 29.228 §6.7
    public var capabilities: [UInt32]
    public var akaWithoutIPsec: AKAWithoutIPsec
    public var expires: RegistrationInterval
    /// Retry-After of a 480, 500 or 504 we make.
    public var retryAfterSeconds: Int
    /// How long a SIP Digest nonce may be used again, RFC 2617 §4.5.
    public var nonceSeconds: Int
    /// What dialled numbers mean, TS 24.229 §5.4.3.2.
    public var numbering: NumberingPlan
    /// I-CSCFs that requests for users of this network go to, TS 24.229 §5.4.3.2: the first that answers.
    public var entryPoints: [SIPTarget]
    /// How long the contacts of one q ring before those of the next, where a user's contacts have several.
    public var serialForkSeconds: Int
    /// How long an application server may show no sign of life before its default handling applies.
    public var asTimeoutMilliseconds: Int
}

/// Bounds of a registration's lifetime in seconds, RFC 3261 §10.2.1.1 and §10.3.
public struct RegistrationInterval: Sendable, Equatable {
    /// Shorter requests are answered 423.
    public var minimum: Int
    /// Longer requests are granted this.
    public var maximum: Int
    /// Granted when the request names none.
    public var standard: Int

    public init(minimum: Int, maximum: Int, standard: Int) {
        self.minimum = minimum
        self.maximum = maximum
        self.standard = standard
    }
}
