import IPsec
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("Restart of the P-CSCF")
struct IPsecRestartTests {
    /// The process dies, and another begins, some time later, maybe with another file.
    private func restart(
        _ world: SecureWorld, after milliseconds: Int = 3_000, with settings: [(String, SettingsNode)] = []
    ) throws {
        world.core.kill(.pcscf)
        world.core.world.advance(milliseconds: milliseconds)
        world.core.options.pcscf += settings
        try world.core.revive(.pcscf)
        world.core.world.settle()
    }

    @Test("Registrations and sets go on: the UE re-registers over its set and hears nothing of the restart")
    func goesOn() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.register().status == 200)
        let (before, rows) = (Set(world.kernel.held.keys), world.core.registrationsAtPCSCF())
        try restart(world)
        #expect(Set(world.kernel.held.keys) == before && world.kernel.protecting == 4)
        #expect(world.core.registrationsAtPCSCF().map { $0["contact"] } == rows.map { $0["contact"] })
        #expect(world.core.registrationsAtPCSCF().map { $0["security"] } == rows.map { $0["security"] })
        #expect(try ue.registerAgain()?.status == 200)
        #expect(try ue.registerAgain(expires: 0)?.status == 200)
        world.core.world.advance(milliseconds: 130_000)
        #expect(world.kernel.held.isEmpty && world.kernel.protecting == 0)
        #expect(world.state.values.keys.allSatisfy { ["flow-tokens", "protected-ports"].contains($0) })
        #expect(world.clearTraffic(of: ue) == 0)
    }

    @Test("A challenge answered after the restart is answered over the set made before it")
    func betweenChallengeAndAnswer() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        let challenge = try #require(try ue.begin())
        try restart(world)
        #expect(try ue.answer(challenge).status == 200)
    }

    @Test("Sets whose time came while nobody ran are gone with the restart")
    func expiredMeanwhile() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.register(expires: 600).status == 200)
        try restart(world, after: 800_000)
        world.core.world.advance(milliseconds: 1)
        #expect(world.core.registrationsAtPCSCF().isEmpty)
        #expect(world.kernel.held.isEmpty && world.kernel.protecting == 0)
    }

    @Test("Strays of ours go, others' states and policies stay", arguments: [true, false])
    func strays(isStateLost: Bool) throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.register().status == 200)
        let host = CoreWorld.pcscfAddress.hostAddress
        let foreign = XFRMSelector(
            source: host, sourcePort: 0, destination: ue.host.hostAddress, destinationPort: 0, owner: 0)
        let keys = SAKeys(integrity: [1], encryption: [])
        let suite = try #require(IPsecSuite("hmac-sha-1-96/null"))
        let failures = world.kernel.perform([
            .addState(XFRMState(selector: foreign, spi: 300, requestID: 9, suite: suite, keys: keys)),
            .addPolicy(XFRMPolicy(selector: foreign, direction: .out, action: .protect(requestID: 9))),
        ])
        #expect(failures == [nil, nil])
        if isStateLost {
            // What was written down is lost, so nobody knows the set any more.
            for key in world.state.values.keys where key.hasPrefix("set/") { world.state.keep(key, nil) }
        } else {
            // The kernel has lost a state, so the set is of no use.
            _ = world.kernel.perform([.deleteState(try #require(ue.set).stateIDs[0])])
        }
        try restart(world)
        #expect(world.kernel.held.keys.map(\.spi) == [300])
        #expect(world.kernel.protecting == 1)
        #expect(world.core.registrationsAtPCSCF().isEmpty)
    }

    @Test("Sets with protected ports we no longer have go with the restart; the phone registers anew")
    func otherServerPort() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.register().status == 200)
        try restart(world, with: [("ipsec", .map([("server-port", .text("5200"))]))])
        #expect(world.kernel.held.isEmpty && world.kernel.protecting == 0)
        #expect(world.core.registrationsAtPCSCF().isEmpty)
        ue.ue.restart()
        ue.kernel.removeAll()
        ue.renewOffer()
        #expect(try ue.register().status == 200)
    }

    @Test(
        "Another listener in the file, whose number comes before those of protected ports: all goes on",
        arguments: ["off", "preferred"])
    func anotherListener(security: String) throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.register().status == 200)
        let before = Set(world.kernel.held.keys)
        try restart(
            world,
            with: [
                (
                    "listeners",
                    .list([
                        .map([("address", .text("10.0.1.1")), ("port", .text("5080")), ("security", .text(security))])
                    ])
                )
            ])
        #expect(Set(world.kernel.held.keys) == before && world.core.registrationsAtPCSCF().count == 1)
        #expect(try ue.registerAgain()?.status == 200)
        #expect(world.core.registrationsAtPCSCF().count == 1 && world.clearTraffic(of: ue) == 0)
        // Listeners of one address share its protected ports.
        let other = try world.ue(2)
        other.goClear()
        other.ue.pcscf = CoreWorld.pcscfAddress.with(port: 5_080)
        let challenge = other.ue.register(authorization: other.ue.initialAuthorization, extra: other.agreement())
        #expect(challenge?.status == 401 && challenge?.has(.securityServer) == (security == "preferred"))
        if security == "preferred" { #expect(try other.answer(try #require(challenge)).status == 200) }
    }

    @Test(
        "What a spoilt file says is left out, and stops nobody: times and numbers beyond all bounds",
        arguments: [Int.min, -1, 1 << 60, Int.max])
    func spoilt(number: Int) throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.register().status == 200)
        for (key, value) in world.state.values {
            guard case .object(let pairs) = value, key != "flow-tokens" else { continue }
            for (index, pair) in pairs.enumerated() where pair.value.number != nil {
                var spoilt = pairs
                spoilt[index].value = .number(number)
                world.state.keep(key + "-\(index)", .object(spoilt))
                world.state.keep("registration/\(index)", .object(spoilt))
            }
        }
        for key in world.state.values.keys where key.hasPrefix("set/") {
            guard case .object(var pairs)? = world.state.values[key] else { continue }
            for index in pairs.indices where ["begun", "end"].contains(pairs[index].key) {
                pairs[index].value = .number(number)
            }
            world.state.keep(key, .object(pairs))
        }
        try restart(world)
        #expect(world.kernel.held.isEmpty && world.kernel.protecting == 0)
        #expect(world.core.registrationsAtPCSCF().isEmpty)
        #expect(world.state.values.keys.allSatisfy { ["flow-tokens", "protected-ports"].contains($0) })
    }

    @Test("Nothing secret is written down")
    func nothingSecret() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.register().status == 200)
        let written = "\(world.state.values)".lowercased()
        for state in world.kernel.held.values {
            #expect(!written.contains(Hex.encode(state.keys.encryption.copy)))
            #expect(!written.contains(Hex.encode(Array(state.keys.integrity.copy.prefix(16)))))
        }
    }
}
