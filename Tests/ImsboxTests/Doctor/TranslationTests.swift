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
        #expect(try complains(TranslationFacts.iptables("*nat\n:POSTROUTING ACCEPT [0:0]\n\(rules)\nCOMMIT\n")) == isInTheWay)
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
            ("udp 17 29 src=10.45.0.7 dst=10.45.0.1 sport=5060 dport=5060 src=10.45.0.1 dst=10.45.0.7 sport=5060 dport=5060", false),
            ("tcp 6 9 ESTABLISHED src=10.45.0.7 dst=10.45.0.1 sport=4000 dport=5100 src=10.45.0.1 dst=10.0.0.9 sport=5100 dport=4000", true),
            ("udp 17 29 src=10.45.0.1 dst=8.8.8.8 sport=40000 dport=53 src=8.8.8.8 dst=192.168.1.10 sport=53 dport=40000", false),
            ("udp 17 29 src=10.45.0.1 dst=10.46.0.7 sport=5101 dport=6000 src=10.46.0.7 dst=192.168.1.10 sport=6000 dport=5101", true),
            ("unknown 50 599 src=10.45.0.7 dst=10.45.0.1 src=10.45.0.1 dst=10.0.0.9 mark=0", true),
            ("unknown 47 599 src=10.45.0.7 dst=10.45.0.1 src=10.45.0.1 dst=10.0.0.9 mark=0", false),
            ("udp 17 29 src=10.45.0.7 dst=", false), ("", false),
        ])
    func connections(row: String, isInTheWay: Bool) throws {
        var facts = try DoctorFixture.healthy()
        facts.translation.flows = TranslatedFlow.all("ipv4     2 \(row)\n")
        #expect(DoctorCheck.translation(facts).isEmpty != isInTheWay)
    }
}
