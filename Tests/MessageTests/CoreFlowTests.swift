import HSS
import IMSCore
import IPSMGW
import LabUE
import LabWorld
import RoleKit
import SMS
import TestSupport
import Testing

/// Short messages between lab UEs through all of the core: filter criteria lead to the gateway (TS 23.204 §6).
@Suite struct CoreFlowTests {
    private static let number = "+15550000002"

    /// The core, two UEs and a gateway.
    private final class Place {
        let core: CoreWorld
        let ue: FleetUnderTest
        let other: FleetUnderTest
        let store = MemoryShortMessageStore()
        private let node: VirtualNode
        private(set) var gateway: IPSMGW

        init() throws {
            let address = GatewayWorld.gatewayAddress
            var options = CoreWorld.Options()
            options.scscf = [("icscf", .list([.text("icscf.\(CoreWorld.home)")]))]
            options.neighbours = [address]
            let trigger = TriggerPoint(
                isConjunctive: false,
                triggers: [
                    ServicePointTrigger(groups: [0], condition: .method("MESSAGE")),
                    ServicePointTrigger(groups: [0], condition: .sessionCase(0)),
                    ServicePointTrigger(
                        groups: [0],
                        condition: .sipHeader(header: "Content-Type", content: "application/vnd\\.3gpp\\.sms")),
                    ServicePointTrigger(groups: [1], condition: .method("REGISTER")),
                ])
            options.services = [
                OperatorService(
                    name: "sms",
                    criterion: InitialFilterCriterion(
                        priority: 10, triggerPoint: trigger,
                        applicationServer: ApplicationServer(
                            serverName: "sip:\(address)", includesRegisterRequest: true,
                            includesRegisterResponse: true)))
            ]
            let core = try CoreWorld(options)
            self.core = core
            node = core.world.node("ipsmgw")
            node.network.home = address.with(port: 0)
            gateway = try Self.make(node, store)
            try node.start(gateway)
            func fleet(_ number: Int) throws -> FleetUnderTest {
                let config = FleetConfig(
                    pcscf: CoreWorld.pcscfAddress, local: SocketAddress(10, 45, 0, UInt8(number), port: 5090))
                return try FleetUnderTest(
                    core.world, config, [try UEIdentity(core.subscribe(number))], name: "ue\(number)")
            }
            ue = try fleet(1)
            other = try fleet(2)
            _ = try ue.run { await $0.register(0) }.get()
        }

        private static func make(_ node: VirtualNode, _ store: MemoryShortMessageStore) throws -> IPSMGW {
            let config = try read([
                ("address", .text(GatewayWorld.gatewayAddress.host)),
                ("icscf", .list([.text("\(CoreWorld.icscfAddress)")])),
                ("hosts", .map([("scscf", .text(CoreWorld.scscfAddress(0).host))])),
            ]) { IPSMGWConfig(reading: &$0) }
            return IPSMGW(config: config, ports: node.ports, loop: node.world.loop, store: store)
        }

        func restart() throws {
            node.crash()
            gateway = try Self.make(node, store)
            try node.start(gateway)
        }

        func registerOther() throws { _ = try other.run { await $0.register(0) }.get() }

        func send(_ text: String, wantsReport: Bool = false) throws -> ShortMessageOutcome {
            try ue.run { await $0.shortMessage(0, to: CoreFlowTests.number, text: text, wantsReport: wantsReport) }
        }

        func advance(_ milliseconds: Int) { core.world.advance(milliseconds: milliseconds) }
        var shown: [String] { other.story.filter { $0.hasPrefix("short message +") } }
        var listed: [String] {
            guard case .list(let rows) = gateway.assumeIsolated({ $0.snapshot(.registrations) }) else { return [] }
            return rows.compactMap { $0["impu"]?.text }
        }
    }

    @Test("RP-DATA, RP-ACK, delivery, report, status report; from UE to UE")
    func wholeWay() throws {
        let place = try Place()
        try place.registerOther()
        #expect(try place.send("hello", wantsReport: true) == .accepted)
        place.advance(2_000)
        #expect(place.shown == ["short message +15550000001 hello"])
        #expect(place.ue.story.contains("status report +15550000002 true"))
        #expect(place.store.messages.isEmpty)
    }

    @Test("Third-party REGISTER: the gateway knows each identity of who is there, and forgets who goes")
    func presence() throws {
        let place = try Place()
        try place.registerOther()
        place.advance(1_000)
        #expect(place.listed.contains("tel:+15550000002") && place.listed.contains("tel:+15550000001"))
        _ = try place.other.run { await $0.deregister(0) }
        place.advance(1_000)
        #expect(!place.listed.contains("tel:+15550000002"))
    }

    @Test("Recipient away, restart in between: delivered when it registers, once and only once; long and in UCS-2")
    func away() throws {
        let place = try Place()
        let long = String(repeating: "0123456789", count: 40)
        #expect(try place.send(long) == .accepted)
        #expect(try place.send("жизнь") == .accepted)
        place.advance(60_000)
        try place.restart()
        place.advance(60_000)
        #expect(place.shown.isEmpty && place.store.messages.count == 4)
        try place.registerOther()
        place.advance(60_000)
        #expect(place.shown == ["short message +15550000001 \(long)", "short message +15550000001 жизнь"])
        try place.restart()
        place.advance(600_000)
        #expect(place.shown.count == 2 && place.store.messages.isEmpty)
    }

    @Test("A phone that shows a message and loses its report gets it again, and shows it once")
    func lostReport() throws {
        let place = try Place()
        try place.registerOther()
        place.other.fleet.assumeIsolated { $0.setMessageHabit(.silent, of: 0) }
        #expect(try place.send("hello") == .accepted)
        place.advance(60_000)
        #expect(place.store.messages.count == 1)
        place.other.fleet.assumeIsolated { $0.setMessageHabit(.take, of: 0) }
        try place.registerOther()
        place.advance(120_000)
        #expect(place.shown.count == 1 && place.store.messages.isEmpty)
    }

    @Test("A phone without memory says so, and gets the message after RP-SMMA")
    func memory() throws {
        let place = try Place()
        try place.registerOther()
        place.other.fleet.assumeIsolated { $0.setMessageHabit(.full, of: 0) }
        #expect(try place.send("hello") == .accepted)
        place.advance(300_000)
        #expect(place.shown.isEmpty && place.store.messages.count == 1)
        #expect(try place.other.run { await $0.memoryAvailable(0) } == .accepted)
        place.advance(5_000)
        #expect(place.shown.count == 1 && place.store.messages.isEmpty)
    }

    @Test("A number nobody can have is refused with its cause; plain text goes from UE to UE as before")
    func others() throws {
        let place = try Place()
        try place.registerOther()
        #expect(
            try place.ue.run { await $0.shortMessage(0, to: "+0", text: "x") } == .refused(RPCause.unassignedNumber))
        let (status, _) = try place.ue.run { await $0.message(0, to: "tel:\(Self.number)", text: "plain") }
        #expect(status == 200 && place.shown.isEmpty)
        #expect(place.other.story.contains { $0.hasPrefix("message") && $0.hasSuffix("plain") })
    }
}
