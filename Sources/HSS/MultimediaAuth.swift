import AKA
import Diameter

/// Authentication: MAR and MAA (TS 29.228 §6.3).
enum MultimediaAuth {
    /// Vectors one MAA carries at most: each one unused is a sequence number gone.
    static let highestItems = 5
    /// Resynchronisations answered in a row. A USIM that is not content then has a counter no vector can reach.
    static let highestResynchronisations = 3

    /// SIP-Authentication-Scheme (TS 29.229 §6.3.9).
    enum Scheme {
        static let aka = "Digest-AKAv1-MD5"
        static let digest = "SIP Digest"
        static let unknown = "Unknown"
    }

    struct Request: Hashable {
        var privateIdentity: String
        var publicIdentity: String
        var serverName: String
        var serverHost: String
        var scheme: String
        var items: UInt32
        /// RAND ‖ AUTS after a synchronisation failure, else nil (table 6.3.2).
        var authorization: [UInt8]?
    }

    enum Decision: Hashable {
        case refuse(CxResult)
        case digest(SIPDigestSecret)
        case aka(AKAKeys, items: Int, SynchronisationFailure?)
    }

    /// What a USIM reported (TS 33.102 §6.3.5).
    struct SynchronisationFailure: Hashable {
        var rand: Block128
        var auts: [UInt8]

        /// From RAND (16 octets) and AUTS (14 octets).
        init?(_ authorization: [UInt8]) {
            guard authorization.count == 16 + AKAFunctions.autsOctets, let rand = Block128(authorization[..<16]) else {
                return nil
            }
            self.rand = rand
            auts = Array(authorization[16...])
        }
    }

    /// The checks of §6.3.1 in their order.
    static func answer(_ request: Request, _ identities: Identities) -> (Decision, Registration?) {
        // Steps 1 to 3: both identities exist and belong together.
        let record: SubscriberRecord
        switch identities {
        case .unknown: return (.refuse(.experimental(.userUnknown)), nil)
        case .mismatched: return (.refuse(.experimental(.identitiesDontMatch)), nil)
        case .known(let known, _): record = known
        }
        // Step 4: the scheme.
        let decision = byScheme(request, record)
        if case .refuse = decision { return (decision, nil) }
        // Step 5: the state.
        let next = assigned(request, record.registration)
        return (decision, next == record.registration ? nil : next)
    }

    /// Deviation: for `Unknown` §6.3.1 refuses users of IMS AKA; they get vectors, since the scheme is in the answer.
    private static func byScheme(_ request: Request, _ record: SubscriberRecord) -> Decision {
        var failure: SynchronisationFailure?
        switch (record.subscriber.authentication, request.scheme) {
        case (.sipDigest(let secret), Scheme.digest), (.sipDigest(let secret), Scheme.unknown):
            return .digest(secret)
        case (.aka(let keys), Scheme.aka), (.aka(let keys), Scheme.unknown):
            if let authorization = request.authorization {
                failure = SynchronisationFailure(authorization)
                guard failure != nil else { return .refuse(malformed(authorization)) }
                guard record.resynchronisations < highestResynchronisations else {
                    return .refuse(.unableToComply)
                }
            }
            return .aka(keys, items: max(1, min(Int(request.items), highestItems)), failure)
        default: return .refuse(.experimental(.authSchemeNotSupported))
        }
    }

    private static func malformed(_ authorization: [UInt8]) -> CxResult {
        .fault(
            .invalidAVPValue, Cx.sipAuthorization, authorization,
            "SIP-Authorization has \(authorization.count) octets, RAND and AUTS have 30")
    }

    /// The asking S-CSCF becomes the assigned one even where another was (§8.1.1): the I-CSCF has chosen it anew. A
    /// registered user's re-authentication is not pending, since its failure must not touch the registration.
    private static func assigned(_ request: Request, _ registration: Registration) -> Registration {
        var next = registration
        if next.isAssigned(otherThan: request.serverName) { next.isReassignmentPending = false }
        next.assign(request.serverName, host: request.serverHost)
        if next.state != .registered { next.isAuthenticationPending = true }
        return next
    }
}

extension MultimediaAuth {
    /// The request's information elements; nil if one the command's grammar asks for is not there.
    static func request(_ message: DiameterMessage) -> Request? {
        guard let user = message[Base.userName], let identity = message[Cx.publicIdentity],
            let server = message[Cx.serverName], let host = message[Base.originHost],
            let items = message[Cx.sipNumberAuthItems], let data = message[Cx.sipAuthDataItem]
        else { return nil }
        return Request(
            privateIdentity: user, publicIdentity: identity, serverName: server, serverHost: host,
            scheme: data[Cx.sipAuthenticationScheme] ?? Scheme.unknown, items: items,
            authorization: data[Cx.sipAuthorization])
    }

    /// The identities and one SIP-Auth-Data-Item per vector (tables 6.3.4 and 6.3.5).
    static func write(_ vectors: [AuthenticationVector], _ request: Request, to message: inout DiameterMessage) {
        writeIdentities(request, items: vectors.count, to: &message)
        for (number, vector) in vectors.enumerated() {
            message.add(
                Cx.sipAuthDataItem,
                AVPGroup {
                    $0.add(Cx.sipItemNumber, UInt32(number + 1))
                    $0.add(Cx.sipAuthenticationScheme, Scheme.aka)
                    $0.add(Cx.sipAuthenticate, vector.rand.octets + vector.autn.octets)
                    $0.add(Cx.sipAuthorization, vector.xres)
                    $0.add(Cx.confidentialityKey, vector.ck.octets)
                    $0.add(Cx.integrityKey, vector.ik.octets)
                })
        }
    }

    /// SIP-Digest-Authenticate (table 6.3.7).
    static func write(_ secret: SIPDigestSecret, _ request: Request, to message: inout DiameterMessage) {
        writeIdentities(request, items: 1, to: &message)
        message.add(
            Cx.sipAuthDataItem,
            AVPGroup {
                $0.add(Cx.sipAuthenticationScheme, Scheme.digest)
                $0.add(
                    Cx.sipDigestAuthenticate,
                    AVPGroup {
                        $0.add(Borrowed.digestRealm, secret.realm)
                        $0.add(Borrowed.digestAlgorithm, "MD5")
                        $0.add(Borrowed.digestQoP, "auth")
                        $0.add(Borrowed.digestHA1, secret.ha1.hexadecimal)
                    })
            })
    }

    private static func writeIdentities(_ request: Request, items: Int, to message: inout DiameterMessage) {
        message.add(Base.userName, request.privateIdentity)
        message.add(Cx.publicIdentity, request.publicIdentity)
        message.add(Cx.sipNumberAuthItems, UInt32(items))
    }
}
