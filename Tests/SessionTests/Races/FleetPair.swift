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

    /// Whether a line of a phone's story says that its call or text is over.
    static func isEnd(_ line: String) -> Bool {
        ["hungUp", "hungUpByPeer", "cancelled", "refused", "rejected", "unconfirmed", "message 2", "message 4"]
            .contains { line.hasPrefix($0) }
    }

    /// After the longest timer every element holds what it held before.
    ///
    /// - Parameters:
    ///   - dead: who is not there to be asked.
    ///   - forgettingCalls: calls whose BYE did not pass are shown until `CallTable` forgets them.
    ///   - comparingTimers: false where roles other than those before run, whose own timers are others.
    func expectNothingLeft(
        without dead: Set<CoreWorld.Member> = [], forgettingCalls: Bool = false, comparingTimers: Bool = true,
        _ location: SourceLocation = #_sourceLocation
    ) {
        world.faults = WireFaults()
        world.advance(milliseconds: 600_000)
        func found() -> [String] {
            Holdings(core, [alice, bob], without: dead).difference(from: idle) { row in
                !comparingTimers && row.hasSuffix(" timers") && !row.hasSuffix("SIP timers")
            }
        }
        var left = found()
        let shown = ["pcscf calls: 1", "scscf calls: 1"]
        if forgettingCalls, !left.isEmpty, left.allSatisfy(shown.contains) {
            world.advance(milliseconds: Int(CallTable.longestSeconds) * 1_000)
            left = Holdings(core, [alice, bob], without: dead).difference(from: idle) { !$0.hasSuffix("calls") }
        }
        #expect(left.isEmpty, "left behind: \(left)", sourceLocation: location)
    }
}
