import COpenSSL

/// The key derivation function of TS 33.220 Annex B: HMAC-SHA-256 over FC and the parameters with their lengths.
///
/// The MAC is fetched once and its context rekeyed for every use; one object belongs to one thread.
final class KeyDerivation {
    static let octets = 32

    private let algorithm: OpaquePointer
    private let context: OpaquePointer

    init() throws(CryptoError) {
        guard let algorithm = EVP_MAC_fetch(nil, "HMAC", nil) else {
            throw CryptoError(.unavailable, "OpenSSL does not provide HMAC")
        }
        guard let context = EVP_MAC_CTX_new(algorithm), KeyDerivation.chooseDigest(context) else {
            EVP_MAC_free(algorithm)
            throw CryptoError(.unavailable, "OpenSSL does not provide HMAC-SHA-256")
        }
        self.algorithm = algorithm
        self.context = context
    }

    deinit {
        EVP_MAC_CTX_free(context)  // wipes the key
        EVP_MAC_free(algorithm)
    }

    private static func chooseDigest(_ context: OpaquePointer) -> Bool {
        var name = Array("SHA256".utf8CString)
        return "digest".withCString { key in
            name.withUnsafeMutableBufferPointer { value in
                let parameters = [
                    OSSL_PARAM_construct_utf8_string(key, value.baseAddress, 0), OSSL_PARAM_construct_end(),
                ]
                return EVP_MAC_CTX_set_params(context, parameters) == 1
            }
        }
    }

    /// KDF(key, FC ‖ P0 ‖ L0 ‖ P1 ‖ L1 …), the lengths in two octets.
    func derive(key: [UInt8], fc: UInt8, _ parameters: [[UInt8]]) throws(CryptoError) -> [UInt8] {
        var message = [fc]
        for parameter in parameters {
            message += parameter
            message += [UInt8(truncatingIfNeeded: parameter.count >> 8), UInt8(truncatingIfNeeded: parameter.count)]
        }
        var derived = [UInt8](repeating: 0, count: KeyDerivation.octets)
        var length = 0
        let done =
            EVP_MAC_init(context, key, key.count, nil) == 1
            && EVP_MAC_update(context, message, message.count) == 1
            && EVP_MAC_final(context, &derived, &length, derived.count) == 1
        if !done || length != derived.count { throw CryptoError(.failed, "a key could not be derived") }
        return derived
    }
}
