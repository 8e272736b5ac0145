import IMSCore
import Testing

@Suite("RFC 3680 §5: registration information documents")
struct RegInfoTests {
    private static var example: RegInfo {
        var contact = RegInfo.Contact(
            id: "r1-7", state: .active, event: .registered, uri: "sip:001010000000001@10.45.0.1:5090")
        contact.displayName = "Alice & <Bob>"
        contact.expires = 7_200
        contact.q = "0.5"
        contact.callID = "call-1@10.45.0.1"
        contact.cseq = 2
        contact.parameters = [
            RegInfo.Parameter(name: "+sip.instance", value: "\"<urn:gsma:imei:35-0-0>\""),
            RegInfo.Parameter(name: "+g.3gpp.smsip", value: ""),
        ]
        var gone = RegInfo.Contact(
            id: "r1-6", state: .terminated, event: .deactivated, uri: "sip:001010000000001@10.45.0.1:5080")
        gone.retryAfter = 30
        return RegInfo(
            version: 3,
            registrations: [
                .init(aor: "sip:+15550000001@home1.net", id: "r1", state: .active, contacts: [contact, gone]),
                .init(aor: "tel:+15550000001", id: "r2", state: .`init`, contacts: []),
            ])
    }

    private static let golden = """
        <?xml version="1.0" encoding="UTF-8"?>\
        <reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="3" state="full">\
        <registration aor="sip:+15550000001@home1.net" id="r1" state="active">\
        <contact id="r1-7" state="active" event="registered" expires="7200" q="0.5" callid="call-1@10.45.0.1" cseq="2">\
        <uri>sip:001010000000001@10.45.0.1:5090</uri>\
        <display-name>Alice &amp; &lt;Bob&gt;</display-name>\
        <unknown-param name="+sip.instance">&quot;&lt;urn:gsma:imei:35-0-0&gt;&quot;</unknown-param>\
        <unknown-param name="+g.3gpp.smsip"></unknown-param></contact>\
        <contact id="r1-6" state="terminated" event="deactivated" retry-after="30">\
        <uri>sip:001010000000001@10.45.0.1:5080</uri></contact></registration>\
        <registration aor="tel:+15550000001" id="r2" state="init"></registration></reginfo>
        """

    @Test("§5.4: a document by the schema, every element and attribute in it")
    func golden() {
        #expect(String(decoding: Self.example.xml, as: UTF8.self) == Self.golden)
    }

    @Test("§5.4: what is written is read again")
    func roundTrip() throws {
        #expect(try RegInfo(parsing: Self.example.xml) == Self.example)
    }

    @Test("§5.4: each event of §4.7 has its word", arguments: RegInfo.Contact.Event.allCases)
    func events(_ event: RegInfo.Contact.Event) throws {
        let state: RegInfo.Contact.State = event.isTerminating ? .terminated : .active
        let contact = RegInfo.Contact(id: "c", state: state, event: event, uri: "sip:a@b")
        let document = RegInfo(
            version: 0, completeness: .partial,
            registrations: [.init(aor: "sip:a@b", id: "r", state: .active, contacts: [contact])])
        #expect(String(decoding: document.xml, as: UTF8.self).contains("event=\"\(event)\""))
        #expect(try RegInfo(parsing: document.xml) == document)
    }

    @Test("§5.4: prefixes, white space and elements of extensions do not disturb")
    func foreign() throws {
        let text = """
            <?xml version='1.0'?><r:reginfo xmlns:r="urn:ietf:params:xml:ns:reginfo" xmlns:g="urn:x" version="0"
              state="partial"> <r:registration aor="sip:a@b" id="1" state="terminated" g:more="x">
              <r:contact id="2" state="terminated" event="odd" expires="x"><r:uri> sip:a@c </r:uri>
              <g:pub-gruu uri="sip:g@b"/></r:contact><g:wildcardedIdentity>x</g:wildcardedIdentity>
              </r:registration></r:reginfo>
            """
        let document = try RegInfo(parsing: Array(text.utf8))
        let contact = document.registrations.first?.contacts.first
        #expect(contact?.uri == "sip:a@c" && contact?.event == .unregistered && contact?.expires == nil)
    }

    @Test(
        "§5.4: what the schema does not allow is refused",
        arguments: [
            "<reginfo state='full'/>", "<reginfo version='x' state='full'/>", "<reginfo version='0' state='odd'/>",
            "<other version='0' state='full'/>", "<reginfo version='0' state='full'><registration id='1'/></reginfo>",
            "<reginfo version='0' state='full'>",
            "<reginfo version='0' state='full'><registration aor='a' id='1' state='active'>"
                + "<contact id='1' state='active' event='registered'/></registration></reginfo>",
            "<reginfo version='0' state='full'><registration aor='a' id='1' state='active'>"
                + "<contact id='1' state='odd'><uri>sip:a@b</uri></contact></registration></reginfo>",
        ])
    func refused(_ text: String) {
        #expect(throws: XMLFault.self) { try RegInfo(parsing: Array(text.utf8)) }
    }
}
