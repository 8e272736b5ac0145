import COpenSSL

/// MD5 and SHA-256 over OpenSSL, fetched once with their contexts reused (a fresh fetch per call costs twice the hash).
///
/// One object belongs to one instance and is used from its loop only: it is not Sendable and has no lock. RFC 2617 and
/// RFC 3310 digests take `md5` as their hash closure, RFC 7616 ones `sha256`.
public final class Digests {
    private let md5Hash: OpenSSLHash
    private let sha256Hash: OpenSSLHash

    public init() throws(CryptoError) {
        md5Hash = try OpenSSLHash("MD5", octets: 16)
        sha256Hash = try OpenSSLHash("SHA256", octets: 32)
    }

    /// RFC 1321: sixteen octets.
    public func md5(_ message: [UInt8]) -> [UInt8] { md5Hash.of(message) }

    /// FIPS 180-4: thirty-two octets.
    public func sha256(_ message: [UInt8]) -> [UInt8] { sha256Hash.of(message) }
}

/// One fetched algorithm and its context.
private final class OpenSSLHash {
    private let algorithm: OpaquePointer
    private let context: OpaquePointer
    private let octets: Int

    init(_ name: String, octets: Int) throws(CryptoError) {
        guard let algorithm = EVP_MD_fetch(nil, name, nil) else {
            throw CryptoError(.unavailable, "OpenSSL does not provide \(name) (is it in FIPS mode?)")
        }
        guard let context = EVP_MD_CTX_new() else {
            EVP_MD_free(algorithm)
            throw CryptoError(.failed, "OpenSSL gave no context for \(name)")
        }
        self.algorithm = algorithm
        self.context = context
        self.octets = octets
    }

    deinit {
        EVP_MD_CTX_free(context)
        EVP_MD_free(algorithm)
    }

    func of(_ message: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: octets)
        var length: UInt32 = 0
        let done =
            EVP_DigestInit_ex2(context, algorithm, nil) == 1
            && EVP_DigestUpdate(context, message, message.count) == 1
            && EVP_DigestFinal_ex(context, &digest, &length) == 1
        // A hash closure cannot throw. If OpenSSL fails after a successful fetch, unpredictable octets make every
        // comparison fail, so the failure refuses access instead of granting it.
        return done && Int(length) == octets ? digest : (0..<octets).map { _ in UInt8.random(in: .min ... .max) }
    }
}
