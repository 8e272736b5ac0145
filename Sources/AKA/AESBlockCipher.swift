import COpenSSL

/// AES-128 on single blocks: the kernel function E_K of Milenage (TS 35.206 §5, Rijndael).
///
/// The algorithm is fetched once and the context rekeyed for every use; one object belongs to one thread.
final class AESBlockCipher {
    private let algorithm: OpaquePointer
    private let context: OpaquePointer

    init() throws(CryptoError) {
        guard let algorithm = EVP_CIPHER_fetch(nil, "AES-128-ECB", nil) else {
            throw CryptoError(.unavailable, "OpenSSL does not provide AES-128-ECB")
        }
        guard let context = EVP_CIPHER_CTX_new() else {
            EVP_CIPHER_free(algorithm)
            throw CryptoError(.failed, "OpenSSL gave no cipher context")
        }
        self.algorithm = algorithm
        self.context = context
    }

    deinit {
        EVP_CIPHER_CTX_free(context)  // wipes the key schedule
        EVP_CIPHER_free(algorithm)
    }

    /// Makes `key` the key of the blocks that follow.
    func setKey(_ key: Block128) throws(CryptoError) {
        var octets = key.value.bigEndian
        let done = withUnsafeMutableBytes(of: &octets) { buffer -> Bool in
            defer { OPENSSL_cleanse(buffer.baseAddress, buffer.count) }
            let pointer = buffer.assumingMemoryBound(to: UInt8.self).baseAddress
            return EVP_EncryptInit_ex2(context, algorithm, pointer, nil, nil) == 1
                && EVP_CIPHER_CTX_set_padding(context, 0) == 1
        }
        if !done { throw CryptoError(.failed, "AES key could not be set") }
    }

    /// E_K of one block.
    func encrypt(_ block: Block128) throws(CryptoError) -> Block128 {
        var input = block.value.bigEndian
        var output: UInt128 = 0
        var length: Int32 = 0
        let status = withUnsafeBytes(of: &input) { from in
            withUnsafeMutableBytes(of: &output) { into in
                EVP_EncryptUpdate(
                    context, into.assumingMemoryBound(to: UInt8.self).baseAddress, &length,
                    from.assumingMemoryBound(to: UInt8.self).baseAddress, 16)
            }
        }
        guard status == 1, length == 16 else { throw CryptoError(.failed, "AES block could not be encrypted") }
        return Block128(UInt128(bigEndian: output))
    }
}
