import SIP
import Testing

@Suite("RFC 3261 §19.1.4, RFC 3966 §4: comparing URIs")
struct EquivalenceTests {
    struct Pair: Sendable, CustomTestStringConvertible {
        let a: String
        let b: String
        init(_ a: String, _ b: String) { (self.a, self.b) = (a, b) }
        var testDescription: String { "\(a) | \(b)" }
    }

    static let same: [Pair] = [
        Pair("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp"),
        Pair("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        Pair("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
        Pair(
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"),
        Pair(
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x"),
        Pair("sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0:0::1]"),
        Pair("sip:a@[::ffff:192.0.2.1]", "sip:a@[::ffff:c000:201]"),
        Pair("sip:a@example.org.", "sip:a@example.org"),
        Pair("sip:%2B1555@ims.org", "sip:+1555@ims.org"),
        Pair("tel:+1-555-123", "tel:+1555123"),
        Pair("tel:7;phone-context=+1-22;ext=1", "tel:7;ext=1;phone-context=+122"),
        Pair("urn:service:SOS", "urn:service:sos"),
    ]

    static let different: [Pair] = [
        Pair("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        Pair("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        Pair("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        Pair("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        Pair("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        Pair("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        Pair("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        Pair("sip:a@b.org", "sips:a@b.org"),
        Pair("sip:a@b.org", "sip:b.org"),
        Pair("sip:a@b.org", "sip:a:pw@b.org"),
        Pair("sip:a@b.org;user=phone", "sip:a@b.org"),
        Pair("sip:a@b.org", "sip:a@b.org;maddr=192.0.2.1"),
        Pair("sip:a%40c@b.org", "sip:a%41c@b.org"),
        Pair("tel:+1555", "tel:1555;phone-context=x.org"),
        Pair("tel:+1555", "tel:+1555;ext=1"),
        Pair("tel:+1555", "sip:+1555@ims.org"),
    ]

    @Test("equivalent, both ways", arguments: same)
    func equivalent(_ pair: Pair) throws {
        let (a, b) = (try AnyURI(parsing: pair.a), try AnyURI(parsing: pair.b))
        #expect(a.isEquivalent(to: b) && b.isEquivalent(to: a))
        #expect(a.isEquivalent(to: a))
    }

    @Test("not equivalent, both ways", arguments: different)
    func notEquivalent(_ pair: Pair) throws {
        let (a, b) = (try AnyURI(parsing: pair.a), try AnyURI(parsing: pair.b))
        #expect(!a.isEquivalent(to: b) && !b.isEquivalent(to: a))
    }

    @Test("RFC 3966 §5.1.4: global and local numbers, separators")
    func telParts() throws {
        let uri = try TelURI(parsing: "tel:+1-(555).123;cpc=ordinary")
        #expect(uri.isGlobal && uri.digits == "+1555123" && uri.params["cpc"] == "ordinary")
        #expect(try !TelURI(parsing: "tel:*31#5;phone-context=x.org").isGlobal)
    }
}
