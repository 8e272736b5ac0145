import SIP
import Testing

@Suite("Non-INVITE server transaction")
struct NonInviteServerTransactionTests {
    let trying: [UInt8] = Array("100".utf8)
    let ok: [UInt8] = Array("200".utf8)

    func machine(reliable: Bool = false, _ timers: SIPTimers = .core) -> NonInviteServerTransaction {
        var machine = NonInviteServerTransaction(isReliable: reliable, timers: timers)
        _ = machine.handle(.start)
        return machine
    }

    @Test("RFC 4320 §4.1: a 100 is due when the client's timer E reaches T2: 3.5 s, toward the UE 14 s")
    func tryingIsDue() {
        var core = NonInviteServerTransaction(isReliable: false, timers: .core)
        #expect(Array(core.handle(.start)) == [.start(.t, milliseconds: 3_500)])
        #expect(Array(core.handle(.timer(.t))) == [.sendTrying, .start(.t, milliseconds: 28_500)])
        var ue = NonInviteServerTransaction(isReliable: true, timers: .ue)
        #expect(Array(ue.handle(.start)) == [.start(.t, milliseconds: 14_000)])
    }

    @Test("RFC 4320 §4.1: no 100 over UDP before that, any time over TCP, nothing but 100 ever")
    func provisional() {
        var udp = machine()
        #expect(udp.handle(.respond(status: 100, trying)).isEmpty)
        _ = udp.handle(.timer(.t))
        #expect(udp.handle(.respond(status: 183, trying)).isEmpty)
        #expect(Array(udp.handle(.respond(status: 100, trying))) == [.send(trying)])
        #expect(udp.state == .proceeding)
        var tcp = machine(reliable: true)
        #expect(Array(tcp.handle(.respond(status: 100, trying))) == [.send(trying)])
    }

    @Test("RFC 4320 §4.2: a 408 is never sent; the transaction just ends")
    func noRequestTimeout() {
        var machine = machine()
        #expect(Array(machine.handle(.respond(status: 408, Array("408".utf8)))) == [.stop(.t), .terminated])
    }

    @Test("RFC 4320 §4.2: 64·T1 after the request nobody waits for an answer")
    func nobodyWaits() {
        var machine = machine()
        _ = machine.handle(.timer(.t))
        #expect(Array(machine.handle(.timer(.t))) == [.timedOut, .terminated])
        #expect(machine.handle(.respond(status: 200, ok)).isEmpty)
    }

    @Test("RFC 3261 §17.2.2: in Trying a repeated request is discarded")
    func retransmissionInTrying() {
        var machine = machine()
        #expect(machine.handle(.retransmission).isEmpty)
    }

    @Test("RFC 3261 §17.2.2: in Completed it brings the answer again, until J")
    func completed() {
        var machine = machine()
        #expect(
            Array(machine.handle(.respond(status: 200, ok))) == [
                .stop(.t), .send(ok), .start(.j, milliseconds: 32_000),
            ])
        #expect(Array(machine.handle(.retransmission)) == [.send(ok)])
        #expect(machine.handle(.respond(status: 403, trying)).isEmpty)
        #expect(Array(machine.handle(.timer(.j))) == [.terminated])
    }

    @Test("RFC 3261 §17.2.2: in Proceeding the provisional goes out again")
    func proceeding() {
        var machine = machine()
        _ = machine.handle(.timer(.t))
        _ = machine.handle(.respond(status: 100, trying))
        #expect(Array(machine.handle(.retransmission)) == [.send(trying)])
        #expect(Array(machine.handle(.respond(status: 200, ok))).contains(.send(ok)))
    }

    @Test("RFC 3261 §17.2.2: over TCP timer J is zero")
    func completedOverTCP() {
        var machine = machine(reliable: true)
        #expect(Array(machine.handle(.respond(status: 200, ok))) == [.stop(.t), .send(ok), .terminated])
    }

    @Test("RFC 3261 §17.2.4: a transport error is told and ends the transaction")
    func transportError() {
        var machine = machine()
        #expect(Array(machine.handle(.transportFailed)) == [.stop(.t), .transportFailed, .terminated])
    }

    @Test("RFC 4320 §4.2: an abandoned request leaves nothing behind")
    func abandoned() {
        var machine = machine()
        #expect(Array(machine.handle(.abandon)) == [.stop(.t), .terminated])
    }
}
