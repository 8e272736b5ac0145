import Testing

@testable import AKA

@Suite("Hashes and comparison")
struct DigestsTests {
    @Test(
        "RFC 1321 §A.5: MD5 test suite",
        arguments: [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("a", "0cc175b9c0f1b6a831c399e269772661"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
        ])
    func md5(_ text: String, _ expected: String) throws {
        #expect(try hexadecimal(Digests().md5(Array(text.utf8))) == expected)
    }

    @Test(
        "RFC 6234 §8.5: SHA-256 vectors",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ])
    func sha256(_ text: String, _ expected: String) throws {
        #expect(try hexadecimal(Digests().sha256(Array(text.utf8))) == expected)
    }

    @Test("The context is reused: a second hash does not continue the first")
    func reuse() throws {
        let digests = try Digests()
        let first = digests.md5(Array("abc".utf8))
        _ = digests.sha256(Array("other".utf8))
        #expect(digests.md5(Array("abc".utf8)) == first)
    }

    @Test("Comparison of secrets: equal, different anywhere, of different length, empty")
    func comparison() {
        let secret = octets("a54211d5e3ba50bf")
        #expect(Secrets.equal(secret, octets("a54211d5e3ba50bf")))
        for i in secret.indices {
            var other = secret
            other[i] ^= 0x80
            #expect(!Secrets.equal(secret, other))
        }
        #expect(!Secrets.equal(secret, Array(secret.dropLast())))
        #expect(!Secrets.equal([], []))
    }

    @Test("Wiping empties the buffer")
    func wipe() {
        var secret = octets("a54211d5e3ba50bf")
        Secrets.wipe(&secret)
        #expect(secret.isEmpty)
    }

    @Test("A block has sixteen octets, no more and no less", arguments: [0, 15, 16, 17])
    func blockLength(_ count: Int) {
        #expect((Block128([UInt8](repeating: 1, count: count)) != nil) == (count == 16))
    }
}
