/// What a 200 to REGISTER granted (TS 24.229 §5.1.1.2.1).
public struct RegistrationGrant: Equatable, Sendable {
    public var seconds: Int
    /// P-Associated-URI; the first is the default public identity.
    public var associatedURIs: [String]
    /// Route values of later requests, after the P-CSCF's own (RFC 3608).
    public var serviceRoute: [String]

    public init(seconds: Int, associatedURIs: [String], serviceRoute: [String]) {
        self.seconds = seconds
        self.associatedURIs = associatedURIs
        self.serviceRoute = serviceRoute
    }
}
