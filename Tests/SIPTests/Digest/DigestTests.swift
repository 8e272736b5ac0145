import SIP
import Testing

@Suite("Digest")
struct DigestTests {
    let password = Array("Circle Of Life".utf8)
    let challengeText = """
        Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", \
        opaque="5ccc069c403ebaf9f0171e9517f40e41"
        """

    @Test("RFC 1321 §A.5, FIPS 180-4: the hashes these tests use are MD5 and SHA-256")
    func hashIsMD5() {
        #expect(Hex.encode(md5([])) == "d41d8cd98f00b204e9800998ecf8427e")
        #expect(Hex.encode(md5(Array("message digest".utf8))) == "f96b697d7cb7938d525a2f31aaf161d0")
        #expect(
            Hex.encode(sha256(Array("abc".utf8))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("RFC 2617 §3.5: the example's response")
    func rfc2617Example() throws {
        let text = """
            Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", \
            uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1", \
            opaque="5ccc069c403ebaf9f0171e9517f40e41"
            """
        let credentials = try #require(DigestCredentials(parsing: text))
        let secret = DigestSecret(username: "Mufasa", realm: "testrealm@host.com", password: password, hash: md5)
        let request = DigestRequest(method: "GET", uri: "/dir/index.html")
        #expect(DigestCalculation.verify(credentials, request, secret, md5))
        #expect(
            !DigestCalculation.verify(credentials, DigestRequest(method: "PUT", uri: "/dir/index.html"), secret, md5))
        let other = DigestSecret(username: "Mufasa", realm: "testrealm@host.com", password: [], hash: md5)
        #expect(!DigestCalculation.verify(credentials, request, other, md5))
    }

    @Test("RFC 2617 §3.2.2.1: without qop the response is that of RFC 2069")
    func withoutQop() throws {
        // RFC 2617 §3.2.2.1 over RFC 2069 §2.4's values, computed with another implementation.
        let credentials = DigestCredentials(
            username: "Mufasa", realm: "testrealm@host.com", uri: "/dir/index.html",
            nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093", response: "670fd8c2df070c60b045671b8b24ff02")
        let secret = DigestSecret(username: "Mufasa", realm: "testrealm@host.com", password: password, hash: md5)
        #expect(
            DigestCalculation.verify(credentials, DigestRequest(method: "GET", uri: "/dir/index.html"), secret, md5))
    }

    @Test(
        "RFC 7616 §3.9.1: the example's responses with MD5 and SHA-256",
        arguments: [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ])
    func rfc7616Example(algorithm: String, response: String) throws {
        let text = """
            Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=\(algorithm), \
            nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, \
            cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="\(response)"
            """
        let credentials = try #require(DigestCredentials(parsing: text))
        let hash = try #require(credentials.algorithm).isSHA256 ? sha256 : md5
        let secret = DigestSecret(
            username: "Mufasa", realm: "http-auth@example.org", password: Array("Circle of Life".utf8), hash: hash)
        #expect(
            DigestCalculation.verify(credentials, DigestRequest(method: "GET", uri: "/dir/index.html"), secret, hash))
    }

    @Test(
        "A client's answer to a challenge verifies", arguments: ["MD5", "MD5-sess", "AKAv1-MD5", nil], [true, false])
    func roundTrip(algorithm: String?, integrity: Bool) throws {
        var challenge = try #require(DigestChallenge(parsing: challengeText))
        if let algorithm { challenge.fields.set("algorithm", algorithm, isQuoted: false) }
        if integrity { challenge.fields["qop"] = "auth-int" }
        let body = Array("body".utf8)
        let request = DigestRequest(method: "REGISTER", uri: "sip:example.org", body: body)
        let octets: [UInt8] = [0, 255, 58, 13]
        let made = try #require(
            DigestCredentials(
                answering: challenge, username: "me", password: octets, request: request, cnonce: "c", nonceCount: 26,
                hash: md5))
        let read = try #require(DigestCredentials(parsing: made.text))
        #expect(read == made)
        #expect(read.nonceCount == 26)
        #expect(read.opaque == challenge.opaque)
        #expect(read.qop == (integrity ? "auth-int" : "auth"))
        let secret = DigestSecret(username: "me", realm: challenge.realm, password: octets, hash: md5)
        #expect(DigestCalculation.verify(read, request, secret, md5))
        let changed = DigestRequest(method: "REGISTER", uri: "sip:example.org", body: [])
        #expect(DigestCalculation.verify(read, changed, secret, md5) == !integrity)
    }

    @Test("RFC 7616 §3.3: an algorithm or qop we do not know is never verified")
    func unknown() throws {
        var credentials = DigestCredentials(username: "me", realm: "r", uri: "sip:r", nonce: "n")
        let secret = DigestSecret(username: "me", realm: "r", password: [], hash: md5)
        let request = DigestRequest(method: "REGISTER", uri: "sip:r")
        credentials.fields.set("algorithm", "SHA-512-256", isQuoted: false)
        #expect(credentials.algorithm == nil)
        #expect(DigestCalculation.response(to: credentials, request, secret, md5) == nil)
        credentials.fields.set("algorithm", "MD5", isQuoted: false)
        credentials.fields.set("qop", "auth-conf", isQuoted: false)
        #expect(DigestCalculation.response(to: credentials, request, secret, md5) == nil)
        credentials.fields.set("qop", "auth", isQuoted: false)
        #expect(DigestCalculation.response(to: credentials, request, secret, md5) == nil)
        #expect(!DigestCalculation.verify(credentials, request, secret, md5))
    }

    @Test("TS 24.229 §7.2A.1: ck and ik are read, and gone where they are taken out")
    func keys() throws {
        let text = #"Digest realm="r", nonce="bm9uY2U=", algorithm=AKAv1-MD5, qop="auth", ck="00", ik="11""#
        var challenge = try #require(DigestChallenge(parsing: text))
        #expect(challenge.algorithm == .akav1MD5)
        #expect(challenge.fields["CK"] == "00")
        #expect(challenge.text == text)
        challenge.fields["ck"] = nil
        challenge.fields["ik"] = nil
        #expect(challenge.text == #"Digest realm="r", nonce="bm9uY2U=", algorithm=AKAv1-MD5, qop="auth""#)
    }

    @Test("RFC 3310 §3.4: auts is 14 octets of base64, anything else is none")
    func auts() throws {
        let octets: [UInt8] = Array(1...14)
        var credentials = DigestCredentials(username: "me", realm: "r", uri: "sip:r")
        credentials.fields["auts"] = Base64.encode(octets)
        #expect(credentials.auts == octets)
        credentials.fields["auts"] = Base64.encode(Array(octets.dropLast()))
        #expect(credentials.auts == nil)
        credentials.fields["auts"] = "###"
        #expect(credentials.auts == nil)
    }

    @Test(
        "RFC 3261 §25.1: spaces, folds, escapes and empty elements",
        arguments: [
            #"Digest username="a\"b\\c",realm="r""#,
            "digest  username = \"a\\\"b\\\\c\" ,\r\n\trealm=\"r\"",
            #"DIGEST ,username="a\"b\\c",,realm=r,"#,
        ])
    func grammar(text: String) throws {
        let credentials = try #require(DigestCredentials(parsing: text))
        #expect(credentials.username == #"a"b\c"#)
        #expect(credentials.realm == "r")
        #expect(try #require(DigestCredentials(parsing: credentials.text)).username == #"a"b\c"#)
    }

    @Test(
        "RFC 2617 §3.2.2: what is not Digest credentials is refused",
        arguments: [
            "", "Digest", "Digest realm=\"r\"", "Basic username=\"a\"", "Digest username=\"a", "Digest username",
            "Digest username=",
            "Digest username=\"a\" realm=\"b\"", "Digest username=\"a\", username=\"b\"", "Digest =a, username=\"a\"",
            "\"\"",
        ])
    func refused(text: String) {
        #expect(DigestCredentials(parsing: text) == nil)
    }

    @Test("A header with one field over the limit is refused")
    func fieldLimit() {
        func text(_ count: Int) -> String {
            "Digest username=\"a\", " + (1..<count).map { "f\($0)=v" }.joined(separator: ", ")
        }
        #expect(DigestCredentials(parsing: text(AuthFields.limit)) != nil)
        #expect(DigestCredentials(parsing: text(AuthFields.limit + 1)) == nil)
    }

    @Test(
        "RFC 2617 §3.2.2: the nonce count is eight hexadecimal digits",
        arguments: [
            ("00000001", 1 as UInt32?), ("ffffffff", .max), ("1", nil), ("0000000g", nil), ("+0000001", nil),
            ("000000001", nil),
        ])
    func nonceCount(text: String, number: UInt32?) {
        var credentials = DigestCredentials(username: "a", realm: "r", uri: "u")
        credentials.fields.set("nc", text, isQuoted: false)
        #expect(credentials.nonceCount == number)
    }

    @Test("RFC 2617 §3.2.3: rspauth has an empty method")
    func responseAuth() throws {
        let challenge = try #require(DigestChallenge(parsing: challengeText))
        let request = DigestRequest(method: "REGISTER", uri: "sip:r")
        let credentials = try #require(
            DigestCredentials(
                answering: challenge, username: "me", password: [1], request: request, cnonce: "c", hash: md5))
        let secret = DigestSecret(username: "me", realm: challenge.realm, password: [1], hash: md5)
        let ha2 = Hex.encode(md5(Array(":sip:r".utf8)))
        let expected = Hex.encode(md5(Array("\(secret.ha1):\(challenge.nonce):00000001:c:auth:\(ha2)".utf8)))
        #expect(DigestCalculation.responseAuth(credentials, body: [], secret, md5) == expected)
    }

    @Test("RFC 2617 §3.2.1: stale is written without quotes and read in any case")
    func stale() throws {
        var challenge = DigestChallenge(realm: "r", nonce: "n", algorithm: .akav1MD5)
        #expect(!challenge.isStale)
        challenge.isStale = true
        #expect(challenge.text == #"Digest realm="r", nonce="n", algorithm=AKAv1-MD5, qop="auth", stale=true"#)
        #expect(try #require(DigestChallenge(parsing: #"Digest realm="r",nonce="n",stale=TRUE"#)).isStale)
    }
}
