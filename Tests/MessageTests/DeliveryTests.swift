import IPSMGW
import LabWorld
import RoleKit
import SIP
import SMS
import TestSupport
import Testing

private let alice = "+15550000001"
private let bob = "+15550000002"

/// Short messages to phones, TS 24.341 §5.3.3.4.3 and §5.3.3.4.4.
@Suite struct DeliveryTests {
    @Test("An SMS-DELIVER in an RP-DATA for one phone that takes it; gone from the store once it is acknowledged")
    func delivered() throws {
        let store = MemoryShortMessageStore()
        let world = try GatewayWorld(store: store, [("time-zone", .text("-05:00"))])
        let receiver = world.phone(bob)
        try world.submit(from: alice, to: bob, "naïve? ja: €")
        world.world.advance(milliseconds: 1_000)
        let arrival = try #require(receiver.arrivals.first)
        #expect(arrival.message.requestURIText == "tel:\(bob)")
        #expect(arrival.message.text(.requestDisposition) == "no-fork")
        #expect(arrival.message.text(.acceptContact)?.contains("+g.3gpp.smsip") == true)
        let deliver = try #require(receiver.shown.first)
        #expect(deliver.originator.number == alice && !deliver.hasMore)
        #expect(deliver.time == TimeStamp(unixSeconds: 1_700_000_000, quarters: -20))
        #expect(receiver.texts == ["naïve? ja: €"] && receiver.arrivals.count == 1)
        #expect(store.messages.isEmpty && world.count("delivered") == 1 && world.count("stored") == 0)
        world.world.advance(milliseconds: 600_000)
        #expect(receiver.arrivals.count == 1 && world.node.timers.running == 0)
    }

    @Test("Several parts and UCS-2 pass octet for octet, with their header, PID and DCS", arguments: ["long", "ucs2"])
    func untouched(kind: String) throws {
        let world = try GatewayWorld()
        let receiver = world.phone(bob)
        let text = kind == "long" ? String(repeating: "0123456789", count: 40) : String(repeating: "жизнь ", count: 30)
        let (coding, parts) = ShortText.split(text, reference: 77)
        #expect(parts.count == 3)
        for (index, part) in parts.enumerated() {
            try world.submit(from: alice, to: bob, reference: UInt8(index)) { submit in
                submit.coding = coding
                submit.userData = part
                submit.protocolIdentifier = 0x41
            }
        }
        world.world.advance(milliseconds: 5_000)
        #expect(receiver.shown.map(\.userData) == parts)
        #expect(receiver.shown.allSatisfy { $0.coding == coding && $0.protocolIdentifier == 0x41 })
        #expect(receiver.texts.joined() == text)
    }

    @Test("In order and one at a time; each says whether there are more (TS 23.040 §9.2.3.2)")
    func order() throws {
        let world = try GatewayWorld()
        let receiver = world.phone(bob)
        receiver.status = 480
        for (index, text) in ["one", "two", "three"].enumerated() {
            try world.submit(from: alice, to: bob, text, reference: UInt8(index))
            world.world.advance(milliseconds: 100)
        }
        receiver.status = 200
        world.register(bob)
        world.world.advance(milliseconds: 1_000)
        #expect(receiver.texts == ["one", "two", "three"])
        #expect(receiver.shown.map(\.hasMore) == [true, true, false])
        #expect(Set(receiver.arrivals.map(\.reference)).count == 3)
    }

    @Test(
        "A recipient who is away, or whose phone cannot: kept, tried by the schedule, and at once after a REGISTER",
        arguments: [480, 408, 415, 503, 486])
    func away(status: Int) throws {
        let world = try GatewayWorld([("retry", .list([.text("100"), .text("1000")]))])
        let receiver = world.phone(bob)
        receiver.status = status
        try world.submit(from: alice, to: bob)
        world.world.advance(milliseconds: 99_000)
        #expect(world.count("sent") == 1 && world.count("stored") == 1)
        world.world.advance(milliseconds: 2_000)
        #expect(world.count("sent") == 2)
        world.world.advance(milliseconds: 998_000)
        #expect(world.count("sent") == 2)
        // TS 24.229 §5.7.1.2: one who goes is not one who comes, nor is a client without +g.3gpp.smsip.
        world.register(bob, expires: 0)
        world.register(bob, features: "")
        #expect(world.count("sent") == 2)
        receiver.status = 200
        world.register(bob)
        world.world.advance(milliseconds: 1_000)
        #expect(receiver.texts == ["hello"] && world.count("stored") == 0)
        #expect(world.responses.suffix(3).map(\.status).contains(200))
    }

    @Test("A REGISTER while a message is under way: should that attempt fail, the next comes at once")
    func registeredMeanwhile() throws {
        let world = try GatewayWorld()
        let receiver = world.phone(bob)
        receiver.report = .none
        try world.submit(from: alice, to: bob)
        world.world.advance(milliseconds: 10_000)
        world.register(bob)
        receiver.report = .ack
        world.world.advance(milliseconds: 31_000)
        #expect(receiver.arrivals.count == 2 && receiver.texts == ["hello"] && world.count("stored") == 0)
    }

    @Test("Nobody has the number: dropped, and the sender who asked for it hears so")
    func unknown() throws {
        let world = try GatewayWorld()
        let sender = world.phone(alice)
        world.phone(bob).status = 404
        try world.submit(from: alice, to: bob, reference: 44) { $0.wantsStatusReport = true }
        world.world.advance(milliseconds: 1_000)
        let report = try #require(sender.statusReports.first)
        #expect(report.status == .notObtainable && report.reference == 44)
        #expect(report.recipient.number == bob && world.count("stored") == 0 && world.count("failed") == 1)
    }

    @Test("TS 23.040 §3.2.9: a status report once the message is with the phone, through the same store")
    func statusReport() throws {
        let store = MemoryShortMessageStore()
        let world = try GatewayWorld(store: store)
        let sender = world.phone(alice)
        let receiver = world.phone(bob)
        sender.status = 480
        try world.submit(from: alice, to: bob, reference: 44) { $0.wantsStatusReport = true }
        world.world.advance(milliseconds: 5_000)
        #expect(receiver.shown.first?.reportsStatus == true)
        #expect(store.messages.values.map(\.recipient) == ["tel:\(alice)"])
        try world.restart()
        sender.status = 200
        world.register(alice)
        // The phone may have had it before the restart: its report is waited for.
        world.world.advance(milliseconds: 45_000)
        #expect(sender.statusReports.map(\.status) == [.received] && store.messages.isEmpty)
        #expect(sender.statusReports.first?.time.unixSeconds == 1_700_000_000)
    }

    @Test("Validity: dropped when it is over, whether the sender said so or the gateway; no attempt after it")
    func validity() throws {
        let world = try GatewayWorld([("validity", .map([("default", .text("600")), ("max", .text("900"))]))])
        let sender = world.phone(alice)
        let receiver = world.phone(bob)
        receiver.status = 480
        try world.submit(from: alice, to: bob, "short", reference: 1) {
            $0.validity = .relative(0)
            $0.wantsStatusReport = true
        }
        try world.submit(from: alice, to: bob, "usual", reference: 2)
        try world.submit(from: alice, to: bob, "long", reference: 3) { $0.validity = .relative(0xFF) }
        world.world.advance(milliseconds: 299_000)
        #expect(world.count("stored") == 3 && sender.statusReports.isEmpty)
        world.world.advance(milliseconds: 2_000)
        #expect(sender.statusReports.map(\.status) == [.expired])
        world.world.advance(milliseconds: 300_000)
        receiver.status = 200
        world.register(bob)
        world.world.advance(milliseconds: 1_000)
        #expect(receiver.texts == ["long"])
        world.world.advance(milliseconds: 1_000_000)
        #expect(world.count("stored") == 0 && world.count("failed") == 2)
    }

    @Test("TS 23.040 §3.2.7: a phone without memory is left alone until RP-SMMA, which is acknowledged")
    func memoryExceeded() throws {
        let world = try GatewayWorld()
        let receiver = world.phone(bob)
        receiver.report = .error(.memoryCapacityExceeded)
        try world.submit(from: alice, to: bob)
        world.world.advance(milliseconds: 7_000_000)
        #expect(receiver.arrivals.count == 1 && world.count("stored") == 1)
        receiver.report = .ack
        world.send(RPMessage.memoryAvailable(reference: 3).encoded(.fromMobile), from: bob)
        world.world.advance(milliseconds: 1_000)
        #expect(world.reports(to: bob) == [.ack(reference: 3, userData: nil)])
        #expect(receiver.arrivals.count == 2 && world.count("stored") == 0)
    }

    @Test(
        "TS 23.040 §3.3.2: other causes are tried again, those of no sense three times; who or what is not there is final",
        arguments: [27, 38, 41, 42, 47, 81, 98].map { ($0, 4) }
            + [11, 21, 95, 96, 97, 99, 111, 126, 127].map { ($0, 3) }
            + [1, 8, 10, 28, 29, 30, 50, 69].map { ($0, 1) } as [(UInt8, Int)])
    func causes(cause: UInt8, attempts: Int) throws {
        let world = try GatewayWorld()
        let receiver = world.phone(bob)
        receiver.report = .error(RPCause(cause))
        try world.submit(from: alice, to: bob)
        world.world.advance(milliseconds: 900_000)
        #expect(receiver.arrivals.count == attempts)
        #expect(world.count("stored") == (attempts == 4 ? 1 : 0))
    }

    @Test("One refusal after many attempts is one refusal, and the same report again is not another")
    func refusals() throws {
        let world = try GatewayWorld()
        let receiver = world.phone(bob)
        receiver.status = 480
        try world.submit(from: alice, to: bob)
        world.world.advance(milliseconds: 800_000)
        receiver.status = 200
        receiver.report = .error(.protocolError)
        world.register(bob)
        world.world.advance(milliseconds: 1_000)
        let arrival = try #require(receiver.arrivals.first)
        let again = RPMessage.error(reference: arrival.reference, cause: .protocolError, userData: nil)
        for _ in 0..<3 { world.send(again.encoded(.fromMobile), from: bob, inReplyTo: arrival.message.callID) }
        world.world.advance(milliseconds: 1_000)
        #expect(world.count("stored") == 1)
        receiver.report = .ack
        world.register(bob)
        world.world.advance(milliseconds: 1_000)
        #expect(receiver.texts == ["hello"] && world.count("stored") == 0)
    }

    @Test("No report: sent again, octet for octet with the same reference, so that a phone knows it; a late one counts")
    func unreported() throws {
        let world = try GatewayWorld()
        let receiver = world.phone(bob)
        receiver.report = .none
        try world.submit(from: alice, to: bob)
        world.world.advance(milliseconds: 41_000)
        #expect(receiver.arrivals.count == 1)
        world.world.advance(milliseconds: 30_000)
        #expect(receiver.arrivals.count == 2 && receiver.texts == ["hello"])
        #expect(receiver.arrivals[0].tpdu == receiver.arrivals[1].tpdu)
        #expect(receiver.arrivals[0].reference == receiver.arrivals[1].reference)
        #expect(receiver.arrivals[0].message.callID != receiver.arrivals[1].message.callID)
        let late = RPMessage.ack(reference: receiver.arrivals[0].reference, userData: nil).encoded(.fromMobile)
        world.send(late, from: bob, inReplyTo: receiver.arrivals[0].message.callID)
        world.world.advance(milliseconds: 500_000)
        #expect(world.count("stored") == 0 && receiver.arrivals.count == 2)
        // Again, and of nothing that was ever sent: taken, and of no effect.
        world.send(late, from: bob, inReplyTo: receiver.arrivals[0].message.callID)
        world.send(late, from: bob, inReplyTo: "1-2-3@nowhere")
        world.world.advance(milliseconds: 1_000)
        #expect(world.responses.suffix(2).map(\.status) == [202, 202])
    }

    @Test("A report without In-Reply-To counts by sender and reference; another user's, or another reference, does not")
    func withoutInReplyTo() throws {
        let world = try GatewayWorld()
        let receiver = world.phone(bob)
        receiver.report = .none
        try world.submit(from: alice, to: bob)
        world.world.advance(milliseconds: 1_000)
        let reference = try #require(receiver.arrivals.first?.reference)
        let ack = RPMessage.ack(reference: reference, userData: nil).encoded(.fromMobile)
        world.send(ack, from: "+15550000003")
        world.send(RPMessage.ack(reference: reference &+ 1, userData: nil).encoded(.fromMobile), from: bob)
        world.world.settle()
        #expect(world.count("stored") == 1)
        world.send(ack, from: bob)
        world.world.settle()
        #expect(world.count("stored") == 0)
    }

    @Test("A report whose In-Reply-To is not of our making counts by sender and reference; one of our form does not")
    func foreignInReplyTo() throws {
        let world = try GatewayWorld()
        let receiver = world.phone(bob)
        receiver.report = .none
        try world.submit(from: alice, to: bob)
        world.world.advance(milliseconds: 1_000)
        let reference = try #require(receiver.arrivals.first?.reference)
        let ack = RPMessage.ack(reference: reference, userData: nil).encoded(.fromMobile)
        world.send(ack, from: bob, inReplyTo: "99-0011-1@10.0.1.6")
        world.world.settle()
        #expect(world.count("stored") == 1)
        world.send(ack, from: bob, inReplyTo: "5f1d0e5c-22f0-4f7e-9b56-0c9a4f1d2e3b@b2bua")
        world.world.settle()
        #expect(world.count("stored") == 0)
    }

    @Test("A drain takes the report of a message just sent and nothing new, and waits no longer than it must")
    func drain() throws {
        let store = MemoryShortMessageStore()
        let world = try GatewayWorld(store: store)
        let receiver = world.phone(bob)
        receiver.report = .late
        try world.submit(from: alice, to: bob)
        world.world.advance(milliseconds: 1_000)
        world.gateway.assumeIsolated { $0.drain() }
        world.world.settle()
        #expect(!world.gateway.assumeIsolated { $0.isDrained })
        try world.submit(from: alice, to: bob, "new", reference: 2)
        world.world.settle()
        #expect(world.responses.last?.status == 503)
        world.sayLate(receiver)
        #expect(store.messages.isEmpty && world.gateway.assumeIsolated { $0.isDrained })

        let silent = try GatewayWorld()
        silent.phone(bob).report = .none
        try silent.submit(from: alice, to: bob)
        silent.world.advance(milliseconds: 1_000)
        silent.gateway.assumeIsolated { $0.drain() }
        silent.world.advance(milliseconds: 1_400)
        #expect(!silent.gateway.assumeIsolated { $0.isDrained })
        silent.world.advance(milliseconds: 200)
        #expect(silent.gateway.assumeIsolated { $0.isDrained })
    }

    @Test("A disk that fails at the end and works again: the removal is written without another message, before a stop")
    func owedRemoval() throws {
        let store = MemoryShortMessageStore()
        let world = try GatewayWorld(store: store)
        let receiver = world.phone(bob)
        receiver.report = .late
        try world.submit(from: alice, to: bob)
        world.world.advance(milliseconds: 1_000)
        store.failure = MessageStoreError("disk full")
        world.sayLate(receiver)
        world.gateway.assumeIsolated { $0.drain() }
        world.world.advance(milliseconds: 5_000)
        #expect(store.messages.count == 1 && !world.gateway.assumeIsolated { $0.isDrained })
        store.failure = nil
        world.world.advance(milliseconds: 1_500)
        #expect(store.messages.isEmpty && world.gateway.assumeIsolated { $0.isDrained })
        #expect(receiver.arrivals.count == 1)
    }

    @Test("A disk that fails at the end: the message is not sent again, and goes with the next that is written")
    func failingRemoval() throws {
        let store = MemoryShortMessageStore()
        let world = try GatewayWorld(store: store)
        let receiver = world.phone(bob)
        receiver.report = .none
        try world.submit(from: alice, to: bob)
        world.world.advance(milliseconds: 1_000)
        store.failure = MessageStoreError("disk full")
        let reference = try #require(receiver.arrivals.first?.reference)
        world.send(RPMessage.ack(reference: reference, userData: nil).encoded(.fromMobile), from: bob)
        world.world.advance(milliseconds: 100_000)
        #expect(receiver.arrivals.count == 1 && store.messages.count == 1)
        store.failure = nil
        receiver.report = .ack
        try world.submit(from: alice, to: bob, "second", reference: 2)
        world.world.advance(milliseconds: 1_000)
        #expect(receiver.texts == ["hello", "second"] && store.messages.isEmpty)
    }
}
