import IPsec
import Kernel
import LabHarness
import Testing

/// States in a kernel with ESP: run by `Tests/Lab/run` in the lab's.
@Suite("ESP", .enabled(if: Namespace.hasESP, "needs a kernel with ESP: Tests/Lab/run"), .serialized)
struct ESPTests {
    private static let keys = SAKeys(
        integrity: Array(repeating: 0x5A, count: 20), encryption: Array(repeating: 0xA5, count: 16))

    /// A set between two hosts, as one side sees it.
    private func set(_ suite: IPsecSuite, v6: Bool, number: UInt32 = 0) -> SASet {
        func host(_ low: UInt64) -> HostAddress {
            v6
                ? HostAddress(isV6: true, high: 0xFD00_0000_0000_0000, low: low)
                : HostAddress(isV6: false, high: 0, low: 0x0A2D_0000 + low)
        }
        return SASet(
            ue: .init(
                host: host(2),
                endpoints: .init(
                    clientSPI: 1_000 + number, serverSPI: 2_000_000 + number, clientPort: 31_800, serverPort: 31_900)),
            pcscf: .init(
                host: host(1),
                endpoints: .init(
                    clientSPI: 70_000 + number, serverSPI: 8_000_000 + number, clientPort: 5_065, serverPort: 5_066)),
            suite: suite, owner: 7)
    }

    private func keys(_ suite: IPsecSuite) throws -> SAKeys {
        func count(_ text: String) -> Int { text.contains("sha-1") ? 20 : text.contains("md5") ? 16 : 20 }
        let encryption: Int =
            switch suite.encryption {
            case .null: 0
            case .aesCBC: 16
            case .desEDE3CBC: 24
            case .aesGCM: 20
            }
        return SAKeys(
            integrity: (0..<count(suite.integrity.rawValue)).map { UInt8($0) },
            encryption: (0..<encryption).map { UInt8(truncatingIfNeeded: $0 &* 37 | 1) })
    }

    @Test("Every suite, IPv4 and IPv6: four states, exclusive, listed, counted, deleted", arguments: IPsecSuite.all)
    func states(suite: IPsecSuite) throws {
        try Namespace.run {
            let socket = try XFRMSocket()
            for v6 in [false, true] {
                let set = set(suite, v6: v6)
                let add = set.states(try keys(suite)).map(XFRMRequest.addState)
                #expect(socket.perform(add) == [nil, nil, nil, nil], "\(suite) \(v6 ? "IPv6" : "IPv4")")
                #expect(socket.perform(add).map { $0?.kind } == Array(repeating: .exists, count: 4))
                let found = try socket.states()
                #expect(Set(found.map(\.id)) == Set(set.stateIDs))
                #expect(Set(found.map(\.selector)) == Set(set.flows.map(\.selector)))
                #expect(found.allSatisfy { $0.requestID == set.requestID && $0.packets == 0 })
                #expect(try socket.state(set.stateIDs[0])?.id == set.stateIDs[0])
                #expect(socket.perform(set.stateIDs.map(XFRMRequest.deleteState)) == [nil, nil, nil, nil])
                #expect(try socket.states().isEmpty)
                #expect(
                    socket.perform([.deleteState(set.stateIDs[0])]).map { $0?.kind } == [.absent])
            }
        }
    }

    @Test("A thousand sets: what is dumped is what was added; after deletion nothing")
    func many() throws {
        try Namespace.run {
            let socket = try XFRMSocket()
            let suite = try #require(IPsecSuite("hmac-sha-1-96/aes-cbc"))
            let sets = (0..<1_000).map { set(suite, v6: false, number: $0) }
            let keys = try keys(suite)
            let outcomes = sets.flatMap { socket.perform($0.states(keys).map(XFRMRequest.addState)) }
            #expect(outcomes.allSatisfy { $0 == nil })
            #expect(try Set(socket.states().map(\.id)) == Set(sets.flatMap(\.stateIDs)))
            for set in sets { _ = socket.perform(set.stateIDs.map(XFRMRequest.deleteState)) }
            #expect(try socket.states().isEmpty)
        }
    }

    @Test("A key of the wrong length is refused in the kernel's words")
    func refusal() throws {
        try Namespace.run {
            let suite = try #require(IPsecSuite("hmac-sha-1-96/aes-cbc"))
            let state = set(suite, v6: false).states(
                SAKeys(integrity: Self.keys.integrity, encryption: SecretOctets([1])))[0]
            let failure = try #require(try XFRMSocket().perform([.addState(state)])[0])
            #expect(failure.kind == .other && !failure.text.isEmpty)
        }
    }
}
