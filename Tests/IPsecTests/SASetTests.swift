import IPsec
import Testing

/// The four associations of a set and the policies over all sets: TS 33.203 §7.1.
@Suite("SA sets") struct SASetTests {
    private static let ue = HostAddress(isV6: false, high: 0, low: 0x0A2D_0002)
    private static let pcscf = HostAddress(isV6: false, high: 0, low: 0x0A2D_0001)

    private func set(
        _ number: UInt32, uePorts: (UInt16, UInt16) = (31_800, 31_900), port: UInt16 = 5_065
    ) throws -> SASet {
        SASet(
            ue: .init(
                host: Self.ue,
                endpoints: .init(
                    clientSPI: 1_000 + number, serverSPI: 2_000 + number, clientPort: uePorts.0,
                    serverPort: uePorts.1)),
            pcscf: .init(
                host: Self.pcscf,
                endpoints: .init(
                    clientSPI: 70_000 + number, serverSPI: 80_000 + number, clientPort: port, serverPort: 5_066)),
            suite: try #require(IPsecSuite("hmac-sha-1-96/null")), owner: 1)
    }

    @Test("§7.1: which SPI protects which direction of which ports")
    func flows() throws {
        let rows = try set(0).flows.map {
            "\($0.direction) \($0.spi) \($0.selector.sourcePort)>\($0.selector.destinationPort)"
        }
        #expect(
            rows == ["in 80000 31800>5066", "out 1000 5066>31800", "in 70000 31900>5065", "out 2000 5065>31900"])
        let set = try set(0)
        #expect(set.flows.allSatisfy { ($0.direction == .in) == ($0.selector.destination == Self.pcscf) })
        #expect(set.states(SAKeys(integrity: [], encryption: [])).map(\.id) == set.stateIDs)
    }

    @Test("§7.1: the UE's kernel has the same associations, each in the other direction, under its own number")
    func bothEnds() throws {
        let core = try set(0)
        var phone = core
        phone.end = .ue
        #expect(zip(core.flows, phone.flows).allSatisfy { $0.spi == $1.spi && $0.selector == $1.selector })
        #expect(phone.flows.map(\.direction) == [.out, .in, .out, .in])
        #expect(phone.requestID == 2_000 && core.requestID == 80_000)
        #expect(phone.stateIDs == core.stateIDs)
    }

    @Test("A set makes four policies and takes them away again")
    func policies() throws {
        var policies = SAPolicies()
        let set = try set(1)
        let added = policies.add(set).compactMap { request in
            if case .addPolicy(let policy) = request { policy } else { nil }
        }
        #expect(added.map(\.selector) == set.flows.map(\.selector))
        #expect(added.map(\.action) == [0, 80_001, 0, 80_001].map { .protect(requestID: $0) })
        let removed = policies.remove(set).compactMap { request in
            if case .deletePolicy(let selector, _) = request { selector } else { nil }
        }
        #expect(removed == set.flows.map(\.selector) && policies.count == 0)
        #expect(policies.remove(set).isEmpty)
    }

    @Test("Re-authentication: other ports, so the policies of both sets stand side by side")
    func reauthentication() throws {
        var policies = SAPolicies()
        _ = policies.add(try set(1))
        #expect(policies.add(try set(2, uePorts: (31_801, 31_900), port: 5_067)).count == 4)
        #expect(policies.count == 8)
    }

    @Test("A phone that restarted on the same ports: the newest set has the shared flow, and gives it back")
    func samePorts() throws {
        var policies = SAPolicies()
        let (old, new) = (try set(1), try set(2, port: 5_067))
        _ = policies.add(old)
        // The server port's pair is shared: inbound takes either set, outbound changes to the new one.
        #expect(policies.add(new).map(kind) == ["replace 80002", "add 0", "add 80002"])
        #expect(policies.remove(new).map(kind) == ["replace 80001", "delete", "delete"])
        _ = policies.add(new)
        #expect(policies.remove(old).map(kind) == ["delete", "delete"])
        #expect(policies.remove(new).map(kind) == ["delete", "delete", "delete", "delete"])
        #expect(policies.count == 0)
    }

    private func kind(_ request: XFRMRequest) -> String {
        switch request {
        case .addPolicy(let policy): "add \(id(policy))"
        case .replacePolicy(let policy): "replace \(id(policy))"
        case .deletePolicy: "delete"
        default: "?"
        }
    }

    private func id(_ policy: XFRMPolicy) -> UInt32 {
        if case .protect(let requestID) = policy.action { requestID } else { .max }
    }

    @Test("§7.2: SPIs are unique among those in use, from 65536 up, and none of the UE's")
    func spis() {
        var allocator = SPIAllocator(seed: 0)
        #expect(allocator.draw(avoiding: [65_536]) == 65_537)
        #expect(allocator.draw(avoiding: []) == 65_538)
        allocator.take(65_539)
        #expect(allocator.draw(avoiding: []) == 65_540)
        allocator.release(65_538)
        var wrapping = SPIAllocator(seed: .max - 1)
        #expect(wrapping.draw(avoiding: []) == .max)
        #expect(wrapping.draw(avoiding: [65_536, 65_537]) == 65_538)
    }
}
