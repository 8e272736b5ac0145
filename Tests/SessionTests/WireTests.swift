import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("Calls over bad wires")
struct WireTests {
    /// A datagram between two elements of the core.
    private static func isInside(_ datagram: DatagramInFlight) -> Bool {
        datagram.from.host.hasPrefix("10.0.") && datagram.to.host.hasPrefix("10.0.")
    }

    @Test("RFC 3261 §17: every datagram doubled: one call, nothing left")
    func doubled() throws {
        let pair = try Pair()
        pair.core.world.faults.duplicatePercent = 100
        let call = try pair.establish()
        pair.core.world.advance(milliseconds: 1_000)
        // What the phone sees twice is the wire's doing, not a second transaction.
        #expect(Set(pair.bob.requests.filter { $0.method == .invite }.compactMap { try? $0.via().branch }).count == 1)
        call.send("BYE")
        pair.core.world.advance(milliseconds: 1_000)
        #expect(Set(pair.alice.statuses(.bye)) == [200])
        pair.core.world.faults.duplicatePercent = 0
        try pair.finish()
    }

    @Test("RFC 3261 §17, §13.3.1.4: a third of the core's datagrams lost: the call comes and goes", arguments: 1...6)
    func lossy(seed: UInt64) throws {
        let pair = try Pair { $0.seed = seed }
        let world = pair.core.world
        var dice = seed
        world.faults.rule = { datagram in
            guard Self.isInside(datagram) else { return nil }
            dice = dice &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (dice >> 33) % 3 == 0 ? .lose : .deliver
        }
        pair.bob.answers = { [bob = pair.bob] in $0.method == .bye ? [bob.response(200, to: $0)] : [] }
        let call = pair.alice.call(pair.bob.uri)
        #expect(world.advance(until: { pair.bob.count(.invite) > 0 }, withinMilliseconds: 30_000))
        // The callee repeats its 200 until the ACK comes, the caller acknowledges each (§13.3.1.4, §13.2.2.4).
        let invite = try #require(pair.bob.last(.invite))
        var acknowledged = 0
        for _ in 0..<40 where pair.bob.count(.ack) == 0 {
            pair.bob.send(pair.bob.response(200, to: invite))
            world.advance(milliseconds: 400)
            let answers = pair.alice.responses.filter { $0.method == .invite && $0.status == 200 }
            if acknowledged == 0, let first = answers.first { try call.establish(first) }
            for _ in acknowledged..<answers.count { call.acknowledge(cseq: 1) }
            acknowledged = answers.count
            world.advance(milliseconds: 400)
        }
        #expect(pair.bob.count(.ack) > 0)
        call.send("BYE")
        #expect(world.advance(until: { pair.alice.statuses(.bye) == [200] }, withinMilliseconds: 32_000))
        world.faults.rule = nil
        world.advance(milliseconds: 40_000)
        try pair.finish()
    }

    @Test("RFC 3261 §17.1.1: the S-CSCF dies in mid-call: 408 or silence, and nothing stays behind at the P-CSCF")
    func scscfDies() throws {
        let pair = try Pair()
        let call = try pair.establish()
        pair.core.scscfNodes[0].crash()
        call.send("BYE")
        let second = pair.alice.call(pair.bob.tel, callID: "second")
        pair.core.world.advance(milliseconds: 200_000)
        #expect(pair.alice.statuses(.bye).isEmpty)
        #expect(pair.alice.statuses(.invite).last == 408)
        try second.acknowledgeFailure(try #require(pair.alice.responses.last))
        // The registrations run out by themselves.
        pair.core.world.advance(milliseconds: 8_000_000)
        #expect(pair.core.pcscfNode.timers.running == 0)
    }

    @Test("RFC 3261 §9, §16.10: CANCEL at any moment of the call's way", arguments: (0...15).map { 40 * $0 })
    func cancelAtAnyTime(milliseconds: Int) throws {
        let pair = try Pair()
        let world = pair.core.world
        world.faults.latencyMilliseconds = 30
        pair.bob.answers = { [bob = pair.bob] request in
            switch request.method {
            case .invite: [bob.response(180, to: request)]
            case .cancel: [bob.response(200, to: request), bob.terminated()]
            default: []
            }
        }
        let call = pair.alice.initial("INVITE", to: pair.bob.uri)
        world.advance(milliseconds: milliseconds)
        call.cancel()
        #expect(
            world.advance(until: { pair.alice.statuses(.invite).contains { $0 >= 300 } }, withinMilliseconds: 60_000))
        #expect(pair.alice.statuses(.invite).last == 487)
        try call.acknowledgeFailure(try #require(pair.alice.responses.last { $0.method == .invite }))
        world.advance(milliseconds: 1_000)
        world.faults.latencyMilliseconds = 0
        try pair.finish()
    }

    @Test("RFC 3261 §15.1.2: BYE before the ACK of the 200")
    func byeBeforeAck() throws {
        let pair = try Pair()
        pair.bobAnswers()
        let call = pair.alice.call(pair.bob.uri)
        try call.establish(try #require(pair.alice.responses.last { $0.status == 200 }))
        call.send("BYE")
        pair.core.world.settle()
        call.acknowledge(cseq: 1)
        pair.core.world.settle()
        #expect(pair.bob.count(.bye) == 1 && pair.bob.count(.ack) == 1)
        try pair.finish()
    }

    @Test("RFC 3261 §18.1.1: a large request goes over TCP inside the core and keeps the UE's transport")
    func large() throws {
        let pair = try Pair()
        pair.bobAnswers()
        let text = String(repeating: "Good morning. ", count: 200)
        _ = pair.alice.initial("MESSAGE", to: pair.bob.uri, extra: ["Content-Type: text/plain"], body: text)
        pair.core.world.settle()
        #expect(pair.alice.statuses(.message) == [200])
        #expect(pair.bob.last(.message).map { String(decoding: $0.body, as: UTF8.self) } == text)
        let passages = pair.core.scscfNodes[0].tap.passages.filter { $0.text.hasPrefix("MESSAGE") }
        #expect(!passages.isEmpty && passages.allSatisfy { $0.link == .tcp })
        try pair.finish()
    }
}
