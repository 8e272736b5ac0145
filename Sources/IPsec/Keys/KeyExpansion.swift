/// Keys of ESP from CK and IK, TS 33.203 Annex I.
public struct KeyExpansion {
    /// FIPS 180-4 SHA-256, for the salts of AES-GCM and AES-GMAC.
    private let sha256: ([UInt8]) -> [UInt8]

    public init(sha256: @escaping ([UInt8]) -> [UInt8]) { self.sha256 = sha256 }

    /// - Parameters:
    ///   - ck: sixteen octets.
    ///   - ik: sixteen octets.
    public func keys(_ suite: IPsecSuite, ck: SecretOctets, ik: SecretOctets) -> SAKeys {
        var (integrity, encryption): ([UInt8], [UInt8]) = ([], [])
        // Growing would leave a copy behind.
        integrity.reserveCapacity(24)
        encryption.reserveCapacity(24)
        fill(&integrity, suite.integrity, ck, ik)
        fill(&encryption, suite.encryption, ck, ik)
        return SAKeys(integrity: SecretOctets(taking: &integrity), encryption: SecretOctets(taking: &encryption))
    }

    private func fill(_ key: inout [UInt8], _ algorithm: IntegrityAlgorithm, _ ck: SecretOctets, _ ik: SecretOctets) {
        switch algorithm {
        case .null: return
        case .hmacMD5: append(ik, to: &key)
        case .hmacSHA1:
            append(ik, to: &key)
            key += [0, 0, 0, 0]
        case .aesGMAC:
            append(ik, to: &key)
            key += salt(0x58, "AES_GMAC_SALT", ck, ik)
        }
    }

    private func fill(_ key: inout [UInt8], _ algorithm: EncryptionAlgorithm, _ ck: SecretOctets, _ ik: SecretOctets) {
        switch algorithm {
        case .null: return
        case .aesCBC: append(ck, to: &key)
        case .desEDE3CBC:
            // CK1 || CK2 || CK1; RFC 2451 §2.2 wants odd parity, which ciphers ignore and some kernels check.
            append(ck, to: &key)
            ck.withBytes { key.append(contentsOf: $0.prefix(8)) }
            for index in key.indices { key[index] = Self.withOddParity(key[index]) }
        case .aesGCM:
            append(ck, to: &key)
            key += salt(0x59, "AES_GCM_SALT", ck, ik)
        }
    }

    private func append(_ secret: SecretOctets, to key: inout [UInt8]) {
        secret.withBytes { key.append(contentsOf: $0) }
    }

    /// The 32 least significant bits of KDF(CK || IK, FC || P0 || L0), TS 33.220 Annex B.
    private func salt(_ fc: UInt8, _ p0: String, _ ck: SecretOctets, _ ik: SecretOctets) -> ArraySlice<UInt8> {
        let length = p0.utf8.count
        let message = [fc] + Array(p0.utf8) + [UInt8(length >> 8), UInt8(length & 0xFF)]
        // HMAC-SHA-256 with a key of at most 64 octets, RFC 2104 §2.
        return sha256(padded(ck, ik, 0x5C, with: sha256(padded(ck, ik, 0x36, with: message)))).suffix(4)
    }

    /// A block of HMAC: the key, with its padding.
    private func padded(_ ck: SecretOctets, _ ik: SecretOctets, _ pad: UInt8, with message: [UInt8]) -> [UInt8] {
        var block: [UInt8] = []
        block.reserveCapacity(64 + message.count)
        append(ck, to: &block)
        append(ik, to: &block)
        block += repeatElement(0, count: 64 - block.count)
        for index in block.indices { block[index] ^= pad }
        return block + message
    }

    private static func withOddParity(_ octet: UInt8) -> UInt8 {
        (octet & 0xFE).nonzeroBitCount % 2 == 0 ? octet | 1 : octet & 0xFE
    }
}

/// Keys of the four SAs of a set. They print nothing of themselves.
public struct SAKeys: Sendable, CustomStringConvertible, CustomReflectable {
    public let integrity: SecretOctets
    public let encryption: SecretOctets

    public init(integrity: SecretOctets, encryption: SecretOctets) {
        self.integrity = integrity
        self.encryption = encryption
    }

    /// Of arrays somebody else holds, and has to wipe.
    public init(integrity: [UInt8], encryption: [UInt8]) {
        self.init(integrity: SecretOctets(integrity), encryption: SecretOctets(encryption))
    }

    public var description: String { "SAKeys(…)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
