import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("Requests that find nobody")
struct RefusalTests {
    @Test(
        "TS 24.229 §5.3.2.2, §5.4.3: what each refusal is",
        arguments: [
            ("tel:+15559999999", 404), ("sip:nobody@\(CoreWorld.home)", 404), ("sip:a@elsewhere.example.org", 404),
            ("sip:a@10.9.9.9", 404), ("tel:#31#;phone-context=elsewhere.example.org", 404),
            ("sip:001010000000002@\(CoreWorld.home)", 404), ("urn:service:unknown", 404), ("tel:+15550000003", 480),
        ])
    func refused(_ row: (uri: String, status: Int)) throws {
        let pair = try Pair()
        _ = try pair.core.subscribe(3)  // known, not registered
        let call = pair.alice.call(row.uri)
        #expect(pair.alice.statuses(.invite) == [row.status], "\(row.uri)")
        try call.acknowledgeFailure(try #require(pair.alice.responses.last))
        #expect(pair.bob.requests.isEmpty)
        try pair.finish()
    }

    @Test("RFC 3261 §16.3: Max-Forwards used up on the way is 483")
    func tooManyHops() throws {
        let pair = try Pair()
        _ = pair.alice.initial("MESSAGE", to: pair.bob.uri, hops: 2)
        pair.core.world.settle()
        #expect(pair.alice.statuses(.message) == [483])
        #expect(pair.bob.requests.isEmpty)
        try pair.finish()
    }

    @Test("TS 24.229 §5.3.2.2: HSS away: 504 with Retry-After, not 404")
    func hssAway() throws {
        let pair = try Pair()
        pair.core.hssNode.crash()
        _ = pair.alice.initial("MESSAGE", to: pair.bob.uri)
        pair.core.world.advance(milliseconds: 10_000)
        #expect(pair.alice.statuses(.message) == [504])
        #expect(pair.alice.responses.last?.has(.retryAfter) == true)
    }

    @Test("RFC 6665 §8.3.2, RFC 3903 §6: unknown packages and PUBLISH are answered at once")
    func events() throws {
        let pair = try Pair()
        _ = pair.alice.initial("SUBSCRIBE", to: pair.alice.uri, extra: ["Event: weather"])
        _ = pair.alice.initial("PUBLISH", to: pair.alice.uri, callID: "p", extra: ["Event: presence"])
        pair.core.world.settle()
        #expect(pair.alice.statuses(.subscribe) == [489])
        #expect(pair.alice.statuses(.publish) == [405])
    }
}
