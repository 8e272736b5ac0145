import SIP
import Testing

@Suite("RFC 3261 §20.10: name-addr, addr-spec, Contact")
struct NameAddressTests {
    @Test("display names: none, tokens, quoted with escapes, UTF-8")
    func displayNames() throws {
        #expect(try NameAddress(parsing: "<sip:a@b.org>").display == nil)
        #expect(try NameAddress(parsing: "A. Bell <sip:a@b.org>").display == "A. Bell")
        #expect(try NameAddress(parsing: "caller<sip:a@b.org>").display == "caller")
        #expect(try NameAddress(parsing: "\"J \\\"R\\\" <x>, y\" <sip:a@b.org>").display == "J \"R\" <x>, y")
        #expect(try NameAddress(parsing: "Müller <sip:a@b.org>").display == "Müller")
        #expect(try NameAddress(parsing: "\"\" <sip:a@b.org>").display == "")
    }

    @Test("without brackets a semicolon begins header parameters, with them URI parameters")
    func whoseParameters() throws {
        let bare = try NameAddress(parsing: "sip:a@b.org;x=1 ; tag = 9")
        #expect(bare.tag == "9" && bare.params["x"] == "1" && bare.uri.sip?.params.isEmpty == true)
        let bracketed = try NameAddress(parsing: "<sip:a@b.org;x=1>;tag=9")
        #expect(bracketed.params["x"] == nil && bracketed.uri.sip?.params["x"] == "1" && bracketed.tag == "9")
        #expect(bare.description == "<sip:a@b.org>;x=1;tag=9")
    }

    @Test("a quoted parameter may hold brackets")
    func bracketsInQuotes() throws {
        let value = try NameAddress(parsing: "sip:a@b.org;+sip.instance=\"<urn:gsma:imei:1>\"")
        #expect(value.params["+sip.instance"] == "<urn:gsma:imei:1>" && value.display == nil)
    }

    @Test("folded space is space")
    func folds() throws {
        let value = try NameAddress(parsing: "\"B\"\r\n <sip:a@b.org>\r\n ;\r\n\ttag\r\n = 1")
        #expect(value.tag == "1" && value.display == "B")
    }

    @Test(
        "malformed addresses are refused",
        arguments: [
            "", "<>", "<sip:a@b.org", "\"open <sip:a@b.org>", "Bell, A <sip:a@b.org>", "< sip:a@b.org >",
            "sip:a@b.org?h=1", "sip:a,b@c.org",
            "<sip:a@b.org> x", "\"only name\"", "a <sip:a@b.org>>", "nobody", "<sip:a@b.org>;tag=", ":x", "<sip:>",
        ])
    func malformed(_ text: String) { #expect(throws: SIPParseError.self) { try NameAddress(parsing: text) } }

    @Test("a made address is written in brackets, its display name quoted")
    func made() throws {
        var value = NameAddress(display: "A \"B\"", uri: .sip(try SIPURI(user: "a", host: "b.org")))
        value.params["tag"] = "1"
        #expect(value.description == "\"A \\\"B\\\"\" <sip:a@b.org>;tag=1")
        #expect(try NameAddress(parsing: value.description) == value)
    }

    @Test("RFC 3261 §10.2.2: `*`")
    func star() throws {
        #expect(try ContactValue(parsing: " * ") == .star)
        #expect(throws: SIPParseError.self) { try ContactValue(parsing: "*;expires=0") }
    }

    @Test("RFC 3261 §20.10, RFC 5626 §4: expires, instance, reg-id")
    func contactParameters() throws {
        let contact = try ContactValue(
            parsing: "<sip:a@192.0.2.1:5060>;expires=7200;+sip.instance=\"<urn:gsma:imei:90420156-025763-0>\";reg-id=1")
        #expect(
            contact.expires == 7_200 && contact.regID == 1 && contact.instance == "<urn:gsma:imei:90420156-025763-0>")
        #expect(try ContactValue(parsing: "<sip:a@b.org>").expires == nil)
        #expect(try ContactValue(parsing: "<sip:a@b.org>;expires=x1").expires == nil)
        #expect(try ContactValue(parsing: "<sip:a@b.org>;expires=280297596632815").expires == Int(UInt32.max))
        #expect(try ContactValue(parsing: "<sip:a@b.org>;reg-id=0").regID == nil)
    }
}
