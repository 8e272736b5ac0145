import SIP
import Testing

@Suite("INVITE server transaction")
struct InviteServerTransactionTests {
    let ringing: [UInt8] = Array("180".utf8)
    let ok: [UInt8] = Array("200".utf8)
    let busy: [UInt8] = Array("486".utf8)

    func machine(reliable: Bool = false, _ timers: SIPTimers = .core, after events: [ServerTransactionEvent] = [])
        -> InviteServerTransaction
    {
        var machine = InviteServerTransaction(isReliable: reliable, timers: timers)
        _ = machine.handle(.start)
        for event in events { _ = machine.handle(event) }
        return machine
    }

    @Test("RFC 3261 §17.2.1: a 100 is due after 200 ms unless something was answered")
    func trying() {
        var machine = InviteServerTransaction(isReliable: false, timers: .core)
        #expect(Array(machine.handle(.start)) == [.start(.t, milliseconds: 200)])
        #expect(Array(machine.handle(.timer(.t))) == [.sendTrying])
        var answered = self.machine()
        #expect(Array(answered.handle(.respond(status: 180, ringing))) == [.stop(.t), .send(ringing)])
        #expect(answered.handle(.timer(.t)).isEmpty)
    }

    @Test("RFC 3261 §17.2.1: a repeated INVITE brings the last provisional again, or nothing")
    func retransmission() {
        var machine = machine()
        #expect(machine.handle(.retransmission).isEmpty)
        _ = machine.handle(.respond(status: 180, ringing))
        #expect(Array(machine.handle(.retransmission)) == [.send(ringing)])
    }

    @Test("RFC 3261 §17.2.1: 300–699 over UDP starts G and H; G doubles up to T2")
    func failure() {
        var machine = machine()
        #expect(
            Array(machine.handle(.respond(status: 486, busy))) == [
                .stop(.t), .send(busy), .start(.h, milliseconds: 32_000), .start(.g, milliseconds: 500),
            ])
        #expect(machine.state == .completed)
        for interval in [1_000, 2_000, 4_000, 4_000] {
            #expect(Array(machine.handle(.timer(.g))) == [.send(busy), .start(.g, milliseconds: interval)])
        }
        #expect(Array(machine.handle(.retransmission)) == [.send(busy)])
        #expect(machine.handle(.respond(status: 200, ok)).isEmpty)
        #expect(Array(machine.handle(.timer(.h))) == [.stop(.g), .terminated])
    }

    @Test("RFC 3261 §17.2.1: over TCP no G; the ACK ends the transaction at once")
    func failureOverTCP() {
        var machine = machine(reliable: true)
        #expect(
            Array(machine.handle(.respond(status: 486, busy))) == [
                .stop(.t), .send(busy), .start(.h, milliseconds: 32_000),
            ])
        #expect(Array(machine.handle(.ack)) == [.stop(.h), .terminated])
    }

    @Test("RFC 3261 §17.2.1: the ACK leads to Confirmed, I absorbs more of them")
    func confirmed() {
        var machine = machine(after: [.respond(status: 486, busy)])
        #expect(Array(machine.handle(.ack)) == [.stop(.g), .stop(.h), .start(.i, milliseconds: 5_000)])
        #expect(machine.handle(.ack).isEmpty)
        #expect(machine.handle(.retransmission).isEmpty)
        #expect(machine.handle(.timer(.g)).isEmpty)
        #expect(Array(machine.handle(.timer(.i))) == [.terminated])
    }

    @Test("RFC 6026 §7.1: a 2xx leads to Accepted, which absorbs INVITEs and lets 2xx and ACK pass until L")
    func accepted() {
        var machine = machine(after: [.respond(status: 180, ringing)])
        #expect(Array(machine.handle(.respond(status: 200, ok))) == [.send(ok), .start(.l, milliseconds: 32_000)])
        #expect(machine.state == .accepted)
        #expect(machine.handle(.retransmission).isEmpty)
        #expect(Array(machine.handle(.respond(status: 200, ok))) == [.send(ok)])
        #expect(machine.handle(.respond(status: 486, busy)).isEmpty)
        #expect(Array(machine.handle(.ack)) == [.deliverAck])
        #expect(Array(machine.handle(.timer(.l))) == [.terminated])
    }

    @Test("RFC 6026 §7.1: a transport error is told, the transaction stays")
    func transportError() {
        for events in [[], [ServerTransactionEvent.respond(status: 486, busy)], [.respond(status: 200, ok)]] {
            var machine = machine(after: events)
            let state = machine.state
            #expect(Array(machine.handle(.transportFailed)) == [.transportFailed])
            #expect(machine.state == state)
        }
    }

    @Test("TS 24.229 §7.7: toward the UE G starts at 2 s, H is 128 s, I 17 s")
    func ueTimers() {
        var machine = machine(reliable: false, .ue)
        #expect(
            Array(machine.handle(.respond(status: 486, busy))).suffix(2) == [
                .start(.h, milliseconds: 128_000), .start(.g, milliseconds: 2_000),
            ])
        #expect(Array(machine.handle(.ack)).last == .start(.i, milliseconds: 17_000))
    }
}
