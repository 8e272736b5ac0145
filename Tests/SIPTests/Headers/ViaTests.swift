import SIP
import Testing

@Suite("RFC 3261 §20.42, RFC 3581: Via")
struct ViaTests {
    @Test("all parts, with and without space")
    func parts() throws {
        let via = try Via(
            parsing: "SIP / 2.0\r\n /UDP\r\n   192.0.2.2 : 5070 ;branch=z9hG4bK1;rport;received=192.0.2.9")
        #expect(via.transport == "UDP" && via.host == "192.0.2.2" && via.port == 5_070)
        #expect(via.branch == "z9hG4bK1" && via.params.has("rport") && via.rport == nil && via.received == "192.0.2.9")
        #expect(via.description == "SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bK1;rport;received=192.0.2.9")
    }

    @Test("RFC 3581 §4: a filled rport")
    func rport() throws {
        #expect(try Via(parsing: "SIP/2.0/UDP h;rport=40000").rport == 40_000)
        #expect(try Via(parsing: "SIP/2.0/UDP h;rport=70000").rport == nil)
    }

    @Test("RFC 5118 §4.5: received with and without brackets reads the same")
    func receivedIPv6() throws {
        let with = try Via(parsing: "SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKa")
        let without = try Via(parsing: "SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKa")
        #expect(with.received == "2001:db8::9:255" && without.received == with.received)
        #expect(with.host == "[2001:db8::9:1]" && with.hostPart.bare == "2001:db8::9:1")
    }

    @Test(
        "malformed values are refused",
        arguments: [
            "", "SIP/2.0/UDP", "SIP/2.0/UDP ", "SIP/2.0 h", "SIP/7.0/UDP h", "HTTP/2.0/TCP h", "SIP/2.0/UDP h;;",
            "SIP/2.0/UDP h:", "SIP/2.0/UDP h:0",
            "SIP/2.0/UDP h:65536", "SIP/2.0/UDP h x", "SIP/2.0/UDP [::1", "SIP/2.0/UDP 1.2.3", "SIP/2.0/UDP -h",
            "SIP/2.0/UDP h;branch=",
        ])
    func malformed(_ text: String) { #expect(throws: SIPParseError.self) { try Via(parsing: text) } }

    @Test("RFC 3261 §20.16: CSeq")
    func cseq() throws {
        #expect(try CSeq(parsing: "0009\r\n  INVITE") == CSeq(number: 9, method: .invite))
        #expect(try CSeq(parsing: "4294967295 FOO").number == UInt32.max)
        for text in ["4294967296 INVITE", "INVITE", "1", "1INVITE", "-1 INVITE", "1 INVITE x", ""] {
            #expect(throws: SIPParseError.self, "\(text)") { try CSeq(parsing: text) }
        }
    }
}
