import RoleKit
import Testing

@testable import Reactor

@Suite struct TimerWheelTests {
    private struct Fired: Equatable {
        var tick: UInt64
        var id: UInt64
    }

    /// The wheel may not be copied, and expectations copy what they look at: they look at this.
    private final class Wheel {
        var wheel: TimerWheel
        init(tick: UInt64) { wheel = TimerWheel(tick: tick) }
        var count: Int { wheel.count }
        var nextTick: UInt64? { wheel.nextTick }
        func start(at deadline: UInt64, owner: UInt32, _ token: TimerToken) -> TimerID {
            wheel.start(at: deadline, owner: owner, token)
        }
        func cancel(_ id: TimerID, owner: UInt32) -> Bool { wheel.cancel(id, owner: owner) }
        func take(_ id: TimerID) -> TimerToken? { wheel.take(id) }
    }

    private func token(_ id: UInt64) -> TimerToken { TimerToken(.sip, kind: 0, id: id) }

    /// Moves the wheel on, takes what is due, and says when each fired.
    private func advance(_ wheel: Wheel, to tick: UInt64, limit: Int = .max) -> [Fired] {
        var due: [(TimerID, UInt64)] = []
        wheel.wheel.advance(to: tick, limit: limit) { id, _ in due.append((id, tick)) }
        return due.compactMap { id, tick in wheel.take(id).map { Fired(tick: tick, id: $0.id) } }
    }

    @Test("a timer fires at its deadline, neither before nor twice")
    func deadline() {
        for delay: UInt64 in [1, 63, 64, 65, 4_095, 4_096, 4_097, 262_144, 20_000_000] {
            let wheel = Wheel(tick: 1_000_003)
            _ = wheel.start(at: 1_000_003 + delay, owner: 0, token(1))
            #expect(advance(wheel, to: 1_000_003 + delay - 1) == [], "delay \(delay)")
            #expect(advance(wheel, to: 1_000_003 + delay).map(\.id) == [1], "delay \(delay)")
            #expect(advance(wheel, to: 1_000_003 + 2 * delay) == [])
            #expect(wheel.count == 0)
            #expect(wheel.nextTick == nil)
        }
    }

    @Test("a deadline that has passed fires at the next tick")
    func past() {
        let wheel = Wheel(tick: 500)
        _ = wheel.start(at: 3, owner: 0, token(1))
        #expect(wheel.nextTick == 501)
        #expect(advance(wheel, to: 501).count == 1)
    }

    @Test("timers fire in the order of their deadlines, those of one tick in the order of their start")
    func order() {
        let wheel = Wheel(tick: 0)
        var random = SystemRandomNumberGenerator()
        var deadlines: [UInt64] = []
        for id in 0..<5_000 {
            // A start now and then after the wheel has moved, so that lists of one tick are filled from several levels.
            if id % 100 == 0 { _ = advance(wheel, to: UInt64(id / 100)) }
            let deadline = 100 + UInt64.random(in: 0..<300, using: &random)
            deadlines.append(deadline)
            _ = wheel.start(at: deadline, owner: 0, token(UInt64(id)))
        }
        let expected = deadlines.enumerated().sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }
        #expect(advance(wheel, to: 1_000).map(\.id) == expected.map { UInt64($0.offset) })
    }

    @Test("against a model: random starts, cancels and steps, one tick exact")
    func model() {
        var random = SystemRandomNumberGenerator()
        var tick: UInt64 = 77_777_777
        let wheel = Wheel(tick: tick)
        var model: [UInt64: (deadline: UInt64, id: TimerID)] = [:]
        for serial in 0..<20_000 as Range<UInt64> {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<6:
                let bits = Int.random(in: 0..<28, using: &random)
                let deadline = tick + 1 + UInt64.random(in: 0..<(1 << bits), using: &random)
                model[serial] = (deadline, wheel.start(at: deadline, owner: 0, token(serial)))
            case 6..<8:
                if let (key, timer) = model.randomElement(using: &random) {
                    #expect(wheel.cancel(timer.id, owner: 0))
                    #expect(!wheel.cancel(timer.id, owner: 0))
                    model[key] = nil
                }
            default:
                // The next tick the wheel names is never later than the earliest deadline.
                if let first = model.values.map(\.deadline).min() { #expect((wheel.nextTick ?? .max) <= first) }
                tick += UInt64.random(in: 0..<(1 << Int.random(in: 0..<22, using: &random)), using: &random)
                let fired = advance(wheel, to: tick).map(\.id)
                let expected = model.filter { $0.value.deadline <= tick }
                #expect(Set(fired) == Set(expected.keys))
                #expect(fired.map { model[$0]?.deadline ?? 0 } == expected.values.map(\.deadline).sorted())
                for key in expected.keys { model[key] = nil }
            }
            #expect(wheel.count == model.count)
        }
    }

    @Test("a cancelled timer never fires, not even when it was due already; ids of the past do nothing")
    func cancelDue() {
        let wheel = Wheel(tick: 0)
        let first = wheel.start(at: 5, owner: 7, token(1))
        var due: [TimerID] = []
        wheel.wheel.advance(to: 5, limit: 10) { id, owner in
            #expect(owner == 7)
            due.append(id)
        }
        #expect(due == [first])
        #expect(wheel.cancel(first, owner: 7))
        #expect(wheel.take(first) == nil)
        let second = wheel.start(at: 9, owner: 7, token(2))
        #expect(second != first)
        #expect(!wheel.cancel(first, owner: 7))
        #expect(!wheel.cancel(second, owner: 8), "only the owner may cancel")
        #expect(wheel.take(second) == nil, "not due yet")
        #expect(!wheel.cancel(TimerID(raw: 0), owner: 7))
        #expect(!wheel.cancel(TimerID(raw: .max), owner: 7))
        #expect(wheel.count == 1)
    }

    @Test("a limit leaves the rest for the next call, in order")
    func limit() {
        let wheel = Wheel(tick: 0)
        for id in 0..<100 as Range<UInt64> { _ = wheel.start(at: 10 + id / 50, owner: 0, token(id)) }
        var all: [UInt64] = []
        for _ in 0..<7 {
            #expect((wheel.nextTick ?? .max) <= 11)
            all += advance(wheel, to: 20, limit: 15).map(\.id)
        }
        #expect(all == Array(0..<100))
        #expect(wheel.nextTick == nil)
    }

    @Test("100,000 timers: all of them, once")
    func many() {
        let wheel = Wheel(tick: 0)
        var ids: [TimerID] = []
        for id in 0..<100_000 as Range<UInt64> { ids.append(wheel.start(at: 1 + id * 7 % 32_000, owner: 0, token(id))) }
        #expect(Set(ids).count == 100_000)
        for id in ids.enumerated() where id.offset % 2 == 0 { _ = wheel.cancel(id.element, owner: 0) }
        let fired = advance(wheel, to: 40_000).map(\.id)
        #expect(fired.count == 50_000)
        #expect(Set(fired).count == 50_000)
        #expect(fired.allSatisfy { $0 % 2 == 1 })
    }

    @Test("all timers of one owner can be cancelled together")
    func owner() {
        let wheel = Wheel(tick: 0)
        for id in 0..<100 as Range<UInt64> { _ = wheel.start(at: 10, owner: UInt32(id % 2), token(id)) }
        wheel.wheel.cancelAll(owner: 1)
        #expect(wheel.count == 50)
        #expect(advance(wheel, to: 10).allSatisfy { $0.id % 2 == 0 })
    }
}
