/// The four roles of the lab.
package enum Role: String, CaseIterable, CustomStringConvertible {
    case hss
    case scscf
    case icscf
    case pcscf

    package var description: String { rawValue }
}

/// What a test wants of its lab beyond the ordinary.
package struct LabSettings {
    /// How long a CSCF waits for the HSS, in seconds.
    package var diameterTimeout: Int
    /// Diameter peers besides the lab's own that the HSS admits.
    package var guests: [String]
    /// Whether each process writes what it sends and receives into a pcap file.
    package var writesCapture: Bool

    package init(diameterTimeout: Int = 4, guests: [String] = [], writesCapture: Bool = false) {
        self.diameterTimeout = diameterTimeout
        self.guests = guests
        self.writesCapture = writesCapture
    }
}

/// Instance files of one lab: the lab's own addresses, the standard ports, a short pause between connection attempts.
package struct InstanceFiles {
    package let addresses: LabAddresses
    package let settings: LabSettings

    package func address(_ role: Role) -> Loopback {
        switch role {
        case .pcscf: addresses.node(1)
        case .icscf: addresses.node(2)
        case .scscf: addresses.node(3)
        case .hss: addresses.node(4)
        }
    }

    package func text(_ role: Role) -> String {
        let head = """
            role: \(role)
            home-network: \(Subscriber.domain)
            address: \(address(role))

            """
        return head + body(role)
    }

    private func body(_ role: Role) -> String {
        switch role {
        case .pcscf: pcscf
        case .icscf:
            "scscf:\n  - uri: sip:scscf.\(Subscriber.domain):6060\n    capabilities: []\n" + hosts + client("icscf")
        case .scscf: "uri: sip:scscf.\(Subscriber.domain):6060\n" + hosts + client("scscf")
        case .hss: server
        }
    }

    /// The port toward the core is fixed, so that a decoder can be told.
    private var pcscf: String {
        "core:\n  port: 5070\nicscf: [\"sip:icscf.\(Subscriber.domain):4060\"]\n" + hosts
    }

    private var hosts: String {
        """
        hosts:
          icscf.\(Subscriber.domain): \(address(.icscf))
          scscf.\(Subscriber.domain): \(address(.scscf))

        """
    }

    private func client(_ name: String) -> String {
        """
        diameter:
          host: \(name).\(Subscriber.domain)
          realm: \(Subscriber.domain)
          tc: 1
          transaction-timeout: \(settings.diameterTimeout)
          peers:
            - host: hss.\(Subscriber.domain)
              realm: \(Subscriber.domain)
              address: \(address(.hss)):3868

        """
    }

    private var server: String {
        let names = ["icscf.\(Subscriber.domain)", "scscf.\(Subscriber.domain)"] + settings.guests
        let peers = names.map { "    - host: \($0)\n      realm: \(Subscriber.domain)\n      connect: false\n" }
        return """
            diameter:
              host: hss.\(Subscriber.domain)
              realm: \(Subscriber.domain)
              listen: [\(address(.hss)):3868]
              peers:

            """ + peers.joined()
    }
}
