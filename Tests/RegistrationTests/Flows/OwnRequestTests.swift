import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("RFC 3261 §11: OPTIONS is answered for oneself only")
struct OwnRequestTests {
    private static let pcscf = CoreWorld.pcscfAddress
    private static let icscf = CoreWorld.icscfAddress
    private static let scscf = CoreWorld.scscfAddress(0)
    private static let home = CoreWorld.home

    private func ask(_ core: CoreWorld, _ target: SocketAddress, _ uri: String, _ headers: String = "") throws
        -> SIPMessage
    {
        let ue = try core.ue(
            TestSubscriber(impi: "u@\(Self.home)", impu: "sip:u@\(Self.home)", msisdn: ""), port: target.port)
        ue.puppet.send(
            "OPTIONS \(uri) SIP/2.0\r\nVia: SIP/2.0/UDP \(ue.address);branch=z9hG4bKo\r\nMax-Forwards: 70\r\n"
                + "From: <sip:u@\(Self.home)>;tag=1\r\nTo: <sip:x@\(Self.home)>\r\nCall-ID: o\r\nCSeq: 1 OPTIONS\r\n"
                + headers + "Content-Length: 0\r\n\r\n", to: target)
        core.world.settle()
        ue.collect()
        #expect(ue.finals.count == 1)
        return try #require(ue.finals.first)
    }

    @Test(
        "§11.1, §11.2: a Request-URI without user part that names the element: 200 with what it can",
        arguments: [
            (pcscf, "sip:10.0.1.1"), (pcscf, "sip:10.0.1.1:5060"), (pcscf, "sip:10.0.1.1:5070;transport=udp"),
            (pcscf, "sip:\(home)"), (icscf, "sip:10.0.1.2:4060"), (icscf, "sip:\(home)"),
            (scscf, "sip:10.0.2.1:6060"), (scscf, "sip:scscf0.\(home):6060"), (scscf, "sip:\(home)"),
        ])
    func own(_ row: (target: SocketAddress, uri: String)) throws {
        let answer = try ask(try CoreWorld(), row.target, row.uri)
        #expect(answer.status == 200)
        #expect(answer.texts(.supported) == ["path"])
        // §11.2: only the S-CSCF is no proxy here.
        #expect(answer.has(.allow) == (row.target == Self.scscf))
    }

    @Test(
        "§11.1, §16.5: one that names somebody else is routed like any request, never answered in their name",
        arguments: [
            (pcscf, "sip:user@example.com", 403), (pcscf, "sip:example.com", 403), (pcscf, "sip:user@\(home)", 403),
            (pcscf, "sip:user@10.0.1.1:5060", 403), (pcscf, "sip:10.0.1.1:5999", 403), (pcscf, "tel:+15550001", 403),
            (icscf, "sip:user@\(home)", 404), (icscf, "sip:example.com", 404), (scscf, "sip:user@\(home)", 480),
            (scscf, "sip:orig@scscf0.\(home):6060", 404),
        ])
    func elses(_ row: (target: SocketAddress, uri: String, status: Int)) throws {
        let answer = try ask(try CoreWorld(), row.target, row.uri)
        // A stranger at the P-CSCF is not registered; the I-CSCF knows no such user.
        #expect(answer.status == row.status)
        #expect(!answer.has(.supported))
    }

    @Test("§8.2.2.3: an extension required of us that we lack is 420", arguments: [pcscf, icscf, scscf])
    func required(_ target: SocketAddress) throws {
        let answer = try ask(try CoreWorld(), target, "sip:\(Self.home)", "Require: path, foo\r\n")
        #expect(answer.status == 420)
        #expect(answer.texts(.unsupported) == ["foo"])
    }
}
