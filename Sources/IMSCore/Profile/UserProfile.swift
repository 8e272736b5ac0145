/// What the HSS tells an S-CSCF about a subscription, TS 29.228 §6.6 and Annex B: the implicit registration set with its
/// service profiles.
public struct UserProfile: Hashable, Sendable {
    public var privateID: String
    public var serviceProfiles: [ServiceProfile]

    public init(privateID: String, serviceProfiles: [ServiceProfile]) {
        self.privateID = privateID
        self.serviceProfiles = serviceProfiles
    }

    /// Every public identity of the set, in the order of the document.
    public var publicIdentities: [PublicIdentity] { serviceProfiles.flatMap(\.publicIdentities) }

    /// The identities that may be used, TS 24.229 §5.4.1.2.2F.
    public var usableIdentities: [PublicIdentity] { publicIdentities.filter { !$0.isBarred } }

    /// Those of them that are a UE's own by name: no wildcards, and no identities of services. TS 24.229 §5.4.1.2.2F
    public var ownIdentities: [PublicIdentity] {
        usableIdentities.filter { $0.kind == nil || $0.kind == .distinctPublicUserIdentity }
    }

    /// The entry of this identity, compared in canonical form.
    public func entry(of impu: IMPU) -> PublicIdentity? {
        publicIdentities.first { IMPU($0.identity) == impu }
    }
}

/// Public identities that share their services, TS 29.228 Annex B.2.
public struct ServiceProfile: Hashable, Sendable {
    public var publicIdentities: [PublicIdentity]
    /// CoreNetworkServicesAuthorization / SubscribedMediaProfileId.
    public var subscribedMediaProfileID: Int?
    public var initialFilterCriteria: [InitialFilterCriterion]
    public var sharedIFCSetIDs: [Int]

    public init(
        publicIdentities: [PublicIdentity], subscribedMediaProfileID: Int? = nil,
        initialFilterCriteria: [InitialFilterCriterion] = [], sharedIFCSetIDs: [Int] = []
    ) {
        self.publicIdentities = publicIdentities
        self.subscribedMediaProfileID = subscribedMediaProfileID
        self.initialFilterCriteria = initialFilterCriteria
        self.sharedIFCSetIDs = sharedIFCSetIDs
    }
}

/// One public identity of a service profile, TS 29.228 Annex B.2.1.
public struct PublicIdentity: Hashable, Sendable {
    /// TS 29.228 Annex E, `tIdentityType`.
    public enum Kind: Int, Hashable, Sendable {
        case distinctPublicUserIdentity = 0, distinctPSI, wildcardedPSI, wildcardedPublicUserIdentity
    }

    /// The URI as the HSS wrote it.
    public var identity: String
    /// Barred identities may be registered with but not used, TS 23.228 §5.2.1a.
    public var isBarred: Bool
    public var kind: Kind?
    public var displayName: String?
    public var aliasIdentityGroupID: String?
    public var wildcardedIMPU: String?

    public init(
        identity: String, isBarred: Bool = false, kind: Kind? = nil, displayName: String? = nil,
        aliasIdentityGroupID: String? = nil, wildcardedIMPU: String? = nil
    ) {
        self.identity = identity
        self.isBarred = isBarred
        self.kind = kind
        self.displayName = displayName
        self.aliasIdentityGroupID = aliasIdentityGroupID
        self.wildcardedIMPU = wildcardedIMPU
    }
}
