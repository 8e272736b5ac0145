import IPsec
import Kernel
import LabHarness
import Testing

/// States that run out: run by `Tests/Lab/run` in the lab's kernel.
@Suite("ESP expiry", .enabled(if: Namespace.hasESP, "needs a kernel with ESP: Tests/Lab/run"), .serialized)
struct ESPExpiryTests {
    @Test("RFC 4303 §3.3.3: a state ends with its packets, is reported once, and nothing follows in the clear")
    func packets() throws {
        let pair = try ProtectedPair(isIPv6: false)
        let requests = pair.coreStates(maximumPackets: 3) + pair.corePolicies
        #expect(pair.coreKernel.perform(requests).allSatisfy { $0 == nil })
        #expect(pair.ueKernel.perform(pair.ueRequests).allSatisfy { $0 == nil })
        let watch = try pair.network.watch(pair.ue)
        let (socket, phone) = (try pair.coreSocket(.datagram, port: 5_066), try pair.ueSocket(.datagram, port: 31_800))
        for number: UInt8 in 1...3 {
            try socket.send([number], to: phone.local)
            #expect(try phone.receive(by: Deadline(seconds: 20)) == [number])
        }
        #expect(pair.coreKernel.expired().isEmpty)
        let id = try #require(
            pair.set.flows.first { $0.direction == .out }.map { flow in
                XFRMState.ID(destination: flow.selector.destination, spi: flow.spi)
            })
        #expect(try pair.coreKernel.state(id)?.packets == 3)
        for number: UInt8 in 4...5 { try? socket.send([number], to: phone.local) }
        var ended: [XFRMState.ID] = []
        try Deadline(seconds: 20).wait("an expiry") {
            ended += pair.coreKernel.expired()
            return !ended.isEmpty
        }
        #expect(ended == [id] && pair.coreKernel.expired().isEmpty)
        #expect(try Set(pair.coreKernel.states().map(\.id)) == Set(pair.set.stateIDs).subtracting([id]))
        let traffic = try watch.traffic()
        #expect(traffic.esp == 3 && traffic.clear.isEmpty)
        #expect(try phone.receive(by: Deadline(seconds: 0)) == nil)
    }

    /// States of another program, ended by the kernel after a second.
    private func addShort(_ spis: ClosedRange<Int>) throws {
        let said = try Namespace.output(
            "seq \(spis.lowerBound) \(spis.upperBound) | sed 's/.*/xfrm state add src 10.45.0.1 dst 10.45.0.2 proto esp "
                + "spi & mode transport aead rfc4106(gcm(aes)) 0x0102030405060708090a0b0c0d0e0f1011121314 128 "
                + "limit time-hard 1/' | ip -batch - 2>&1")
        try #require(said.isEmpty, "\(said)")
    }

    @Test("netlink(7), ENOBUFS: more expiries than the socket holds; what comes later is heard")
    func overflow() throws {
        let node = try KeptNamespace()
        let kernel = try node.run { try XFRMSocket() }
        let many = 3_000
        try node.run { try addShort(100_001...100_000 + many) }
        try Deadline(seconds: 60).wait("their end") { try kernel.states().isEmpty }
        let heard = Set(kernel.expired().map(\.spi))
        #expect(!heard.isEmpty && heard.count < many)
        #expect(kernel.expired().isEmpty)
        try node.run { try addShort(200_000...200_000) }
        var later: [XFRMState.ID] = []
        try Deadline(seconds: 20).wait("one more") {
            later += kernel.expired()
            return !later.isEmpty
        }
        #expect(later.map(\.spi) == [200_000])
    }
}
