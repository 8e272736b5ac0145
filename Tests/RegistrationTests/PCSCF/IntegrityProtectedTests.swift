import SIP
import Testing

@testable import PCSCF

@Suite("TS 24.229 §5.2.2: integrity-protected")
struct IntegrityProtectedTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var authorization: String?
        var offersSecurityAgreement = false
        var isFromRegisteredAddress = false
        var expected: String?
    }

    static let digest = #"Digest username="a@ims.test",realm="ims.test",uri="sip:ims.test",nonce="","#
    static let rows = [
        Row(testDescription: "no Authorization: none", authorization: nil, expected: nil),
        Row(
            testDescription: "AKA by algorithm: no", authorization: digest + #"response="",algorithm=AKAv1-MD5"#,
            expected: "no"),
        Row(
            testDescription: "AKA by Security-Client: no", authorization: digest + #"response="""#,
            offersSecurityAgreement: true, expected: "no"),
        Row(
            testDescription: "AKA from a registered address is no association: no",
            authorization: digest + #"response="00",algorithm=AKAv1-MD5"#, isFromRegisteredAddress: true,
            expected: "no"),
        Row(testDescription: "SIP Digest, first: none", authorization: digest + #"response="""#, expected: nil),
        Row(
            testDescription: "SIP Digest, response: ip-assoc-pending", authorization: digest + #"response="00""#,
            expected: "ip-assoc-pending"),
        Row(
            testDescription: "SIP Digest, response, bound address: ip-assoc-yes",
            authorization: digest + #"response="00""#, isFromRegisteredAddress: true, expected: "ip-assoc-yes"),
    ]

    @Test("§5.2.2.1–§5.2.2.3: the value follows the table", arguments: rows)
    func valueFollowsTable(_ row: Row) throws {
        var headers = row.authorization.map { "Authorization: \($0)\r\n" } ?? ""
        if row.offersSecurityAgreement { headers += "Security-Client: ipsec-3gpp;alg=hmac-sha-1-96\r\n" }
        let screening = RegisterScreening(try GmRegister.message(headers))
        #expect(screening.integrityProtected(isAssociated: row.isFromRegisteredAddress) == row.expected)
    }

    @Test(
        "RFC 3261 §16.3: an option Proxy-Require names and we lack, and an Authorization nobody can read, go no further"
    )
    func refusals() throws {
        let required = RegisterScreening(try GmRegister.message("Proxy-Require: sec-agree, foo\r\n"))
        #expect(required.refusal == .unsupported(["foo"]))
        let broken = RegisterScreening(try GmRegister.message("Authorization: Digest username=\"a\r\n"))
        #expect(broken.refusal == .malformedAuthorization)
        #expect(RegisterScreening(try GmRegister.message("Proxy-Require: sec-agree\r\n")).refusal == nil)
    }
}
