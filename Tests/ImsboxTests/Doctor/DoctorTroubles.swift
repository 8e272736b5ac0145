import IPsec
import Kernel
import RoleKit

@testable import imsbox

/// Each thing that can be wrong, on a machine where nothing else is, with all that `imsbox doctor` has to complain of then.
struct DoctorTrouble: Sendable, CustomStringConvertible {
    struct Complaint: Sendable {
        var check: String
        var verdict: Finding.Verdict
        /// Of the sentence and of its cure.
        var mentions: [String]
    }

    var description: String
    var pcscf = "address: 10.45.0.1\n"
    /// Nothing of ours runs, which is a warning already.
    var isStopped = false
    var complaints: [Complaint]
    var change: @Sendable (inout DoctorFacts) throws -> Void = { _ in }

    /// One complaint.
    init(
        _ description: String, _ check: String, _ verdict: Finding.Verdict, _ mentions: [String],
        pcscf: String = "address: 10.45.0.1\n", isStopped: Bool = false,
        change: @escaping @Sendable (inout DoctorFacts) throws -> Void = { _ in }
    ) {
        self.description = description
        self.pcscf = pcscf
        self.isStopped = isStopped
        self.change = change
        complaints = [Complaint(check: check, verdict: verdict, mentions: mentions)]
    }

    func and(_ check: String, _ verdict: Finding.Verdict, _ mentions: [String]) -> DoctorTrouble {
        var more = self
        more.complaints.append(Complaint(check: check, verdict: verdict, mentions: mentions))
        return more
    }

    static let all = files + ipsec + running + host + translation

    private static let files: [DoctorTrouble] = [
        DoctorTrouble(
            "a mistake in a file", "instance files", .wrong,
            ["pcscf.yaml:3: unknown key `adress`", "did you mean `address`"]
        ) { $0.faults = ["pcscf.yaml:3: unknown key `adress` – did you mean `address`?"] },
        DoctorTrouble(
            "the P-CSCF on loopback", "P-CSCF address", .warning, ["127.0.0.1:5060", "make run LISTEN=10.45.0.1"],
            pcscf: "address: 127.0.0.1\n"),
        DoctorTrouble(
            "loopback, and no other address", "P-CSCF address", .warning, ["127.0.0.1:5060", "has none yet"],
            pcscf: "address: 127.0.0.1\n"
        ) { facts in facts.addresses.removeAll { !$0.address.isLoopback } },
        DoctorTrouble(
            "the P-CSCF on every address", "P-CSCF address", .warning, ["0.0.0.0 has no IPsec", "`address:`"],
            pcscf: "address: 0.0.0.0\nadvertise: 10.45.0.1\n"),
        DoctorTrouble(
            "an address of another host", "P-CSCF address", .wrong,
            ["10.99.0.1 is no address of this host", "10.45.0.1 (ogstun)"], pcscf: "address: 10.99.0.1\n",
            isStopped: true),
    ]

    private static let ipsec: [DoctorTrouble] = [
        DoctorTrouble(
            "IPsec is switched off", "IPsec", .warning, ["`security: off` at 10.45.0.1:5060", "`security: preferred`"],
            pcscf: "address: 10.45.0.1\nsecurity: off\n"),
        DoctorTrouble(
            "no capability", "IPsec", .wrong,
            ["CAP_NET_ADMIN", "insist on IPsec", "root", "unit", "setcap cap_net_admin+ep /usr/local/bin/imsbox"],
            isStopped: true
        ) { $0.probes = DoctorFixture.probes { _ in DoctorFixture.notPermitted } },
        DoctorTrouble(
            "no capability, and IPsec required", "IPsec", .wrong, ["CAP_NET_ADMIN", "does not start", "required"],
            pcscf: "address: 10.45.0.1\nsecurity: required\n", isStopped: true
        ) { $0.probes = DoctorFixture.probes { _ in DoctorFixture.notPermitted } },
        DoctorTrouble(
            "no capability, and the P-CSCF on loopback", "P-CSCF address", .warning, ["127.0.0.1:5060"],
            pcscf: "address: 127.0.0.1\n"
        ) { $0.probes = DoctorFixture.probes { _ in DoctorFixture.notPermitted } }
        .and("IPsec", .warning, ["CAP_NET_ADMIN"]),
        DoctorTrouble(
            "no ESP in the kernel", "IPsec", .wrong, ["no ESP (Requested type not found)", "modprobe -a", "esp4"],
            isStopped: true
        ) { facts in
            facts.probes = DoctorFixture.probes {
                $0.suite.encryption == .aesGCM ? DoctorFixture.noAlgorithm : DoctorFixture.noESP
            }
        },
        DoctorTrouble("no ESP in a container", "IPsec", .wrong, ["no ESP", "on the host"], isStopped: true) { facts in
            facts.probes = DoctorFixture.probes { _ in DoctorFixture.noESP }
            facts.isContainer = true
        },
        DoctorTrouble(
            "none of the algorithms", "IPsec", .wrong, ["no algorithm of `ipsec: algorithms`", "modprobe -a"],
            isStopped: true
        ) { $0.probes = DoctorFixture.probes { _ in DoctorFixture.noAlgorithm } },
        DoctorTrouble(
            "one algorithm is missing", "IPsec", .warning, ["lacks null/aes-gcm,", "`ipsec: algorithms`"]
        ) { facts in
            facts.probes = DoctorFixture.probes { $0.suite.encryption == .aesGCM ? DoctorFixture.noAlgorithm : nil }
        },
        DoctorTrouble(
            "no ESP for IPv6", "IPsec", .wrong, ["IPv6: the kernel has no ESP", "esp6"],
            pcscf: "address: 10.45.0.1\nlisteners:\n  - address: \"fd45::1\"\n", isStopped: true
        ) { $0.probes = DoctorFixture.probes { $0.isV6 ? DoctorFixture.noESP : nil } },
        DoctorTrouble("the kernel is odd", "IPsec", .wrong, ["no association (odd)", "dmesg"], isStopped: true) {
            facts in
            facts.probes = DoctorFixture.probes { _ in XFRMFailure(.other, code: 5, text: "odd") }
        },
        DoctorTrouble(
            "a P-CSCF that was started without the capability", "IPsec", .wrong,
            ["runs without IPsec", "10.45.0.1:5100", "CAP_NET_ADMIN"]
        ) { $0.taken = [] },
        DoctorTrouble(
            "a P-CSCF that runs where there is no ESP", "IPsec", .wrong, ["runs without IPsec", "what follows"]
        ) { facts in
            facts.taken = []
            facts.probes = DoctorFixture.probes { _ in DoctorFixture.noESP }
        }
        .and("IPsec", .wrong, ["no ESP"]),
    ]

    private static let running: [DoctorTrouble] = [
        DoctorTrouble("nothing runs", "nothing", .ok, [], isStopped: true),
        DoctorTrouble("one instance does not run", "instances", .wrong, ["HSS hss does not run", "imsbox run"]) {
            $0.running.removeFirst()
        },
        DoctorTrouble("an instance is not ready", "instances", .wrong, ["P-CSCF pcscf", "not ready", "imsbox peers"]) {
            $0.running[1] = DoctorFixture.instance("pcscf", .pcscf, isReady: false)
        },
        DoctorTrouble("instances of another user", "instances", .warning, ["hss.sock is not for this user", "root"]) {
            $0.running = []
            $0.hidden = ["/run/imsbox/hss.sock is not for this user – run the command as root"]
            // Its IPsec cannot be asked after, so the kernel alone is judged.
            $0.taken = []
        },
        DoctorTrouble(
            "a CSCF without its HSS", "Diameter", .wrong,
            ["icscf has no connection with hss.example.org at 127.0.0.1:3868 (Connection refused)", "see that it runs"]
        ) {
            let lost = DoctorFixture.peer("hss.example.org", isOpen: false, problem: "Connection refused")
            $0.running.append(DoctorFixture.instance("icscf", .icscf, peers: [lost]))
        },
        DoctorTrouble("an HSS without a CSCF", "Diameter", .warning, ["icscf.example.org", "(Closed)", "host:"]) {
            let lost = DoctorFixture.peer("icscf.example.org", isOpen: false)
            $0.running[0] = DoctorFixture.instance(
                "hss", .hss, peers: [lost], counts: [("subscribers", .number(1))])
        },
        DoctorTrouble(
            "an MME nobody has named", "Diameter", .warning,
            [
                "hss has refused mme.localdomain (realm localdomain)", "`diameter: peers:` of hss.yaml",
                "{ host: mme.localdomain, realm: localdomain, connect: false }",
            ]
        ) { facts in
            facts.running[0] = DoctorFixture.hss(
                refusing: DoctorFixture.refusal(DiameterNode.refusedPeer, "DIAMETER_UNKNOWN_PEER (3010), odd"))
        },
        DoctorTrouble("a peer that speaks of other things", "Diameter", .warning, ["(5010)", "applications"]) { facts in
            facts.running[0] = DoctorFixture.hss(
                refusing: DoctorFixture.refusal(
                    DiameterNode.refusedPeer, "DIAMETER_NO_COMMON_APPLICATION (5010), this node has [16777216]"))
        },
        DoctorTrouble(
            "an MME that asks in its own realm", "Diameter", .warning,
            ["a request of mme.localdomain for the realm localdomain", "`diameter: served-realms:` of hss.yaml"]
        ) { facts in
            facts.running[0] = DoctorFixture.hss(
                refusing: DoctorFixture.refusal(DiameterNode.refusedRequest, "DIAMETER_REALM_NOT_SERVED (3003), odd"))
        },
        DoctorTrouble("no subscriber", "subscribers", .wrong, ["no subscriber", "imsbox subscriber add"]) {
            $0.running[0] = DoctorFixture.instance("hss", .hss, counts: [("subscribers", .number(0))])
        },
    ]

    private static let host: [DoctorTrouble] = [
        DoctorTrouble(
            "a port is taken", "ports", .wrong, ["10.45.0.1:5060 UDP is taken", "ss -lntup", ":5060"], isStopped: true
        ) { $0.taken = [try DoctorFixture.taken("10.45.0.1:5060")] },
        DoctorTrouble("a low port", "ports", .wrong, ["10.45.0.1:80 TCP", "CAP_NET_BIND_SERVICE"], isStopped: true) {
            $0.taken = [try DoctorFixture.taken("10.45.0.1:80", .tcp, .notPermitted)]
        },
        DoctorTrouble("no socket to be had", "ports", .wrong, ["in the system's words"], isStopped: true) {
            $0.taken = [try DoctorFixture.taken("10.45.0.1:5060", .udp, .other)]
        },
        DoctorTrouble(
            "the state directory is not to be written", "state directory", .wrong,
            [".imsbox", "Permission denied", "--state-dir"], isStopped: true
        ) { $0.state.problem = "Permission denied" },
        DoctorTrouble("the disk is nearly full", "state directory", .warning, ["99 MB left", "make room"]) {
            $0.state.free = (100 << 20) - 1
        },
    ]

    private static let translation: [DoctorTrouble] = [
        DoctorTrouble(
            "masquerading on the P-CSCF's interface", "NAT", .warning,
            ["on ogstun", "-j MASQUERADE", "exclude the phones' addresses from masquerading"]
        ) { $0.translation.rules = TranslationFacts.iptables("*nat\n-A POSTROUTING -o ogstun -j MASQUERADE\n") },
        DoctorTrouble(
            "a phone that is translated", "NAT", .warning, ["10.45.0.7 is seen as 192.168.1.1", "exclude"]
        ) {
            $0.translation.flows = TranslatedFlow.all(
                "ipv4 2 udp 17 29 src=10.45.0.7 dst=10.45.0.1 sport=5060 dport=5060 src=10.45.0.1 dst=192.168.1.1 "
                    + "sport=5060 dport=5060 mark=0 use=1")
        },
    ]
}
