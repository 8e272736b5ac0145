import SIP
import Testing

@Suite("RFC 3261 §19.1, RFC 3966: URIs")
struct SIPURITests {
    @Test("all parts of a SIP URI")
    func parts() throws {
        let uri = try SIPURI(parsing: "SIP:al%69ce:pa+ss@Example.ORG:5070;transport=TCP;lr;x=%3d?Subject=a%20b&h2=")
        #expect(uri.scheme == .sip && uri.user == "al%69ce" && uri.unescapedUser == "alice" && uri.password == "pa+ss")
        #expect(uri.host == "Example.ORG" && uri.hostPart.bare == "example.org" && uri.port == 5_070)
        #expect(
            uri.transport == "tcp" && uri.isLooseRoute && uri.params["x"] == "=" && uri.headers == "Subject=a%20b&h2=")
        #expect(uri.description == "sip:al%69ce:pa+ss@Example.ORG:5070;transport=TCP;lr;x=%3d?Subject=a%20b&h2=")
    }

    @Test(
        "a URI is written as it was read",
        arguments: [
            "sip:example.org", "sips:bob@example.org", "sip:+15551234567@ims.example.org;user=phone",
            "sip:bob@[2001:db8::1]:5060;lr",
            "sip:user;par=u%40example.net@example.com",
            "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
            "sip:null-%00-null@example.com", "sip:a:@b.org", "sip:#31#5551@ims.org;user=phone", "tel:+1-555-123;ext=4",
            "tel:911;phone-context=ims.org",
            "urn:service:sos.fire", "isbn:2983792873", "soap.beep://192.0.2.103:3002", "http://www.example.com",
            "sip:host_1.lab",
        ])
    func roundTrip(_ text: String) throws { #expect(try AnyURI(parsing: text).description == text) }

    @Test("schemes")
    func schemes() throws {
        #expect(try AnyURI(parsing: "SIPS:a@b").scheme == "sips")
        #expect(try AnyURI(parsing: "TEL:+1").tel?.number == "+1")
        #expect(try AnyURI(parsing: "URN:service:sos") == .urn("URN:service:sos"))
        #expect(try AnyURI(parsing: "Name:J_S").scheme == "name")
    }

    @Test(
        "malformed URIs are refused",
        arguments: [
            "", "sip", "sip:", "sip:@b.org", "sip:a@", "sip:a@b@c", "sip:a b@c", "sip:a%4@c", "sip:a%gg@c", "sip:a@b:0",
            "sip:a@b:65536", "sip:a@b:x",
            "sip:a@b;", "sip:a@b;x=", "sip:a@b?", "sip:a@b?x=%1", "sip:a@1.2.3.256", "sip:a@1.2.3", "sip:a@-b",
            "sip:a@b-", "sip:a@b..c", "sip:a@.b",
            "sip:2001:db8::10", "sip:[2001:db8::10", "sip:[2001:db8::10]x", "sip:[1:2:3:4:5:6:7]",
            "sip:[1:2:3:4:5:6:7:8:9]", "sip:[::1::2]", "sip:[12345::]",
            "sip:[:1:2:3:4:5:6:7]", "sip:[1:2:3:4:5:6:7:]", "sip:[]", "sip:[:::1]", "sip:[::1.2.3.256]",
            "sip:[fe80::1%25eth0]", "tel:", "tel:+", "tel:+12a", "tel:x y",
            "tel:-", "urn:", "1x:y", "<sip:a@b>", "sip:a\"@b", "other:a b", "sip:a@b;p=\u{e9}",
        ])
    func malformed(_ text: String) { #expect(throws: SIPParseError.self) { try AnyURI(parsing: text) } }

    @Test("limits: one byte more than a URI, a host name and a label may have")
    func limits() throws {
        let user = String(repeating: "u", count: SIPLimits.uriBytes - 10)
        #expect(try SIPURI(parsing: "sip:\(user)@b.org").user?.utf8.count == user.utf8.count)
        #expect(throws: SIPParseError.self) { try SIPURI(parsing: "sip:\(user)u@b.org") }
        let label = String(repeating: "l", count: 63)
        let host = "\(label).\(label).\(label).\(label)"
        #expect(try SIPURI(parsing: "sip:\(host)").host == host)
        #expect(throws: SIPParseError.self) { try SIPURI(parsing: "sip:\(host)l") }
        #expect(throws: SIPParseError.self) { try SIPURI(parsing: "sip:\(host).x") }
    }

    @Test("RFC 3261 §19.1.2: a made URI escapes what its parts may not hold")
    func made() throws {
        var params = Parameters(.uri)
        params["lr"] = ""
        let uri = try SIPURI(user: "a b@c", host: "[::1]", port: 5_060, params: params)
        #expect(uri.description == "sip:a%20b%40c@[::1]:5060;lr" && uri.unescapedUser == "a b@c")
        #expect(throws: SIPParseError.self) { try SIPURI(host: "no host") }
    }
}
