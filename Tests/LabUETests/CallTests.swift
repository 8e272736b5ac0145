import LabUE
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("RFC 3261 §13, §15: calls between two UEs")
struct CallTests {
    private let answering = AnsweringHabit.answer(afterMilliseconds: 3_000)

    private func call(_ pair: UEPair, patience: Int = 30_000, hold: Int = 5_000) throws -> (stood: Bool, end: CallEnd) {
        try pair.a.run {
            let plan = CallPlan(patienceMilliseconds: patience, holdMilliseconds: hold)
            return await $0.call(0, to: UEPair.bURI, plan)
        }
    }

    private func expectClean(_ pair: UEPair, _ location: SourceLocation = #_sourceLocation) {
        pair.a.expectClean(location)
        pair.b.expectClean(location)
        #expect(pair.world.runningTimers == 0, sourceLocation: location)
    }

    @Test("RFC 3665 §3.1: INVITE, 180, 200, ACK, BYE, 200; nothing is left", arguments: [LinkKind.udp, .tcp])
    func successful(_ transport: LinkKind) throws {
        let pair = try UEPair(transport, habit: answering)
        let (stood, end) = try call(pair)
        #expect(stood && end == .hungUp)
        #expect(pair.lines(pair.a, .sent) == ["INVITE", "ACK", "BYE"])
        #expect(pair.lines(pair.b, .sent) == ["180", "200", "200"])
        #expect(pair.a.story == ["180", "established", "hungUp"])
        #expect(pair.b.story.dropFirst() == ["established", "hungUpByPeer"])
        expectClean(pair)
    }

    @Test("RFC 3264 §5: the 200 answers the INVITE's offer")
    func offerAnswer() throws {
        let pair = try UEPair(habit: answering)
        _ = try call(pair)
        let ok = try #require(pair.b.node.tap.passages.first { $0.text.hasPrefix("SIP/2.0 200") })
        #expect(ok.text.contains("Content-Type: application/sdp\r\n"))
        #expect(ok.text.contains("m=audio 20000 RTP/AVP 96\r\n"))
    }

    @Test("RFC 3262: required reliability: the 180 gets a PRACK", arguments: [LinkKind.udp, .tcp])
    func reliable(_ transport: LinkKind) throws {
        let pair = try UEPair(transport, requires100rel: true, habit: answering)
        let (stood, _) = try call(pair)
        #expect(stood)
        #expect(pair.lines(pair.a, .sent) == ["INVITE", "PRACK", "ACK", "BYE"])
        expectClean(pair)
    }

    @Test(
        "RFC 3312, IR.92 §2.4: with preconditions nobody is alerted before the UPDATE",
        arguments: [(LinkKind.udp, false), (.tcp, false), (.udp, true)])
    func preconditions(_ row: (transport: LinkKind, isReliable: Bool)) throws {
        let pair = try UEPair(
            row.transport, requires100rel: row.isReliable, hasPreconditions: true, habit: answering)
        let (stood, end) = try call(pair)
        #expect(stood && end == .hungUp)
        let confirmed = row.isReliable ? ["PRACK"] : []
        #expect(pair.lines(pair.a, .sent) == ["INVITE", "PRACK", "UPDATE"] + confirmed + ["ACK", "BYE"])
        #expect(pair.a.story == ["183", "180", "established", "hungUp"])
        let update = try #require(pair.a.node.tap.passages.first { $0.text.hasPrefix("UPDATE") }?.text)
        #expect(update.contains("a=curr:qos local sendrecv\r\n") && update.contains("o=- 1 2 IN"))
        let progress = try #require(pair.b.node.tap.passages.first { $0.text.hasPrefix("SIP/2.0 183") }?.text)
        #expect(progress.contains("Require: 100rel, precondition\r\n") && progress.contains("a=conf:qos remote"))
        expectClean(pair)
    }

    @Test("RFC 3312 §5.1.2: a called UE that waits for its caller can be left alone: CANCEL, 487")
    func preconditionsGivenUp() throws {
        let pair = try UEPair(hasPreconditions: true, habit: answering)
        pair.world.faults.rule = { $0.text.hasPrefix("UPDATE") ? .lose : nil }
        let (stood, end) = try call(pair, patience: 8_000)
        #expect(!stood && end == .cancelled)
        #expect(pair.a.story.first == "183" && !pair.a.story.contains("180"))
        pair.world.faults.rule = nil
        expectClean(pair)
    }

    @Test("RFC 3261 §13.3.1.3: busy: 486, acknowledged by the transaction", arguments: [LinkKind.udp, .tcp])
    func busy(_ transport: LinkKind) throws {
        let pair = try UEPair(transport, habit: .refuse(status: 486))
        let (stood, end) = try call(pair)
        #expect(!stood && end == .refused(status: 486))
        #expect(pair.lines(pair.a, .sent) == ["INVITE", "ACK"])
        let own = pair.a.node.timers.tokens.filter { $0.component == .role }
        #expect(own.count == 1, "the call is remembered for a while; its other timers have ended: \(own)")
        expectClean(pair)
    }

    @Test("RFC 3261 §9: nobody answers: CANCEL, 487, ACK", arguments: [LinkKind.udp, .tcp])
    func cancelled(_ transport: LinkKind) throws {
        let pair = try UEPair(transport, habit: .ring)
        let (stood, end) = try call(pair, patience: 4_000)
        #expect(!stood && end == .cancelled)
        #expect(pair.lines(pair.a, .sent) == ["INVITE", "CANCEL", "ACK"])
        #expect(pair.b.story.last == "cancelled unanswered")
        expectClean(pair)
    }

    @Test("RFC 3261 §9.1: a CANCEL that crosses the 200 is followed by ACK and BYE")
    func cancelCrossesSuccess() throws {
        let pair = try UEPair(habit: .answer(afterMilliseconds: 4_000))
        pair.world.faults.latencyMilliseconds = 100
        // Gives up just before the 200 that is on its way arrives.
        let (stood, end) = try call(pair, patience: 4_150)
        #expect(!stood && end == .hungUp)
        #expect(pair.lines(pair.a, .sent) == ["INVITE", "CANCEL", "ACK", "BYE"])
        #expect(pair.b.story.last == "hungUpByPeer")
        expectClean(pair)
    }

    @Test("RFC 3261 §13.3.1.4: lost ACKs are made good by repeated 2xx and their ACKs")
    func lostAck() throws {
        let pair = try UEPair(habit: .answer(afterMilliseconds: 0))
        var lost = 0
        pair.world.faults.rule = { datagram in
            guard datagram.text.hasPrefix("ACK "), lost < 2 else { return nil }
            lost += 1
            return .lose
        }
        let (stood, end) = try call(pair, hold: 30_000)
        #expect(stood && end == .hungUp)
        #expect(pair.lines(pair.a, .sent).count { $0 == "ACK" } == 3)
        #expect(pair.b.story.contains("established"))
        expectClean(pair)
    }

    @Test("RFC 3261 §13.3.1.4: an ACK that never comes ends the call with a BYE")
    func noAck() throws {
        let pair = try UEPair(habit: .answer(afterMilliseconds: 0))
        pair.world.faults.rule = { $0.text.hasPrefix("ACK ") ? .lose : nil }
        let (_, end) = try call(pair, hold: 250_000)
        #expect(end == .hungUpByPeer)
        #expect(pair.lines(pair.b, .sent).contains("BYE"))
        expectClean(pair)
    }

    @Test("RFC 3261 §17.1.1.2: silence is told as 408, a closed port as 503")
    func silence() throws {
        let silent = try UEPair(habit: .ring)
        silent.world.faults.dark = [UEPair.b.with(port: 0)]
        #expect(try call(silent, patience: 200_000).end == .refused(status: 408))
        silent.a.expectClean()
        let closed = try UEPair(.tcp, habit: .ring)
        closed.b.node.crash()
        #expect(try call(closed).end == .refused(status: 503))
        closed.a.expectClean()
    }

    @Test("RFC 3261 §15: both UEs hang up at once")
    func bothHangUp() throws {
        let pair = try UEPair(habit: .answer(afterMilliseconds: 0))
        pair.world.faults.latencyMilliseconds = 50
        let number = try #require(pair.a.fleet.assumeIsolated { $0.dial(0, to: UEPair.bURI) })
        pair.world.advance(milliseconds: 1_000)
        // The called end's only call is its first.
        pair.b.fleet.assumeIsolated { $0.hangUp(UECallID(raw: 1)) }
        pair.a.fleet.assumeIsolated { $0.hangUp(number) }
        pair.world.advance(milliseconds: 1_000)
        #expect(pair.a.story.last == "hungUp" && pair.b.story.last == "hungUp")
        expectClean(pair)
    }

    @Test("A phone in a call is busy for the next caller")
    func oneCallAtATime() throws {
        let pair = try UEPair(habit: .answer(afterMilliseconds: 0))
        _ = pair.a.fleet.assumeIsolated { $0.dial(0, to: UEPair.bURI, CallPlan(holdMilliseconds: 60_000)) }
        pair.world.advance(milliseconds: 1_000)
        #expect(try call(pair).end == .refused(status: 486))
        expectClean(pair)
    }

    @Test(
        "Lost, doubled and late datagrams change nothing about a call, nor about what it leaves behind",
        arguments: 1...12)
    func badWires(_ seed: Int) throws {
        let pair = try UEPair(requires100rel: seed % 2 == 0, habit: answering, seed: UInt64(seed))
        pair.world.faults.lossPercent = 15
        pair.world.faults.duplicatePercent = 15
        pair.world.faults.delayPercent = 20
        pair.world.faults.delayMilliseconds = 3_000
        let (stood, end) = try call(pair, patience: 120_000, hold: 40_000)
        #expect(stood && end == .hungUp)
        pair.world.faults = WireFaults()
        expectClean(pair)
    }
}
