import IMSCore
import SIP

/// What authentication a REGISTER needs before its contacts are looked at. TS 24.229 §5.4.1.2.1, §5.4.1.2.2, §5.4.1.2.3
enum AuthenticationStep: Equatable {
    /// Fetch a vector and answer 401.
    case challenge(ChallengeCause)
    /// Compare the response with this pending challenge.
    case verify(challenge: UInt64)
    /// Compare the response with the digest session.
    case verifySession
    /// Came through an association that only the authenticated UE has.
    case accept
    /// 403; `ended` is the challenge that has failed with it.
    case refuse(reason: String, ended: UInt64?)
}

/// Why a REGISTER is challenged.
enum ChallengeCause: Equatable {
    /// Initial, or unprotected, or with a nonce we do not know.
    case fresh
    /// The USIM's sequence numbers are ahead, RFC 3310 §3.4: RAND and AUTS go to the HSS.
    case resynchronisation(rand: [UInt8], auts: [UInt8], count: Int)
    /// The UE could not accept our challenge (MAC failure) and said so with an empty response.
    case emptyResponse(count: Int)
}

/// What the decision is made from.
struct AuthenticationSubject {
    var credentials: DigestCredentials?
    var integrity: IntegrityProtection
    var callID: String
    var impu: IMPU
    /// Open challenges of the private identity.
    var challenges: [PendingChallenge]
    /// The nonce of a live digest session.
    var sessionNonce: String?
    /// Whether this private identity has a binding in the set of this public one.
    var isRegistered: Bool
    var akaWithoutIPsec: SCSCFConfig.AKAWithoutIPsec
}

enum AuthenticationDecision {
    /// Further challenges after empty responses, TS 24.229 §5.4.1.2.3.
    static let maximumEmptyResponses = 2
    /// Resynchronisations in a row before the attempt is abandoned: two HSSs with one USIM would go on for ever.
    static let maximumResynchronisations = 2

    static func step(_ subject: AuthenticationSubject) -> AuthenticationStep {
        guard let credentials = subject.credentials, !credentials.nonce.isEmpty else { return unanswered(subject) }
        let open = subject.challenges.first {
            $0.callID == subject.callID && $0.impu == subject.impu && $0.nonce == credentials.nonce
        }
        if credentials.fields["auts"] != nil { return resynchronise(credentials, open) }
        guard let open else {
            if subject.sessionNonce == credentials.nonce, !credentials.response.isEmpty { return .verifySession }
            return unanswered(subject)
        }
        if credentials.response.isEmpty { return empty(open) }
        if case .aka = open.proof, !subject.integrity.isAssociated, subject.akaWithoutIPsec == .refuse {
            return .refuse(reason: "AKA response without IPsec", ended: open.serial)
        }
        return .verify(challenge: open.serial)
    }

    /// No response to anything of ours: within an association a registered UE needs none (§5.4.1.2.2), else 401.
    private static func unanswered(_ subject: AuthenticationSubject) -> AuthenticationStep {
        subject.integrity.isAssociated && subject.isRegistered ? .accept : .challenge(.fresh)
    }

    /// RAND comes from our challenge, or from the nonce the UE echoes when the challenge is not ours any more: MAC-S
    /// proves it to the HSS either way.
    private static func resynchronise(_ credentials: DigestCredentials, _ open: PendingChallenge?) -> AuthenticationStep
    {
        let count = (open?.resynchronisations ?? 0) + 1
        guard let auts = credentials.auts else { return .refuse(reason: "malformed AUTS", ended: open?.serial) }
        guard count <= maximumResynchronisations else {
            return .refuse(reason: "too many resynchronisations", ended: open?.serial)
        }
        if case .aka(let rand, _)? = open?.proof {
            return .challenge(.resynchronisation(rand: rand, auts: auts, count: count))
        }
        guard let nonce = Base64.decode(credentials.nonce), nonce.count >= 32 else { return .challenge(.fresh) }
        return .challenge(.resynchronisation(rand: Array(nonce[..<16]), auts: auts, count: count))
    }

    private static func empty(_ open: PendingChallenge) -> AuthenticationStep {
        let count = open.emptyResponses + 1
        return count > maximumEmptyResponses
            ? .refuse(reason: "challenge rejected by the UE", ended: open.serial)
            : .challenge(.emptyResponse(count: count))
    }
}
