import Foundation
import IPsec
import LabHarness
import LabUE
import RoleKit
import Testing

extension ESPCore {
    /// What is said in the clear to protected ports, and what is said under somebody else's name.
    @Suite("Plain text and false names")
    struct ESPInjection {
        private static let protectedPorts: [UInt16] = Array(5_100...5_108)

        @Test(
            "TS 33.203 §7.1: datagrams and connections in the clear to port-ps and port-pc are thrown away, from the UE, from a stranger, and from a stranger with the UE's address",
            arguments: [false, true])
        func plainText(isIPv6: Bool) throws {
            try GmLab.run(.box, ues: 3) { gm in
                let suite = try #require(IPsecSuite("hmac-sha-1-96/null"))
                let row = try GmRow(gm, first: 1, GmPhone.Kind(transport: .udp, isIPv6: isIPv6, suite: suite))
                #expect(row.run(.register) == nil)
                let stranger = gm.network.ues[2]
                let watch = try gm.network.watch(stranger)
                let core = gm.network.core.address(isIPv6: isIPv6)
                for node in [gm.network.ues[0], stranger] {
                    let place = node.address(isIPv6: isIPv6)
                    try expectDropped(gm, "XfrmInPolBlock", count: Self.protectedPorts.count) {
                        let socket = try node.run { try Socket(.datagram, on: place) }
                        for port in Self.protectedPorts { try socket.send(Self.options, to: Endpoint(core, port)) }
                    }
                    let opened = try expectDropped(gm, "XfrmInPolBlock", count: Self.protectedPorts.count) {
                        try Self.protectedPorts.map { port in
                            let socket = try node.run { try Socket(.stream, on: place) }
                            try socket.startConnecting(to: Endpoint(core, port))
                            return socket
                        }
                    }
                    #expect(opened.count == Self.protectedPorts.count)
                }
                // Whoever asks in the clear where clear text is heard is answered; what came before it was answered by then.
                let socket = try stranger.run { try Socket(.datagram, on: stranger.address(isIPv6: isIPv6)) }
                try socket.send(Self.options, to: Endpoint(core, 5060))
                #expect(try socket.receive(by: Deadline(seconds: 30)) != nil)
                let answers = try watch.traffic().clear.filter { $0.source == core.text }
                #expect(answers.count == 1 && answers.first?.sourcePort == 5060, "\(answers)")
                try spoof(gm, row.one, from: stranger, to: core)
                // The UE is none the worse for it.
                for step in [GmRow.Step.again, .call, .messageBack, .deregister] {
                    #expect(row.run(step) == nil, "\(step.rawValue)")
                }
                #expect(try gm.sets().allSatisfy { $0.rejected == 0 })
                try row.stop()
            }
        }

        /// From the UE's own address and ports, but not out of its associations.
        private func spoof(_ gm: GmLab, _ victim: GmPhone, from stranger: LabNetwork.Node, to core: Loopback) throws {
            let set = try #require(try gm.sets().first { $0.impi == victim.subscriber.impi })
            let address = victim.node.address(isIPv6: victim.kind.isIPv6)
            let length = address.isIPv6 ? "128 nodad" : "32"
            try stranger.run { try Namespace.set(["address add \(address.text)/\(length) dev lo"]) }
            defer { try? stranger.run { try Namespace.set(["address delete \(address.text)/\(length) dev lo"]) } }
            let pairs = [(set.uePorts[0], set.ownPorts[1]), (set.uePorts[1], set.ownPorts[0])]
            try expectDropped(gm, "XfrmInTmplMismatch", count: pairs.count) {
                for (from, to) in pairs {
                    let socket = try stranger.run { try Socket(.datagram, on: address, port: from) }
                    try socket.send(Self.options, to: Endpoint(core, to))
                }
            }
        }

        /// The P-CSCF's kernel throws away so many packets, for this reason, of what `body` sends.
        @discardableResult
        private func expectDropped<Value>(
            _ gm: GmLab, _ counter: String, count: Int, _ body: () throws -> Value
        ) throws -> Value {
            func dropped() throws -> Int { try gm.network.core.run { try Namespace.dropped(counter) } }
            let before = try dropped()
            let value = try body()
            try Deadline(seconds: 30).wait("\(count) packets dropped as \(counter)") { try dropped() >= before + count }
            return value
        }

        private static let options = Array(
            ("OPTIONS sip:\(Subscriber.domain) SIP/2.0\r\nVia: SIP/2.0/UDP 10.45.0.4:5060;rport;branch=z9hG4bKclear\r\n"
                + "Max-Forwards: 70\r\nFrom: <sip:stranger@\(Subscriber.domain)>;tag=1\r\n"
                + "To: <sip:\(Subscriber.domain)>\r\nCall-ID: clear\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n")
                .utf8)

        @Test(
            "TS 24.229 §5.2.6.3: a text under another's name, over a UE's own association, is the UE's own or refused")
        func falseName() throws {
            try GmLab.run(.box, ues: 3, LabSettings { $0.algorithms = ["hmac-sha-1-96/null"] }) { gm in
                let suite = try #require(IPsecSuite("hmac-sha-1-96/null"))
                let victims = try GmRow(gm, first: 1, GmPhone.Kind(transport: .udp, isIPv6: false, suite: suite))
                #expect(victims.run(.register) == nil)
                let liar = try RawUE(3, at: gm.network.ues[2], of: gm.network)
                try liar.register()
                let claimed = victims.one.subscriber
                let said = "I am \(claimed.msisdn)"
                let answer = try liar.exchange(liar.message(to: victims.other.uri, claiming: claimed, text: said))
                if answer.status != 403 {
                    #expect(answer.status == 200, "\(answer.startLine)")
                    let from = try victims.other.sender(of: said)
                    #expect(from.contains(liar.subscriber.msisdn) && !from.contains(claimed.msisdn), "\(from)")
                }
                // As itself it is heard.
                let own = try liar.exchange(
                    liar.message(to: victims.other.uri, claiming: liar.subscriber, text: "as myself"))
                #expect(own.status == 200)
                #expect(try victims.other.sender(of: "as myself").contains(liar.subscriber.msisdn))
                try liar.deregister()
                #expect(victims.run(.message) == nil && victims.run(.deregister) == nil)
                try victims.stop()
            }
        }

        @Test("In the clear, under the name and from the address of a UE with an association: refused")
        func clearName() throws {
            try GmLab.run(.box, ues: 3) { gm in
                let suite = try #require(IPsecSuite("hmac-sha-1-96/null"))
                let victims = try GmRow(gm, first: 1, GmPhone.Kind(transport: .udp, isIPv6: false, suite: suite))
                #expect(victims.run(.register) == nil)
                let liar = try RawUE(3, at: gm.network.ues[2], of: gm.network)
                let text = liar.message(to: victims.other.uri, claiming: victims.one.subscriber, text: "clear")
                for node in [gm.network.ues[2], gm.network.ues[0]] {
                    let socket = try node.run { try Socket(.datagram, on: node.ipv4) }
                    try socket.send(Array(text.utf8), to: Endpoint(gm.network.core.ipv4, 5060))
                    let answer = try socket.receive(by: Deadline(seconds: 30)).flatMap(SIPText.init)
                    #expect((400..<500).contains(answer?.status ?? 0), "\(answer?.startLine ?? "silence")")
                }
                #expect(victims.run(.message) == nil && victims.run(.deregister) == nil)
                try victims.stop()
            }
        }
    }
}
