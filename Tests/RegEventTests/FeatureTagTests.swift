import IMSCore
import LabWorld
import SIP
import Testing

@Suite("RFC 3680 §5.3: a phone's feature tags in reginfo")
struct FeatureTagTests {
    @Test("checklist B.5: each parameter of its Contact, byte for byte, known or not, in its order")
    func exact() throws {
        let parameters = [
            ("+sip.instance", #""<urn:gsma:imei:35209900-176148-0>""#),
            ("+g.3gpp.icsi-ref", #""urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel""#), ("audio", ""), ("video", ""),
            ("+g.3gpp.smsip", ""), ("+G.Odd", #""a\"b<c>&d, e""#), ("+x", "\"#-1\""),
        ]
        let tags = parameters.map { ";" + $0.0 + ($0.1.isEmpty ? "" : "=" + $0.1) }.joined()
        let watcher = try Watcher(contact: "<sip:001010000000001@10.45.0.1:5090>" + tags)
        let contact = try #require(try watcher.document().registrations.first?.contacts.first)
        #expect(contact.parameters.map { "\($0.name)=\($0.value)" } == parameters.map { "\($0.0)=\($0.1)" })
    }
}
