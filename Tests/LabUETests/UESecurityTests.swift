import IPsec
import TestSupport
import Testing

@testable import LabUE

@Suite("TS 24.229 §5.1.1, TS 33.203 §7.4: a UE's agreement and its sets")
struct UESecurityTests {
    private static let ue = HostAddress(isV6: false, high: 0, low: 0x0A2D_0002)
    private static let pcscf = HostAddress(isV6: false, high: 0, low: 0x0A2D_0001)

    /// A UE, its kernel, and a P-CSCF that challenges when told to.
    private final class World {
        var ue = UESecurity(
            .init(
                ue: UESecurityTests.ue, pcscf: UESecurityTests.pcscf, serverPort: 40_000,
                clientPorts: [40_001, 40_002, 40_003]),
            suites: FleetSecurity.usualSuites)
        var spis = SPIAllocator(seed: 7)
        let kernel = ModelKernel()
        var now = 0
        private var serial: UInt32 = 70_000

        func register() throws -> UESecurity.Dressing {
            let dressing = ue.dress(&spis)
            return try #require(dressing)
        }

        /// Does what changes say; every request must succeed.
        func apply(_ changes: UESecurity.Changes) {
            #expect(kernel.perform(changes.requests).allSatisfy { $0 == nil })
        }

        /// A 401; what its Security-Server said.
        @discardableResult
        func challenge() throws -> String {
            serial += 2
            let server = SecurityServer(
                FleetSecurity.usualSuites,
                endpoints: .init(
                    clientSPI: serial, serverSPI: serial + 1, clientPort: UInt16(5_101 + serial % 90), serverPort: 5_100
                ))
            let values = server.mechanisms.map(\.description)
            let proposal = try ue.choose(from: values)
            apply(
                ue.install(proposal, server: values, owner: 1, at: now) { _ in SAKeys(integrity: [1], encryption: []) })
            return server.text
        }

        func grant(_ seconds: Int = 3_600) { apply(ue.registered(seconds: seconds, at: now)) }

        /// An initial registration, with its challenge.
        func begin() throws {
            _ = try register()
            try challenge()
            _ = try register()
            grant()
        }

        var phases: [SALifecycle.Phase] { ue.life.entries.map(\.phase) }
    }

    private func ports(_ dressing: UESecurity.Dressing) throws -> IPsecProposal.Endpoints {
        try SecurityClient(dressing.client.split(separator: ", ").map(String.init)).endpoints
    }

    @Test("§5.1.1.2.2: the first REGISTER goes in the clear with an offer and nothing to verify")
    func first() throws {
        let world = World()
        let first = try world.register()
        #expect(first.over == nil && first.verify == nil)
        let offered = try ports(first)
        #expect(offered.serverPort == 40_000 && offered.clientPort == 40_001)
        #expect(offered.clientSPI >= SPIAllocator.lowest && offered.clientSPI != offered.serverSPI)
        #expect(world.kernel.held.isEmpty)
    }

    @Test("§5.1.1.5.1: the answer goes over the temporary set, with the same offer and the Security-Server as received")
    func answer() throws {
        let world = World()
        let first = try world.register()
        let server = try world.challenge()
        #expect(world.phases == [.temporary] && world.kernel.held.count == 4 && world.kernel.rules.count == 4)
        #expect(world.ue.current == nil)
        let second = try world.register()
        #expect(
            second.client == first.client && second.verify == server && second.over?.id == world.ue.life.entries[0].id)
        world.grant()
        #expect(world.phases == [.established] && world.ue.current?.server == server)
    }

    @Test("§5.1.1.4.2: each later REGISTER has a new offer and the last Security-Verify; without a 401 it is forgotten")
    func refreshes() throws {
        let world = World()
        try world.begin()
        let set = try #require(world.ue.current)
        var seen: Set<UInt32> = [set.offer.endpoints.clientSPI, set.offer.endpoints.serverSPI]
        for _ in 0..<5 {
            let again = try world.register()
            #expect(again.verify == set.server && again.over?.id == set.id)
            let offered = try ports(again)
            #expect(seen.insert(offered.clientSPI).inserted && seen.insert(offered.serverSPI).inserted)
            #expect(offered.serverPort == 40_000 && offered.clientPort != set.offer.endpoints.clientPort)
            world.grant()
        }
        #expect(world.ue.sets.count == 1 && world.kernel.held.count == 4)
    }

    @Test("TS 33.203 §7.4: a challenged one makes a set beside it, on the next client port; requests change at the 200")
    func reauthenticated() throws {
        let world = World()
        try world.begin()
        let old = try #require(world.ue.current)
        _ = try world.register()
        let server = try world.challenge()
        #expect(world.phases == [.established, .temporary] && world.kernel.held.count == 8)
        #expect(world.ue.current?.id == old.id)
        let answer = try world.register()
        #expect(answer.verify == server && answer.over?.set.ue.endpoints.clientPort == 40_002)
        world.grant()
        #expect(world.phases == [.old, .established] && world.ue.current?.id == answer.over?.id)
        // §5.1.1.5.1: what comes over the old set changes nothing, the first over the new one ends the old in 64·T1.
        world.apply(world.ue.received(over: old.id, at: world.now))
        let changes = world.ue.received(over: try #require(world.ue.current?.id), at: world.now)
        #expect(changes.timers.map(\.id) == [old.id] && changes.timers.map(\.milliseconds) == [128_000])
        world.now += 128_000
        world.apply(world.ue.timer(old.id, at: world.now))
        #expect(world.phases == [.established] && world.kernel.held.count == 4 && world.kernel.rules.count == 4)
    }

    @Test("TS 33.203 §7.4: re-authentication for ever: at most three sets, no client port twice among them")
    func forEver() throws {
        let world = World()
        try world.begin()
        var used: [UInt16] = []
        for _ in 0..<9 {
            world.now += 1_000
            _ = try world.register()
            try world.challenge()
            let ports = world.ue.sets.values.map(\.offer.endpoints.clientPort)
            #expect(Set(ports).count == ports.count && ports.count <= 3)
            used.append(try #require(try world.register().over?.set.ue.endpoints.clientPort))
            world.grant()
        }
        #expect(used == [40_002, 40_003, 40_001, 40_002, 40_003, 40_001, 40_002, 40_003, 40_001])
        #expect(world.kernel.held.count == 8)
    }

    @Test("§5.1.1.5.3: a REGISTER that reports a failed challenge has a new offer and goes as the one before it")
    func invalidChallenge() throws {
        let world = World()
        let first = try world.register()
        let report = try world.register()
        #expect(report.over == nil && report.client != first.client)
        let other = World()
        try other.begin()
        _ = try other.register()
        let protected = try other.register()
        #expect(protected.over?.id == other.ue.current?.id && protected.verify == other.ue.current?.server)
    }

    @Test("A challenge to the answer itself: its set replaces the temporary one, with the same SPIs")
    func challengedAgain() throws {
        let world = World()
        _ = try world.register()
        try world.challenge()
        _ = try world.register()
        let server = try world.challenge()
        #expect(world.phases == [.temporary] && world.kernel.held.count == 4 && world.kernel.rules.count == 4)
        #expect(try world.register().verify == server)
        world.grant()
        #expect(world.phases == [.established])
    }

    @Test("§5.1.1.5.1: a refused answer drops the temporary set and leaves the one in use")
    func refused() throws {
        let world = World()
        try world.begin()
        let set = try #require(world.ue.current)
        _ = try world.register()
        try world.challenge()
        _ = try world.register()
        world.apply(world.ue.refused())
        #expect(world.phases == [.established] && world.ue.current?.id == set.id && world.kernel.held.count == 4)
        #expect(try world.register().over?.id == set.id)
    }

    @Test("§7.8: a temporary set nobody confirms goes after reg-await-auth")
    func unanswered() throws {
        let world = World()
        _ = try world.register()
        try world.challenge()
        let id = world.ue.life.entries[0].id
        world.now = SALifecycle.awaitAuthMilliseconds
        world.apply(world.ue.timer(id, at: world.now))
        #expect(world.kernel.held.isEmpty && world.kernel.rules.isEmpty)
        let next = try world.register()
        #expect(next.over == nil && next.verify == nil)
    }

    @Test("§5.1.1.6: at the end every set goes, and a new registration begins in the clear")
    func ended() throws {
        let world = World()
        try world.begin()
        _ = try world.register()
        try world.challenge()
        world.apply(world.ue.ended())
        #expect(world.kernel.held.isEmpty && world.kernel.rules.isEmpty && world.ue.sets.isEmpty)
        #expect(try world.register().over == nil)
    }

    @Test("Wherever the kernel fails, the set is taken back whole", arguments: 0..<8)
    func rollback(succeeding: Int) throws {
        let world = World()
        _ = try world.register()
        let values = SecurityServer(
            FleetSecurity.usualSuites,
            endpoints: .init(clientSPI: 70_001, serverSPI: 70_002, clientPort: 5_101, serverPort: 5_100)
        ).mechanisms.map(\.description)
        world.kernel.succeeding = succeeding
        let changes = world.ue.install(try world.ue.choose(from: values), server: values, owner: 1, at: 0) { _ in
            SAKeys(integrity: [1], encryption: [])
        }
        #expect(world.kernel.perform(changes.requests).contains { $0 != nil })
        world.kernel.succeeding = nil
        #expect(world.kernel.perform(world.ue.refused().requests).allSatisfy { $0 == nil || $0?.kind == .absent })
        #expect(world.kernel.held.isEmpty && world.kernel.rules.isEmpty && world.ue.sets.isEmpty)
    }

    @Test("A 401 without Security-Server, or with nothing that was offered")
    func refusals() throws {
        let world = World()
        _ = try world.register()
        #expect(throws: UESecurity.Refusal.notOffered) { _ = try world.ue.choose(from: []) }
        #expect(throws: UESecurity.Refusal.nothingInCommon("tls")) { _ = try world.ue.choose(from: ["tls"]) }
    }
}
