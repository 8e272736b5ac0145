import IPsec
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

/// A core whose P-CSCF has IPsec, and UEs that have it too.
struct SecureWorld {
    let core: CoreWorld
    let kernel = ModelKernel()
    let state = ModelState()

    init(
        required: Bool = false, algorithms: [String]? = nil, scscf: [(String, SettingsNode)] = [], seed: UInt64 = 1,
        ipsec: [(String, SettingsNode)] = [], calls: Bool = false
    ) throws {
        var options = CoreWorld.Options()
        options.seed = seed
        options.kernel = kernel
        options.state = state
        options.scscf = scscf + (calls ? [("icscf", .list([.text("icscf.\(CoreWorld.home)")]))] : [])
        options.pcscf = [("security", .text(required ? "required" : "preferred"))]
        let suites = algorithms.map { [("algorithms", SettingsNode.list($0.map { .text($0) }))] } ?? []
        if !(ipsec + suites).isEmpty { options.pcscf.append(("ipsec", .map(ipsec + suites))) }
        core = try CoreWorld(options)
    }

    func ue(_ number: Int = 1, suites: [String] = ["hmac-sha-1-96/aes-cbc"]) throws -> SecureUE {
        try SecureUE(
            try core.subscribe(number), at: SocketAddress(10, 45, 0, UInt8(number + 1), port: 0), in: core,
            suites: suites)
    }

    /// Packets without ESP between the P-CSCF and a UE's protected ports.
    func clearTraffic(of ue: SecureUE) -> Int {
        let host = ue.host.with(port: 0)
        return core.world.ipsec.clear.filter { packet in
            let (from, to) = packet
            let ports = [from, to].filter { $0.with(port: 0) == host }.map(\.port)
            return !ports.isEmpty && ports != [5060]
        }.count
    }
}

@Suite("TS 24.229 §5.2.2.2: registration with IPsec")
struct IPsecRegistrationTests {
    @Test(
        "TS 33.203 §7.2, Annex I: a UE registers over the set of its challenge, both kernels have the same keys",
        arguments: IPsecSuite.all.map(\.description))
    func registers(suite: String) throws {
        let world = try SecureWorld(algorithms: [suite])
        let ue = try world.ue(suites: [suite])
        let challenge = try #require(try ue.begin())
        #expect(challenge.status == 401)
        #expect(challenge.count(.securityServer) == 1)
        let www = challenge.text(.wwwAuthenticate) ?? ""
        #expect(!www.contains("ck=") && !www.contains("ik="))
        #expect(try ue.answer(challenge).status == 200)
        #expect(world.kernel.held.count == 4 && world.kernel.protecting == 4)
        for (id, state) in world.kernel.held {
            #expect(ue.kernel.held[id]?.keys.integrity == state.keys.integrity)
            #expect(ue.kernel.held[id]?.keys.encryption == state.keys.encryption)
        }
        #expect(world.core.registrationsAtPCSCF().map { $0["security"] } == [.text("IPsec \(suite)")])
        #expect(world.clearTraffic(of: ue) == 0)
    }

    @Test("TS 33.203 §7.1: our SPIs are from 65536 up and not the UE's; the client port is one of the pool")
    func endpoints() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.register().status == 200)
        let own = try #require(ue.set?.pcscf.endpoints)
        #expect(own.clientSPI >= 65_536 && own.serverSPI >= 65_536 && own.clientSPI != own.serverSPI)
        #expect(own.serverPort == 5_100 && (5_101...5_108).contains(own.clientPort))
    }

    @Test(
        "§5.4.1.2.2: over its set a UE re-registers without a challenge, the set stays and the new offer is discarded")
    func againWithoutChallenge() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.register().status == 200)
        let before = Set(world.kernel.held.keys)
        world.core.world.advance(milliseconds: 600_000)
        #expect(try ue.registerAgain()?.status == 200)
        #expect(Set(world.kernel.held.keys) == before)
        #expect(world.clearTraffic(of: ue) == 0)
    }

    @Test("§5.2.2.2: a challenged re-registration makes a new set with another client port, beside the one in use")
    func againWithChallenge() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.register().status == 200)
        let first = try #require(ue.set)
        world.core.kill(.scscf)
        try world.core.revive(.scscf)
        world.core.world.advance(milliseconds: 40_000)
        let challenge = try #require(try ue.registerAgain())
        #expect(challenge.status == 401)
        #expect(world.kernel.held.count == 8)
        #expect(try ue.answer(challenge).status == 200)
        let second = try #require(ue.set)
        #expect(second.pcscf.endpoints.clientPort != first.pcscf.endpoints.clientPort)
        // Nothing has come over the new set yet: the old one keeps its life.
        world.core.world.advance(milliseconds: 300_000)
        #expect(world.kernel.held.count == 8)
        #expect(try ue.registerAgain()?.status == 200)
        world.core.world.advance(milliseconds: 127_000)
        #expect(world.kernel.held.count == 8)
        world.core.world.advance(milliseconds: 2_000)
        #expect(Set(world.kernel.held.keys) == Set(second.stateIDs))
        #expect(world.clearTraffic(of: ue) == 0)
    }

    @Test("§5.2.2.2, B.1 row 10: the 200 to a de-registration is inside ESP; the set goes 64·T1 later")
    func deregisters() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.register().status == 200)
        #expect(try ue.registerAgain(expires: 0)?.status == 200)
        #expect(world.core.registrationsAtPCSCF().isEmpty)
        #expect(world.kernel.held.count == 4)
        world.core.world.advance(milliseconds: 128_000)
        #expect(world.kernel.held.isEmpty && world.kernel.protecting == 0)
        #expect(world.clearTraffic(of: ue) == 0)
    }

    @Test("TS 33.203 §7.4: sets end 30 s after the registration they were made for, and nothing is left")
    func expires() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.register(expires: 600).status == 200)
        world.core.world.advance(milliseconds: 599_000)
        #expect(world.kernel.held.count == 4)
        world.core.world.advance(milliseconds: 200_000)
        #expect(world.kernel.held.isEmpty && world.kernel.protecting == 0)
        #expect(world.core.registrationsAtPCSCF().isEmpty)
    }

    @Test("§7.8, B.1 row 44: a set nobody answers over goes after reg-await-auth, four minutes")
    func neverAnswered() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.begin()?.status == 401)
        world.core.world.advance(milliseconds: 239_000)
        #expect(world.kernel.held.count == 4)
        world.core.world.advance(milliseconds: 2_000)
        #expect(world.kernel.held.isEmpty && world.kernel.protecting == 0)
    }
}
