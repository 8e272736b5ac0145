import LabUE
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

/// Two registered software phones with whole SIP stacks, so that they repeat and give up by the book.
final class FleetPair {
    static let aliceAddress = SocketAddress(10, 45, 0, 1, port: 5090)
    static let bobAddress = SocketAddress(10, 45, 0, 2, port: 5090)
    let core: CoreWorld
    let alice: FleetUnderTest
    let bob: FleetUnderTest
    let bobURI: String
    private(set) var idle: Holdings

    var world: VirtualWorld { core.world }

    init(requires100rel: Bool = false, latencyMilliseconds: Int = 0) throws {
        core = try CallWorld.core { $0.hasTCP = false }
        let bobsCard = try core.subscribe(2)
        bobURI = "sip:+\(bobsCard.msisdn)@\(CoreWorld.home)"
        alice = try Self.phone(core, try core.subscribe(1), at: Self.aliceAddress, "alice", requires100rel)
        bob = try Self.phone(core, bobsCard, at: Self.bobAddress, "bob", requires100rel)
        idle = Holdings(core, [])
        // Past what the registrations left, so that what there is belongs to nothing under way.
        core.world.advance(milliseconds: 200_000)
        idle = Holdings(core, [alice, bob])
        core.world.faults.latencyMilliseconds = latencyMilliseconds
    }

    private static func phone(
        _ core: CoreWorld, _ card: TestSubscriber, at address: SocketAddress, _ name: String, _ requires100rel: Bool
    ) throws -> FleetUnderTest {
        let config = FleetConfig(pcscf: CoreWorld.pcscfAddress, local: address, requires100rel: requires100rel)
        let phone = try FleetUnderTest(core.world, config, [UEIdentity(card)], name: name)
        _ = try phone.run { await $0.register(0) }.get()
        phone.events.value.removeAll()
        return phone
    }

    /// After the longest timer every element holds what it held before.
    func expectNothingLeft(
        without dead: Set<CoreWorld.Member> = [], afterMilliseconds milliseconds: Int = 600_000,
        _ location: SourceLocation = #_sourceLocation
    ) {
        world.faults = WireFaults()
        world.advance(milliseconds: milliseconds)
        let left = Holdings(core, [alice, bob], without: dead).difference(from: idle)
        #expect(left.isEmpty, "left behind: \(left)", sourceLocation: location)
    }
}
