import LabUE
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("A phone that is somewhere else in mid-call")
struct MovingPhoneTests {
    private static let place = SocketAddress(10, 45, 0, 2, port: 5090)

    /// The P-CSCF's connections with phones break.
    private func breakGm(_ core: CoreWorld) {
        let network = core.pcscfNode.network
        for connection in network.connections where network.localAddress(of: connection) == CoreWorld.pcscfAddress {
            network.breakConnection(connection)
        }
        core.world.settle()
    }

    @Test("RFC 5626 §5.3: registered again on a new one, it gets its BYE there; its contact takes no connections")
    func registersAgain() throws {
        let core = try CallWorld.core()
        let alice = try CallWorld.phone(1, in: core)
        let card = try core.subscribe(2)
        let config = FleetConfig(pcscf: CoreWorld.pcscfAddress, transport: .tcp, local: Self.place)
        let bob = try FleetUnderTest(core.world, config, [try UEIdentity(card)], name: "bob")
        bob.fleet.assumeIsolated { $0.setHabit(.answer(afterMilliseconds: 0), of: 0) }
        // A firewall lets Bob's connections out and none in.
        core.world.faults.dark = [Self.place]
        _ = try bob.run { await $0.register(0) }.get()
        let call = alice.call("sip:+\(card.msisdn)@\(CoreWorld.home)")
        try call.establish(try #require(alice.responses.last { $0.status == 200 }, "\(alice.statuses(.invite))"))
        call.acknowledge()
        core.world.settle()
        #expect(bob.story.last == "established")
        breakGm(core)
        _ = try bob.run { await $0.register(0) }.get()
        call.send("BYE")
        core.world.advance(milliseconds: 1_000)
        #expect(alice.statuses(.bye) == [200])
        #expect(bob.story.last == "hungUpByPeer")
    }

    @Test("TS 24.229 §5.2.6.4.9: registered again with the same contact from another port, it gets its BYE there")
    func portChanges() throws {
        let pair = try Pair()
        let call = try pair.establish()
        let contact = "<sip:\(pair.bob.ue.user)@\(pair.bob.address)>"
        let moved = try Phone(pair.bob.ue.subscriber, host: 2, port: 40_000, in: pair.core)
        try moved.register(contact: contact)
        moved.answers = { [unowned moved] in [moved.response(200, to: $0)] }
        call.send("BYE")
        pair.core.world.settle()
        #expect(moved.count(.bye) == 1 && pair.bob.count(.bye) == 0)
        #expect(pair.alice.statuses(.bye) == [200])
    }

    @Test("a phone that has de-registered in mid-call is where it was")
    func deregistered() throws {
        let pair = try Pair()
        let call = try pair.establish()
        try pair.bob.deregister()
        pair.bob.listen()
        call.send("BYE")
        pair.core.world.settle()
        #expect(pair.bob.count(.bye) == 1 && pair.alice.statuses(.bye) == [200])
    }

    @Test("RFC 3261 §18.1.1: a large INVITE over TCP leaves the dialog on the transport its phone is registered over")
    func largeInvite() throws {
        let core = try CallWorld.core()
        let bob = try CallWorld.phone(1, in: core)
        bob.answers = { [unowned bob] in $0.method == .ack ? [] : [bob.response(200, to: $0)] }
        let config = FleetConfig(pcscf: CoreWorld.pcscfAddress, local: Self.place)
        let alice = try FleetUnderTest(core.world, config, [try UEIdentity(try core.subscribe(2))], name: "alice")
        _ = try alice.run { await $0.register(0) }.get()
        let uri = bob.uri + ";note=" + String(repeating: "x", count: 500)
        alice.fleet.assumeIsolated { _ = $0.dial(0, to: uri) }
        core.world.settle()
        #expect(alice.story.last == "established")
        breakGm(core)
        let side = try PhoneDialog(bob, answering: try #require(bob.last(.invite)))
        side.send("BYE")
        core.world.settle()
        #expect(bob.statuses(.bye) == [200])
        let passages = core.pcscfNode.tap.passages.filter { $0.remote.with(port: 0) == Self.place.with(port: 0) }
        #expect(passages.contains { $0.text.hasPrefix("INVITE") && $0.link == .tcp })
        #expect(passages.last { $0.text.hasPrefix("BYE") }?.link == .udp)
        #expect(passages.last { $0.text.hasPrefix("ACK") }?.link == .udp)
    }
}
