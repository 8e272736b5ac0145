import IMSCore
import SIP
import Testing

@testable import SCSCF

@Suite("TS 24.229 §5.4.1.2: reading a REGISTER")
struct RegisterRequestTests {
    private func read(_ headers: String, to: String = "<sip:001010000000001@ims.test>") throws -> RegisterRequest {
        try RegisterRequest(try RegisterFixture.message(headers, to: to))
    }

    @Test("TS 29.229 §6.3.2: the public identity is canonical, the private one comes from Authorization")
    func identities() throws {
        let request = try read(
            #"Authorization: Digest username="u@IMS.test",realm="r",nonce="",response="",integrity-protected="yes""#
                + "\r\n",
            to: #""A" <sip:+1-555-1@IMS.TEST:5060;user=phone>"#)
        #expect(request.impu.text == "sip:+15551@ims.test")
        #expect(request.impi.text == "u@ims.test")
        #expect(request.integrity == .yes)
    }

    @Test("TS 24.229 §5.4.1.2.1: without Authorization the private identity is derived from the public one")
    func derivedIdentity() throws {
        let request = try read("")
        #expect(request.impi.text == "001010000000001@ims.test")
        #expect(request.credentials == nil)
        #expect(request.integrity == .unstated)
    }

    static let refused: [(headers: String, to: String, status: Int)] = [
        ("", "<tel:+15551>", 400),
        ("", "<sip:ims.test>", 400),
        ("", "<urn:service:sos>", 400),
        ("Require: path, foo\r\n", "<sip:a@ims.test>", 420),
        ("Contact: <tel:+15551>\r\n", "<sip:a@ims.test>", 400),
        ("Authorization: Digest realm=\"r\"\r\n", "<sip:a@ims.test>", 400),
        ("Authorization: Digest username=\"\"\r\n", "<sip:a@ims.test>", 400),
        ("Expires: soon\r\n", "<sip:a@ims.test>", 400),
        (
            "Contact: " + (0...10).map { "<sip:a@10.0.0.\($0)>" }.joined(separator: ", ") + "\r\n", "<sip:a@ims.test>",
            400
        ),
        (
            "Path: " + (0...10).map { "<sip:p@10.0.0.\($0);lr>" }.joined(separator: ", ") + "\r\n", "<sip:a@ims.test>",
            400
        ),
    ]

    @Test("RFC 3261 §10.3: what cannot be taken says why", arguments: refused)
    func refusals(_ row: (headers: String, to: String, status: Int)) throws {
        let message = try RegisterFixture.message(row.headers, to: row.to)
        let fault = #expect(throws: RegisterFault.self) { try RegisterRequest(message) }
        #expect(fault?.status == row.status)
    }

    @Test("RFC 3261 §8.2.2.3: 420 names the options we lack")
    func unsupportedOptions() throws {
        let message = try RegisterFixture.message("Require: path, foo, Bar\r\n")
        let fault = #expect(throws: RegisterFault.self) { try RegisterRequest(message) }
        #expect(fault?.headers.map(\.value) == ["foo, Bar"])
    }

    @Test("TS 24.229 §5.4.1.1: which scheme the HSS is asked for")
    func schemes() throws {
        func scheme(_ fields: String) throws -> AuthenticationScheme {
            AuthenticationScheme(
                for: try read(#"Authorization: Digest username="u@ims.test",nonce="",response="""# + fields + "\r\n"))
        }
        #expect(try scheme(",algorithm=AKAv1-MD5") == .digestAKAv1MD5)
        #expect(try scheme(#",integrity-protected="no""#) == .digestAKAv1MD5)
        #expect(try scheme(#",integrity-protected="no",algorithm=MD5"#) == .unknown)
        #expect(try scheme(#",integrity-protected="yes""#) == .digestAKAv1MD5)
        #expect(try scheme(#",integrity-protected="ip-assoc-pending",algorithm=MD5"#) == .sipDigest)
        #expect(try scheme("") == .unknown)
        #expect(AuthenticationScheme(for: try read("")) == .unknown)
    }
}
