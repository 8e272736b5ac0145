import IPSMGW
import LabWorld
import RoleKit
import SIP
import SMS
import TestSupport
import Testing

private let alice = "+15550000001"
private let bob = "+15550000002"

/// A gateway that dies, at every point of a message's way: it is delivered once and only once.
@Suite struct RestartTests {
    @Test("Recipient away, restart in between: delivered at its REGISTER, once")
    func awayAndRestart() throws {
        let store = MemoryShortMessageStore()
        let world = try GatewayWorld(store: store)
        let receiver = world.phone(bob)
        receiver.status = 480
        try world.submit(from: alice, to: bob)
        world.world.advance(milliseconds: 5_000)
        try world.restart(afterMilliseconds: 3_600_000)
        world.world.advance(milliseconds: 10_000)
        #expect(store.messages.count == 1)
        receiver.status = 200
        world.register(bob)
        world.world.advance(milliseconds: 600_000)
        #expect(receiver.arrivals.count == 1 && receiver.texts == ["hello"] && store.messages.isEmpty)
    }

    /// The gateway dies when the puppet has had so many datagrams.
    @Test("Killed after each datagram of a message's way", arguments: 0..<9, [0, 2_000, 60_000])
    func killedAnywhere(passages: Int, pause: Int) throws {
        let store = MemoryShortMessageStore()
        let world = try GatewayWorld(store: store)
        let receiver = world.phone(bob)
        try world.submit(from: alice, to: bob) { $0.wantsStatusReport = true }
        let sender = world.phone(alice)
        world.world.advance(until: { world.passages >= passages }, withinMilliseconds: 5_000)
        try world.restart(afterMilliseconds: pause)
        settle(world)
        #expect(receiver.texts == ["hello"], "\(receiver.arrivals.count) arrivals")
        #expect(receiver.arrivals.count <= 2)
        #expect(store.messages.isEmpty)
        #expect(sender.statusReports.count >= 1)
        #expect(Set(sender.statusReports).count == 1)
    }

    @Test("Killed with each commit under way, which is then lost or not", arguments: 0..<7, [true, false])
    func killedInCommit(commits: Int, isLost: Bool) throws {
        let store = MemoryShortMessageStore()
        let world = try GatewayWorld(store: store)
        let receiver = world.phone(bob)
        if commits == 0 { store.hold() }
        try world.submit(from: alice, to: bob)
        world.world.advance(
            until: {
                if store.commits == commits { store.hold() }
                return store.isWaiting
            }, withinMilliseconds: 5_000)
        world.node.crash()
        store.release(losing: isLost)
        world.world.settle()
        store.failure = nil
        try world.revive()
        settle(world)
        #expect(receiver.texts == ["hello"] && receiver.arrivals.count <= 2 && store.messages.isEmpty)
    }

    @Test(
        "A report that was under way when the process died still counts: a phone that knows no repetition sees one message"
    )
    func reportSurvives() throws {
        let store = MemoryShortMessageStore()
        let world = try GatewayWorld(store: store)
        let receiver = world.phone(bob)
        receiver.report = .none
        try world.submit(from: alice, to: bob)
        world.world.advance(milliseconds: 1_000)
        let arrival = try #require(receiver.arrivals.first)
        world.node.crash()
        // It comes to nobody, and again when somebody is there.
        world.send(
            RPMessage.ack(reference: arrival.reference, userData: nil).encoded(.fromMobile), from: bob,
            inReplyTo: arrival.message.callID)
        world.world.advance(milliseconds: 4_000)
        try world.revive()
        world.resend()
        world.world.advance(milliseconds: 600_000)
        #expect(receiver.arrivals.count == 1 && store.messages.isEmpty)
    }

    @Test("After a restart many recipients are tried a few a second")
    func paced() throws {
        let world = try GatewayWorld([("restart-rate", .text("10"))])
        let numbers = (10..<60).map { "+155500000\($0)" }
        for number in numbers {
            world.phone(number).status = 480
            try world.submit(from: alice, to: number, reference: UInt8(numbers.firstIndex(of: number) ?? 0))
        }
        world.world.advance(milliseconds: 1_000)
        try world.restart(afterMilliseconds: 3_600_000)
        world.world.advance(milliseconds: 500)
        #expect(world.count("sent") == 0)
        world.world.advance(milliseconds: 2_600)
        #expect((15...25).contains(world.count("sent")))
        world.world.advance(milliseconds: 4_000)
        #expect(world.count("sent") == 50)
    }

    @Test("Killed again and again by chance, with losses on the way: every message once", arguments: 1...12)
    func chance(seed: UInt64) throws {
        let store = MemoryShortMessageStore()
        let world = try GatewayWorld(store: store, seed: seed)
        let receiver = world.phone(bob)
        var random = SeededRandom(seed: seed)
        var restarts = 0
        for number in 1...10 {
            try world.submit(from: alice, to: bob, "text \(number)", reference: UInt8(number))
            receiver.status = Int.random(in: 0..<4, using: &random) == 0 ? 480 : 200
            receiver.report = [.none, .late, .late, .ack][Int.random(in: 0..<4, using: &random)]
            // Who registers while a slow report is to come does not get the message again.
            world.register(bob)
            world.world.advance(milliseconds: .random(in: 1_000...5_000, using: &random))
            world.register(bob)
            world.sayLate(receiver)
            receiver.report = .ack
            world.world.advance(milliseconds: .random(in: 0...60_000, using: &random))
            if Bool.random(using: &random) {
                restarts += 1
                try world.restart(afterMilliseconds: .random(in: 0...5_000, using: &random))
                world.resend()
            }
        }
        receiver.status = 200
        receiver.report = .ack
        settle(world)
        #expect(receiver.texts.sorted() == (1...10).map { "text \($0)" }.sorted())
        #expect(receiver.arrivals.count <= 10 + restarts + receiver.unreported)
        #expect(store.messages.isEmpty)
    }

    /// S-CSCFs send again what nobody has answered, the recipient registers, and time passes.
    private func settle(_ world: GatewayWorld) {
        for _ in 0..<3 {
            world.resend()
            world.world.advance(milliseconds: 5_000)
        }
        for _ in 0..<6 {
            world.register(bob)
            world.register(alice)
            world.world.advance(milliseconds: 50_000)
        }
    }
}
