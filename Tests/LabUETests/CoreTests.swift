import AKA
import LabUE
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("TS 24.229 §5.1.1: lab UEs at the four roles")
struct CoreTests {
    private static let here = SocketAddress(10, 45, 0, 1, port: 5090)

    private func fleet(
        _ core: CoreWorld, _ identities: [UEIdentity], transport: LinkKind = .udp, expires: Int = 600_000,
        hasPreconditions: Bool = false
    ) throws -> FleetUnderTest {
        let config = FleetConfig(
            pcscf: CoreWorld.pcscfAddress, transport: transport, local: Self.here, expires: expires,
            hasPreconditions: hasPreconditions)
        return try FleetUnderTest(core.world, config, identities)
    }

    @Test(
        "RFC 3312: calls with preconditions in the P-CSCF's three modes; with assist and strip nobody has to wait",
        arguments: [("pass", ["183", "180"]), ("assist", ["180"]), ("strip", ["180"])], [LinkKind.udp, .tcp])
    func preconditions(_ row: (mode: String, heard: [String]), _ transport: LinkKind) throws {
        let core = try callingCore { $0.pcscf = [("preconditions", .text(row.mode))] }
        let identities = try (1...2).map { try UEIdentity(core.subscribe($0)) }
        let ues = try fleet(core, identities, transport: transport, hasPreconditions: true)
        for index in 0...1 { _ = try ues.run { await $0.register(index) }.get() }
        let (stood, end) = try ues.run {
            await $0.call(0, to: "tel:+15550000002", CallPlan(patienceMilliseconds: 20_000, holdMilliseconds: 1_000))
        }
        #expect(stood && end == .hungUp)
        #expect(ues.story.filter { $0.hasPrefix("18") } == row.heard)
        for index in 0...1 { #expect(try ues.run { await $0.deregister(index) } == nil) }
        ues.expectClean()
    }

    /// A core whose S-CSCF knows its I-CSCF.
    private func callingCore(_ change: (inout CoreWorld.Options) -> Void = { _ in }) throws -> CoreWorld {
        var options = CoreWorld.Options()
        change(&options)
        options.scscf = [("icscf", .list([.text("icscf.\(CoreWorld.home)")]))]
        return try CoreWorld(options)
    }

    @Test(
        "§5.1.1.2.2: registers by AKA, learns its identities and routes; de-registers", arguments: [LinkKind.udp, .tcp])
    func registers(_ transport: LinkKind) throws {
        let core = try CoreWorld()
        let ue = try fleet(core, [try UEIdentity(core.subscribe(1))], transport: transport)
        let grant = try ue.run { await $0.register(0) }.get()
        #expect(grant.seconds == 7_200)
        #expect(grant.associatedURIs.contains("tel:+15550000001"))
        #expect(!grant.serviceRoute.isEmpty)
        #expect(core.registrations().count == 1)
        #expect(try ue.run { await $0.deregister(0) } == nil)
        #expect(core.registrations().isEmpty)
        ue.expectClean()
    }

    @Test("§5.1.1.4.1: registers again 600 s before the expiry, time after time")
    func refreshes() throws {
        let core = try CoreWorld()
        let ue = try fleet(core, [try UEIdentity(core.subscribe(1))])
        _ = try ue.run { await $0.register(0) }
        core.world.advance(milliseconds: 6_590_000)
        #expect(ue.story.count == 1)
        core.world.advance(milliseconds: 20_000)
        #expect(ue.story == ["registered 0 7200", "registered 0 7200"])
        core.world.advance(milliseconds: 4 * 6_600_000)
        #expect(ue.story == Array(repeating: "registered 0 7200", count: 6))
        #expect(core.registrations().count == 1)
    }

    @Test("TS 33.203 §6.1.2.2: a card with another K refuses the challenge and says what to do")
    func wrongKey() throws {
        let core = try CoreWorld()
        let identity = try UEIdentity(core.subscribe(1), k: Block128(42))
        let ue = try fleet(core, [identity])
        guard case .failure(let fault) = try ue.run({ await $0.register(0) }) else {
            Issue.record("registered with a wrong K")
            return
        }
        #expect(fault.problem.contains("MAC failure"))
        #expect(fault.cure.contains("K or OPc differ from the HSS's"))
        #expect(core.registrations().isEmpty)
        let sent = core.sent(by: ue.node, containing: "REGISTER").last ?? ""
        #expect(sent.contains("response=\"\"") && !sent.contains("auts="), "§5.1.1.5.3: empty, without AUTS")
        ue.expectClean()
    }

    @Test("TS 33.203 §6.1.3: a card ahead of the HSS sends AUTS and registers with the next challenge")
    func resynchronises() throws {
        let core = try CoreWorld()
        var identity = try UEIdentity(core.subscribe(1))
        identity.highestSQN = SequenceNumber(5_000 << 5)
        let ue = try fleet(core, [identity])
        #expect(try ue.run { await $0.register(0) }.get().seconds == 7_200)
        let registers = core.sent(by: ue.node, containing: "REGISTER sip:")
        #expect(registers.map { $0.contains("auts=") } == [false, true, false])
    }

    @Test("§5.1.1.2.3: registers by SIP Digest, and again with the same nonce", arguments: ["secret"])
    func digest(_ password: String) throws {
        let core = try CoreWorld()
        _ = try core.subscribe(digest: "alice", password: password)
        let ue = try fleet(core, [UEIdentity(user: "alice", password: password, domain: CoreWorld.home)], expires: 600)
        #expect(try ue.run { await $0.register(0) }.get().seconds == 600)
        core.world.advance(milliseconds: 301_000)
        #expect(ue.story.count == 2)
        let registers = core.sent(by: ue.node, containing: "REGISTER sip:")
        #expect(registers.count == 3, "the refresh needs no new challenge")
        #expect(registers.last?.contains("nc=00000002") == true)
    }

    @Test("RFC 2617: a wrong password is told as one")
    func wrongPassword() throws {
        let core = try CoreWorld()
        _ = try core.subscribe(digest: "alice", password: "right")
        let ue = try fleet(core, [UEIdentity(user: "alice", password: "wrong", domain: CoreWorld.home)])
        guard case .failure(let fault) = try ue.run({ await $0.register(0) }) else {
            Issue.record("registered with a wrong password")
            return
        }
        #expect(fault.cure.contains("password"), "\(fault)")
    }

    @Test("§5.1.1.2.1: an unknown subscriber is refused with where to look")
    func unknown() throws {
        let core = try CoreWorld()
        let functions = try AKAFunctions()
        let stranger = try #require(try LabSubscribers.identity(7, domain: CoreWorld.home, functions))
        let ue = try fleet(core, [stranger])
        guard case .failure(let fault) = try ue.run({ await $0.register(0) }) else { return }
        #expect(fault.status == 403)
        #expect(fault.cure.contains("subscriber list"))
    }

    @Test("A core that is not there is told as such")
    func nobodyThere() throws {
        let world = VirtualWorld()
        let identity = UEIdentity(user: "a", password: "p", domain: "example.org")
        let udp = try FleetUnderTest(
            world, FleetConfig(pcscf: UEPair.b, local: UEPair.a, answerWithin: 10_000), [identity])
        #expect(try udp.run { await $0.register(0) } == .failure(Self.fault(udp)))
        let config = FleetConfig(pcscf: UEPair.b, transport: .tcp, local: UEPair.a.with(port: 5070))
        let tcp = try FleetUnderTest(world, config, [identity], name: "tcp")
        _ = try tcp.run { await $0.register(0) }
        #expect(Self.fault(udp).cure.contains("--pcscf") && Self.fault(tcp).cure.contains("--pcscf"))
        #expect(Self.fault(udp) != Self.fault(tcp))
    }

    private static func fault(_ ue: FleetUnderTest) -> UEFault {
        for event in ue.events.value { if case .registrationFailed(_, let fault, _) = event { return fault } }
        return UEFault("none", cure: "none")
    }

    @Test("A load run registers every UE at its rate and counts what failed")
    func load() throws {
        let core = try CoreWorld()
        var identities = try (1...39).map { try UEIdentity(core.subscribe($0)) }
        identities.append(try #require(try LabSubscribers.identity(77, domain: CoreWorld.home, AKAFunctions())))
        let ue = try fleet(core, identities)
        core.world.faults.latencyMilliseconds = 2
        let summary = try ue.run { await $0.run(LoadPlan(rate: 20, limitMilliseconds: 60_000)) }
        #expect(summary.registrations.begun == 40)
        #expect(summary.registrations.done == 39 && summary.registrations.failed == 1)
        #expect(summary.registrations.causes.values.reduce(0, +) == 1)
        #expect((1_900...2_100).contains(summary.elapsedMilliseconds), "40 attempts at 20 a second")
        let median = try #require(summary.registrations.percentile(0.5))
        #expect((8...40).contains(median), "\(median)")
        #expect(core.registrations().count == 39)
        // Each UE's refresh, and nothing else.
        ue.expectClean(timers: 39)
    }

    @Test("A load run calls between pairs once both have registered")
    func loadCalls() throws {
        let core = try callingCore()
        let ue = try fleet(core, try (1...5).map { try UEIdentity(core.subscribe($0)) })
        let plan = LoadPlan(rate: 10, limitMilliseconds: 60_000, calls: true, holdMilliseconds: 500)
        let summary = try ue.run { await $0.run(plan) }
        #expect(summary.registrations.done == 5)
        #expect(summary.calls.begun == 2, "the fifth has no partner")
        #expect(summary.calls.done == 2 && summary.calls.failed == 0, "\(summary.calls.causes)")
        ue.expectClean(timers: 5)
    }

    @Test("A text goes through the core and is answered", arguments: [LinkKind.udp, .tcp])
    func message(_ transport: LinkKind) throws {
        let core = try callingCore()
        let ue = try fleet(core, try (1...2).map { try UEIdentity(core.subscribe($0)) }, transport: transport)
        let status = try ue.run { fleet -> Int in
            _ = await fleet.register(0)
            guard case .success(let grant) = await fleet.register(1) else { return 0 }
            return await fleet.message(0, to: grant.associatedURIs.first ?? "", text: "hello").status
        }
        #expect(status == 200)
        #expect(ue.story.contains { $0.hasPrefix("message sip:+15550000001@") && $0.hasSuffix(" hello") })
        ue.expectClean(timers: 2)
    }

    @Test("A load run ends at its time limit")
    func loadLimit() throws {
        let world = VirtualWorld()
        let identities = (1...5).map { UEIdentity(user: "u\($0)", password: "p", domain: "example.org") }
        let ue = try FleetUnderTest(world, FleetConfig(pcscf: UEPair.b, local: UEPair.a.with(port: 0)), identities)
        let summary = try ue.run { await $0.run(LoadPlan(rate: 100, limitMilliseconds: 1_000)) }
        #expect(summary.isCutShort && summary.registrations.begun == 5 && summary.registrations.done == 0)
        ue.expectClean()
    }
}
