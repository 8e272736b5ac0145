import Testing

@testable import Diameter

@Suite("Watchdog, RFC 3539 appendix A")
struct WatchdogMachineTests {
    private func machine(_ events: [WatchdogMachine.Event]) -> WatchdogMachine {
        var machine = WatchdogMachine(twMilliseconds: 30_000)
        for event in events { _ = machine.handle(event) }
        return machine
    }

    private let up = WatchdogMachine.Event.connectionUp(jitter: 0)
    private let late = WatchdogMachine.Event.timerExpired(jitter: 0)
    private let dwa = WatchdogMachine.Event.receivedDWA(jitter: 0)
    private let other = WatchdogMachine.Event.receivedOther(jitter: 0)
    private let lost = WatchdogMachine.Event.connectionDown(inOrder: false)

    @Test("INITIAL, connection up → OKAY; silence: DWR, then failover → SUSPECT, then close → DOWN")
    func silence() {
        var machine = WatchdogMachine(twMilliseconds: 30_000)
        #expect(Array(machine.handle(up)) == [.startTimer(milliseconds: 30_000)])
        #expect(machine.state == .okay)
        #expect(Array(machine.handle(late)) == [.sendDWR, .startTimer(milliseconds: 30_000)])
        #expect(Array(machine.handle(late)) == [.failover, .startTimer(milliseconds: 30_000)])
        #expect(machine.state == .suspect)
        #expect(Array(machine.handle(late)) == [.stopTimer, .closeConnection])
        #expect(machine.state == .down)
    }

    @Test("OKAY: DWA ends the wait, anything else only puts the timer back")
    func answers() {
        var first = machine([up, late, dwa])
        #expect(Array(first.handle(late)) == [.sendDWR, .startTimer(milliseconds: 30_000)])
        var second = machine([up, late, other])
        #expect(Array(second.handle(late)) == [.failover, .startTimer(milliseconds: 30_000)])
    }

    @Test("SUSPECT: anything received brings the peer back")
    func failback() {
        for event in [dwa, other] {
            var machine = machine([up, late, late])
            #expect(Array(machine.handle(event)) == [.failback, .startTimer(milliseconds: 30_000)])
            #expect(machine.state == .okay)
        }
    }

    @Test("DOWN, connection up → REOPEN with a DWR; three DWAs → OKAY")
    func reopen() {
        var machine = machine([up, lost])
        #expect(machine.state == .down)
        #expect(Array(machine.handle(up)) == [.sendDWR, .startTimer(milliseconds: 30_000)])
        #expect(machine.state == .reopen)
        for _ in 0..<2 {
            #expect(machine.handle(other).isEmpty, "only DWAs prove it")
            #expect(machine.handle(dwa).isEmpty)
            #expect(machine.state == .reopen)
            #expect(Array(machine.handle(late)) == [.sendDWR, .startTimer(milliseconds: 30_000)])
        }
        #expect(Array(machine.handle(dwa)) == [.failback])
        #expect(machine.state == .okay)
    }

    @Test("REOPEN: one DWA missed sets the count back, two close")
    func reopenSilence() {
        var machine = machine([up, lost, up])
        #expect(Array(machine.handle(late)) == [.startTimer(milliseconds: 30_000)])
        #expect(machine.state == .reopen)
        #expect(Array(machine.handle(late)) == [.stopTimer, .closeConnection])
        #expect(machine.state == .down)
    }

    @Test("a connection that ended in order leads to INITIAL, one lost while suspect or reopening to DOWN")
    func connectionDown() {
        var okay = machine([up])
        #expect(Array(okay.handle(.connectionDown(inOrder: true))) == [.stopTimer, .failover])
        #expect(okay.state == .initial)
        for way in [[up, late, late], [up, lost, up]] {
            var machine = machine(way)
            #expect(Array(machine.handle(.connectionDown(inOrder: true))) == [.stopTimer])
            #expect(machine.state == .down)
        }
    }

    @Test("RFC 3539 §3.4.1: jitter of at most ±2 s, Tw of at least 6 s")
    func jitter() {
        var machine = WatchdogMachine(twMilliseconds: 1_000)
        #expect(Array(machine.handle(.connectionUp(jitter: -9_999))) == [.startTimer(milliseconds: 4_000)])
        #expect(Array(machine.handle(.timerExpired(jitter: 9_999))) == [.sendDWR, .startTimer(milliseconds: 8_000)])
        #expect(Array(machine.handle(.receivedDWA(jitter: 1_234))) == [.startTimer(milliseconds: 7_234)])
    }
}

@Suite("Reconnecting")
struct ReconnectPauseTests {
    @Test("RFC 6733 §2.1: pauses double up to Tc and stay there, spread by an eighth")
    func pauses() {
        let pauses = (0..<12).map { ReconnectPause.milliseconds(afterFailures: $0, tc: 30_000, chance: 0) }
        #expect(pauses == [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000])
        #expect(ReconnectPause.milliseconds(afterFailures: 500, tc: 30_000, chance: .max) <= 33_750)
        #expect(ReconnectPause.milliseconds(afterFailures: 3, tc: 5_000, chance: 77) == 877)
    }

    @Test("RFC 6733 §5.4.3: who does not want to talk is left alone longer")
    func afterDPR() {
        #expect(ReconnectPause.milliseconds(afterDPR: .rebooting, tc: 30_000) == 1_000)
        #expect(ReconnectPause.milliseconds(afterDPR: .busy, tc: 30_000) == 60_000)
        #expect(ReconnectPause.milliseconds(afterDPR: .doNotWantToTalkToYou, tc: 90_000) == 90_000)
    }
}
