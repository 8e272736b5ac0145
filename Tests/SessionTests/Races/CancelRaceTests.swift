import LabUE
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("RFC 3261 §9, §15: who gives up, and what crosses it")
struct CancelRaceTests {
    private static let latency = 60

    /// Alice gives up so long after her INVITE; Bob answers 300 ms after it has reached him.
    private func giveUp(
        after milliseconds: Int, _ watch: @escaping (DatagramInFlight, Moment) -> Void = { _, _ in }
    ) throws -> FleetPair {
        let pair = try FleetPair(latencyMilliseconds: Self.latency)
        pair.bob.fleet.assumeIsolated { $0.setHabit(.answer(afterMilliseconds: 300), of: 0) }
        let clock = pair.world.clock
        pair.world.faults.rule = { datagram in
            watch(datagram, clock.now)
            return nil
        }
        let uri = pair.bobURI
        pair.alice.fleet.assumeIsolated { fleet in
            _ = fleet.dial(0, to: uri, CallPlan(patienceMilliseconds: milliseconds, holdMilliseconds: 1_000))
        }
        pair.world.advance(milliseconds: 30_000)
        return pair
    }

    private func ends(_ pair: FleetPair) -> [String] {
        [pair.alice, pair.bob].map { side in side.story.last { Int($0) == nil } ?? "" }
    }

    @Test(
        "§9.1, §16.10: at each moment of the call's way both ends agree on how it ended, and nothing is left",
        arguments: (0...60).map { 20 * $0 })
    func anyMoment(milliseconds: Int) throws {
        let pair = try giveUp(after: milliseconds)
        let agreed = [
            ["cancelled unanswered", "cancelled unanswered"], ["hungUp unanswered", "hungUpByPeer"],
            ["hungUp", "hungUpByPeer"],
        ]
        #expect(agreed.contains(ends(pair)), "\(ends(pair))")
        pair.expectNothingLeft()
    }

    @Test("§9.1, §16.7 step 10: the 200 meets the CANCEL on this hop: ACK and BYE follow", arguments: 0...5)
    func crossing(hop: Int) throws {
        var sent: [(label: String, from: SocketAddress, to: SocketAddress, time: Moment)] = []
        // The 200 leaves Bob at 780 ms and is one hop further every 60 ms; the CANCEL comes the other way.
        let pair = try giveUp(after: 1_090 - 2 * Self.latency * hop) { datagram, now in
            sent.append((WireStep.label(datagram.bytes), datagram.from, datagram.to, now))
        }
        let met = sent.contains { cancel in
            cancel.label == "CANCEL"
                && sent.contains { ok in
                    ok.label == "200 INVITE" && ok.from == cancel.to && ok.to == cancel.from
                        && abs(ok.time.milliseconds(since: cancel.time)) < Self.latency
                }
        }
        #expect(met, "\(sent.map { $0.label })")
        #expect(ends(pair) == ["hungUp unanswered", "hungUpByPeer"])
        pair.expectNothingLeft()
    }

    @Test(
        "§9.1: the callee's 487 comes after the core's 64·T1, after that of Gm, or never: the caller has its 487",
        arguments: [33_000, 129_000, nil])
    func late487(after milliseconds: Int?) throws {
        let pair = try Pair()
        pair.core.world.advance(milliseconds: 200_000)
        let idle = Holdings(pair.core, [])
        pair.bob.answers = { [bob = pair.bob] request in
            switch request.method {
            case .invite: [bob.response(180, to: request)]
            case .cancel: [bob.response(200, to: request)]
            default: []
            }
        }
        let call = pair.alice.call(pair.bob.uri)
        call.cancel()
        pair.core.world.advance(milliseconds: 32_500)
        #expect(pair.alice.statuses(.cancel) == [200])
        #expect(Set(pair.alice.statuses(.invite)) == [180, 487])
        try call.acknowledgeFailure(try #require(pair.alice.responses.last { $0.method == .invite }))
        if let milliseconds {
            pair.core.world.advance(milliseconds: milliseconds - 32_500)
            pair.bob.send(pair.bob.terminated())
            pair.core.world.settle()
            // Gm's transaction still stands in the first case: its ACK is the P-CSCF's.
            #expect(pair.bob.count(.ack) == (milliseconds < 128_000 ? 1 : 0))
        }
        pair.core.world.advance(milliseconds: 300_000)
        #expect(Set(pair.alice.statuses(.invite)) == [180, 487])
        let left = Holdings(pair.core, []).difference(from: idle)
        #expect(left.isEmpty, "\(left)")
    }

    @Test(
        "§17.1.1.2, §17.2.1, §13.3.1.4: a message that never gets over a hop: every transaction ends all the same",
        arguments: WireStep.all)
    func never(_ step: WireStep) throws {
        let pair = try step.script.pair()
        pair.world.faults.rule = { step.isSameKind($0) ? .lose : nil }
        _ = step.script.play(pair)
        // Who still believes in the call hangs up.
        for side in [pair.alice, pair.bob] { side.fleet.assumeIsolated { $0.hangUp(UECallID(raw: 1)) } }
        pair.world.advance(milliseconds: 300_000)
        for side in [pair.alice, pair.bob] {
            #expect(side.story.count { FleetPair.isEnd($0) } <= 1, "\(side.story)")
        }
        #expect(pair.alice.story.contains { FleetPair.isEnd($0) }, "\(pair.alice.story)")
        pair.expectNothingLeft(forgettingCalls: true)
    }
}
