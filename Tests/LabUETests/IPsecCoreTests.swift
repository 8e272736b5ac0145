import AKA
import IPsec
import LabUE
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

/// A core and lab UEs, each with a kernel that judges every packet.
private struct SecureLab {
    static let here = SocketAddress(10, 45, 0, 1, port: 5090)

    let core: CoreWorld
    let pcscfKernel = ModelKernel()
    let kernel = ModelKernel()
    let ue: FleetUnderTest

    init(
        _ count: Int = 1, transport: LinkKind = .udp, policy: FleetSecurity.Policy = .required,
        suites: [IPsecSuite] = FleetSecurity.usualSuites, algorithms: [String]? = nil, security: String = "preferred",
        expires: Int = 600_000, change: (inout UEIdentity) -> Void = { _ in }
    ) throws {
        var options = CoreWorld.Options()
        options.kernel = pcscfKernel
        options.scscf = [("icscf", .list([.text("icscf.\(CoreWorld.home)")]))]
        options.pcscf = [("security", .text(security))]
        if let algorithms {
            options.pcscf.append(("ipsec", .map([("algorithms", .list(algorithms.map { .text($0) }))])))
        }
        let core = try CoreWorld(options)
        self.core = core
        core.world.ipsec.kernels[Self.here.hostAddress] = kernel
        let identities = try (1...count).map { number in
            var identity = try UEIdentity(core.subscribe(number))
            change(&identity)
            return identity
        }
        let kept = Kept(kernel)
        ue = try FleetUnderTest(
            core.world,
            FleetConfig(
                pcscf: CoreWorld.pcscfAddress, transport: transport, local: Self.here, expires: expires,
                security: FleetSecurity(policy: policy, suites: suites) { kept.value }), identities)
    }

    func report(_ index: Int = 0) -> UESecurityReport? { ue.fleet.assumeIsolated { $0.security(of: index) } }

    /// Packets outside ESP between the UEs and the P-CSCF, but for those of first REGISTERs.
    var clearTraffic: [String] {
        core.world.ipsec.clear.filter { packet in
            let ends = [packet.from, packet.to]
            return ends.contains { $0.with(port: 0) == Self.here.with(port: 0) }
                && !ends.contains(CoreWorld.pcscfAddress)
        }.map { "\($0.from) to \($0.to)" }
    }

    /// The UEs' REGISTERs, oldest first.
    var registers: [SIPMessage] {
        core.sent(by: ue.node, containing: "REGISTER sip:").compactMap { try? SIPMessage(Array($0.utf8)) }
    }

    func offered(_ register: SIPMessage) throws -> IPsecProposal.Endpoints {
        try SecurityClient(register.texts(.securityClient)).endpoints
    }

    /// The S-CSCF forgets, and so challenges the next REGISTER.
    func restartSCSCF() throws {
        core.kill(.scscf)
        try core.revive(.scscf)
        core.world.advance(milliseconds: 40_000)
    }

    var isEmpty: Bool { kernel.held.isEmpty && kernel.rules.isEmpty }
}

@Suite("TS 33.203 §7, TS 24.229 §5.1.1: lab UEs with IPsec at the four roles")
struct IPsecCoreTests {
    @Test(
        "§5.1.1.5.1: registers over a set both ends have with the same keys; de-registers",
        arguments: [LinkKind.udp, .tcp])
    func registers(_ transport: LinkKind) throws {
        let lab = try SecureLab(transport: transport)
        let grant = try lab.ue.run { await $0.register(0) }.get()
        #expect(grant.seconds == 7_200)
        let report = try #require(lab.report())
        #expect(report.pcscf.serverPort == 5_100 && report.suite.description == "hmac-sha-1-96/aes-cbc")
        #expect(Set(lab.kernel.held.keys) == Set(lab.pcscfKernel.held.keys) && lab.kernel.held.count == 4)
        for (id, state) in lab.kernel.held {
            #expect(lab.pcscfKernel.held[id]?.keys.integrity == state.keys.integrity)
            #expect(lab.pcscfKernel.held[id]?.keys.encryption == state.keys.encryption)
        }
        let (first, second) = (try #require(lab.registers.first), try #require(lab.registers.last))
        #expect(lab.registers.count == 2)
        #expect(second.texts(.securityClient) == first.texts(.securityClient))
        let via = try #require(second.first("Via"))
        #expect(via.contains("10.45.0.1:\(report.ue.serverPort)"))
        #expect(second.first("Route")?.contains(":5100") == true && first.first("Route")?.contains(":5060") == true)
        #expect(try lab.ue.run { await $0.deregister(0) } == nil)
        #expect(lab.core.registrations().isEmpty && lab.isEmpty)
        #expect(lab.clearTraffic.isEmpty)
        lab.ue.expectClean()
    }

    @Test("TS 33.203 Annex H, I: every suite", arguments: IPsecSuite.all)
    func suites(_ suite: IPsecSuite) throws {
        let lab = try SecureLab(suites: [suite], algorithms: [suite.description])
        _ = try lab.ue.run { await $0.register(0) }.get()
        #expect(lab.report()?.suite == suite && lab.clearTraffic.isEmpty)
    }

    @Test("TS 33.203 §7.2: of what the UE offers the P-CSCF's first choice is taken")
    func choice() throws {
        let names = ["hmac-md5-96/null", "hmac-sha-1-96/null"]
        let lab = try SecureLab(algorithms: names)
        _ = try lab.ue.run { await $0.register(0) }.get()
        #expect(lab.report()?.suite.description == "hmac-md5-96/null")
    }

    @Test("§5.1.1.4.2: refreshes go over the set, each with a new offer and the same Security-Verify; the set stays")
    func refreshes() throws {
        let lab = try SecureLab()
        _ = try lab.ue.run { await $0.register(0) }.get()
        let before = Set(lab.kernel.held.keys)
        lab.core.world.advance(milliseconds: 4 * 6_600_000 + 60_000)
        #expect(lab.ue.story == Array(repeating: "registered 0 7200", count: 5))
        #expect(Set(lab.kernel.held.keys) == before)
        let offers = try lab.registers.dropFirst().map { try lab.offered($0).clientSPI }
        #expect(Set(offers).count == offers.count)
        let verified = Set(lab.registers.dropFirst().map { $0.texts(.securityVerify) })
        #expect(verified.count == 1 && verified.first?.isEmpty == false)
        #expect(lab.clearTraffic.isEmpty)
    }

    @Test(
        "§5.1.1.5.1, TS 33.203 §7.4: a challenged refresh changes the set; the old one goes at both ends",
        arguments: [LinkKind.udp, .tcp])
    func reauthenticates(_ transport: LinkKind) throws {
        let lab = try SecureLab(2, transport: transport)
        let uri = try lab.ue.run { fleet -> String in
            _ = await fleet.register(0)
            guard case .success(let grant) = await fleet.register(1) else { return "" }
            return grant.associatedURIs.first ?? ""
        }
        let old = try #require(lab.report())
        try lab.restartSCSCF()
        for index in 0..<2 { _ = try lab.ue.run { await $0.register(index) }.get() }
        let new = try #require(lab.report())
        #expect(new.ue.clientPort != old.ue.clientPort && new.ue.serverPort == old.ue.serverPort)
        #expect(new.pcscf.clientPort != old.pcscf.clientPort && lab.kernel.held.count == 16)
        #expect(try lab.ue.run { await $0.message(0, to: uri, text: "hello").status } == 200)
        // The other one sends, too: until then the P-CSCF keeps to its old set.
        let own = try lab.ue.run { await $0.register(1) }.get().associatedURIs.first ?? ""
        #expect(try lab.ue.run { await $0.message(1, to: own, text: "to myself").status } == 200)
        lab.core.world.advance(milliseconds: 130_000)
        #expect(lab.kernel.held.count == 8 && lab.kernel.rules.count == 8 && lab.pcscfKernel.held.count == 8)
        #expect(try lab.ue.run { await $0.message(0, to: uri, text: "later").status } == 200)
        #expect(lab.clearTraffic.isEmpty)
    }

    @Test(
        "§5.1.2A.1.1: calls and texts between UEs go over their sets, in both directions",
        arguments: [LinkKind.udp, .tcp])
    func calls(_ transport: LinkKind) throws {
        let lab = try SecureLab(2, transport: transport)
        let stood = try lab.ue.run { fleet -> [Bool] in
            var uris: [String] = []
            for index in 0..<2 {
                guard case .success(let grant) = await fleet.register(index) else { return [] }
                uris.append(grant.associatedURIs.first ?? "")
            }
            let plan = CallPlan(patienceMilliseconds: 30_000, holdMilliseconds: 1_000)
            let there = await fleet.call(0, to: uris[1], plan)
            let back = await fleet.call(1, to: uris[0], plan)
            let text = await fleet.message(0, to: uris[1], text: "hello")
            return [there.stood, back.stood, text.status == 200]
        }
        #expect(stood == [true, true, true])
        #expect(lab.clearTraffic.isEmpty)
        let invite = try #require(lab.core.sent(by: lab.ue.node, containing: "INVITE sip:").first)
        #expect(invite.contains("Security-Verify: ipsec-3gpp") && invite.contains("Proxy-Require: sec-agree"))
        #expect(try lab.ue.run { await $0.deregister(0) } == nil)
        #expect(try lab.ue.run { await $0.deregister(1) } == nil)
        #expect(lab.isEmpty)
        lab.ue.expectClean()
    }

    @Test(
        "§5.1.1.5.3, TS 33.203 §6.1.3: the report of a wrong SQN has a new offer, and the next challenge makes the set")
    func resynchronises() throws {
        let lab = try SecureLab { $0.highestSQN = SequenceNumber(5_000 << 5) }
        #expect(try lab.ue.run { await $0.register(0) }.get().seconds == 7_200)
        let offers = try lab.registers.map { try lab.offered($0) }
        #expect(offers.count == 3 && offers[0].clientSPI != offers[1].clientSPI && offers[1] == offers[2])
        #expect(lab.registers.map { $0.has(.securityVerify) } == [false, false, true])
        #expect(lab.kernel.held.count == 4 && lab.clearTraffic.isEmpty)
    }

    @Test("§5.1.1.5.3, TS 33.203 §6.1.2.2: so has that of a wrong MAC; no set is made")
    func wrongKey() throws {
        let lab = try SecureLab { identity in
            guard case .card(var keys) = identity.secret else { return }
            keys.k = Block128(42)
            identity.secret = .card(keys)
        }
        guard case .failure(let fault) = try lab.ue.run({ await $0.register(0) }) else {
            Issue.record("registered with a wrong K")
            return
        }
        #expect(fault.problem.contains("MAC failure") && lab.isEmpty)
        let offers = try lab.registers.map { try lab.offered($0).clientSPI }
        #expect(offers.count >= 2 && Set(offers).count == offers.count)
        lab.ue.expectClean()
    }

    @Test("A P-CSCF without IPsec: a preferred UE registers in the clear, one that requires it says why it does not")
    func without() throws {
        let lab = try SecureLab(policy: .preferred, security: "off")
        _ = try lab.ue.run { await $0.register(0) }.get()
        #expect(lab.report() == nil && lab.isEmpty)
        let strict = try SecureLab(policy: .required, security: "off")
        guard case .failure(let fault) = try strict.ue.run({ await $0.register(0) }) else {
            Issue.record("registered without IPsec")
            return
        }
        #expect(fault.cure.contains("security: preferred"), "\(fault)")
    }

    @Test(
        "A P-CSCF that has lost its sets: the refresh fails, the next attempt begins in the clear and makes a new set")
    func lostSets() throws {
        let lab = try SecureLab()
        _ = try lab.ue.run { await $0.register(0) }.get()
        lab.core.kill(.pcscf)
        _ = lab.pcscfKernel.perform(
            lab.pcscfKernel.rules.keys.map { .deletePolicy($0.selector, $0.direction) }
                + lab.pcscfKernel.held.keys.map { .deleteState($0) })
        try lab.core.revive(.pcscf)
        lab.core.world.advance(milliseconds: 6_600_000 + 400_000)
        #expect(lab.ue.story.last == "registered 0 7200", "\(lab.ue.story)")
        #expect(lab.report() != nil && lab.kernel.held.count == 4)
        #expect(lab.clearTraffic.isEmpty)
    }

    @Test("The end of a command leaves nothing in the kernel, whatever was under way")
    func released() throws {
        let lab = try SecureLab(2)
        for index in 0..<2 { _ = try lab.ue.run { await $0.register(index) }.get() }
        #expect(lab.kernel.held.count == 8)
        lab.ue.fleet.assumeIsolated { $0.releaseSecurity() }
        #expect(lab.isEmpty)
    }
}
