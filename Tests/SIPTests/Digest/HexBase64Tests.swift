import SIP
import Testing

@Suite("Hex and Base64")
struct HexBase64Tests {
    @Test("Hex is written in lower case and read in both")
    func hex() {
        #expect(Hex.encode([0, 0xAB, 0xFF]) == "00abff")
        #expect(Hex.decode("00aBFf") == [0, 0xAB, 0xFF])
        #expect(Hex.decode("") == [])
        for text in ["0", "0g", "xx", " 00", "0x00"] { #expect(Hex.decode(text) == nil) }
        var out: [UInt8] = []
        for number in [0, 9, 0x10, 0xDEAD_BEEF, UInt64.max] { Hex.append(number, to: &out) }
        #expect(String(decoding: out, as: UTF8.self) == "0" + "9" + "10" + "deadbeef" + "ffffffffffffffff")
    }

    @Test(
        "RFC 4648 §10: the test vectors",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func base64(plain: String, coded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == coded)
        #expect(Base64.decode(coded) == Array(plain.utf8))
        #expect(Base64.decode(String(coded.prefix { $0 != "=" })) == Array(plain.utf8))
    }

    @Test(
        "What is no Base64 gives nothing",
        arguments: ["A", "A===", "AA=A", "AAA==", "AA=", "AAAA=", "A A=", "AA-_", "===="])
    func notBase64(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test("Every byte survives")
    func everyByte() {
        let bytes: [UInt8] = Array(0...255)
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        #expect(Hex.decode(Hex.encode(bytes)) == bytes)
    }
}
