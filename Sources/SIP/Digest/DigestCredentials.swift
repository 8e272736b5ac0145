/// An Authorization or Proxy-Authorization value (RFC 2617 §3.2.2, RFC 7616 §3.4; for AKA RFC 3310 §3.3 and §3.4, and
/// `integrity-protected` of TS 24.229 §7.2A.2).
public struct DigestCredentials: Equatable, Sendable {
    /// Every field as read or as it will be written; `fields["integrity-protected"] = "yes"` sets one.
    public var fields: AuthFields

    public init(username: String, realm: String, uri: String, nonce: String = "", response: String = "") {
        fields = AuthFields(scheme: "Digest")
        fields["username"] = username
        fields["realm"] = realm
        fields["nonce"] = nonce
        fields["uri"] = uri
        fields["response"] = response
    }

    /// Reads a header value; nil unless it is Digest credentials with a user name. The other fields may be missing or
    /// empty: a first REGISTER has no nonce yet (TS 24.229 §5.1.1.2.2).
    public init?(parsing text: String) {
        guard let fields = AuthFields(parsing: text), equalsFolded(fields.scheme, "Digest"), fields["username"] != nil
        else { return nil }
        self.fields = fields
    }

    public var username: String { fields["username"] ?? "" }
    public var realm: String { fields["realm"] ?? "" }
    public var nonce: String { fields["nonce"] ?? "" }
    public var uri: String { fields["uri"] ?? "" }
    public var response: String { fields["response"] ?? "" }
    public var cnonce: String? { fields["cnonce"] }
    public var opaque: String? { fields["opaque"] }
    public var qop: String? { fields["qop"].map(lowercasedASCII) }
    /// Nil for an algorithm we do not know.
    public var algorithm: DigestAlgorithm? { DigestAlgorithm(token: fields["algorithm"]) }
    /// The nonce count as sent, eight hexadecimal digits.
    public var nonceCountText: String? { fields["nc"] }
    /// The nonce count; nil where it is missing or not eight hexadecimal digits.
    public var nonceCount: UInt32? {
        guard let text = fields["nc"], let octets = Hex.decode(text), octets.count == 4 else { return nil }
        return octets.reduce(0) { $0 << 8 | UInt32($1) }
    }
    /// AUTS of a failed synchronisation (RFC 3310 §3.4); nil where missing or not base64 of 14 octets.
    public var auts: [UInt8]? {
        guard let text = fields["auts"], let octets = Base64.decode(text), octets.count == 14 else { return nil }
        return octets
    }

    /// Answers a challenge as a client does.
    ///
    /// - Parameters:
    ///   - password: octets; for AKAv1-MD5 those of RES, or none with `auts` (RFC 3310 §3.3, §3.4).
    ///   - hash: MD5 or SHA-256 by the challenge's algorithm.
    public init?(
        answering challenge: DigestChallenge, username: String, password: [UInt8], request: DigestRequest,
        cnonce: String, nonceCount: UInt32 = 1, hash: DigestHash
    ) {
        guard let algorithm = challenge.algorithm else { return nil }
        self.init(username: username, realm: challenge.realm, uri: request.uri, nonce: challenge.nonce)
        if let token = challenge.fields["algorithm"] { fields.set("algorithm", token, isQuoted: false) }
        let offered = challenge.qop
        let qop = offered.contains("auth") ? "auth" : offered.contains("auth-int") ? "auth-int" : nil
        if !offered.isEmpty, qop == nil { return nil }
        if let qop {
            fields.set("qop", qop, isQuoted: false)
            let digits = String(nonceCount, radix: 16)
            fields.set("nc", String(repeating: "0", count: 8 - digits.count) + digits, isQuoted: false)
            fields["cnonce"] = cnonce
        }
        if qop == nil, algorithm.isSession { fields["cnonce"] = cnonce }
        if let opaque = challenge.opaque { fields["opaque"] = opaque }
        let secret = DigestSecret(username: username, realm: challenge.realm, password: password, hash: hash)
        fields["response"] = DigestCalculation.response(to: self, request, secret, hash) ?? ""
    }

    /// The header value.
    public var text: String { fields.text }
}
