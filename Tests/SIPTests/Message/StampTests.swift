import SIP
import Testing

@Suite("RFC 3261 §18.2.1, RFC 3581 §4: what a server notes in the top Via")
struct StampTests {
    private func stamped(_ via: String, port: UInt16?) throws -> SIPMessage {
        let request =
            message("OPTIONS sip:b SIP/2.0", "Subject: a", via, "From: <sip:a@b>;tag=1", "l: 4") + Array("body".utf8)
        return try SIPMessage(request).stamped(received: "192.0.2.7", port: port)
    }

    @Test(
        "received and the value of rport are filled in, everything else stays",
        arguments: [
            ("Via: SIP/2.0/UDP h;rport;branch=z9hG4bK1", "SIP/2.0/UDP h;rport=5099;branch=z9hG4bK1;received=192.0.2.7"),
            ("v:SIP/2.0/UDP h;branch=1;RPORT", "SIP/2.0/UDP h;branch=1;RPORT=5099;received=192.0.2.7"),
            (
                "Via: SIP/2.0/UDP h;rport;x=1 , SIP/2.0/UDP p;rport",
                "SIP/2.0/UDP h;rport=5099;x=1;received=192.0.2.7 , SIP/2.0/UDP p;rport"
            ),
            ("Via: SIP/2.0/UDP h;x=\";rport\";rport", "SIP/2.0/UDP h;x=\";rport\";rport=5099;received=192.0.2.7"),
            ("Via: SIP/2.0/UDP h;x=\r\n 1;rport", "SIP/2.0/UDP h;x= 1;rport=5099;received=192.0.2.7"),
        ])
    func filledIn(_ via: String, _ expected: String) throws {
        let request = try stamped(via, port: 5099)
        #expect(request.header(at: 1).value == expected)
        #expect(try request.via().rport == 5099 && request.via().received == "192.0.2.7")
    }

    @Test(
        "the index is that of the new bytes",
        arguments: [
            "Via: SIP/2.0/UDP h;rport", "Via: SIP/2.0/UDP h;rport=1;received=evil", "v:  SIP/2.0/UDP h ;branch=1",
        ])
    func index(_ via: String) throws {
        for port in [nil, 65_535] as [UInt16?] {
            let request = try stamped(via, port: port)
            let again = try SIPMessage(request.bytes)
            #expect(request.headerCount == again.headerCount)
            for index in 0..<again.headerCount {
                #expect(request.header(at: index).name == again.header(at: index).name)
                #expect(request.header(at: index).value == again.header(at: index).value)
            }
            #expect(Array(request.body) == Array("body".utf8) && request.requestURIText == "sip:b")
        }
    }

    @Test("what the sender claims of itself is corrected, not added to")
    func corrected() throws {
        let request = try stamped("Via: SIP/2.0/UDP h;rport=1;branch=1;received=10.0.0.1", port: 5099)
        #expect(request.header(at: 1).value == "SIP/2.0/UDP h;rport=5099;branch=1;received=192.0.2.7")
    }

    @Test("without rport only received is added")
    func withoutPort() throws {
        let request = try stamped("Via: SIP/2.0/UDP h:5070;branch=1", port: nil)
        #expect(request.header(at: 1).value == "SIP/2.0/UDP h:5070;branch=1;received=192.0.2.7")
    }
}
