import Foundation
import IPsec
import LabHarness
import RoleKit
import Testing

extension ESPCore {
    /// A REGISTER in the clear proves nothing, whatever it says of SPIs and ports.
    @Suite("Checklist B.5: a phone's SPIs and ports in somebody's mouth")
    struct ESPForgery {
        @Test(
            "B.5: a REGISTER in the clear with a phone's name, address, ports and SPIs takes nothing from that phone",
            arguments: [LinkKind.udp, .tcp])
        func forged(transport: LinkKind) throws {
            try GmLab.run(.box, ues: 2) { gm in
                let suite = try #require(IPsecSuite("hmac-sha-1-96/aes-cbc"))
                let row = try GmRow(gm, first: 1, GmPhone.Kind(transport: transport, isIPv6: false, suite: suite))
                #expect(row.run(.register) == nil)
                let live = try #require(try set(of: row.one, in: gm).first)
                for spis in [live.ueSPIs, live.ueSPIs.map { $0 ^ 0x10_0000 }] {
                    try forge(row.one, spis, live.uePorts, gm)
                    let sets = try set(of: row.one, in: gm)
                    #expect(sets.map(\.state) == ["established", "temporary"] && sets.map(\.inKernel) == [4, 2])
                    for step in [GmRow.Step.call, .callBack, .message, .messageBack] {
                        #expect(row.run(step) == nil, "\(step.rawValue)")
                    }
                }
                for step in [GmRow.Step.again, .message, .deregister] {
                    #expect(row.run(step) == nil, "\(step.rawValue)")
                }
                try row.stop()
            }
        }

        private func set(of phone: GmPhone, in gm: GmLab) throws -> [GmSet] {
            try gm.sets().filter { $0.impi.hasPrefix(phone.subscriber.imsi) }.sorted { $0.state < $1.state }
        }

        private func forge(_ victim: GmPhone, _ spis: [UInt32], _ ports: [UInt16], _ gm: GmLab) throws {
            let node = victim.node
            let phone = try node.run {
                try Phone(victim.subscriber, at: node.ipv4, pcscf: Endpoint(gm.network.core.ipv4, 5060))
            }
            let offer =
                "ipsec-3gpp;alg=hmac-sha-1-96;ealg=aes-cbc;prot=esp;mod=trans;spi-c=\(spis[0]);spi-s=\(spis[1])"
                + ";port-c=\(ports[0]);port-s=\(ports[1])"
            let register = try phone.register().replacingOccurrences(
                of: "Supported: path",
                with: "Supported: path, sec-agree\r\nRequire: sec-agree\r\nProxy-Require: sec-agree\r\n"
                    + "Security-Client: \(offer)")
            let answer = try phone.exchange(register)
            #expect(answer.status == 401 && !answer.values("Security-Server").isEmpty, "\(answer.startLine)")
        }

        @Test("C.7, RFC 4303 §3.4.3: ESP packets sent again, or spoilt on the way, are thrown away and counted")
        func replayed() throws {
            try GmLab.run(.box, ues: 2, LabSettings { $0.algorithms = ["hmac-sha-1-96/null"] }) { gm in
                let (node, core) = (gm.network.ues[0], gm.network.core)
                let (phone, other) = (
                    try RawUE(1, at: node, of: gm.network), try RawUE(2, at: gm.network.ues[1], of: gm.network)
                )
                try phone.register()
                try other.register()
                func set() throws -> GmSet? {
                    try gm.sets().first { $0.impi.hasPrefix(phone.subscriber.imsi) }
                }
                func dropped() throws -> Int {
                    try core.run {
                        try Namespace.dropped("XfrmInStateSeqError") + Namespace.dropped("XfrmInStateProtoError")
                    }
                }
                let watch = try gm.network.watch(node)
                let uri = "tel:+\(other.subscriber.msisdn)"
                try phone.say(phone.message(to: uri, claiming: phone.subscriber, text: "once"))
                #expect(try other.answer("200 OK", to: "MESSAGE").startLine.hasPrefix("MESSAGE"))
                let packet = try #require(try watch.lastESP(to: core.ipv4))
                var spoilt = packet
                // Another sequence number, and with it another integrity check value than the one that stands there.
                spoilt[27] ^= 0x40
                let (before, received) = (try dropped(), try #require(try set()).received)
                try node.run {
                    for copy in [packet, packet, packet, spoilt, spoilt] { try PacketWatch.send(copy) }
                }
                try Deadline(seconds: 30).wait("packets thrown away") { try dropped() >= before + 5 }
                #expect(try set()?.rejected == 5 && set()?.received == received)
                // What comes next is the next text, and no copy.
                let next = phone.message(to: uri, claiming: phone.subscriber, text: "and once more")
                try phone.say(next)
                #expect(try other.answer("200 OK", to: "MESSAGE").value("Content-Length") == "13")
                try phone.deregister()
                try other.deregister()
            }
        }

        @Test(
            "B.5: a phone that lost power comes back with the SPIs and ports it had, and is reached over its new set",
            arguments: [false, true])
        func rebooted(overTCP: Bool) throws {
            try GmLab.run(.box, ues: 2, LabSettings { $0.algorithms = ["hmac-sha-1-96/null"] }) { gm in
                let phone = try RawUE(1, at: gm.network.ues[0], of: gm.network)
                let other = try RawUE(2, at: gm.network.ues[1], of: gm.network)
                try phone.register(overTCP: overTCP)
                try other.register()
                for number in 1...2 {
                    try phone.restart()
                    try phone.register(overTCP: overTCP)
                    let sets = try gm.sets().filter { $0.impi.hasPrefix(phone.subscriber.imsi) }
                    #expect(sets.map(\.state) == ["established"] && sets.map(\.inKernel) == [4])
                    let text = other.message(
                        to: "tel:+\(phone.subscriber.msisdn)", claiming: other.subscriber, text: "again \(number)")
                    try other.say(text)
                    let heard = try phone.answer("200 OK", to: "MESSAGE")
                    #expect(heard.value("P-Asserted-Identity")?.contains(other.subscriber.msisdn) == true)
                }
                try phone.deregister()
                try other.deregister()
            }
        }
    }
}
