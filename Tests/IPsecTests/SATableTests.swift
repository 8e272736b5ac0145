import IPsec
import TestSupport
import Testing

/// The sets of a P-CSCF against a model of the kernel.
@Suite("SA table") struct SATableTests {
    private static let pcscf = HostAddress(isV6: false, high: 0, low: 0x0A2D_0001)
    private static let keys = SAKeys(integrity: Array(repeating: 1, count: 20), encryption: [])
    private static let settings = SATable.Settings(
        suites: ["hmac-sha-1-96/aes-cbc", "hmac-sha-1-96/null"].compactMap { IPsecSuite($0) }, serverPort: 5_066,
        clientPorts: [5_065, 5_067, 5_068], maximumSets: 1_000, owner: 1)

    /// A P-CSCF with its kernel, and UEs that register through it.
    private struct World {
        var table = SATable(settings, seed: 0)
        let kernel = ModelKernel()
        var now = 0

        mutating func perform(_ changes: SATable.Changes) -> [XFRMFailure] {
            kernel.perform(changes.requests).compactMap { $0 }
        }

        /// A UE's REGISTER is challenged; the set's number.
        mutating func challenge(
            _ user: String, ue: UInt64 = 2, spis: (UInt32, UInt32) = (1_000, 1_001), ports: (UInt16, UInt16),
            isInitial: Bool = true
        ) throws -> UInt32 {
            let offer = SATableTests.offer(spis, ports)
            let agreement = try table.propose(
                SARequest(
                    user: user, ue: HostAddress(isV6: false, high: 0, low: 0x0A2D_0000 + ue), pcscf: pcscf,
                    client: try SecurityClient([offer]),
                    offer: [try #require(SecurityMechanism(parsing: offer))]))
            #expect(perform(table.install(agreement, keys)) == [])
            #expect(perform(table.installed(agreement.id, isInitial: isInitial, at: now)) == [])
            return agreement.id
        }

        mutating func handle(_ event: SALifecycle.Event, of user: String) {
            #expect(perform(table.handle(event, of: user, at: now)) == [])
        }
    }

    private static func offer(_ spis: (UInt32, UInt32), _ ports: (UInt16, UInt16)) -> String {
        "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=\(spis.0);spi-s=\(spis.1);port-c=\(ports.0);port-s=\(ports.1)"
    }

    @Test("A registration's whole life leaves nothing in the kernel, nor here")
    func wholeLife() throws {
        var world = World()
        let first = try world.challenge("a", ports: (31_800, 31_900))
        #expect(world.kernel.held.count == 4 && world.kernel.rules.count == 4)
        #expect(
            world.table.sets(from: HostAddress(isV6: false, high: 0, low: 0x0A2D_0002), port: 31_800).map(\.id) == [
                first
            ])
        #expect(world.table.outgoing(to: "a", at: 0) == nil)
        world.handle(.registered(over: first, seconds: 3_600), of: "a")
        #expect(world.table.outgoing(to: "a", at: 0)?.id == first)
        world.handle(.deregistered, of: "a")
        world.now = SALifecycle.graceMilliseconds
        let end = world.table.handle(.timer(id: first), of: "a", at: world.now)
        #expect(end.gone.map(\.id) == [first])
        #expect(world.perform(end) == [])
        #expect(world.kernel.held.isEmpty && world.kernel.rules.isEmpty && world.table.count == 0)
        #expect(world.table.life(of: "a") == nil)
    }

    @Test("A phone that comes and goes within 64·T1 always finds a client port: the oldest closing set makes room")
    func comesAndGoes() throws {
        var world = World()
        for number in 0..<10 {
            let spis = (UInt32(1_000 + 2 * number), UInt32(1_001 + 2 * number))
            let id = try world.challenge("a", spis: spis, ports: (UInt16(31_800 + number), 31_900))
            world.handle(.registered(over: id, seconds: 3_600), of: "a")
            world.handle(.deregistered, of: "a")
        }
        #expect(world.table.count == Self.settings.clientPorts.count)
        #expect(world.kernel.held.count == 4 * world.table.count)
    }

    @Test("TS 33.203 §7.1: each live set toward a UE's server port has a client port of its own; a fourth finds none")
    func clientPorts() throws {
        var world = World()
        let sets = try ["a", "b", "c"].enumerated().map { number, user in
            let spis = (UInt32(1_000 + 2 * number), UInt32(1_001 + 2 * number))
            let id = try world.challenge(user, spis: spis, ports: (UInt16(31_800 + number), 31_900))
            world.handle(.registered(over: id, seconds: 3_600), of: user)
            return id
        }
        let ports = sets.compactMap { world.table[$0]?.set.pcscf.endpoints.clientPort }
        #expect(Set(ports) == Set(Self.settings.clientPorts))
        for user in ["a", "d"] {
            #expect(throws: SATable.Refusal.noClientPort) {
                _ = try world.challenge(user, spis: (9_000, 9_001), ports: (31_810, 31_900))
            }
        }
        // Another UE, or another server port, has all of them.
        #expect(try world.challenge("e", ue: 3, ports: (31_800, 31_900)) > 0)
    }

    @Test("TS 33.203 §7.4: three client ports are enough for one UE: the temporary set a new challenge ends makes room")
    func threePortsOfOne() throws {
        var world = World()
        for number in 0..<9 {
            let spis = (UInt32(1_000 + 2 * number), UInt32(1_001 + 2 * number))
            let id = try world.challenge(
                "a", spis: spis, ports: (UInt16(31_800 + number), 31_900), isInitial: number == 0)
            // Every second challenge is never answered.
            if number % 2 == 0 { world.handle(.registered(over: id, seconds: 3_600), of: "a") }
        }
        #expect(world.table.count == 2 && world.kernel.held.count == 8)
        #expect(Set(world.table.rules.map(\.selector)).count == world.kernel.rules.count)
    }

    @Test("Sets that REGISTERs in the clear have made for other users do not keep a UE from its next set")
    func forgedByMany() throws {
        var world = World()
        let live = try world.challenge("a", spis: (1_000, 1_001), ports: (31_800, 31_900))
        world.handle(.registered(over: live, seconds: 3_600), of: "a")
        for number in 1...5 {
            let spis = (UInt32(2_000 + 2 * number), UInt32(2_001 + 2 * number))
            _ = try world.challenge("x\(number)", spis: spis, ports: (31_800, 31_900))
            #expect(world.table.count <= 3 && world.table[live] != nil)
        }
        let next = try world.challenge("a", spis: (1_002, 1_003), ports: (31_801, 31_900), isInitial: false)
        world.handle(.registered(over: next, seconds: 3_600), of: "a")
        #expect(world.table[live] != nil && world.table[next] != nil)
        #expect(world.table.life(of: "x4") == nil && world.kernel.held.count == world.table.stateCount)
    }

    @Test("A phone that restarts on the same ports and SPIs gets its new set; the kernel agrees at every step")
    func restart() throws {
        var world = World()
        let old = try world.challenge("a", spis: (1_000, 1_001), ports: (31_800, 31_900))
        world.handle(.registered(over: old, seconds: 3_600), of: "a")
        let other = try world.challenge("a", spis: (2_000, 2_001), ports: (31_800, 31_900))
        // One policy goes back to those ports: it stays the live set's until the UE has sent over the new one.
        #expect(world.table[old] != nil && world.kernel.held.count == 6 && world.table.isHeld(other))
        #expect(world.perform(world.table.prove(other)) == [])
        #expect(world.table[old] != nil && world.kernel.held.count == 8 && !world.table.isHeld(other))
        world.handle(.registered(over: other, seconds: 3_600), of: "a")
        #expect(world.table[old] == nil && world.kernel.held.count == 4 && world.kernel.rules.count == 4)
        let same = try world.challenge("a", spis: (2_000, 2_001), ports: (31_800, 31_900))
        #expect(world.table[other] != nil && world.kernel.held.count == 6)
        #expect(world.perform(world.table.prove(same)) == [])
        #expect(world.table[other] == nil && world.kernel.held.count == 4 && world.kernel.rules.count == 4)
        world.handle(.registered(over: same, seconds: 3_600), of: "a")
        #expect(world.table.outgoing(to: "a", at: 0)?.id == same)
    }

    @Test(
        "B.5: what a REGISTER in the clear makes with the SPIs of a live set ends without a trace of either's",
        arguments: [(1_000, 31_800), (1_000, 31_850), (5_000, 31_800)] as [(UInt32, UInt16)])
    func heldEnds(spi: UInt32, port: UInt16) throws {
        var world = World()
        let live = try world.challenge("a", spis: (1_000, 1_001), ports: (31_800, 31_900))
        world.handle(.registered(over: live, seconds: 3_600), of: "a")
        let (states, rules) = (Set(world.kernel.held.keys), Set(world.kernel.rules.values))
        for _ in 0..<3 {
            let forged = try world.challenge("a", spis: (spi, spi + 1), ports: (port, 31_900))
            #expect(world.table.isHeld(forged) && world.table.stateCount == world.kernel.held.count)
            #expect(states.isSubset(of: world.kernel.held.keys) && rules.isSubset(of: world.kernel.rules.values))
            #expect(world.table.outgoing(to: "a", at: 0)?.id == live)
        }
        world.now = SALifecycle.awaitAuthMilliseconds
        for set in world.table.all where set.id != live { world.handle(.timer(id: set.id), of: "a") }
        #expect(Set(world.kernel.held.keys) == states && Set(world.kernel.rules.values) == rules)
        #expect(world.table.count == 1 && world.table.stateCount == 4)
    }

    @Test("The kernel refuses the way back of a set that was held: that set goes whole, and nothing of others")
    func provenRefused() throws {
        var world = World()
        let live = try world.challenge("a", spis: (1_000, 1_001), ports: (31_800, 31_900))
        world.handle(.registered(over: live, seconds: 3_600), of: "a")
        let states = Set(world.kernel.held.keys)
        let next = try world.challenge("a", spis: (2_000, 2_001), ports: (31_800, 31_900))
        world.kernel.succeeding = 0
        let changes = world.table.prove(next)
        #expect(world.perform(changes).count == changes.requests.count)
        world.kernel.succeeding = nil
        #expect(world.perform(world.table.failed(next, taken: [])).allSatisfy { $0.kind == .absent })
        #expect(Set(world.kernel.held.keys) == states && world.table.outgoing(to: "a", at: 0)?.id == live)
        #expect(world.kernel.rules.count == 4 && world.table.life(of: "a")?.entries.count == 1)
    }

    @Test("Wherever the kernel fails, everything is taken back", arguments: 0..<8)
    func rollback(succeeding: Int) throws {
        var world = World()
        let offer = Self.offer((1_000, 1_001), (31_800, 31_900))
        let agreement = try world.table.propose(
            SARequest(
                user: "a", ue: HostAddress(isV6: false, high: 0, low: 9), pcscf: Self.pcscf,
                client: try SecurityClient([offer]), offer: []))
        world.kernel.succeeding = succeeding
        #expect(!world.perform(world.table.install(agreement, Self.keys)).isEmpty)
        world.kernel.succeeding = nil
        #expect(world.perform(world.table.failed(agreement.id, taken: [])).allSatisfy { $0.kind == .absent })
        #expect(world.kernel.held.isEmpty && world.kernel.rules.isEmpty && world.table.count == 0)
    }

    @Test("TS 33.203 §7.2: where another's state has an SPI of the offer at that host, no set is made and it stays")
    func takenSPI() throws {
        var world = World()
        let live = try world.challenge("a", spis: (1_100, 1_101), ports: (31_800, 31_900))
        world.handle(.registered(over: live, seconds: 3_600), of: "a")
        let ue = HostAddress(isV6: false, high: 0, low: 0x0A2D_0002)
        let foreign = (1_000...1_001).map { spi in
            XFRMState(
                selector: XFRMSelector(
                    source: Self.pcscf, sourcePort: 0, destination: ue, destinationPort: 0, owner: 99),
                spi: spi, requestID: 1, suite: Self.settings.suites[0], keys: Self.keys)
        }
        #expect(world.kernel.perform(foreign.map(XFRMRequest.addState)) == [nil, nil])
        let before = world.kernel.held
        let offer = Self.offer((1_000, 1_001), (31_802, 31_902))
        let agreement = try world.table.propose(
            SARequest(
                user: "b", ue: HostAddress(isV6: false, high: 0, low: 0x0A2D_0002), pcscf: Self.pcscf,
                client: try SecurityClient([offer]), offer: []))
        let install = world.table.install(agreement, Self.keys)
        let refused = zip(install.requests, world.kernel.perform(install.requests)).compactMap { request, failure in
            if failure != nil, case .addState(let state) = request { state.id } else { nil }
        }
        #expect(refused.count == 2)
        #expect(world.perform(world.table.failed(agreement.id, taken: Set(refused))) == [])
        #expect(Set(world.kernel.held.keys) == Set(before.keys) && world.kernel.rules.count == 4)
        #expect(world.table.count == 1 && world.table.outgoing(to: "a", at: 0)?.id == live)
    }

    @Test("TS 33.203 §7.1: another user at that host with SPIs of a live set is held, and its proof ends that set")
    func takenByOther() throws {
        var world = World()
        let live = try world.challenge("a", spis: (1_000, 1_001), ports: (31_800, 31_900))
        world.handle(.registered(over: live, seconds: 3_600), of: "a")
        let next = try world.challenge("b", spis: (1_000, 1_001), ports: (31_802, 31_902))
        #expect(world.table.isHeld(next) && world.kernel.held.count == 6 && world.table.stateCount == 6)
        let changes = world.table.prove(next)
        #expect(changes.gone.map(\.id) == [live] && world.perform(changes) == [])
        #expect(world.table.life(of: "a") == nil && world.kernel.held.count == 4 && world.kernel.rules.count == 4)
    }

    @Test("Limits: sets in all; no suite in common")
    func limits() throws {
        var settings = Self.settings
        settings.maximumSets = 1
        var world = World(table: SATable(settings, seed: 0))
        _ = try world.challenge("a", ports: (31_800, 31_900))
        #expect(throws: SATable.Refusal.full) { _ = try world.challenge("b", ue: 3, ports: (1, 2)) }
        settings.suites = IPsecSuite("null/aes-gcm").map { [$0] } ?? []
        var strict = World(table: SATable(settings, seed: 0))
        #expect(throws: SATable.Refusal.noCommonSuite) { _ = try strict.challenge("a", ports: (1, 2)) }
    }

    @Test("TS 33.203 §7.3.2.3: what a REGISTER over a set must repeat")
    func judgement() throws {
        var world = World()
        let id = try world.challenge("a", ports: (31_800, 31_900))
        let agreement = try #require(world.table[id])
        let (offer, verify) = (
            Self.offer((1_000, 1_001), (31_800, 31_900)), agreement.server.mechanisms.map(\.description)
        )
        func judge(_ user: String, _ client: [String], _ verify: [String], first: Bool = true) -> SAAgreement.Mismatch?
        {
            agreement.judge(user: user, client: client, verify: verify, answersChallenge: first)
        }
        #expect(judge("a", [offer], verify) == nil)
        #expect(judge("b", [offer], verify) == .user)
        #expect(judge("a", [offer], []) == .verify)
        #expect(judge("a", [offer], Array(verify.dropLast())) == .verify)
        #expect(judge("a", [offer], verify.map { $0.replacing("port-s=5066", with: "port-s=5060") }) == .verify)
        #expect(judge("a", [Self.offer((1, 2), (3, 4))], verify) == .client)
        #expect(judge("a", [], verify) == .client)
        #expect(judge("a", [Self.offer((5_000, 5_001), (31_801, 31_900))], verify, first: false) == nil)
    }

    @Test(
        "10,000 UEs register, re-register and vanish in any order: kernel and table agree, and both end empty",
        arguments: [UInt64(1), 2, 3])
    func anyOrder(seed: UInt64) throws {
        var settings = Self.settings
        settings.maximumSets = 100_000
        var world = World(table: SATable(settings, seed: 0))
        var random = SeededRandom(seed: seed)
        var ends: [UInt32: Int] = [:]
        var spi: UInt32 = 1_000
        for step in 0..<30_000 {
            world.now = step * 10
            let number = Int.random(in: 0..<10_000, using: &random)
            let user = "\(number)"
            let life = world.table.life(of: user)?.entries ?? []
            let changes: SATable.Changes
            switch (Int.random(in: 0..<4, using: &random), life.last) {
            case (0, _), (_, nil):
                spi += 2
                var (spis, ports) = ((spi, spi + 1), (UInt16(20_000 + step % 20_000), UInt16(31_900)))
                // Now and then a phone that starts anew, or somebody who forges its REGISTER.
                if let set = life.last.flatMap({ world.table[$0.id]?.set.ue.endpoints }), step % 3 == 0 {
                    ports = (set.clientPort, set.serverPort)
                    if step % 2 == 0 { spis = (set.clientSPI, set.serverSPI) }
                }
                let offer = Self.offer(spis, ports)
                guard
                    let agreement = try? world.table.propose(
                        SARequest(
                            user: user, ue: HostAddress(isV6: false, high: 0, low: UInt64(number)), pcscf: Self.pcscf,
                            client: try SecurityClient([offer]), offer: []))
                else { continue }
                #expect(world.perform(world.table.install(agreement, Self.keys)) == [])
                changes = world.table.installed(agreement.id, isInitial: .random(using: &random), at: world.now)
            case (1, let last?):
                #expect(world.perform(world.table.prove(last.id)) == [])
                changes = world.table.handle(.registered(over: last.id, seconds: 60), of: user, at: world.now)
            case (2, let last?): changes = world.table.handle(.received(over: last.id), of: user, at: world.now)
            default: changes = world.table.handle(.deregistered, of: user, at: world.now)
            }
            #expect(world.perform(changes) == [])
            for timer in changes.timers { ends[timer.id] = world.now + timer.milliseconds }
        }
        let expected = world.table.all.flatMap { set in world.table.flows(of: set).map(\.stateID) }
        #expect(Set(expected) == Set(world.kernel.held.keys) && expected.count == world.kernel.held.count)
        for (id, end) in ends.sorted(by: { $0.value < $1.value }) {
            guard let user = world.table[id]?.user else { continue }
            #expect(world.perform(world.table.handle(.timer(id: id), of: user, at: end)) == [])
        }
        #expect(world.table.count == 0 && world.kernel.held.isEmpty && world.kernel.rules.isEmpty)
    }
}
