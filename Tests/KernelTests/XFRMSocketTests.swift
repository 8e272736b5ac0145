import CLinux
import IPsec
import Kernel
import LabHarness
import Testing

/// The netlink driver against a kernel: any with XFRM for policies, one with ESP (`Tests/Lab`) for states.
@Suite("XFRM socket", .enabled(if: Namespace.isPossible, "needs CAP_SYS_ADMIN and CAP_NET_ADMIN"), .serialized)
struct XFRMSocketTests {
    private static let ours = HostAddress(isV6: false, high: 0, low: 0x0A2D_0001)
    private static let theirs = HostAddress(isV6: false, high: 0, low: 0x0A2D_0002)

    private func set(_ number: UInt32) throws -> SASet {
        SASet(
            ue: .init(
                host: Self.theirs,
                endpoints: .init(
                    clientSPI: 1_000 + number, serverSPI: 2_000 + number, clientPort: 31_800, serverPort: 31_900)),
            pcscf: .init(
                host: Self.ours,
                endpoints: .init(
                    clientSPI: 70_000 + number, serverSPI: 80_000 + number, clientPort: 5_065, serverPort: 5_066)),
            suite: try #require(IPsecSuite("hmac-sha-1-96/aes-cbc")), owner: 0x696D_0001)
    }

    @Test("Policies: added, listed with our mark, exclusive, replaced, deleted, gone")
    func policies() throws {
        try Namespace.run {
            let socket = try XFRMSocket()
            var policies = SAPolicies()
            let set = try set(1)
            let add = policies.add(set)
            #expect(socket.perform(add) == [nil, nil, nil, nil])
            let found = try socket.policies()
            #expect(Set(found.map(\.selector)) == Set(set.flows.map(\.selector)))
            #expect(found.allSatisfy { $0.priority == 1_000 })
            #expect(found.compactMap(\.requestID).sorted() == [0, 0, set.requestID, set.requestID])
            #expect(socket.perform(Array(add.prefix(1))).map { $0?.kind } == [.exists])
            #expect(socket.perform(policies.remove(set)) == [nil, nil, nil, nil])
            #expect(try socket.policies().isEmpty)
            let flow = try #require(set.flows.first)
            #expect(socket.perform([.deletePolicy(flow.selector, flow.direction)]).map { $0?.kind } == [.absent])
        }
    }

    @Test("A block policy from anywhere, and `ip` reads all as meant")
    func block() throws {
        try Namespace.run {
            let socket = try XFRMSocket()
            let selector = XFRMSelector(
                source: .any(isV6: false), sourcePort: 0, destination: Self.ours, destinationPort: 5_066, owner: 1,
                isFromAnywhere: true)
            var anywhere = selector
            (anywhere.destination, anywhere.isToAnywhere) = (.any(isV6: false), true)
            let requests = [selector, anywhere].map {
                XFRMRequest.addPolicy(XFRMPolicy(selector: $0, direction: .in, action: .block))
            }
            #expect(socket.perform(requests) == [nil, nil])
            #expect(try Set(socket.policies().map(\.selector)) == [selector, anywhere])
            let shown = try Namespace.output("ip xfrm policy")
            for part in [
                "src 0.0.0.0/0 dst 10.45.0.1/32 dport 5066", "src 0.0.0.0/0 dst 0.0.0.0/0 dport 5066",
                "dir in action block priority 2000",
            ] {
                #expect(shown.contains(part), "\(shown)")
            }
        }
    }

    @Test("What is asked after a refusal is done all the same, whatever the number of requests")
    func batches() throws {
        try Namespace.run {
            let socket = try XFRMSocket()
            let requests = (1...200).map { number in
                XFRMRequest.addPolicy(
                    XFRMPolicy(
                        selector: XFRMSelector(
                            source: Self.ours, sourcePort: UInt16(number % 150 + 1), destination: Self.theirs,
                            destinationPort: 5, owner: 1), direction: .out, action: .block))
            }
            let outcomes = socket.perform(requests)
            #expect(outcomes.filter { $0 == nil }.count == 150)
            #expect(outcomes.suffix(50).allSatisfy { $0?.kind == .exists })
            #expect(try socket.policies().count == 150)
        }
    }

    @Test("Without CAP_NET_ADMIN the failure says what to do")
    func unprivileged() throws {
        try Namespace.run {
            let socket = try XFRMSocket()
            #expect(linux_without_capabilities() == 0)
            let outcome = try #require(socket.perform([.deleteState(.init(destination: Self.ours, spi: 70_000))])[0])
            #expect(outcome.kind == .notPermitted && outcome.description.contains("CAP_NET_ADMIN"))
            let refusal = #expect(throws: XFRMFailure.self) { _ = try XFRMSocket() }
            #expect(refusal?.kind == .notPermitted)
        }
    }
}
