import Diameter
import Tap
import Testing

/// Keys, expected responses and digest responses never enter the ring.
@Suite struct RedactionTests {
    private func redacted(_ lines: [String]) -> String {
        let message = Array((lines.joined(separator: "\r\n") + "\r\n\r\nck=\"body\"").utf8)
        return String(decoding: SIPRedaction.redact(message), as: UTF8.self)
    }

    @Test("TS 24.229 §5.4.1.2.1A: CK and IK of a 401 are masked, lengths stay, the rest is untouched")
    func challengeKeys() {
        let text = redacted([
            "SIP/2.0 401 Unauthorized", "Via: SIP/2.0/UDP a;ck=1",
            "WWW-Authenticate: Digest realm=\"ims\",nonce=\"bm9uY2U=\",ik=\"00112233\",algorithm=AKAv1-MD5, CK = \"aabb\"",
            "Content-Length: 9",
        ])
        #expect(text.contains("nonce=\"bm9uY2U=\",ik=\"xxxxxxxx\",algorithm=AKAv1-MD5, CK = \"xxxx\""))
        #expect(text.contains("Via: SIP/2.0/UDP a;ck=1"))
        #expect(text.hasSuffix("ck=\"body\""))
    }

    @Test("RFC 7616 §3.4: a digest response is masked in any spelling, folded lines included")
    func digestResponse() {
        let text = redacted([
            "REGISTER sip:ims SIP/2.0", "AUTHORIZATION : Digest username=\"response=\\\"a\", uri=\"sip:ims\",",
            " response=\"0123456789abcdef\",qop=auth", "Proxy-Authorization: Digest response=abc,nc=1",
            "Subject: response=\"kept\"", "Authorization-Note: response=\"kept\"",
        ])
        #expect(text.contains(" response=\"xxxxxxxxxxxxxxxx\",qop=auth"))
        #expect(text.contains("Digest response=xxx,nc=1"))
        #expect(text.contains("username=\"response=\\\"a\""))
        #expect(text.contains("Subject: response=\"kept\""))
        #expect(text.contains("Authorization-Note: response=\"kept\""))
    }

    @Test("Secrets next to one another are all masked, with quotes and without, behind escapes and tabs")
    func neighbours() {
        let text = redacted([
            "SIP/2.0 401 Unauthorized",
            "WWW-Authenticate: Digest ck=aabb,ik=ccdd, realm=\"a\\\"b,c\",\tck=\"eeff\",ik=\"\"",
            "Authentication-Info: rspauth=beef", "Proxy-Authenticate: ck=\"a\\\"z\",ik=k",
        ])
        #expect(text.contains("ck=xxxx,ik=xxxx, realm=\"a\\\"b,c\",\tck=\"xxxx\",ik=\"\""))
        #expect(text.contains("rspauth=xxxx\r\n") && text.contains("ck=\"xxxx\",ik=x"))
    }

    @Test("RFC 7616 §3.5: rspauth of Authentication-Info is masked in a 200")
    func authenticationInfo() {
        let text = redacted(["SIP/2.0 200 OK", "Authentication-Info: qop=auth, rspauth=\"feed\", nc=00000001"])
        #expect(text.contains("rspauth=\"xxxx\", nc=00000001"))
    }

    @Test(
        "Messages without such fields, and bytes that are no message, are returned as they are",
        arguments: [
            "OPTIONS sip:a SIP/2.0\r\nVia: x\r\n\r\n", "SIP/2.0 180 Ringing\r\nVia: x\r\n\r\n", "", "x",
            "REGISTER sip:a SIP/2.0\r\nAuthorization: Digest username=\"a", "Authorization: response",
            "Authorization: response=", "Authorization: \"", "\r\n\r\n", "SIP/2.0 401",
        ])
    func untouched(text: String) {
        #expect(String(decoding: SIPRedaction.redact(Array(text.utf8)), as: UTF8.self) == text)
    }

    @Test("Every cut of a message with a secret is survived and leaks nothing once the value has begun")
    func everyCut() {
        let whole = Array("REGISTER sip:a SIP/2.0\r\nAuthorization: Digest response=\"SECRET\"\r\n\r\n".utf8)
        for end in 0...whole.count {
            let text = String(decoding: SIPRedaction.redact(Array(whole[..<end])), as: UTF8.self)
            #expect(!text.contains("S\"") && !text.contains("SE"), "cut at \(end): \(text)")
        }
    }

    private func maa() -> DiameterMessage {
        var message = DiameterMessage(303, application: Application.cx, flags: [.proxiable])
        message.add(Base.sessionID, "s;1")
        message.add(
            Cx.sipAuthDataItem,
            AVPGroup { item in
                item.add(Cx.sipAuthenticate, Array("RANDAUTN".utf8))
                item.add(Cx.sipAuthorization, Array("XRES1234".utf8))
                item.add(Cx.confidentialityKey, Array("CKCKCKCK".utf8))
                item.add(Cx.integrityKey, Array("IKIKIKIK".utf8))
                item.add(Cx.sipDigestAuthenticate, AVPGroup { $0.add(Borrowed.digestHA1, "ha1ha1") })
            })
        message.add(Base.userName, "user@ims")
        return message
    }

    @Test("TS 29.229 §6.3.13: XRES, CK, IK and HA1 of an MAA are masked; RAND, AUTN and all lengths stay")
    func vectors() throws {
        let message = maa()
        let masked = DiameterRedaction.redact(message.bytes)
        #expect(masked.count == message.bytes.count)
        let (read, faults) = try DiameterMessage.decode(masked)
        #expect(faults.isEmpty)
        let item = try #require(read[Cx.sipAuthDataItem])
        #expect(item[Cx.sipAuthenticate] == Array("RANDAUTN".utf8))
        #expect(item[Cx.sipAuthorization] == Array("xxxxxxxx".utf8))
        #expect(item[Cx.confidentialityKey] == Array("xxxxxxxx".utf8))
        #expect(item[Cx.integrityKey] == Array("xxxxxxxx".utf8))
        #expect(item[Cx.sipDigestAuthenticate]?[Borrowed.digestHA1] == "xxxxxx")
        #expect(read[Base.userName] == "user@ims")
    }

    @Test("TS 29.272 §7.3.18: XRES and KASME of an AIA are masked; RAND, AUTN and all lengths stay")
    func epsVectors() throws {
        var message = DiameterMessage(318, application: Application.s6a, flags: [.proxiable])
        let vector = AVPGroup {
            $0.add(S6a.rand, Array("RANDRANDRANDRAND".utf8))
            $0.add(S6a.xres, Array("XRES1234".utf8))
            $0.add(S6a.autn, Array("AUTNAUTNAUTNAUTN".utf8))
            $0.add(S6a.kasme, Array("KASMEKASMEKASMEKASMEKASMEKASMEKA".utf8))
        }
        message.add(
            S6a.authenticationInfo,
            AVPGroup {
                $0.add(S6a.eutranVector, vector)
                $0.add(S6a.eutranVector, vector)
            })
        let masked = DiameterRedaction.redact(message.bytes)
        let (read, faults) = try DiameterMessage.decode(masked)
        #expect(faults.isEmpty && masked.count == message.bytes.count)
        let vectors = try #require(read[S6a.authenticationInfo]).all(S6a.eutranVector)
        #expect(vectors.count == 2)
        for vector in vectors {
            #expect(vector[S6a.rand] == Array("RANDRANDRANDRAND".utf8))
            #expect(vector[S6a.autn] == Array("AUTNAUTNAUTNAUTN".utf8))
            #expect(vector[S6a.xres] == Array("xxxxxxxx".utf8))
            #expect(vector[S6a.kasme] == [UInt8](repeating: UInt8(ascii: "x"), count: 32))
        }
    }

    @Test("An MAR is kept whole: its SIP-Authorization is RAND and AUTS, which anyone on the air sees")
    func requestsStay() {
        var request = DiameterMessage(303, application: Application.cx, flags: [.request, .proxiable])
        request.add(Cx.sipAuthDataItem, AVPGroup { $0.add(Cx.sipAuthorization, Array("AUTS".utf8)) })
        #expect(DiameterRedaction.redact(request.bytes) == request.bytes)
    }

    @Test("An MAA whose AVP lengths lie is masked to its end, at every cut")
    func brokenAnswers() {
        let whole = maa().bytes
        for end in 20...whole.count {
            let text = String(decoding: DiameterRedaction.redact(Array(whole[..<end])), as: UTF8.self)
            for secret in ["XRES", "CKCK", "IKIK", "ha1"] { #expect(!text.contains(secret), "cut at \(end)") }
        }
    }
}
