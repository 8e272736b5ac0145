import LabHarness
import Testing

/// The lab's network and the judge of its traffic, on which the tests of "nothing in the clear" stand.
@Suite("ESP lab network", .enabled(if: Namespace.hasESP, "needs the lab's kernel: Tests/Lab/run"))
struct ESPNetworkTests {
    @Test("UEs reach the P-CSCF and each other; what is in the clear is seen as such, and whose it is")
    func clear() throws {
        let network = try LabNetwork(ues: 3)
        let (core, ue) = (network.core, network.ues[1])
        let (watch, elsewhere) = (try network.watch(ue), try network.watch(network.ues[2]))
        for isIPv6 in [false, true] {
            let to = try core.run { try Socket(.datagram, on: core.address(isIPv6: isIPv6), port: 5_060) }
            let from = try ue.run { try Socket(.datagram, on: ue.address(isIPv6: isIPv6), port: 31_800) }
            try from.send(Array("REGISTER sip:home SIP/2.0\r\nVia: x\r\n".utf8), to: to.local)
            #expect(try to.receive(by: Deadline(seconds: 20))?.count == 35)
            let long = [UInt8](repeating: 0x61, count: 3_000)
            try to.send(long, to: from.local)
            #expect(try from.receive(by: Deadline(seconds: 20)) == long)
        }
        let traffic = try watch.traffic()
        #expect(traffic.esp == 0 && traffic.housekeeping > 0)
        let v4 = traffic.clear.filter { $0.isSignalling(between: ue.ipv4, and: core.ipv4) }
        #expect(v4.first?.description == "UDP 10.45.0.3 31800 > 10.45.0.1 5060 REGISTER sip:home SIP/2.0")
        #expect(v4.count == 4, "a datagram and three fragments: \(v4)")
        let v6 = traffic.clear.filter { $0.isSignalling(between: core.ipv6, and: ue.ipv6) }
        #expect(v6.first?.description == "UDP fd45::3 31800 > fd45::1 5060 REGISTER sip:home SIP/2.0")
        #expect(v6.count == 4 && traffic.clear.count == 8, "\(traffic.clear)")
        #expect(try elsewhere.traffic().clear.isEmpty)
    }

    @Test("A connection and a ping are seen, and the ping is not taken for signalling")
    func streams() throws {
        let network = try LabNetwork(ues: 2)
        let (one, other) = (network.ues[0], network.ues[1])
        let watch = try network.watch(other)
        let listener = try other.run { try Socket(.stream, on: other.ipv4, port: 5_060) }
        try listener.listen()
        let stream = try one.run { try Socket(.stream, on: one.ipv4) }
        try stream.connect(to: listener.local)
        let accepted = try listener.accept(by: Deadline(seconds: 20))
        try stream.write(Array("OPTIONS sip:a SIP/2.0\r\n".utf8))
        #expect(try accepted.receive(by: Deadline(seconds: 20))?.isEmpty == false)
        let tcp = try watch.traffic().clear
        let request = tcp.filter { $0.start == "OPTIONS sip:a SIP/2.0" }
        #expect(request.map(\.transport) == ["TCP"] && request.map(\.destinationPort) == [5_060])
        // Nobody has that port: the answer is an ICMP message.
        try one.run { try Socket(.datagram, on: one.ipv6) }.send([1], to: Endpoint(other.ipv6, 9))
        try Deadline(seconds: 20).wait("an ICMP message") {
            try watch.traffic().clear.contains { $0.transport == "ICMP" }
        }
        let icmp = try watch.traffic().clear.filter { $0.transport == "ICMP" }
        #expect(icmp.count == 1 && !icmp[0].isSignalling(between: one.ipv6, and: other.ipv6))
    }
}
