import IMSCore
import SIP
import Testing

@Suite("TS 24.229 §5.2.10, §7.6: emergency requests")
struct EmergencyScreeningTests {
    private let screening = EmergencyScreening(numbers: [
        .init(digits: "112"), .init(digits: "110", service: "urn:service:sos.police"),
    ])

    private func service(_ uri: String, _ method: SIPMethod = .invite, contact: String? = nil) throws -> String? {
        screening.service(
            method, try AnyURI(parsing: uri), contact: try contact.map { (text) in try AnyURI(parsing: text) })
    }

    @Test(
        "RFC 5031 §4.2: the service URN, its children, any case",
        arguments: [
            ("urn:service:sos", "urn:service:sos"), ("URN:SERVICE:SOS", "urn:service:sos"),
            ("urn:service:sos.fire", "urn:service:sos.fire"),
            ("urn:service:sos.ecall.automatic", "urn:service:sos.ecall.automatic"),
        ])
    func urn(_ row: (String, String)) throws {
        #expect(try service(row.0) == row.1)
    }

    @Test(
        "§5.2.10: configured numbers, however they are written",
        arguments: [
            ("tel:112;phone-context=home1.net", "urn:service:sos"), ("tel:1-1-2;phone-context=x", "urn:service:sos"),
            ("sip:112@home1.net;user=phone", "urn:service:sos"), ("sip:112@home1.net", "urn:service:sos"),
            ("sip:112@10.45.0.1", "urn:service:sos"), ("sip:%3112@home1.net", "urn:service:sos"),
            ("sip:112;phone-context=home1.net@home1.net;user=phone", "urn:service:sos"),
            ("sip:110@home1.net;user=phone", "urn:service:sos.police"), ("sips:112@home1.net", "urn:service:sos"),
        ])
    func number(_ row: (String, String)) throws {
        #expect(try service(row.0) == row.1)
    }

    @Test(
        "§5.2.10: everything else is none",
        arguments: [
            "urn:service:sosse", "urn:service:counseling", "tel:+112", "tel:1120;phone-context=x", "sip:112x@home1.net",
            "sip:home1.net", "sip:alice@112.home1.net", "mailto:112@home1.net", "tel:911;phone-context=x",
        ])
    func none(_ uri: String) throws {
        #expect(try service(uri) == nil)
    }

    @Test("§5.2.10.3: calls and messages from an emergency contact call for help whatever they are addressed to")
    func emergencyContact() throws {
        let sos = "sip:001010000000001@10.45.0.1;sos"
        #expect(try service("sip:bob@home1.net", contact: sos) == "urn:service:sos")
        #expect(try service("sip:bob@home1.net", .message, contact: sos) == "urn:service:sos")
        #expect(try service("urn:service:sos.fire", contact: sos) == "urn:service:sos.fire")
        #expect(try service("sip:bob@home1.net", .subscribe, contact: sos) == nil)
        #expect(try service("sip:bob@home1.net", contact: "sip:001010000000001@10.45.0.1") == nil)
    }

    @Test("§7.6.1: the alternative-service body by the schema")
    func body() {
        let plain = AlternativeService(.emergency, reason: "use CS & hurry")
        #expect(
            String(decoding: plain.xml, as: UTF8.self) == """
                <?xml version="1.0" encoding="UTF-8"?><ims-3gpp version="1"><alternative-service>\
                <type>emergency</type><reason>use CS &amp; hurry</reason></alternative-service></ims-3gpp>
                """)
        let action = AlternativeService(.emergency, reason: "", action: .emergencyRegistration)
        #expect(
            String(decoding: action.xml, as: UTF8.self).contains(
                "<reason></reason><action>emergency-registration</action></alternative-service>"))
    }
}
