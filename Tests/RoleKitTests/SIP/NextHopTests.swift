import RoleKit
import SIP
import TestSupport
import Testing

@Suite("Next hops and own names, read in place and from a URI")
struct NextHopTests {
    private func span(_ uri: String) throws -> URISpan {
        let text =
            "BYE \(uri) SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\n"
            + "Call-ID: x\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"
        return try #require(DialogRouting(try SIPMessage(Array(text.utf8))) { _ in false }).next
    }

    private static let uris = [
        "sip:u@p.example.org", "sip:P.Example.ORG:5099", "sip:q.example.org;transport=tcp",
        "sip:q.example.org:7;transport=UDP",
        "sip:10.0.0.7", "sip:10.0.0.7:5070;transport=tls", "sip:[2001:db8::7]:5070", "sip:[2001:DB8::7]",
        "sip:unknown.example.org", "sip:10.0.0.1:5060", "sip:tok@10.0.0.1",
    ]

    @Test("RFC 3263 §4.2: the table, an address, a port, a transport", arguments: uris)
    func target(uri: String) throws {
        let hosts = HostTable([
            ("P.example.org", SocketAddress(10, 0, 0, 1, port: 0)),
            ("q.example.org", SocketAddress(10, 0, 0, 2, port: 6060)),
        ])
        let slow = hosts.target(.sip(try SIPURI(parsing: uri)), listener: 1)
        let quick = hosts.target(try span(uri), listener: 1)
        #expect(quick?.address == slow?.address && quick?.kind == slow?.kind && quick?.listener == slow?.listener)
    }

    @Test("RFC 3261 §16.4: which URIs are ours", arguments: uris)
    func own(uri: String) throws {
        let world = VirtualWorld()
        let listener = SIPListenerSettings(
            name: "core", address: SocketAddress(10, 0, 0, 1, port: 5060), advertise: "p.example.org:5099")
        let stack = SIPStack(SIPStackSettings(listeners: [listener]), world.node("p").ports)
        try stack.open()
        let names = OwnNames(stack, listeners: 1, others: ["sip:[2001:db8::7]"])
        #expect(names.contains(try span(uri)) == names.contains(try SIPURI(parsing: uri)))
    }
}
