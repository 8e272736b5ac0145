import Diameter
import SIP

/// SIP-Authentication-Scheme values of Cx, TS 29.229 §6.3.9.
enum AuthenticationScheme: String, Sendable {
    case digestAKAv1MD5 = "Digest-AKAv1-MD5"
    case sipDigest = "SIP Digest"
    /// The HSS decides.
    case unknown = "Unknown"

    /// What to ask for when the HSS does not have this one: a UE says little of itself in its first REGISTER, and
    /// TS 29.228 §6.3.1 lets an HSS refuse `Unknown` for users of IMS AKA.
    var alternative: AuthenticationScheme { self == .unknown ? .digestAKAv1MD5 : .unknown }

    /// What to ask the HSS for, TS 24.229 §5.4.1.1: AKA where the UE or the P-CSCF speaks of it; otherwise the HSS knows
    /// what the subscriber has.
    init(for request: RegisterRequest) {
        let isNamed = request.credentials?.fields["algorithm"] != nil
        let isAKA = request.credentials?.algorithm == .akav1MD5
        switch request.integrity {
        case .yes: self = .digestAKAv1MD5
        // Some P-CSCFs say "no" of everything that has no association.
        case .no: self = isNamed && !isAKA ? .unknown : .digestAKAv1MD5
        case .tlsYes, .tlsPending, .ipAssociationYes, .ipAssociationPending: self = .sipDigest
        case .authenticationDone, .unstated: self = isAKA ? .digestAKAv1MD5 : .unknown
        }
    }
}

/// What a MAA says about a subscriber's authentication, TS 29.228 §6.3.
struct AuthenticationData: Sendable {
    enum Kind: Sendable {
        case aka(AKAChallenge)
        case digest(realm: String, DigestSecret, DigestAlgorithm)
    }

    var kind: Kind
    /// Origin-Host of the answer.
    var hss: String?
}

/// One authentication vector; its secret parts are overwritten with the last copy of it.
struct AKAChallenge: Sendable {
    var rand: [UInt8]
    var autn: [UInt8]
    var xres: SecretOctets
    var ck: SecretOctets
    var ik: SecretOctets

    /// `nonce` of the challenge: base64 of RAND and AUTN, RFC 3310 §3.2.
    var nonce: String { Base64.encode(rand + autn) }
}

extension AuthenticationData {
    /// Reads a successful MAA; nil if it carries no usable item.
    init?(_ maa: DiameterMessage) {
        guard let item = maa[Cx.sipAuthDataItem] else { return nil }
        hss = maa[Base.originHost]
        if let digest = item[Cx.sipDigestAuthenticate] {
            guard let kind = Self.digest(digest) else { return nil }
            self.kind = kind
        } else {
            guard let vector = AKAChallenge(item) else { return nil }
            kind = .aka(vector)
        }
    }

    private static func digest(_ group: AVPGroup) -> Kind? {
        guard let realm = group[Borrowed.digestRealm], let ha1 = group[Borrowed.digestHA1], !ha1.isEmpty,
            let algorithm = DigestAlgorithm(token: group[Borrowed.digestAlgorithm]), algorithm != .akav1MD5
        else { return nil }
        return .digest(realm: realm, DigestSecret(ha1: ha1), algorithm)
    }
}

extension AKAChallenge {
    /// RES has 4 to 16 octets, TS 33.102 §6.3.7; the other parts 16.
    fileprivate init?(_ item: AVPGroup) {
        guard let both = item[Cx.sipAuthenticate], both.count == 32, let xres = item[Cx.sipAuthorization],
            (4...16).contains(xres.count), let ck = item[Cx.confidentialityKey], ck.count == 16,
            let ik = item[Cx.integrityKey], ik.count == 16
        else { return nil }
        self.init(
            rand: Array(both[..<16]), autn: Array(both[16...]), xres: SecretOctets(xres), ck: SecretOctets(ck),
            ik: SecretOctets(ik))
    }
}
