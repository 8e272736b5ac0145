import RoleKit
import Testing

@testable import imsbox

/// Which address translation concerns a P-CSCF at 10.45.0.1 on ogstun.
@Suite struct TranslationTests {
    private func complains(_ rules: [TranslationRule]) throws -> Bool {
        var facts = try DoctorFixture.healthy()
        facts.translation.rules = rules
        return DoctorCheck.translation(facts).contains { $0.verdict == .warning }
    }

    @Test(
        "iptables-save: a rule on the P-CSCF's interface counts, one elsewhere, of a part or after an exemption does not",
        arguments: [
            ("-A POSTROUTING -j MASQUERADE", true),
            ("-A POSTROUTING -s 10.45.0.0/16 -j MASQUERADE", true),
            ("-A POSTROUTING -o ogstun -m comment --comment \"all of it\" -j MASQUERADE --random-fully", true),
            ("-A POSTROUTING -m mark --mark 0x1 -j MASQUERADE", false),
            ("-A POSTROUTING -o ogs+ -j SNAT --to-source 192.168.1.10", true),
            ("-A POSTROUTING ! -o eth0 -j MASQUERADE", true),
            // What Open5GS's guide has people write.
            ("-A POSTROUTING -s 10.45.0.0/16 ! -o ogstun -j MASQUERADE", false),
            ("-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE", false),
            ("-A POSTROUTING ! -s 10.45.0.0/16 -j MASQUERADE", false),
            ("-A POSTROUTING -o eth0 -j MASQUERADE", false),
            ("-A POSTROUTING -d 8.8.8.8/32 -j MASQUERADE", false),
            ("-A POSTROUTING -d 10.45.0.0/16 -j ACCEPT\n-A POSTROUTING -j MASQUERADE", false),
            ("-A POSTROUTING -s 10.46.0.0/16 -j RETURN\n-A POSTROUTING -j MASQUERADE", true),
            ("-A KUBE-POSTROUTING -j MASQUERADE\n-A POSTROUTING -j KUBE-POSTROUTING", false),
            ("-A PREROUTING -j DNAT --to-destination 10.45.0.1", false),
            ("-A POSTROUTING -s", false), ("-A POSTROUTING", false),
        ])
    func iptables(rules: String, isInTheWay: Bool) throws {
        let saved = "*nat\n:POSTROUTING ACCEPT [0:0]\n\(rules)\nCOMMIT\n"
        #expect(try complains(TranslationFacts.iptables(saved)) == isInTheWay)
        #expect(try !complains(TranslationFacts.iptables("*filter\n\(rules)\nCOMMIT\n")))
    }

    @Test(
        "nft list ruleset: the same of base chains after routing",
        arguments: [
            ("masquerade", true),
            ("oifname \"ogstun\" counter packets 12 bytes 900 masquerade", true),
            ("oifname \"ogs*\" snat to 192.168.1.10", true),
            ("ip saddr 10.45.0.0/16 oifname != \"ogstun\" counter masquerade", false),
            ("ip saddr != 10.45.0.0/16 masquerade", false),
            ("ip saddr { 10.45.0.0/16, 10.46.0.0/16 } masquerade", false),
            ("udp dport 53 masquerade", false),
            ("ip daddr 10.45.0.0/16 accept\nmasquerade", false),
            ("oifname \"eth0\" return\nmasquerade", true),
        ])
    func nft(rules: String, isInTheWay: Bool) throws {
        func ruleset(_ hook: String) -> String {
            "table ip nat {\n\tchain all {\n\t\ttype nat hook \(hook) priority srcnat; policy accept;\n\(rules)\n\t}\n"
                + "\tchain own {\n\t\tmasquerade\n\t}\n}\n"
        }
        #expect(try complains(TranslationFacts.nft(ruleset("postrouting"))) == isInTheWay)
        #expect(try !complains(TranslationFacts.nft(ruleset("prerouting"))))
    }

    @Test(
        "/proc/net/nf_conntrack: only SIP and ESP of the P-CSCF whose source is another on the far side",
        arguments: [
            ("udp 17", "10.45.0.7:5060", "10.45.0.1:5060", "10.45.0.7", false),
            ("tcp 6", "10.45.0.7:4000", "10.45.0.1:5100", "10.0.0.9", true),
            ("tcp 6", "10.45.0.7:4000", "10.45.0.1:22", "10.0.0.9", false),
            ("udp 17", "10.45.0.1:40000", "8.8.8.8:53", "192.168.1.10", false),
            ("udp 17", "10.45.0.1:5101", "10.46.0.7:6000", "192.168.1.10", true),
            ("unknown 50", "10.45.0.7", "10.45.0.1", "10.0.0.9", true),
            ("unknown 47", "10.45.0.7", "10.45.0.1", "10.0.0.9", false),
        ])
    func connections(protocol: String, from: String, to: String, seen: String, isInTheWay: Bool) throws {
        func words(_ end: String) -> (host: Substring, port: Substring?) {
            let parts = end.split(separator: ":")
            return (parts[0], parts.dropFirst().first)
        }
        let (source, destination) = (words(from), words(to))
        func ports(_ source: Substring?, _ destination: Substring?) -> String {
            source.map { "sport=\($0) dport=\(destination ?? "")" } ?? ""
        }
        let row =
            "ipv4     2 \(`protocol`) 29 src=\(source.host) dst=\(destination.host) "
            + ports(source.port, destination.port) + " src=\(destination.host) dst=\(seen) "
            + ports(destination.port, source.port) + " mark=0 use=2\n"
        var facts = try DoctorFixture.healthy()
        facts.translation.flows = TranslatedFlow.all("nonsense src= dst=\n\n" + row)
        #expect(DoctorCheck.translation(facts).isEmpty != isInTheWay)
    }
}
