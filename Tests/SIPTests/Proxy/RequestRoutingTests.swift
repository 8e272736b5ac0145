import Testing

@testable import SIP

@Suite("Where a proxy sends a request on")
struct RequestRoutingTests {
    private func request(_ uri: String, routes: [String]) throws -> SIPMessage {
        let text =
            "INVITE \(uri) SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
            + routes.map { "Route: \($0)\r\n" }.joined() + "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\n"
            + "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
        return try SIPMessage(Array(text.utf8))
    }

    /// The request after routing at `p1.example.org`, and what decided.
    private func route(_ uri: String, _ routes: [String]) throws -> (RequestRouting, SIPMessage) {
        let message = try request(uri, routes: routes)
        let routing = try RequestRouting(message) { $0.host == "p1.example.org" }
        var edit = SIPEdit(message)
        routing.apply(to: &edit)
        return (routing, try SIPMessage(edit.serialize()))
    }

    @Test("RFC 3261 §16.12.1.1: loose routing takes our value off and goes by the next")
    func loose() throws {
        let (routing, out) = try route("sip:bob@u2", ["<sip:p1.example.org;lr>", "<sip:p2.example.org;lr>"])
        #expect(routing.own.map(\.host) == ["p1.example.org"])
        #expect(routing.next.description == "sip:p2.example.org;lr")
        #expect(out.texts(.route) == ["<sip:p2.example.org;lr>"])
        #expect(out.requestURIText == "sip:bob@u2")
    }

    @Test("RFC 5658 §4: both halves of a double Record-Route go at once, in one line or in two")
    func double() throws {
        for routes in [
            ["<sip:p1.example.org:5060;lr>, <sip:tok@p1.example.org:5070;lr>, <sip:p2.example.org;lr>"],
            ["<sip:p1.example.org:5060;lr>", "<sip:tok@p1.example.org:5070;lr>, <sip:p2.example.org;lr>"],
        ] {
            let (routing, out) = try route("sip:bob@u2", routes)
            #expect(routing.own.map(\.user) == [nil, "tok"])
            #expect(out.texts(.route) == ["<sip:p2.example.org;lr>"])
        }
    }

    @Test("RFC 3261 §16.6 step 7: without a Route left the Request-URI decides")
    func last() throws {
        let (routing, out) = try route("sip:bob@u2", ["<sip:p1.example.org;lr>"])
        #expect(routing.route == nil && routing.next.description == "sip:bob@u2")
        #expect(!out.has(.route))
    }

    @Test("RFC 3261 §16.12.1.2, §16.6 step 6: a strict next hop gets its URI as Request-URI, ours goes to the end")
    func strictNext() throws {
        let (routing, out) = try route(
            "sip:bob@u2", ["<sip:p1.example.org;lr>", "<sip:p2.example.org>", "<sip:p3.example.org;lr>"])
        #expect(routing.next.description == "sip:p2.example.org")
        #expect(out.requestURIText == "sip:p2.example.org")
        #expect(out.texts(.route) == ["<sip:p3.example.org;lr>", "<sip:bob@u2>"])
    }

    @Test("RFC 3261 §16.4: after a strict router the last Route value is the Request-URI")
    func cameStrict() throws {
        let (routing, out) = try route("sip:p1.example.org;lr", ["<sip:p3.example.org;lr>", "<sip:bob@u2>"])
        #expect(routing.cameStrict && routing.next.description == "sip:p3.example.org;lr")
        #expect(out.requestURIText == "sip:bob@u2")
        #expect(out.texts(.route) == ["<sip:p3.example.org;lr>"])
    }

    @Test("RFC 3261 §16.4: a Route that is no SIP URI is refused")
    func foreignScheme() throws {
        #expect(throws: SIPParseError.self) { try route("sip:bob@u2", ["<tel:+1>"]) }
    }
}
