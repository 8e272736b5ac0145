import SIP
import Testing

@Suite("Fields of an authentication header in place") struct AuthFieldsInPlaceTests {
    @Test(
        "RFC 3261 §25.1: a field is found where AuthFields reads it",
        arguments: [
            (#"Digest realm="a", nonce="b", ck="0011", ik="2233""#, "ck", "0011"),
            (#"Digest realm="a",nonce="b",CK = "0011",ik="2233""#, "ck", "0011"),
            (#"Digest ck=0011, realm="a""#, "ck", "0011"), (#"Digest realm="a", ik=2233"#, "ik", "2233"),
            (#"Digest realm="x, ck=ffff", ck="0011""#, "ck", "0011"),
            (#"Digest realm="x\", ck=ffff", ck="0011""#, "ck", "0011"),
            (#"Digest stack="ff", ck="""#, "ck", ""),
        ])
    func found(line: String, name: String, value: String) throws {
        let bytes = Array(line.utf8)
        let range = try #require(AuthFields.range(of: name, in: bytes, 0..<bytes.count))
        #expect(String(decoding: bytes[range], as: UTF8.self) == value)
        #expect(AuthFields(parsing: line)?[name] == value)
    }

    @Test(
        "What is no field is not found, and nothing beyond the line is read",
        arguments: [#"Digest realm="ck=ff""#, "Digest stack=ff", "ck", "Digest ck", "", "Digest \"ck=\\"])
    func absent(line: String) {
        let bytes = Array(line.utf8)
        #expect(AuthFields.range(of: "ck", in: bytes + Array(#", ck="1""#.utf8), 0..<bytes.count) == nil)
    }
}
