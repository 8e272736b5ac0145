/// MD5 or SHA-256, from whoever has one: this module has none.
public typealias DigestHash = ([UInt8]) -> [UInt8]

/// What of a request goes into its digest.
public struct DigestRequest: Sendable {
    public var method: String
    /// The digest-uri; when checking, the one in the credentials counts.
    public var uri: String
    /// For qop `auth-int`.
    public var body: [UInt8]

    public init(method: String, uri: String, body: [UInt8] = []) {
        self.method = method
        self.uri = uri
        self.body = body
    }
}

/// H(A1) of a user without the session part: hex of H(username ":" realm ":" password).
public struct DigestSecret: Sendable {
    /// Lower-case hexadecimal, as the HSS hands it out in Digest-HA1.
    public let ha1: String

    public init(ha1: String) { self.ha1 = lowercasedASCII(ha1) }

    /// RFC 2617 §3.2.2.2; the password is octets, since that of AKAv1-MD5 is binary (RFC 3310 §3.3).
    public init(username: String, realm: String, password: [UInt8], hash: DigestHash) {
        ha1 = Hex.encode(hash(Array("\(username):\(realm):".utf8) + password))
    }
}

/// The response computation of RFC 2617 §3.2.2 and RFC 7616 §3.4.
public enum DigestCalculation {
    /// What `response` ought to be for these credentials; nil where their algorithm or qop is unknown, or a field the
    /// computation needs is missing.
    public static func response(
        to credentials: DigestCredentials, _ request: DigestRequest, _ secret: DigestSecret, _ hash: DigestHash
    ) -> String? {
        guard let algorithm = credentials.algorithm else { return nil }
        var ha1 = secret.ha1
        // RFC 2617 §3.2.2.2: a session's A1 takes nonce and cnonce in.
        if algorithm.isSession {
            guard let cnonce = credentials.cnonce else { return nil }
            ha1 = hex("\(ha1):\(credentials.nonce):\(cnonce)", hash)
        }
        // §3.2.2.3
        var a2 = "\(request.method):\(credentials.uri)"
        if credentials.qop == "auth-int" { a2 += ":" + Hex.encode(hash(request.body)) }
        let ha2 = hex(a2, hash)
        // §3.2.2.1
        guard let qop = credentials.qop else { return hex("\(ha1):\(credentials.nonce):\(ha2)", hash) }
        guard qop == "auth" || qop == "auth-int", let count = credentials.nonceCountText,
            let cnonce = credentials.cnonce
        else { return nil }
        return hex("\(ha1):\(credentials.nonce):\(count):\(cnonce):\(qop):\(ha2)", hash)
    }

    /// Whether the credentials prove the secret. The comparison takes the same time wherever they differ.
    public static func verify(
        _ credentials: DigestCredentials, _ request: DigestRequest, _ secret: DigestSecret, _ hash: DigestHash
    ) -> Bool {
        guard let expected = response(to: credentials, request, secret, hash) else { return false }
        return isEqual(Array(expected.utf8), Array(lowercasedASCII(credentials.response).utf8))
    }

    /// The `rspauth` of Authentication-Info (RFC 2617 §3.2.3): as `response`, with an empty method.
    public static func responseAuth(
        _ credentials: DigestCredentials, body: [UInt8], _ secret: DigestSecret, _ hash: DigestHash
    ) -> String? {
        response(to: credentials, DigestRequest(method: "", uri: credentials.uri, body: body), secret, hash)
    }

    private static func hex(_ text: String, _ hash: DigestHash) -> String { Hex.encode(hash(Array(text.utf8))) }

    private static func isEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        var difference: UInt8 = 0
        for (x, y) in zip(a, b) { difference |= x ^ y }
        return difference == 0
    }
}
