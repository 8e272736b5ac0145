public import AKA
import IMSCore
public import RoleKit

/// One IMS subscription with one private identity and one implicit registration set (TS 29.228 §6.5), as provisioned.
///
/// The identities of a SIM are not stored but derived from its IMSI and MSISDN and the home network (TS 23.003 §13):
/// that is every identity of almost every subscriber, and leaves one small value per subscriber in memory.
public struct Subscriber: Hashable, Sendable {
    /// nil only for a subscriber of SIP Digest without a SIM, who has `further.privateIdentity`.
    public var imsi: Digits?
    public var msisdn: Digits?
    public var authentication: Authentication
    /// What only few subscribers have.
    public var further: Further?

    public init(imsi: Digits?, msisdn: Digits?, authentication: Authentication, further: Further? = nil) {
        self.imsi = imsi
        self.msisdn = msisdn
        self.authentication = authentication
        self.further = further
    }

    /// How this subscriber is authenticated (TS 33.203 §6.1, Annex N).
    public enum Authentication: Hashable, Sendable {
        case aka(AKAKeys)
        case sipDigest(SIPDigestSecret)
    }

    /// Identities beyond the derived ones and requirements on the S-CSCF; shared and immutable.
    public final class Further: Hashable, Sendable {
        /// Instead of `<imsi>@<home network>`.
        public let privateIdentity: String?
        /// Members of the implicit registration set besides the derived ones, in canonical form.
        public let publicIdentities: [PublicUserIdentity]
        public let capabilities: ServerCapabilities
        /// Names of the access points the subscriber may use in EPS, the default one first; empty is all there are.
        public let accessPoints: [String]

        public init(
            privateIdentity: String? = nil, publicIdentities: [PublicUserIdentity] = [],
            capabilities: ServerCapabilities = ServerCapabilities(), accessPoints: [String] = []
        ) {
            self.privateIdentity = privateIdentity
            self.publicIdentities = publicIdentities
            self.capabilities = capabilities
            self.accessPoints = accessPoints
        }

        public static func == (a: Further, b: Further) -> Bool {
            a.privateIdentity == b.privateIdentity && a.publicIdentities == b.publicIdentities
                && a.capabilities == b.capabilities && a.accessPoints == b.accessPoints
        }

        public func hash(into hasher: inout Hasher) {
            hasher.combine(privateIdentity)
            hasher.combine(publicIdentities)
        }
    }
}

/// A member of an implicit registration set.
public struct PublicUserIdentity: Hashable, Sendable {
    /// Canonical form (TS 23.003 §13.4).
    public var identity: String
    /// Barred identities may register but not be used (TS 23.228 §5.2.1a).
    public var isBarred: Bool

    public init(_ identity: String, isBarred: Bool = false) {
        self.identity = identity
        self.isBarred = isBarred
    }
}

/// H(A1) of RFC 2617 §3.2.2.2 for one realm: enough to check a response, useless in any other realm. Prints no secret.
public struct SIPDigestSecret: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    public var realm: String
    /// MD5(username ":" realm ":" password).
    public var ha1: Block128

    public init(realm: String, ha1: Block128) {
        self.realm = realm
        self.ha1 = ha1
    }

    public var description: String { "SIP Digest secret for \(realm)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Subscriber {
    /// The private identity (TS 23.003 §13.3).
    public func privateIdentity(home: String) -> String {
        if let name = further?.privateIdentity { return name }
        return imsi.map { "\($0)@\(home)" } ?? ""
    }

    /// The implicit registration set. The default public user identity comes first: an S-CSCF takes the first that is
    /// not barred (TS 24.229 §5.4.1.2.2F). The identity derived from the IMSI is barred, because the IMSI must not
    /// become a number others see (TS 23.003 §13.4B).
    public func publicIdentities(home: String) -> [PublicUserIdentity] {
        var set: [PublicUserIdentity] = []
        if let msisdn {
            set.append(PublicUserIdentity("sip:+\(msisdn)@\(home)"))
            set.append(PublicUserIdentity("tel:+\(msisdn)"))
        }
        let last = imsi.map { PublicUserIdentity("sip:\($0)@\(home)", isBarred: true) }
        // One that was also written down is still one, and as the derived one is.
        for identity in further?.publicIdentities ?? []
        where identity.identity != last?.identity && !set.contains(where: { $0.identity == identity.identity }) {
            set.append(identity)
        }
        if let last { set.append(last) }
        return set
    }

    /// Whether any identity of the set is not barred; without one nothing can be registered (TS 29.228 §6.1.1.1).
    public var hasUsableIdentity: Bool {
        msisdn != nil || further?.publicIdentities.contains { !$0.isBarred } ?? false
    }

    /// The profile for a User-Data AVP (TS 29.228 §6.6): the whole implicit registration set in one service profile.
    ///
    /// - Parameter services: criteria every subscriber has.
    func profile(home: String, services: [InitialFilterCriterion] = []) -> UserProfile {
        let identities = publicIdentities(home: home).map {
            PublicIdentity(identity: $0.identity, isBarred: $0.isBarred)
        }
        return UserProfile(
            privateID: privateIdentity(home: home),
            serviceProfiles: [ServiceProfile(publicIdentities: identities, initialFilterCriteria: services)])
    }
}
