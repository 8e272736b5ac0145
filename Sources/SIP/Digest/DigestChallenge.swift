/// A WWW-Authenticate or Proxy-Authenticate value (RFC 2617 §3.2.1, RFC 7616 §3.3; for AKA RFC 3310 §3.2, and the
/// `ck` and `ik` fields of TS 24.229 §7.2A.1).
public struct DigestChallenge: Equatable, Sendable {
    /// Every field as read or as it will be written; `fields["ck"] = nil` removes one.
    public var fields: AuthFields

    public init(realm: String, nonce: String, algorithm: DigestAlgorithm? = nil, qop: [String] = ["auth"]) {
        fields = AuthFields(scheme: "Digest")
        fields["realm"] = realm
        fields["nonce"] = nonce
        if let algorithm { fields.set("algorithm", algorithm.rawValue, isQuoted: false) }
        if !qop.isEmpty { fields["qop"] = qop.joined(separator: ",") }
    }

    /// Reads a header value; nil unless it is a Digest challenge with realm and nonce.
    public init?(parsing text: String) {
        guard let fields = AuthFields(parsing: text), equalsFolded(fields.scheme, "Digest"),
            fields["realm"] != nil, fields["nonce"] != nil
        else { return nil }
        self.fields = fields
    }

    public var realm: String { fields["realm"] ?? "" }
    public var nonce: String { fields["nonce"] ?? "" }
    public var opaque: String? { fields["opaque"] }
    /// Nil for an algorithm we do not know.
    public var algorithm: DigestAlgorithm? { DigestAlgorithm(token: fields["algorithm"]) }
    /// The qualities of protection offered; empty where RFC 2069 is meant.
    public var qop: [String] {
        guard let list = fields["qop"] else { return [] }
        return list.split { $0 == "," || $0 == " " }.map { lowercasedASCII(String($0)) }
    }
    /// True where only the nonce was too old (RFC 2617 §3.2.1).
    public var isStale: Bool {
        get { fields["stale"].map { equalsFolded($0, "true") } ?? false }
        set { fields.set("stale", newValue ? "true" : nil, isQuoted: false) }
    }

    /// The header value.
    public var text: String { fields.text }
}
