import PCSCF
import RoleKit

/// A flow of the kernel's connection tracking whose source address is another one on the far side.
struct TranslatedFlow: Equatable {
    /// What the sender wrote.
    var source: SocketAddress
    var destination: SocketAddress
    /// What the receiver sees in place of the source.
    var seen: SocketAddress
    var isESP: Bool

    /// The rows of /proc/net/nf_conntrack: first the tuple as sent, then that of the answer.
    static func all(_ table: String) -> [TranslatedFlow] { table.split(separator: "\n").compactMap { row($0) } }

    private static func row(_ line: Substring) -> TranslatedFlow? {
        var hosts: [SocketAddress] = []
        var ports: [UInt16] = []
        for word in line.split(separator: " ") {
            if word.hasPrefix("src=") || word.hasPrefix("dst=") {
                guard let host = SocketAddress(String(word.dropFirst(4)), port: 0) else { return nil }
                hosts.append(host)
            } else if word.hasPrefix("sport=") || word.hasPrefix("dport=") {
                ports.append(UInt16(word.dropFirst(6)) ?? 0)
            }
        }
        guard hosts.count == 4, hosts[3] != hosts[0] else { return nil }
        let known = ports.count == 4 ? ports : [0, 0, 0, 0]
        return TranslatedFlow(
            source: hosts[0].with(port: known[0]), destination: hosts[1].with(port: known[1]), seen: hosts[3],
            isESP: line.split(separator: " ").dropFirst(3).first == "50")
    }
}

/// NAT between phones and P-CSCF: the addresses of an association are those of the packets (TS 33.203 §7.1).
extension DoctorCheck {
    static func translation(_ facts: DoctorFacts) -> [Finding] {
        facts.plans.compactMap(\.gate).flatMap { gate in
            gate.listeners.map(\.address).filter { !$0.isLoopback }.flatMap { address in
                let ports = Set([address.port, gate.ipsec.serverPort] + gate.ipsec.clientPorts)
                let flow = facts.translation.flows.first { $0.concerns(address, ports) }
                return flow.map { [met($0)] } ?? rules(address, facts)
            }
        }
    }

    private static func met(_ flow: TranslatedFlow) -> Finding {
        .warning(
            "this host translates addresses between phones and P-CSCF: \(flow.source.host) is seen as "
                + "\(flow.seen.host), so IPsec fails",
            cure: exemption)
    }

    /// The first rule that packets of the P-CSCF meet on its interface.
    private static func rules(_ address: SocketAddress, _ facts: DoctorFacts) -> [Finding] {
        let own = address.with(port: 0)
        guard let interface = facts.addresses.first(where: { $0.address == own })?.interface else { return [] }
        for rule in facts.translation.rules where rule.mayMeet(own, through: interface) {
            // What somebody exempts are most likely the phones.
            if rule.target == .exempt { return [] }
            if rule.isPartial { continue }
            return [
                .warning(
                    "a rule of this host translates addresses on \(interface), where the P-CSCF is (\(rule.text)): "
                        + "IPsec fails for phones it meets",
                    cure: exemption)
            ]
        }
        return []
    }

    private static let exemption =
        "exclude the phones' addresses from masquerading: "
        + "iptables -t nat -I POSTROUTING -d 10.45.0.0/16 -j ACCEPT, with their network"
}

extension TranslatedFlow {
    /// Whether it is SIP or ESP of a P-CSCF with this address and these ports, sent or received.
    func concerns(_ address: SocketAddress, _ ports: Set<UInt16>) -> Bool {
        [source, destination].contains { side in
            side.with(port: 0) == address.with(port: 0) && (isESP || ports.contains(side.port))
        }
    }
}
