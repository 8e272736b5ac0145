import IPSMGW
import LabWorld
import RoleKit
import SIP
import SMS
import TestSupport
import Testing

private let alice = "+15550000001"
private let bob = "+15550000002"

/// Short messages from phones, TS 24.341 §5.3.3.4.1.
@Suite struct SubmissionTests {
    @Test("202, then RP-ACK in a MESSAGE of its own, with In-Reply-To and to a phone that takes it; stored before that")
    func accepted() throws {
        let world = try GatewayWorld()
        let receiver = world.phone(bob)
        receiver.status = 480
        let callID = try world.submit(from: alice, to: bob, reference: 7)
        world.world.settle()
        #expect(world.responses.map(\.status) == [202])
        let (uri, message, relayed) = try #require(world.taken.first)
        #expect(uri == "sip:\(alice)@\(CoreWorld.home)")
        #expect(message.texts(.inReplyTo) == [callID] && message.callID != callID)
        #expect(message.text(.pAssertedIdentity) == "<\(GatewayWorld.uri)>")
        #expect(message.text(.requestDisposition) == "no-fork")
        #expect(message.text(.acceptContact) == "*;+g.3gpp.smsip;require;explicit")
        #expect(message.text(.contentType) == "application/vnd.3gpp.sms")
        #expect(message.first("Content-Transfer-Encoding") == "binary")
        guard case .ack(7, let report?) = relayed else { throw SMSFault(.type, "\(relayed)") }
        #expect(report.prefix(2) == [0x01, 0x00] && report.count == 9)
        let store = try #require(world.store as? MemoryShortMessageStore)
        #expect(store.messages.values.map(\.recipient) == ["tel:\(bob)"])
        #expect(store.messages.values.map(\.origin) == ["tel:\(alice)"])
        #expect(world.count("stored") == 1 && world.count("accepted") == 1)
    }

    @Test("No 202 and no RP-ACK before the message is on the disk; none is lost if the process ends then")
    func durableFirst() throws {
        let store = MemoryShortMessageStore()
        let world = try GatewayWorld(store: store)
        let receiver = world.phone(bob)
        store.hold()
        try world.submit(from: alice, to: bob)
        world.world.settle()
        #expect(world.responses.isEmpty && world.taken.isEmpty && receiver.arrivals.isEmpty)
        // The process ends while the write is under way, and it is lost; the S-CSCF asks again.
        world.node.crash()
        store.release(losing: true)
        world.world.settle()
        store.failure = nil
        try world.revive()
        world.resend()
        world.world.advance(milliseconds: 5_000)
        #expect(world.responses.contains { $0.status == 202 } && world.reports(to: alice).count == 1)
        #expect(receiver.texts == ["hello"] && store.messages.isEmpty)
    }

    @Test(
        "TP-DA by the numbering plan: as dialled, national, international",
        arguments: [bob, "5550000002", "15550000002"])
    func numbers(dialled: String) throws {
        let world = try GatewayWorld()
        let receiver = world.phone(bob)
        try world.submit(from: alice, to: dialled)
        world.world.advance(milliseconds: 100)
        #expect(receiver.texts == ["hello"])
        #expect(receiver.shown.first?.originator.number == alice)
    }

    @Test("A submission that comes again is one: retransmitted, by its Call-ID, by its reference; RP-ACK each time")
    func repeated() throws {
        let world = try GatewayWorld()
        let receiver = world.phone(bob)
        let callID = try world.submit(from: alice, to: bob, reference: 7)
        world.world.advance(milliseconds: 100)
        try world.submit(from: alice, to: bob, reference: 7, callID: callID)
        world.world.advance(milliseconds: 100)
        // TS 23.040 §9.2.3.25: a phone that tries again says that it does.
        try world.submit(from: alice, to: bob, reference: 7) { $0.rejectsDuplicates = true }
        world.world.advance(milliseconds: 100)
        // Known after a restart, though the message has long been delivered.
        try world.restart(afterMilliseconds: 1_000)
        try world.submit(from: alice, to: bob, reference: 7)
        world.world.advance(milliseconds: 5_000)
        #expect(receiver.arrivals.count == 1)
        #expect(world.reports(to: alice).count == 4)
        #expect(world.count("repeated") == 1)
        // Another text, another reference, another sender and the same after its time are messages of their own.
        try world.submit(from: alice, to: bob, "other", reference: 7)
        try world.submit(from: alice, to: bob, reference: 8)
        try world.submit(from: "+15550000003", to: bob, reference: 7)
        world.world.advance(milliseconds: 121_000)
        try world.submit(from: alice, to: bob, reference: 7)
        world.world.advance(milliseconds: 5_000)
        #expect(receiver.arrivals.count == 5)
    }

    @Test(
        "What cannot be stored is 202 and RP-ERROR, with a cause and an SMS-SUBMIT-REPORT",
        arguments: [
            ([0x02, 0x01, 0x00], 69, 0xB0), ([0x01], 95, 0xFF), ([0x00, 0x00], 97, 0xFF),
            // SMS-SUBMIT to a name, to a number no rule makes whole, with an impossible length.
            ([0x01, 1, 0x04, 0xD0, 0x41, 0x41, 0, 0, 0], 1, 0xC3),
            ([0x01, 1, 0x03, 0x91, 0x00, 0xF0, 0, 0, 0], 1, 0xC3),
            ([0x01, 1, 0x02, 0x81, 0x21, 0, 4, 200], 96, 0xFF),
        ] as [([UInt8], UInt8, UInt8)])
    func refused(tpdu: [UInt8], cause: UInt8, failure: UInt8) throws {
        let world = try GatewayWorld()
        world.send(world.data(tpdu, 9), from: alice)
        world.world.settle()
        #expect(world.responses.map(\.status) == [202])
        guard case .error(9, let found, let report)? = world.reports(to: alice).first else {
            throw SMSFault(.type, "\(world.taken)")
        }
        #expect(found.value == cause && SMSReport.failure(in: report) == failure)
        #expect(world.count("stored") == 0 && world.count("refused") == 1)
    }

    @Test("A relay-layer message that cannot be read: RP-ERROR where it has a reference, else 400; never silence")
    func unreadable() throws {
        let world = try GatewayWorld()
        world.send([0x00, 5, 0xFF], from: alice)
        world.send([0x01, 5, 0, 0, 1, 1], from: alice)
        world.send([], from: alice)
        world.send([0x00], from: alice)
        world.world.settle()
        #expect(world.responses.map(\.status) == [202, 400, 400, 400])
        #expect(world.reports(to: alice) == [.error(reference: 5, cause: .invalidMandatoryInformation, userData: nil)])
    }

    @Test("TS 24.229 §4.4: strangers are refused, as is who asserts nobody and who sends something else")
    func strangers() throws {
        let world = try GatewayWorld()
        let stranger = try Puppet(world.world, at: SocketAddress(10, 9, 9, 9, port: 4060), name: "stranger")
        var said: [String] = []
        stranger.onDatagram = { _, datagram in said.append(String(datagram.text.prefix(11))) }
        world.send(world.data([1]), from: alice, from: stranger)
        world.send(world.data([1]), from: alice, asserted: false)
        world.send(Array("hello".utf8), from: alice, type: "text/plain")
        world.world.settle()
        #expect(said == ["SIP/2.0 403"])
        #expect(world.responses.map(\.status) == [403, 415])
        #expect(world.responses.last?.text(.accept) == RPMessage.contentType)
        #expect(world.count("stored") == 0 && world.taken.isEmpty)
    }

    @Test("A disk that fails: RP-ERROR 38, nothing kept; once it works again messages do")
    func failingStore() throws {
        let store = MemoryShortMessageStore()
        let world = try GatewayWorld(store: store)
        let receiver = world.phone(bob)
        store.failure = MessageStoreError("disk full")
        try world.submit(from: alice, to: bob)
        world.world.advance(milliseconds: 1_000)
        guard case .error(1, .networkOutOfOrder, _)? = world.reports(to: alice).first else {
            throw SMSFault(.type, "\(world.taken)")
        }
        #expect(world.count("stored") == 0 && receiver.arrivals.isEmpty)
        #expect(world.node.log.lines.contains { $0.event == "messages not stored" })
        store.failure = nil
        // The same again is not taken for a repetition.
        try world.submit(from: alice, to: bob)
        world.world.advance(milliseconds: 1_000)
        #expect(receiver.texts == ["hello"])
    }

    @Test("A repetition while the first is failing is not told that it is safe: nothing of it is")
    func repeatedWhileFailing() throws {
        let store = MemoryShortMessageStore()
        let world = try GatewayWorld(store: store)
        store.hold()
        try world.submit(from: alice, to: bob, reference: 7)
        world.world.settle()
        try world.submit(from: alice, to: bob, reference: 7)
        world.world.settle()
        store.losses = 1
        store.release()
        world.world.advance(milliseconds: 1_000)
        #expect(world.count("store-failures") == 1)
        let reports = world.reports(to: alice)
        #expect(reports.count == 2 && store.messages.isEmpty)
        #expect(reports.allSatisfy { if case .error = $0 { true } else { false } }, "\(reports)")
    }

    @Test("RFC 3261 §8.1.1.5: one Call-ID with a rising CSeq brings messages of their own")
    func callIDKept() throws {
        let world = try GatewayWorld()
        let receiver = world.phone(bob)
        for number in 1...3 {
            try world.submit(
                from: alice, to: bob, "text \(number)", reference: UInt8(number), callID: "one", cseq: number)
            world.world.advance(milliseconds: 1_000)
        }
        #expect(receiver.texts == ["text 1", "text 2", "text 3"])
    }

    @Test("TS 23.040 §9.2.3.25: TP-RD and the same TP-MR make a repetition whatever the RP-Message-Reference")
    func rejectsDuplicates() throws {
        let world = try GatewayWorld()
        let receiver = world.phone(bob)
        try world.submit(from: alice, to: bob, reference: 7, relayReference: 1)
        world.world.advance(milliseconds: 1_000)
        try world.submit(from: alice, to: bob, reference: 7, relayReference: 2) { $0.rejectsDuplicates = true }
        world.world.advance(milliseconds: 1_000)
        #expect(receiver.arrivals.count == 1 && world.reports(to: alice).count == 2)
        // Without the flag it is the same words once more.
        try world.submit(from: alice, to: bob, reference: 7, relayReference: 3)
        world.world.advance(milliseconds: 1_000)
        #expect(receiver.arrivals.count == 2)
    }

    @Test("A slow disk: 202 after two seconds all the same, once, and RP-ACK only when the message is on it")
    func slowStore() throws {
        let store = MemoryShortMessageStore()
        let world = try GatewayWorld(store: store)
        let receiver = world.phone(bob)
        store.hold()
        try world.submit(from: alice, to: bob)
        world.world.advance(milliseconds: 1_900)
        #expect(world.responses.isEmpty)
        world.world.advance(milliseconds: 200)
        #expect(world.responses.map(\.status) == [202] && world.taken.isEmpty && receiver.arrivals.isEmpty)
        store.release()
        world.world.advance(milliseconds: 3_000)
        #expect(world.reports(to: alice).count == 1 && receiver.texts == ["hello"])
    }

    @Test("Limits: one message more, for one recipient or for all, is RP-ERROR 42")
    func limits() throws {
        let world = try GatewayWorld(["messages-max": "3", "messages-per-recipient": "2"].map { ($0, .text($1)) })
        for number in 2...3 { world.phone("+1555000000\(number)").status = 480 }
        for reference in UInt8(1)...3 { try world.submit(from: alice, to: bob, reference: reference) }
        world.world.settle()
        #expect(world.count("stored") == 2)
        guard case .error(3, .congestion, _)? = world.reports(to: alice).last else {
            throw SMSFault(.type, "\(world.taken)")
        }
        for reference in UInt8(4)...5 { try world.submit(from: alice, to: "+15550000003", reference: reference) }
        world.world.settle()
        #expect(world.count("stored") == 3)
        guard case .error(5, .congestion, _)? = world.reports(to: alice).last else {
            throw SMSFault(.type, "\(world.taken)")
        }
    }
}
