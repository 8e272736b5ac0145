/// What one UE and the P-CSCF have agreed on: the set, and the headers that must come again (RFC 3329 §2.3.1).
public struct SAAgreement: Sendable {
    /// Number of the set; our server SPI, so unique among those that live.
    public let id: UInt32
    /// Private identity of the user: the one the set is for, TS 33.203 §7.2.
    public let user: String
    public let set: SASet
    /// The Security-Server we send.
    public let server: SecurityServer
    /// The Security-Client we were sent.
    public let offer: [SecurityMechanism]

    public init(id: UInt32, user: String, set: SASet, server: SecurityServer, offer: [SecurityMechanism]) {
        self.id = id
        self.user = user
        self.set = set
        self.server = server
        self.offer = offer
    }

    /// Why a REGISTER that came over this set is not taken further, TS 33.203 §7.3.2.3.
    public enum Mismatch: Equatable, Sendable {
        /// Security-Verify is not what Security-Server said.
        case verify
        /// Security-Client is not what it was before the challenge.
        case client
        /// The REGISTER is another user's.
        case user
    }

    /// Judges a REGISTER that came over this set.
    ///
    /// - Parameter answersChallenge: it answers the challenge this set was made for; later ones carry a new offer.
    public func judge(
        user: String, client: [String], verify: [String], answersChallenge: Bool
    ) -> Mismatch? {
        guard user == self.user else { return .user }
        guard server.isRepeated(by: verify) else { return .verify }
        guard answersChallenge else { return nil }
        let again = client.compactMap { SecurityMechanism(parsing: $0) }
        return again.count == client.count && SecurityMechanism.same(again, offer) ? nil : .client
    }
}

/// Both ends' hosts, and the UE's offer: what an agreement is made of.
public struct SARequest: Sendable {
    public var user: String
    public var ue: HostAddress
    public var pcscf: HostAddress
    public var client: SecurityClient
    public var offer: [SecurityMechanism]

    public init(
        user: String, ue: HostAddress, pcscf: HostAddress, client: SecurityClient, offer: [SecurityMechanism]
    ) {
        self.user = user
        self.ue = ue
        self.pcscf = pcscf
        self.client = client
        self.offer = offer
    }
}
