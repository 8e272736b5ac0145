/// A subscriber as an operator writes one: texts of the command line or of a CSV row. `SubscriberReader` judges them.
public struct SubscriberForm: Sendable {
    public var imsi: String?
    /// E.164, with or without `+`.
    public var msisdn: String?
    /// Thirty-two hexadecimal digits each.
    public var k: String?
    public var opc: String?
    /// Instead of `opc`.
    public var op: String?
    /// Four hexadecimal digits; 8000 if absent. The separation bit is set per vector (TS 33.102 Annex H).
    public var amf: String?
    /// Up to twelve hexadecimal digits: the highest SQN used so far; 0 if absent.
    public var sqn: String?
    /// milenage (also if absent) or xor.
    public var algorithm: String?
    /// For SIP Digest instead of a SIM's key.
    public var password: String?
    /// H(A1) in place of the password, as an export writes it.
    public var ha1: String?
    /// Realm of SIP Digest.
    public var realm: String?
    /// Private identity other than `<imsi>@<home network>`.
    public var impi: String?
    /// Public identities besides the derived ones; `barred:` before one bars it.
    public var impus: [String] = []
    public var mandatoryCapabilities: [UInt32] = []
    public var optionalCapabilities: [UInt32] = []
    /// Access points the subscriber may use in EPS, the default one first; none is all of the HSS's `apns:`.
    public var accessPoints: [String] = []

    public init() {}
}
