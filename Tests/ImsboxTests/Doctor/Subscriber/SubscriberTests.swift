import RoleKit
import Tap
import Testing

@testable import imsbox

/// What `imsbox doctor IMSI` says of phones that do not register.
@Suite struct SubscriberDoctorTests {
    @Test(
        "Each cause is named, in its words and with its cure, and nothing else is said",
        arguments: SubscriberTrouble.all)
    func trouble(_ trouble: SubscriberTrouble) async throws {
        let said = SubscriberCheck.said(try await trouble.make())
        #expect(said.map(\.sentence) == trouble.says, "\(said.map(\.finding.text))")
        let text = said.map { $0.finding.text + " → " + ($0.finding.cure ?? "") }.joined(separator: "\n")
        for words in trouble.mentions { #expect(text.contains(words), "\(words) is not in: \(text)") }
        for (sentence, _, finding) in said {
            #expect((finding.cure?.isEmpty ?? true) == (finding.verdict == .ok), "\(sentence): what is to be done?")
        }
    }

    @Test("Every sentence has a test that provokes its cause")
    func complete() {
        let all = SubscriberCheck.table.flatMap(\.sentences).map(\.name)
        #expect(Set(all).count == all.count, "two sentences have one name")
        let provoked = Set(SubscriberTrouble.all.flatMap(\.says))
        #expect(Set(all).subtracting(provoked).isEmpty, "never provoked: \(Set(all).subtracting(provoked))")
        #expect(provoked.subtracting(all).isEmpty, "no such sentence: \(provoked.subtracting(all))")
    }

    @Test("Where nothing is known and nothing runs, that is what is said")
    func nothing() {
        let said = SubscriberCheck.said(SubscriberFacts(asked: "001010000000001", home: "ims.example.org"))
        #expect(said.map(\.sentence) == ["no HSS here", "no CSCF here"])
        #expect(said.allSatisfy { $0.finding.verdict == .warning })
    }

    @Test("A phone with an IPv6 address: the commands are those of IPv6, for its /64 (TS 23.401 §5.3.1.2.2)")
    func sixthVersion() throws {
        func cure(_ name: String, _ facts: SubscriberFacts) throws -> String {
            let sentence = try #require(SubscriberCheck.way.first { $0.name == name })
            return try #require(sentence.say(facts)?.cure)
        }
        var lost = SubscriberFacts(asked: "001010000000001", home: "ims.example.org")
        lost.registration = .object([("source", .text("[2001:db8:1:2:a::7]:5060"))])
        lost.route = .none("Network is unreachable")
        #expect(
            try cure("no route", lost)
                == "ip -6 route add 2001:db8:1:2::/64 via the host with the tunnel (Open5GS: where ogstun is)")
        let exemption = "give this host a route to them: ip6tables -t nat -I POSTROUTING -s 2001:db8:1:2::/64"
        let translated = try cure("NAT", try registering(from: "2001:db8:9::1", at: "2001:db8::5"))
        #expect(translated.hasSuffix("\(exemption) -d 2001:db8::5 -j ACCEPT"))
        // NAT64: no rule of IPv6 has an address of IPv4.
        #expect(
            try cure("NAT", try registering(from: "192.0.2.1", at: "192.0.2.5")).hasSuffix("\(exemption) -j ACCEPT"))
    }

    /// A phone that calls itself 2001:db8:1:2:a::7.
    private func registering(from source: String, at place: String) throws -> SubscriberFacts {
        let text = """
            REGISTER sip:ims.example.org SIP/2.0\r
            Via: SIP/2.0/UDP [2001:db8:1:2:a::7]:5060;branch=z9hG4bK1\r
            From: <sip:001010000000001@ims.example.org>;tag=1\r
            To: <sip:001010000000001@ims.example.org>\r
            Call-ID: 1\r
            CSeq: 1 REGISTER\r
            Max-Forwards: 70\r
            Content-Length: 0\r
            \r

            """
        let entry = TapEntry(
            time: Moment(nanoseconds: 0), content: .sip(Array(text.utf8)), direction: .received, link: .udp,
            local: try #require(SocketAddress(place, port: 5060)),
            remote: try #require(SocketAddress(source, port: 5060)))
        var facts = SubscriberFacts(asked: "001010000000001", home: "ims.example.org")
        facts.roles = [.pcscf]
        facts.rows = [TraceRow(entry, TraceSource(instance: "pcscf", role: .pcscf, epochOffset: 0))]
        facts.readStory()
        return facts
    }

    @Test("/proc/net/route: the longest match counts, hosts before networks before the default route")
    func routes() throws {
        let table = """
            Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
            eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
            ogstun\t00002D0A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
            eth1\t00002E0A\t0201A8C0\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0
            nonsense
            """
        func route(_ host: String) throws -> Route? {
            Route.inTable(table, try #require(SocketAddress(host, port: 0)))
        }
        #expect(try route("10.45.0.7") == .direct(interface: "ogstun"))
        #expect(try route("10.46.0.7") == .gateway(interface: "eth1", host: "192.168.1.2", isDefault: false))
        #expect(try route("10.47.0.7") == .gateway(interface: "eth0", host: "192.168.1.1", isDefault: true))
        #expect(Route.inTable("", try #require(SocketAddress("10.45.0.7", port: 0))) == nil)
    }
}
