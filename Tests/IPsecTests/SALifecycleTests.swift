import IPsec
import TestSupport
import Testing

/// The lives of a UE's sets: TS 33.203 §7.4, TS 24.229 §5.2.2.2.
@Suite("SA life cycle") struct SALifecycleTests {
    private typealias Machine = SALifecycle
    private static let hour = 3_600_000
    private static let grace = SALifecycle.graceMilliseconds

    /// A UE with set 1 established and in use at time 0, registered for an hour.
    private func registered() -> SALifecycle {
        var machine = SALifecycle()
        _ = machine.handle(.challenged(id: 1, isInitial: true), at: 0)
        _ = machine.handle(.registered(over: 1, seconds: 3600), at: 0)
        _ = machine.handle(.received(over: 1), at: 0)
        return machine
    }

    /// The same after a challenged re-registration over set 1 at `time`: set 2 is established and not yet used.
    private func reauthenticated(at time: Int) -> SALifecycle {
        var machine = registered()
        _ = machine.handle(.challenged(id: 2, isInitial: false), at: time)
        _ = machine.handle(.registered(over: 2, seconds: 3600), at: time)
        return machine
    }

    @Test("§5.2.2.2: a temporary set lives for reg-await-auth, 4 minutes, and carries no request")
    func temporary() {
        var machine = SALifecycle()
        #expect(
            machine.handle(.challenged(id: 1, isInitial: true), at: 0) == [.arm(id: 1, milliseconds: 240_000)])
        #expect(machine.outgoing(at: 0) == nil && machine.accepts(1))
        #expect(machine.handle(.timer(id: 1), at: 240_000) == [.remove(id: 1)])
        #expect(machine.entries.isEmpty)
    }

    @Test("§5.2.2.2: a new challenge drops the temporary set of the one before")
    func challengedAgain() {
        var machine = SALifecycle()
        _ = machine.handle(.challenged(id: 1, isInitial: true), at: 0)
        #expect(
            machine.handle(.challenged(id: 2, isInitial: true), at: 5)
                == [.remove(id: 1), .arm(id: 2, milliseconds: 240_000)])
    }

    @Test("§5.2.2.2: at the 200 it is established, for the granted time and 30 s")
    func established() {
        var machine = SALifecycle()
        _ = machine.handle(.challenged(id: 1, isInitial: true), at: 0)
        let effects = machine.handle(.registered(over: 1, seconds: 3600), at: 1_000)
        #expect(effects == [.arm(id: 1, milliseconds: Self.hour + 30_000)])
        #expect(machine.outgoing(at: 1_000) == 1)
        #expect(machine.handle(.timer(id: 1), at: 1_000 + Self.hour + 30_000) == [.remove(id: 1)])
    }

    @Test("§5.2.2.2: re-registration without a challenge keeps the set and prolongs it, never shortens")
    func prolonged() {
        var machine = registered()
        #expect(
            machine.handle(.registered(over: 1, seconds: 60), at: 1_000) == [
                .arm(id: 1, milliseconds: Self.hour + 30_000 - 1_000)
            ])
        #expect(
            machine.handle(.registered(over: 1, seconds: 7200), at: 2_000) == [
                .arm(id: 1, milliseconds: 2 * Self.hour + 30_000)
            ])
        #expect(machine.entries.map(\.id) == [1])
    }

    @Test("TS 33.203 §7.4.2a: requests to the UE stay on the old set until the UE sends on the new one")
    func oldUntilNewIsUsed() {
        var machine = reauthenticated(at: 1_000)
        #expect(machine.entries.map(\.phase) == [.old, .established])
        #expect(machine.outgoing(at: 2_000) == 1)
        #expect(machine.handle(.received(over: 1), at: 2_000) == [])
        #expect(machine.outgoing(at: 2_000) == 1)
        #expect(machine.handle(.received(over: 2), at: 3_000) == [.arm(id: 1, milliseconds: Self.grace)])
        #expect(machine.outgoing(at: 3_000) == 2)
        #expect(machine.handle(.received(over: 2), at: 4_000) == [])
        #expect(machine.accepts(1))
        #expect(machine.handle(.timer(id: 1), at: 3_000 + Self.grace) == [.remove(id: 1)])
    }

    @Test("TS 33.203 §7.4.2a: nor when the old set is about to end")
    func oldIsAboutToEnd() {
        let machine = reauthenticated(at: 1_000)
        let end = Self.hour + 30_000
        #expect(machine.outgoing(at: end - Self.grace - 1) == 1)
        #expect(machine.outgoing(at: end - Self.grace) == 2)
    }

    @Test("The first message over the new set does not prolong an old one that ends sooner")
    func oldEndsSooner() {
        var machine = reauthenticated(at: 1_000)
        #expect(machine.handle(.received(over: 2), at: Self.hour) == [])
    }

    @Test("§5.2.2.2: the new set's life is no shorter than the old one's")
    func longest() {
        var machine = registered()
        _ = machine.handle(.challenged(id: 2, isInitial: false), at: 1_000)
        #expect(
            machine.handle(.registered(over: 2, seconds: 60), at: 1_000)
                == [.arm(id: 2, milliseconds: Self.hour + 30_000 - 1_000)])
    }

    @Test("At most three sets: a further re-authentication drops the oldest at its 200, not before")
    func three() {
        var machine = reauthenticated(at: 1_000)
        #expect(
            machine.handle(.challenged(id: 3, isInitial: false), at: 2_000) == [
                .arm(id: 3, milliseconds: 240_000)
            ])
        #expect(machine.entries.count == 3)
        #expect(machine.handle(.registered(over: 3, seconds: 3600), at: 3_000).first == .remove(id: 1))
        #expect(machine.entries.map(\.id) == [2, 3] && machine.entries.map(\.phase) == [.old, .established])
    }

    @Test("A phone that restarted: its new set stands beside the old one, which goes at the 200 and not before")
    func restarted() {
        var machine = registered()
        _ = machine.handle(.challenged(id: 2, isInitial: true), at: 1_000)
        #expect(machine.outgoing(at: 1_000) == 1 && machine.accepts(1))
        #expect(machine.handle(.registered(over: 2, seconds: 3600), at: 2_000).first == .remove(id: 1))
        #expect(machine.outgoing(at: 2_000) == 2)
    }

    @Test("A REGISTER that is not authenticated never ends a live set")
    func spoofed() {
        var machine = registered()
        _ = machine.handle(.challenged(id: 2, isInitial: true), at: 1_000)
        #expect(machine.handle(.timer(id: 2), at: 1_000 + 240_000) == [.remove(id: 2)])
        #expect(machine.outgoing(at: 241_000) == 1)
    }

    @Test("TS 33.203 §7.3.2: a failed authentication drops the temporary set; alone, it stays for the refusal")
    func refused() {
        var first = SALifecycle()
        _ = first.handle(.challenged(id: 1, isInitial: true), at: 0)
        #expect(first.handle(.refused(over: 1), at: 10) == [.arm(id: 1, milliseconds: Self.grace)])
        #expect(!first.accepts(1) && first.outgoing(at: 10) == nil)
        #expect(first.handle(.timer(id: 1), at: 10 + Self.grace) == [.remove(id: 1)])
        var later = registered()
        _ = later.handle(.challenged(id: 2, isInitial: false), at: 0)
        #expect(later.handle(.refused(over: 2), at: 10) == [.remove(id: 2)])
        #expect(later.handle(.refused(over: 1), at: 10) == [])
        #expect(later.outgoing(at: 10) == 1)
        // A phone that has started anew has lost the set it had: it hears the refusal over the new one.
        _ = later.handle(.challenged(id: 3, isInitial: true), at: 20)
        #expect(later.previous(to: 3, at: 20) == nil)
        #expect(later.handle(.refused(over: 3), at: 20) == [.arm(id: 3, milliseconds: Self.grace)])
        #expect(later.outgoing(at: 20) == 1)
    }

    @Test("De-registered: the sets stay 64·T1 for retransmissions and are heard no more")
    func deregistered() {
        var machine = registered()
        _ = machine.handle(.challenged(id: 2, isInitial: false), at: 0)
        #expect(
            machine.handle(.deregistered, at: 10) == [.remove(id: 2), .arm(id: 1, milliseconds: Self.grace)])
        #expect(!machine.accepts(1) && machine.outgoing(at: 10) == nil)
        #expect(machine.handle(.registered(over: 1, seconds: 3600), at: 20) == [])
        #expect(machine.handle(.deregistered, at: 30) == [])
        #expect(machine.handle(.timer(id: 1), at: 10 + Self.grace) == [.remove(id: 1)])
    }

    @Test("A timer of before a prolongation starts anew; one of a set that is gone does nothing")
    func staleTimer() {
        var machine = registered()
        _ = machine.handle(.registered(over: 1, seconds: 7200), at: 0)
        #expect(machine.handle(.timer(id: 1), at: Self.hour) == [.arm(id: 1, milliseconds: Self.hour + 30_000)])
        #expect(machine.handle(.timer(id: 9), at: Self.hour) == [])
    }

    @Test(
        "Whatever the order of events, at most four sets live, each with one end ahead; all end",
        arguments: [UInt64(1), 2, 3])
    func anyOrder(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            var machine = SALifecycle()
            var now = 0
            var last: UInt32 = 0
            for _ in 0..<60 {
                now += Int.random(in: 0...400_000, using: &random)
                let due = machine.entries.filter { $0.end <= now }.map { Machine.Event.timer(id: $0.id) }
                for event in due { _ = machine.handle(event, at: now) }
                let id = machine.entries.randomElement(using: &random)?.id ?? 0
                switch Int.random(in: 0..<6, using: &random) {
                case 0, 1:
                    last += 1
                    _ = machine.handle(.challenged(id: last, isInitial: .random(using: &random)), at: now)
                case 2: _ = machine.handle(.registered(over: id, seconds: 600), at: now)
                case 3: _ = machine.handle(.received(over: id), at: now)
                case 4: _ = machine.handle(.refused(over: id), at: now)
                default: _ = machine.handle(.deregistered, at: now)
                }
                #expect(machine.entries.filter { $0.phase == .established }.count <= 1)
                #expect(machine.entries.filter { $0.phase == .old }.count <= 1)
                #expect(machine.entries.filter { $0.phase == .temporary }.count <= 1)
                #expect(machine.entries.allSatisfy { $0.end > now })
            }
            for entry in machine.entries { _ = machine.handle(.timer(id: entry.id), at: entry.end) }
            #expect(machine.entries.isEmpty)
        }
    }

    @Test("§5.2.5: a NOTIFY that ends the former registration leaves the set its successor's REGISTER has come over")
    func endedWhileAnswering() {
        for isAnswered in [true, false] {
            var machine = Machine()
            _ = machine.handle(.challenged(id: 1, isInitial: true), at: 0)
            if isAnswered { _ = machine.handle(.received(over: 1), at: 10) }
            _ = machine.handle(.deregistered, at: 20)
            #expect(machine[1]?.phase == (isAnswered ? .temporary : nil))
            _ = machine.handle(.registered(over: 1, seconds: 600), at: 30)
            #expect(machine[1]?.phase == (isAnswered ? .established : nil) && machine[1]?.isUsed != true)
        }
    }
}
