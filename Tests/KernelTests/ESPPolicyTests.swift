import IPsec
import Kernel
import LabHarness
import Testing

/// Never a byte in the clear where an SA is, either way: run by `Tests/Lab/run` in the lab's kernel.
@Suite("ESP policies", .enabled(if: Namespace.hasESP, "needs a kernel with ESP: Tests/Lab/run"), .serialized)
struct ESPPolicyTests {
    /// What keeps clear text off a port.
    private func block(_ pair: ProtectedPair, anyDestination: Bool) -> XFRMRequest {
        let host = anyDestination ? HostAddress.any(isV6: pair.isIPv6) : pair.set.pcscf.host
        let selector = XFRMSelector(
            source: .any(isV6: pair.isIPv6), sourcePort: 0, destination: host, destinationPort: 5_066, owner: 7,
            isFromAnywhere: true, isToAnywhere: anyDestination)
        return .addPolicy(XFRMPolicy(selector: selector, direction: .in, action: .block))
    }

    @Test(
        "TS 33.203 §7.1: a block policy keeps clear text off a protected port, UDP and TCP; the SA's traffic passes",
        arguments: [false, true], [false, true])
    func block(isIPv6: Bool, anyDestination: Bool) throws {
        let pair = try ProtectedPair(isIPv6: isIPv6)
        let (udp, tcp) = (try pair.coreSocket(.datagram, port: 5_066), try pair.coreSocket(.stream, port: 5_066))
        try tcp.listen()
        let stranger = try pair.ueSocket(.datagram, port: 40_000)
        try stranger.send(Array("before".utf8), to: udp.local)
        #expect(try udp.receive(by: Deadline(seconds: 20)) == Array("before".utf8))

        #expect(pair.coreKernel.perform([block(pair, anyDestination: anyDestination)]) == [nil])
        let added = pair.coreKernel.perform(pair.coreStates() + pair.corePolicies)
        #expect(added.allSatisfy { $0 == nil })
        try stranger.send(Array("clear, any port".utf8), to: udp.local)
        try clearFromProtectedPorts(pair, udp.local)
        let dropped = Deadline(seconds: 20)
        try dropped.wait("clear text dropped") {
            try pair.dropped(pair.core, "XfrmInPolBlock", "XfrmInTmplMismatch") >= 4
        }
        #expect(try pair.dropped(pair.core, "XfrmInPolBlock") >= 2)

        let watch = try pair.network.watch(pair.ue)
        #expect(pair.ueKernel.perform(pair.ueRequests).allSatisfy { $0 == nil })
        try pair.ueSocket(.datagram, port: 31_800).send(Array("protected".utf8), to: udp.local)
        // The first that arrives: nothing came before it.
        #expect(try udp.receive(by: Deadline(seconds: 20)) == Array("protected".utf8))
        let stream = try pair.ueSocket(.stream, port: 31_800)
        try stream.connect(to: tcp.local)
        let accepted = try tcp.accept(by: Deadline(seconds: 20))
        try stream.write(Array("over TCP".utf8))
        #expect(try accepted.receive(by: Deadline(seconds: 20)) == Array("over TCP".utf8))
        let traffic = try watch.traffic()
        #expect(traffic.esp >= 5)
        #expect(traffic.clear.isEmpty, "\(traffic.clear)")
    }

    /// A datagram and the start of a connection from the ports the UE's SA has, and a connection from another.
    private func clearFromProtectedPorts(_ pair: ProtectedPair, _ to: Endpoint) throws {
        try pair.ueSocket(.datagram, port: 31_800).send(Array("clear".utf8), to: to)
        for port: UInt16 in [31_800, 40_001] { try pair.ueSocket(.stream, port: port).startConnecting(to: to) }
    }

    @Test("Issue 4: no state, nothing in the clear: what a policy protects is dropped", arguments: [false, true])
    func missingState(isIPv6: Bool) throws {
        let pair = try ProtectedPair(isIPv6: isIPv6)
        #expect(pair.coreKernel.perform(pair.corePolicies).allSatisfy { $0 == nil })
        let watch = try pair.network.watch(pair.ue)
        try sendFromCore(pair)
        // Without one who listens for the kernel's wishes it makes no larval state.
        #expect(try pair.dropped(pair.core, "XfrmOutNoStates") >= 2)
        #expect(try pair.coreKernel.states().isEmpty)
        let barrier = try pair.ueSocket(.datagram, port: 5_060)
        try pair.coreSocket(.datagram, port: 5_060).send(Array("barrier".utf8), to: barrier.local)
        #expect(try barrier.receive(by: Deadline(seconds: 20)) == Array("barrier".utf8))
        let traffic = try watch.traffic()
        #expect(traffic.clear.map(\.start) == ["barrier"], "\(traffic.clear)")
        #expect(traffic.esp == 0)

        #expect(pair.coreKernel.perform(pair.coreStates()).allSatisfy { $0 == nil })
        #expect(pair.ueKernel.perform(pair.ueRequests).allSatisfy { $0 == nil })
        let phone = try pair.ueSocket(.datagram, port: 31_800)
        try pair.coreSocket(.datagram, port: 5_066).send(Array("protected".utf8), to: phone.local)
        #expect(try phone.receive(by: Deadline(seconds: 20)) == Array("protected".utf8))
        #expect(try watch.traffic().esp >= 1)
    }

    /// A datagram from port-ps and the start of a connection from port-pc, as a P-CSCF sends them.
    private func sendFromCore(_ pair: ProtectedPair) throws {
        let address = pair.ue.address(isIPv6: pair.isIPv6)
        try pair.coreSocket(.datagram, port: 5_066).send(Array("datagram".utf8), to: Endpoint(address, 31_800))
        try pair.coreSocket(.stream, port: 5_065).startConnecting(to: Endpoint(address, 31_900))
    }

    @Test("With an IKE daemon beside us: larval states are told apart, send nothing, and give way to real ones")
    func larval() throws {
        let pair = try ProtectedPair(isIPv6: false)
        #expect(pair.coreKernel.perform(pair.corePolicies).allSatisfy { $0 == nil })
        let daemon = try pair.core.run {
            try Child(Product.tool("ip"), ["xfrm", "monitor", "acquire"], name: "ip xfrm monitor")
        }
        defer { daemon.destroy() }
        let watch = try pair.network.watch(pair.ue)
        try Deadline(seconds: 20).wait("a larval state") {
            try sendFromCore(pair)
            return try !pair.coreKernel.states().isEmpty
        }
        let larval = try pair.coreKernel.states()
        #expect(larval.allSatisfy { $0.isLarval && $0.id.spi == 0 && $0.selector.owner == 0 })
        #expect(try watch.traffic().clear.isEmpty)

        #expect(pair.coreKernel.perform(pair.coreStates()).allSatisfy { $0 == nil })
        let real = try pair.coreKernel.states().filter { !$0.isLarval }
        #expect(Set(real.map(\.id)) == Set(pair.set.stateIDs))
        #expect(pair.ueKernel.perform(pair.ueRequests).allSatisfy { $0 == nil })
        let phone = try pair.ueSocket(.datagram, port: 31_800)
        try pair.coreSocket(.datagram, port: 5_066).send(Array("protected".utf8), to: phone.local)
        #expect(try phone.receive(by: Deadline(seconds: 20)) == Array("protected".utf8))
    }
}
