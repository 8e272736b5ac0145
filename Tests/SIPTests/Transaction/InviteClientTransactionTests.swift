import SIP
import Testing

@Suite("INVITE client transaction")
struct InviteClientTransactionTests {
    typealias Machine = InviteClientTransaction
    let request: [UInt8] = Array("INVITE".utf8)

    func machine(reliable: Bool = false, _ timers: SIPTimers = .core, _ events: ClientTransactionEvent...) -> Machine {
        var machine = Machine(request: request, isReliable: reliable, timers: timers)
        for event in events { _ = machine.handle(event) }
        return machine
    }

    @Test("RFC 3261 §17.1.1.2: over UDP the request goes out with timers A and B, over TCP with B alone")
    func start() {
        var udp = machine()
        #expect(
            Array(udp.handle(.start)) == [
                .send(request), .start(.a, milliseconds: 500), .start(.b, milliseconds: 32_000),
            ])
        var tcp = machine(reliable: true)
        #expect(Array(tcp.handle(.start)) == [.send(request), .start(.b, milliseconds: 32_000)])
    }

    @Test("TS 24.229 §7.7: toward the UE T1 is 2 s and B 128 s")
    func startTowardUE() {
        var machine = machine(reliable: false, .ue)
        #expect(
            Array(machine.handle(.start)) == [
                .send(request), .start(.a, milliseconds: 2_000), .start(.b, milliseconds: 128_000),
            ])
    }

    @Test("RFC 3261 §17.1.1.2: timer A doubles without bound at T2")
    func timerADoubles() {
        var machine = machine(reliable: false, .core, .start)
        for interval in [1_000, 2_000, 4_000, 8_000, 16_000] {
            #expect(Array(machine.handle(.timer(.a))) == [.send(request), .start(.a, milliseconds: interval)])
        }
    }

    @Test("RFC 3261 §17.1.1.2: timer B in Calling ends the transaction")
    func timerB() {
        var machine = machine(reliable: false, .core, .start)
        #expect(Array(machine.handle(.timer(.b))) == [.timedOut, .terminated])
        #expect(machine.state == .terminated)
    }

    @Test("RFC 3261 §17.1.1.2: a provisional stops A and B; every one goes up")
    func provisional() {
        var machine = machine(reliable: false, .core, .start)
        #expect(Array(machine.handle(.response(status: 100))) == [.stop(.b), .stop(.a), .deliver])
        #expect(machine.state == .proceeding)
        #expect(Array(machine.handle(.response(status: 183))) == [.deliver])
        #expect(machine.handle(.timer(.a)).isEmpty)
        #expect(machine.handle(.timer(.b)).isEmpty)
    }

    @Test("RFC 3261 §17.1.1.2: 300–699 is acknowledged and delivered; D absorbs", arguments: [300, 404, 503, 699])
    func failure(status: Int) {
        var machine = machine(reliable: false, .core, .start)
        #expect(
            Array(machine.handle(.response(status: status))) == [
                .stop(.b), .stop(.a), .stop(.x), .acknowledge, .deliver, .start(.d, milliseconds: 32_000),
            ])
        #expect(machine.state == .completed)
        #expect(Array(machine.handle(.response(status: status))) == [.acknowledge])
        #expect(machine.handle(.response(status: 180)).isEmpty)
        #expect(machine.handle(.response(status: 200)).isEmpty)
        #expect(Array(machine.handle(.timer(.d))) == [.terminated])
    }

    @Test("RFC 3261 §17.1.1.2: over TCP timer D is zero")
    func failureOverTCP() {
        var machine = machine(reliable: true, .core, .start)
        #expect(
            Array(machine.handle(.response(status: 486))) == [
                .stop(.b), .stop(.x), .acknowledge, .deliver, .terminated,
            ])
    }

    @Test("RFC 6026 §7.2: a 2xx leads to Accepted, where every 2xx goes up until M")
    func accepted() {
        for state in [[ClientTransactionEvent.start], [.start, .response(status: 180)]] {
            var machine = machine()
            for event in state { _ = machine.handle(event) }
            let effects = Array(machine.handle(.response(status: 200)))
            #expect(effects.suffix(3) == [.stop(.x), .deliver, .start(.m, milliseconds: 32_000)])
            #expect(machine.state == .accepted)
            #expect(Array(machine.handle(.response(status: 200))) == [.deliver])
            #expect(machine.handle(.response(status: 486)).isEmpty)
            #expect(machine.handle(.response(status: 180)).isEmpty)
            #expect(machine.handle(.transportFailed).isEmpty)
            #expect(Array(machine.handle(.timer(.m))) == [.terminated])
        }
    }

    @Test("RFC 3261 §9.1: no final response 64·T1 after CANCEL ends the transaction")
    func cancelWithoutAnswer() {
        var machine = machine(reliable: false, .core, .start, .response(status: 180))
        #expect(Array(machine.handle(.cancelSent)) == [.start(.x, milliseconds: 32_000)])
        #expect(Array(machine.handle(.timer(.x))) == [.timedOut, .terminated])
    }

    @Test("RFC 3261 §17.1.1.2: a transport error is told and ends Calling and Proceeding")
    func transportError() {
        var calling = machine(reliable: false, .core, .start)
        #expect(Array(calling.handle(.transportFailed)) == [.transportFailed, .terminated])
        var proceeding = machine(reliable: false, .core, .start, .response(status: 100))
        #expect(Array(proceeding.handle(.transportFailed)) == [.transportFailed, .terminated])
        var completed = machine(reliable: false, .core, .start, .response(status: 500))
        #expect(Array(completed.handle(.transportFailed)) == [.terminated])
    }

    @Test("A transaction that is over does nothing more")
    func terminated() {
        var machine = machine(reliable: false, .core, .start, .timer(.b))
        let events: [ClientTransactionEvent] = [
            .start, .response(status: 200), .timer(.a), .transportFailed, .cancelSent,
        ]
        for event in events { #expect(machine.handle(event).isEmpty) }
    }
}
