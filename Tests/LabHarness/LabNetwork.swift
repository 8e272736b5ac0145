/// The lab's access network: a namespace with the P-CSCF's addresses and one for each UE, all on one link. Each UE's
/// veth ends in a bridge, as phones reach a P-CSCF behind a packet gateway: no address of theirs is translated.
package final class LabNetwork {
    package struct Node: Sendable {
        package let namespace: KeptNamespace
        package let ipv4: Loopback
        package let ipv6: Loopback

        /// 10.45.0.0/24 and fd45::/64
        fileprivate init(_ number: Int) throws {
            namespace = try KeptNamespace()
            ipv4 = Loopback(number: 0x0A2D_0000 + UInt32(number))
            ipv6 = Loopback(high: 0xFD45_0000_0000_0000, low: UInt64(number))
        }

        package func address(isIPv6: Bool) -> Loopback { isIPv6 ? ipv6 : ipv4 }

        /// Runs `body` in this node's namespace: what it opens or starts there stays there.
        package func run<Value>(_ body: () throws -> Value) throws -> Value { try namespace.run(body) }

        fileprivate func configure(_ interface: String) throws {
            try run {
                try Namespace.set([
                    "address add \(ipv4.text)/24 dev \(interface)",
                    "address add \(ipv6.text)/64 dev \(interface) nodad", "link set \(interface) up",
                ])
            }
        }
    }

    /// The interface of every UE.
    package static let interface = "eth0"
    package static let maximumUEs = 250

    /// 10.45.0.1 and fd45::1
    package let core: Node
    /// From 10.45.0.2 and fd45::2 on.
    package let ues: [Node]

    package init(ues count: Int) throws {
        precondition(count <= Self.maximumUEs)
        let core = try Node(1)
        self.core = core
        ues = try (0..<count).map { try Node($0 + 2) }
        try core.run { try Namespace.set(["link add gm0 type bridge"]) }
        try core.configure("gm0")
        for (number, ue) in ues.enumerated() {
            try core.run {
                try Namespace.set([
                    "link add ue\(number) type veth peer name \(Self.interface) netns \(ue.namespace.path)",
                    "link set ue\(number) master gm0 up",
                ])
            }
            try ue.configure(Self.interface)
        }
    }

    /// Watches what this UE sends and is sent, from now on.
    package func watch(_ ue: Node) throws -> PacketWatch { try ue.run { try PacketWatch(Self.interface) } }
}
