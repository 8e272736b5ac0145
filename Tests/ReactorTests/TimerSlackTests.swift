import Testing

@testable import Reactor

@Suite("Long timers share their moments")
struct TimerSlackTests {
    @Test("Timers below a second are exact", arguments: [0, 1, 500, 999])
    func exact(_ delay: Int) {
        for deadline in 1_000_001...1_000_200 as ClosedRange<UInt64> {
            #expect(TimerSlack.shared(deadline, delay: delay) == deadline)
        }
    }

    @Test(
        "Longer ones go off no sooner than they should, and at most 1/64 later",
        arguments: [1_000, 1_500, 4_000, 5_000, 32_000, 128_000, 600_000, 31_622_400_000])
    func late(_ delay: Int) {
        for deadline in 1_000_001...1_000_200 as ClosedRange<UInt64> {
            let shared = TimerSlack.shared(deadline, delay: delay)
            #expect(shared >= deadline && shared - deadline < min(64, UInt64(delay) / 64 + 1))
        }
    }

    @Test("RFC 3261 table 4: a second's worth of timers K or J goes off at sixteen moments")
    func shared() {
        for delay in [5_000, 32_000] {
            let ticks = (0..<1_000).map { TimerSlack.shared(UInt64(7_000_000 + $0 + delay), delay: delay) }
            #expect(Set(ticks).count <= 17)
        }
    }

    @Test("Of timers started together the longer one is never first")
    func order() {
        for start in [0, 1, 63, 1_000_037] {
            let ticks = (0..<40_000).map { TimerSlack.shared(UInt64(start + $0), delay: $0) }
            #expect(ticks == ticks.sorted())
        }
    }
}
