/// The digest algorithms this core computes, by their tokens (RFC 2617 §3.2.1, RFC 7616 §3.3, RFC 3310 §3.1).
public enum DigestAlgorithm: String, CaseIterable, Sendable {
    case md5 = "MD5"
    case md5Session = "MD5-sess"
    case sha256 = "SHA-256"
    case sha256Session = "SHA-256-sess"
    /// MD5 with the octets of RES as password (RFC 3310 §3.3).
    case akav1MD5 = "AKAv1-MD5"

    /// The algorithm a header names; MD5 where it names none (RFC 2617 §3.2.1). Nil for one we do not know.
    public init?(token: String?) {
        guard let token else {
            self = .md5
            return
        }
        guard let known = DigestAlgorithm.allCases.first(where: { equalsFolded($0.rawValue, token) }) else {
            return nil
        }
        self = known
    }

    public var isSession: Bool {
        switch self {
        case .md5Session, .sha256Session: true
        case .md5, .sha256, .akav1MD5: false
        }
    }

    /// True where the hash under the algorithm is SHA-256, false where it is MD5.
    public var isSHA256: Bool {
        switch self {
        case .sha256, .sha256Session: true
        case .md5, .md5Session, .akav1MD5: false
        }
    }
}
