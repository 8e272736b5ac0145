import IMSCore
import Testing

@Suite struct CanonicalIdentityTests {
    static let pairs: [(String, String)] = [
        ("sip:alice@home1.net", "sip:alice@home1.net"),
        ("SIP:alice@HOME1.Net:5060;transport=tcp?Subject=x", "sip:alice@home1.net"),
        ("sip:al%69ce@home1.net", "sip:alice@home1.net"),
        ("sip:a%40b%3cc@home1.net", "sip:a%40b%3Cc@home1.net"),
        ("sip:alice:secret@home1.net", "sip:alice@home1.net"),
        ("sip:Alice@home1.net", "sip:Alice@home1.net"),
        ("sip:+1-555-000-0001@home1.net;user=phone", "sip:+15550000001@home1.net"),
        ("sip:+15550000001;npdi@home1.net;user=phone", "sip:+15550000001@home1.net"),
        ("sip:+a.b@home1.net", "sip:+a.b@home1.net"),
        ("sip:u@[2001:DB8::1]:5060;lr", "sip:u@[2001:db8::1]"),
        ("sips:alice@home1.net", "sips:alice@home1.net"),
        ("tel:+1 555".replacing(" ", with: "-") + ".(000)-0001;npdi", "tel:+15550000001"),
        ("TEL:+15550000001", "tel:+15550000001"),
        ("tel:863-1234;phone-context=+1-914-555", "tel:8631234;phone-context=+1-914-555"),
        ("tel:7042;ext=1;PHONE-CONTEXT=Example.com", "tel:7042;phone-context=example.com"),
    ]

    @Test("TS 23.003 §13.4, TS 29.229 §6.3.2: one text for one identity", arguments: pairs)
    func canonicalForm(_ pair: (String, String)) {
        #expect(CanonicalIdentity.canonical(pair.0) == pair.1)
        #expect(CanonicalIdentity.canonical(pair.1) == pair.1)
    }

    @Test(
        "TS 23.003 §13.4: what names no user has no canonical form",
        arguments: [
            "", "alice", "sip:", "sip:home1.net", "sip:@home1.net", "sip:alice@", "sip:alice@;lr", "sip:a%4@h",
            "sip:a%zz@h",
            "sip:a b@h", "sip:a<b@h", "sip:a@[::1", "sip:a@h\u{1}", "urn:service:sos", "tel:", "tel:+", "tel:+12x",
            "tel:1234",
            "tel:1234;phone-context=", "http://x@y",
        ])
    func refused(_ uri: String) {
        #expect(CanonicalIdentity.canonical(uri) == nil)
    }

    @Test("one byte over the longest URI is refused")
    func lengthLimit() {
        let fits = "sip:" + String(repeating: "a", count: CanonicalIdentity.maximumLength - 6) + "@h"
        #expect(CanonicalIdentity.canonical(fits) == fits)
        #expect(CanonicalIdentity.canonical(fits + "h") == nil)
    }

    @Test("TS 23.003 §13.4: kinds and domain")
    func parts() {
        #expect(IMPU("sip:a@H.net;x")?.kind == .sip)
        #expect(IMPU("sips:a@h.net")?.kind == .sips)
        #expect(IMPU("tel:+1")?.kind == .tel)
        #expect(IMPU("sip:a@H.net")?.domain == "h.net")
        #expect(IMPU("tel:+1")?.domain == nil)
        #expect(IMPU("sip:a@h") == IMPU("sip:a@H:5060"))
    }
}
