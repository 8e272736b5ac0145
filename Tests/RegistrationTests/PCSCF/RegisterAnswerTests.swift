import SIP
import Testing

@testable import PCSCF

@Suite("TS 24.229 §5.2.2: answers to REGISTER toward the UE")
struct RegisterAnswerTests {
    static func response(_ status: Int, _ extra: String) throws -> SIPMessage {
        let text = """
            SIP/2.0 \(status) X\r
            Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r
            From: <sip:a@ims.test>;tag=1\r
            To: <sip:a@ims.test>;tag=2\r
            Call-ID: c\r
            CSeq: 1 REGISTER\r
            \(extra)Content-Length: 0\r
            \r\n
            """
        return try SIPMessage(Array(text.utf8))
    }

    static func towardUE(_ message: SIPMessage) throws -> SIPMessage {
        var edit = SIPEdit(message)
        RegisterResponseEdit(message).apply(to: &edit)
        return try SIPMessage(edit.serialize())
    }

    @Test("§5.2.2.2: ck and ik are taken out of the 401, the rest of the challenge stays")
    func stripsKeys() throws {
        let challenge =
            #"WWW-Authenticate: Digest realm="ims.test", nonce="bm9uY2U=", algorithm=AKAv1-MD5, qop="auth", "#
            + #"ck="00112233445566778899aabbccddeeff", ik="ffeeddccbbaa99887766554433221100""# + "\r\n"
        let answer = try Self.towardUE(try Self.response(401, challenge))
        let parsed = try #require(answer.text(.wwwAuthenticate).flatMap(DigestChallenge.init(parsing:)))
        #expect(parsed.fields["ck"] == nil && parsed.fields["ik"] == nil)
        #expect(parsed.nonce == "bm9uY2U=" && parsed.realm == "ims.test" && parsed.qop == ["auth"])
        #expect(!String(decoding: answer.bytes, as: UTF8.self).contains("00112233445566778899aabbccddeeff"))
    }

    @Test("§5.2.2.2: a challenge that does not parse is dropped rather than passed with keys in it")
    func dropsUnreadableChallenge() throws {
        let answer = try Self.towardUE(try Self.response(401, "WWW-Authenticate: Digest ck=\"0011\", ik=\"22\r\n"))
        #expect(!answer.has(.wwwAuthenticate))
    }

    @Test("§5.2.2.1: charging headers stay in the network")
    func stripsCharging() throws {
        let extra = "P-Charging-Vector: icid-value=i1\r\nP-Charging-Function-Addresses: ccf=192.0.2.1\r\n"
        let answer = try Self.towardUE(try Self.response(200, extra))
        #expect(!answer.has(.pChargingVector) && !answer.has(.pChargingFunctionAddresses))
    }

    @Test("RFC 3261 §10.2.4: the granted expiry is the contact's own, else the Expires header's, else none")
    func readsGrant() throws {
        let register = try GmRegister.message("Contact: <sip:a@10.0.0.1:5060>\r\nExpires: 600000\r\n")
        func seconds(_ headers: String) throws -> [Int] {
            RegistrationOutcome(request: register, response: try Self.response(200, headers)).granted.map(\.seconds)
        }
        #expect(try seconds("Contact: <sip:a@10.0.0.1:5060>;expires=600\r\nExpires: 10\r\n") == [600])
        #expect(try seconds("Contact: <sip:a@10.0.0.1:5060>\r\nExpires: 10\r\n") == [10])
        #expect(try seconds("Contact: <sip:a@10.0.0.2:5060>;expires=600\r\n") == [])
        #expect(try seconds("Contact: <sip:a@10.0.0.1:5060>;expires=0\r\n") == [])
        #expect(try seconds("") == [])
    }

    @Test("RFC 3261 §10.2.4: contacts the registrar names stay, whoever asked")
    func readsBound() throws {
        let register = try GmRegister.message("Contact: <sip:a@10.0.0.1:5060>\r\n")
        let response = try Self.response(
            200, "Contact: <sip:a@10.0.0.1:5060>;expires=60, <sip:b@10.0.0.2>;expires=50\r\n")
        let outcome = RegistrationOutcome(request: register, response: response)
        #expect(outcome.bound.map(\.description) == ["sip:a@10.0.0.1:5060", "sip:b@10.0.0.2"])
        #expect(outcome.granted.count == 1)
    }
}
