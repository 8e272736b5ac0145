import Testing

@testable import SIP

@Suite("RFC 3261 §16.4, §16.6: where a request in a dialog goes on, read in place")
struct DialogRoutingTests {
    private func request(_ uri: String, _ routes: [String]) throws -> SIPMessage {
        let text =
            "BYE \(uri) SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
            + routes.map { "Route: \($0)\r\n" }.joined()
            + "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: x\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"
        return try SIPMessage(Array(text.utf8))
    }

    private func text(_ uri: URISpan, _ range: Range<Int>?) -> String? {
        range.map { String(decoding: uri.bytes[$0], as: UTF8.self) }
    }

    private static let loose: [[String]] = [
        [], ["<sip:p1.example.org;lr>"], ["<sip:p2.example.org;lr>"],
        ["<sip:p1.example.org;lr>", "<sip:p2.example.org:5061;transport=TCP;lr>"],
        ["<sip:P1.example.org:5060;lr>, <sip:tok%20en@p1.example.org:5070;lr>, <sip:p2.example.org;lr>;x=y"],
        ["<sip:tok@p1.example.org;lr=on>", "\"A, B\" <sip:u:pw@p2.example.org;x=lr;lr;y>, <sip:p1.example.org;lr>"],
        ["<sip:p1.example.org;lr>", "<sips:[2001:DB8::1]:5061;lr>"],
    ]

    @Test("it says what RequestRouting says, and makes the same request", arguments: loose)
    func same(routes: [String]) throws {
        let message = try request("sip:bob@192.0.2.9:5080;transport=udp", routes)
        let full = try RequestRouting(message) { lowercasedASCII($0.host) == "p1.example.org" }
        let quick = try #require(DialogRouting(message) { $0.equalsFolded($0.host, "p1.example.org") })
        #expect(quick.taken == full.own.count && quick.hasRoute == (full.route != nil))
        let next = try #require(full.next.sip)
        #expect(text(quick.next, quick.next.host).map(lowercasedASCII) == next.hostPart.bare)
        #expect(quick.next.port == next.port && text(quick.next, quick.next.user) == next.user)
        #expect(quick.next.isLooseRoute == next.isLooseRoute)
        #expect(text(quick.next, quick.next.parameter("transport")).map(lowercasedASCII) == next.transport)
        var (one, other) = (SIPEdit(message), SIPEdit(message))
        full.apply(to: &one)
        quick.apply(to: &other)
        #expect(one.serialize() == other.serialize())
    }

    @Test(
        "a strict router, or a URI that is no sip URI, is RequestRouting's",
        arguments: [
            ("sip:p1.example.org;lr", ["<sip:p2.example.org;lr>"]), ("sip:bob@u2", ["<sip:p2.example.org>"]),
            ("sip:bob@u2", ["<sip:p1.example.org>"]), ("tel:+15551", []), ("sip:bob@u2", ["<tel:+15551;lr>"]),
        ])
    func leaves(_ row: (uri: String, routes: [String])) throws {
        let routing = DialogRouting(try request(row.uri, row.routes)) { $0.equalsFolded($0.host, "p1.example.org") }
        #expect(routing == nil)
    }

    @Test("RFC 3261 §19.1.1: parameters are found by their whole name, with and without a value")
    func parameters() throws {
        let message = try request("sip:b@h;lrx;a=lr;TTL=1;ob", [])
        let uri = try #require(DialogRouting(message) { _ in false }).next
        #expect(!uri.isLooseRoute && uri.parameter("tt") == nil)
        #expect(text(uri, uri.parameter("ttl")) == "1" && text(uri, uri.parameter("ob"))?.isEmpty == true)
        #expect(text(uri, uri.parameter("a")) == "lr")
    }
}
