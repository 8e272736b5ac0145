import Foundation
import IPsec
import LabHarness
import RoleKit
import SIP
import Testing

extension ESPCore {
    /// What programs nobody here wrote say of the associations: ip(8), and tshark where nothing is encrypted.
    @Suite("Foreign eyes")
    struct ESPForeign {
        @Test("`ip xfrm` shows what `imsbox sas` shows: SPIs, ports, algorithms, replay window; a policy for each")
        func kernel() throws {
            try GmLab.run(.box, ues: 2) { gm in
                let suites = ["hmac-sha-1-96/aes-cbc", "hmac-md5-96/null"].compactMap { IPsecSuite($0) }
                let phones = try suites.enumerated().map { number, suite in
                    try gm.phone(number + 1, GmPhone.Kind(transport: .udp, isIPv6: number == 1, suite: suite))
                }
                for phone in phones { try phone.register() }
                let sets = try gm.sets()
                try #require(sets.count == 2)
                let (states, policies) = try gm.network.core.run {
                    (try Namespace.output("ip -details xfrm state"), try Namespace.output("ip xfrm policy"))
                }
                let blocks = Self.blocks(states)
                #expect(blocks.count == 8)
                for set in sets {
                    for spi in set.ownSPIs + set.ueSPIs {
                        let block = try #require(blocks.first { $0.contains("spi 0x" + Self.hex(spi) + " ") })
                        #expect(block.contains("reqid \(set.ownSPIs[1])") || block.contains("reqid \(set.ownSPIs[0])"))
                        #expect(block.contains("mode transport") && block.contains("replay-window 32"), "\(block)")
                        let names =
                            set.algorithms.contains("md5")
                            ? ["hmac(md5)", "ecb(cipher_null)"] : ["hmac(sha1)", "cbc(aes)"]
                        #expect(names.allSatisfy(block.contains), "\(block)")
                        let isOwn = set.ownSPIs.contains(spi)
                        let ports = [set.uePorts, set.ownPorts].map { $0.map(String.init) }
                        let pairs = [(ports[0][0], ports[1][1]), (ports[0][1], ports[1][0])]
                        #expect(
                            pairs.contains { ue, own in
                                block.contains(isOwn ? "sport \(ue) dport \(own)" : "sport \(own) dport \(ue)")
                            }, "\(block)")
                    }
                }
                let protecting = Self.blocks(policies).filter { $0.contains("tmpl") }
                #expect(protecting.count == 8 && protecting.allSatisfy { $0.contains("proto esp") })
                #expect(Self.blocks(policies).filter { $0.contains("action block") }.count == GmLab.blocks)
                for phone in phones { try phone.stop() }
            }
        }

        @Test(
            "A UE that is not ours, over ip(8)'s associations; tshark reads its ESP: TS 33.203 §7.1's ports, and port-ps named"
        )
        func dissected() throws {
            try GmLab.run(.box, ues: 2, LabSettings { $0.algorithms = ["hmac-sha-1-96/null"] }) { gm in
                let ue = try RawUE(1, at: gm.network.ues[0], of: gm.network)
                let watch = try gm.network.watch(gm.network.ues[0])
                try ue.register()
                let ports = try #require(ue.pcscf)
                #expect(try gm.sets().map(\.ownPorts) == [[ports.clientPort, ports.serverPort]])
                try expectNamed(ports.serverPort, gm, ue)
                try ue.deregister()
                let file = gm.lab.folder.appendingPathComponent("esp.pcap")
                try watch.write(to: file)
                let seen = try ESPDissection(file: file, ports: [ports.serverPort, ports.clientPort])
                let (here, there) = ("ip.src == \(gm.network.ues[0].ipv4)", "ip.dst == \(gm.network.ues[0].ipv4)")
                let (ps, pc) = (ports.serverPort, ports.clientPort)
                #expect(
                    try seen.fields(["udp.dstport", "sip.Method"], where: "esp and sip.Method and \(here)")
                        == ["\(ps)\tREGISTER", "\(ps)\tREGISTER"])
                #expect(
                    try seen.fields(["udp.dstport", "sip.Status-Code"], where: "esp and sip.Status-Code and \(here)")
                        == ["\(ps)\t486"])
                #expect(
                    try seen.fields(["udp.srcport", "sip.Status-Code"], where: "esp and sip.Status-Code and \(there)")
                        == ["\(pc)\t200", "\(pc)\t200"])
                #expect(
                    try seen.fields(["udp.srcport", "sip.Method"], where: "esp and sip.Method and \(there)")
                        == ["\(pc)\tINVITE", "\(pc)\tACK"])
                #expect(try seen.fields(["sip.Method"], where: "sip and not esp and sip.Method") == ["REGISTER"])
            }
        }

        /// Via and Record-Route toward a called UE name port-ps (TS 24.229 §5.2.6.4).
        private func expectNamed(_ port: UInt16, _ gm: GmLab, _ ue: RawUE) throws {
            let suite = try #require(IPsecSuite("hmac-sha-1-96/null"))
            let caller = try gm.phone(2, GmPhone.Kind(transport: .udp, isIPv6: false, suite: suite))
            try caller.register()
            let end = caller.startCall(to: "tel:+\(ue.subscriber.msisdn)")
            let invite = try ue.answer("486 Busy Here", to: "INVITE")
            #expect(try end().end == .refused(status: 486))
            let place = "\(gm.network.core.ipv4):\(port)"
            #expect(invite.value("Via")?.hasPrefix("SIP/2.0/UDP \(place);") == true, "\(invite.values("Via"))")
            let route = try #require(invite.value("Record-Route"))
            #expect(route.contains(place), "\(route)")
            try caller.deregister()
            try caller.stop()
        }

        private static func hex(_ spi: UInt32) -> String {
            let text = String(spi, radix: 16)
            return String(repeating: "0", count: 8 - text.count) + text
        }

        /// What ip(8) prints of each object: a line that begins at its margin and those below it.
        private static func blocks(_ text: String) -> [String] {
            var blocks: [String] = []
            for line in text.split(separator: "\n") {
                if line.first?.isWhitespace == true, !blocks.isEmpty {
                    blocks[blocks.count - 1] += "\n" + line
                } else {
                    blocks.append(String(line))
                }
            }
            return blocks
        }
    }
}

/// What tshark finds in ESP without encryption.
private struct ESPDissection {
    let file: URL
    private let options: [String]

    init(file: URL, ports: [UInt16]) throws {
        self.file = file
        options =
            ["-o", "esp.enable_null_encryption_decode_heuristic:TRUE"]
            + (ports + [5060]).flatMap { ["-d", "udp.port==\($0),sip"] }
    }

    func fields(_ names: [String], where filter: String) throws -> [String] {
        let child = try Child(
            Product.tool("tshark"),
            ["-r", file.path, "-Y", filter, "-T", "fields"] + options + names.flatMap { ["-e", $0] }, name: "tshark")
        defer { child.destroy() }
        guard try child.waitForExit(within: 120) == .code(0) else { throw HarnessError("tshark: \(child.text)") }
        return child.text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("Running as user") }
    }
}
