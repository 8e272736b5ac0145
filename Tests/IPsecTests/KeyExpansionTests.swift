import AKA
import IPsec
import Testing

/// TS 33.203 Annex I. The salts were computed with Python's hmac and hashlib.
@Suite("Key expansion") struct KeyExpansionTests {
    private static let ck: [UInt8] = Array(0..<16)
    private static let ik: [UInt8] = Array(16..<32)

    @Test(
        "Annex I: what becomes of CK and IK",
        arguments: [
            ("hmac-md5-96/null", "101112131415161718191a1b1c1d1e1f", ""),
            ("hmac-sha-1-96/null", "101112131415161718191a1b1c1d1e1f00000000", ""),
            ("hmac-md5-96/aes-cbc", "101112131415161718191a1b1c1d1e1f", "000102030405060708090a0b0c0d0e0f"),
            (
                "hmac-md5-96/des-ede3-cbc", "101112131415161718191a1b1c1d1e1f",
                "010102020404070708080b0b0d0d0e0e0101020204040707"
            ),
            ("aes-gmac/null", "101112131415161718191a1b1c1d1e1f7040f6a2", ""),
            ("null/aes-gcm", "", "000102030405060708090a0b0c0d0e0f99ca2318"),
        ])
    func keys(suite: String, integrity: String, encryption: String) throws {
        let keys = try KeyExpansion(sha256: Digests().sha256).keys(
            try #require(IPsecSuite(suite)), ck: SecretOctets(Self.ck), ik: SecretOctets(Self.ik))
        #expect(Self.hex(keys.integrity.copy) == integrity)
        #expect(Self.hex(keys.encryption.copy) == encryption)
    }

    @Test("Keys print nothing of themselves")
    func silence() {
        let keys = SAKeys(integrity: [0xDE, 0xAD], encryption: [0xBE, 0xEF])
        var dumped = ""
        dump(keys, to: &dumped)
        #expect(!"\(keys) \(String(reflecting: keys)) \(dumped)".contains("222"))
        #expect(!dumped.contains("173"))
    }

    private static func hex(_ octets: [UInt8]) -> String {
        octets.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
