import SIP
import Testing

@Suite("Non-INVITE client transaction")
struct NonInviteClientTransactionTests {
    let request: [UInt8] = Array("REGISTER".utf8)

    func machine(reliable: Bool = false, _ timers: SIPTimers = .core) -> NonInviteClientTransaction {
        NonInviteClientTransaction(request: request, isReliable: reliable, timers: timers)
    }

    @Test("RFC 3261 §17.1.2.2: over UDP with timers E and F, over TCP with F alone")
    func start() {
        var udp = machine()
        #expect(
            Array(udp.handle(.start)) == [
                .send(request), .start(.e, milliseconds: 500), .start(.f, milliseconds: 32_000),
            ])
        var tcp = machine(reliable: true)
        #expect(Array(tcp.handle(.start)) == [.send(request), .start(.f, milliseconds: 32_000)])
    }

    @Test("RFC 3261 §17.1.2.2: timer E doubles up to T2")
    func timerE() {
        var machine = machine()
        _ = machine.handle(.start)
        for interval in [1_000, 2_000, 4_000, 4_000, 4_000] {
            #expect(Array(machine.handle(.timer(.e))) == [.send(request), .start(.e, milliseconds: interval)])
        }
    }

    @Test("TS 24.229 §7.7: toward the UE timer E grows to 16 s")
    func timerETowardUE() {
        var machine = machine(reliable: false, .ue)
        _ = machine.handle(.start)
        for interval in [4_000, 8_000, 16_000, 16_000] {
            #expect(Array(machine.handle(.timer(.e))) == [.send(request), .start(.e, milliseconds: interval)])
        }
    }

    @Test("RFC 3261 §17.1.2.2: after a provisional the request is repeated every T2")
    func proceeding() {
        var machine = machine()
        _ = machine.handle(.start)
        #expect(Array(machine.handle(.response(status: 100))) == [.deliver])
        #expect(machine.state == .proceeding)
        #expect(Array(machine.handle(.timer(.e))) == [.send(request), .start(.e, milliseconds: 4_000)])
        #expect(Array(machine.handle(.response(status: 100))) == [.deliver])
    }

    @Test(
        "RFC 3261 §17.1.2.2: a final response is delivered; K absorbs repetitions",
        arguments: [200, 302, 401, 503, 606])
    func final(status: Int) {
        var machine = machine()
        _ = machine.handle(.start)
        #expect(
            Array(machine.handle(.response(status: status))) == [
                .stop(.f), .stop(.e), .deliver, .start(.k, milliseconds: 5_000),
            ])
        #expect(machine.handle(.response(status: status)).isEmpty)
        #expect(machine.handle(.timer(.e)).isEmpty)
        #expect(machine.handle(.transportFailed).isEmpty)
        #expect(Array(machine.handle(.timer(.k))) == [.terminated])
    }

    @Test("RFC 3261 §17.1.2.2: over TCP timer K is zero")
    func finalOverTCP() {
        var machine = machine(reliable: true)
        _ = machine.handle(.start)
        #expect(Array(machine.handle(.response(status: 200))) == [.stop(.f), .deliver, .terminated])
    }

    @Test("RFC 3261 §17.1.2.2: timer F ends Trying and Proceeding", arguments: [false, true])
    func timerF(proceeding: Bool) {
        var machine = machine()
        _ = machine.handle(.start)
        if proceeding { _ = machine.handle(.response(status: 100)) }
        #expect(Array(machine.handle(.timer(.f))) == [.timedOut, .terminated])
    }

    @Test("RFC 3261 §17.1.4: a transport error is told and ends the transaction", arguments: [false, true])
    func transportError(proceeding: Bool) {
        var machine = machine()
        _ = machine.handle(.start)
        if proceeding { _ = machine.handle(.response(status: 100)) }
        #expect(Array(machine.handle(.transportFailed)) == [.transportFailed, .terminated])
        #expect(machine.handle(.response(status: 200)).isEmpty)
    }
}
