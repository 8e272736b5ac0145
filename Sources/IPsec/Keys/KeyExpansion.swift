/// Keys of ESP from CK and IK, TS 33.203 Annex I.
public struct KeyExpansion {
    /// FIPS 180-4 SHA-256, for the salts of AES-GCM and AES-GMAC.
    private let sha256: ([UInt8]) -> [UInt8]

    public init(sha256: @escaping ([UInt8]) -> [UInt8]) { self.sha256 = sha256 }

    /// - Parameters:
    ///   - ck: sixteen octets.
    ///   - ik: sixteen octets.
    public func keys(_ suite: IPsecSuite, ck: [UInt8], ik: [UInt8]) -> SAKeys {
        SAKeys(integrity: integrity(suite, ck: ck, ik: ik), encryption: encryption(suite, ck: ck, ik: ik))
    }

    private func integrity(_ suite: IPsecSuite, ck: [UInt8], ik: [UInt8]) -> [UInt8] {
        switch suite.integrity {
        case .hmacMD5: ik
        case .hmacSHA1: ik + [0, 0, 0, 0]
        case .aesGMAC: ik + salt(0x58, "AES_GMAC_SALT", ck: ck, ik: ik)
        case .null: []
        }
    }

    private func encryption(_ suite: IPsecSuite, ck: [UInt8], ik: [UInt8]) -> [UInt8] {
        switch suite.encryption {
        case .null: []
        case .aesCBC: ck
        // CK1 || CK2 || CK1; RFC 2451 §2.2 wants odd parity, which ciphers ignore and some kernels check.
        case .desEDE3CBC: (ck + ck.prefix(8)).map(Self.withOddParity)
        case .aesGCM: ck + salt(0x59, "AES_GCM_SALT", ck: ck, ik: ik)
        }
    }

    /// The 32 least significant bits of KDF(CK || IK, FC || P0 || L0), TS 33.220 Annex B.
    private func salt(_ fc: UInt8, _ p0: String, ck: [UInt8], ik: [UInt8]) -> [UInt8] {
        let length = p0.utf8.count
        return hmac(ck + ik, [fc] + Array(p0.utf8) + [UInt8(length >> 8), UInt8(length & 0xFF)]).suffix(4)
    }

    /// HMAC-SHA-256 with a key of at most 64 octets, RFC 2104 §2.
    private func hmac(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        let block = key + [UInt8](repeating: 0, count: 64 - key.count)
        return sha256(block.map { $0 ^ 0x5C } + sha256(block.map { $0 ^ 0x36 } + message))
    }

    private static func withOddParity(_ octet: UInt8) -> UInt8 {
        (octet & 0xFE).nonzeroBitCount % 2 == 0 ? octet | 1 : octet & 0xFE
    }
}

/// Keys of the four SAs of a set. They print nothing of themselves.
public struct SAKeys: Sendable, CustomStringConvertible, CustomReflectable {
    public var integrity: [UInt8]
    public var encryption: [UInt8]

    public init(integrity: [UInt8], encryption: [UInt8]) {
        self.integrity = integrity
        self.encryption = encryption
    }

    /// Overwrites them where they lie, once the kernel has them. Copies made meanwhile are the maker's to wipe.
    public mutating func wipe() {
        for index in integrity.indices { integrity[index] = 0 }
        for index in encryption.indices { encryption[index] = 0 }
    }

    public var description: String { "SAKeys(…)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
