/// Integrity algorithms of `alg`, TS 33.203 Annex H. A row gives what the kernel calls it.
public enum IntegrityAlgorithm: String, CaseIterable, Sendable {
    case hmacSHA1 = "hmac-sha-1-96"
    case hmacMD5 = "hmac-md5-96"
    case aesGMAC = "aes-gmac"
    /// Only with an encryption that protects integrity itself.
    case null = "null"
}

/// Encryption algorithms of `ealg`, TS 33.203 Annex H.
public enum EncryptionAlgorithm: String, CaseIterable, Sendable {
    case null = "null"
    case aesCBC = "aes-cbc"
    case desEDE3CBC = "des-ede3-cbc"
    case aesGCM = "aes-gcm"
}

/// A pair of algorithms that protects something: TS 33.203 §7.2 lets no signalling go without integrity.
public struct IPsecSuite: Hashable, Sendable, CustomStringConvertible {
    public let integrity: IntegrityAlgorithm
    public let encryption: EncryptionAlgorithm

    /// Nil for a pair that makes no sense: AES-GCM and AES-GMAC stand alone, and without them `alg` must be a MAC.
    public init?(_ integrity: IntegrityAlgorithm, _ encryption: EncryptionAlgorithm) {
        switch (integrity, encryption) {
        case (.null, .aesGCM), (.aesGMAC, .null): break
        case (.null, _), (.aesGMAC, _), (_, .aesGCM): return nil
        default: break
        }
        self.integrity = integrity
        self.encryption = encryption
    }

    public var description: String { "\(integrity.rawValue)/\(encryption.rawValue)" }

    /// `alg/ealg`, as an instance file names it.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let integrity = IntegrityAlgorithm(rawValue: parts[0]),
            let encryption = EncryptionAlgorithm(rawValue: parts[1])
        else { return nil }
        self.init(integrity, encryption)
    }

    /// Every pair there is, strongest first.
    public static let all: [IPsecSuite] =
        [IPsecSuite(.null, .aesGCM), IPsecSuite(.aesGMAC, .null)].compactMap { $0 }
        + [EncryptionAlgorithm.aesCBC, .desEDE3CBC, .null].flatMap { encryption in
            [IntegrityAlgorithm.hmacSHA1, .hmacMD5].compactMap { IPsecSuite($0, encryption) }
        }
}
