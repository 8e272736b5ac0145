/// The four roles of the lab.
package enum Role: String, CaseIterable, CustomStringConvertible {
    case hss
    case scscf
    case icscf
    case pcscf

    package var description: String { rawValue }
}

/// What a test wants of its lab beyond the ordinary.
package struct LabSettings: Sendable {
    /// How long a CSCF waits for the HSS, in seconds.
    package var diameterTimeout = 4
    /// The shortest registration the S-CSCF grants, in seconds.
    package var leastExpires = 60
    /// Whether the HSS draws RAND again where RES has a zero octet, as it does by default.
    package var avoidsZeroRES = true
    /// Diameter peers besides the lab's own that the HSS admits.
    package var guests: [String] = []
    /// Whether there is an IP-SM-GW that short messages and registrations go to; `startGateway` runs it.
    package var hasGateway = false
    /// Roles with a second instance.
    package var spares: [Role] = []
    /// Where the P-CSCF listens on `::1` besides.
    package var ipv6Port: UInt16?
    /// T1 of every CSCF toward everybody, in milliseconds; nil leaves it to them.
    package var t1: Int?
    /// Whether the lab's folder is in memory: a disk that others use keeps an HSS waiting for many seconds at a commit.
    package var isInMemory = false
    /// Whether requests go from the P-CSCF to the I-CSCF over TCP, however short they are.
    package var coreOverTCP = false
    /// One address for all roles, in place of one for each.
    package var address: Loopback?
    /// Whether each process writes what it sends and receives into a pcap file.
    package var writesCapture = false
    /// Where UEs reach the P-CSCF (`LabNetwork`), in place of a loopback address: a listener for each.
    package var gm: [Loopback] = []
    /// What the P-CSCF asks of UEs; nil leaves it to it.
    package var security: String?
    /// What the P-CSCF does about QoS preconditions; nil leaves it to it.
    package var preconditions: String?
    /// Algorithms of IPsec, the one preferred first; none leaves them to the P-CSCF.
    package var algorithms: [String] = []
    /// What stands before the command of the role's process: a program that changes what the process may do.
    package var launchers: [Role: [String]] = [:]
    /// `services:` of the HSS, with application servers at the lab's ninth address.
    package var services: (@Sendable (Loopback) -> String)?
    /// Whether other users than the one who tests may write into the lab's state directory and run its program.
    package var isOpen = false

    package init(_ change: (inout LabSettings) -> Void = { _ in }) {
        change(&self)
    }
}

/// Instance files of one lab: the lab's own addresses, the standard ports, a short pause between connection attempts.
package struct InstanceFiles {
    package let addresses: LabAddresses
    package let settings: LabSettings

    package func address(_ role: Role, spare: Bool = false) -> Loopback {
        if let address = settings.address { return address }
        if role == .pcscf, !spare, let address = settings.gm.first { return address }
        let offset: UInt32 = spare ? 4 : 0
        return switch role {
        case .pcscf: addresses.node(1 + offset)
        case .icscf: addresses.node(2 + offset)
        case .scscf: addresses.node(3 + offset)
        case .hss: addresses.node(4 + offset)
        }
    }

    /// The port everybody knows this role by.
    package func port(_ role: Role) -> UInt16 {
        switch role {
        case .pcscf: 5060
        case .icscf: 4060
        case .scscf: 6060
        case .hss: 3868
        }
    }

    /// The name of an instance: of its file, its control socket and its host in the home network.
    package func name(_ role: Role, spare: Bool = false) -> String {
        spare ? "\(role)2" : "\(role)"
    }

    package func text(_ role: Role, spare: Bool = false) -> String {
        let head = """
            role: \(role)
            name: \(name(role, spare: spare))
            home-network: \(Subscriber.domain)
            address: "\(address(role, spare: spare).text)"

            """
        let sip = role == .hss ? "" : "port: \(port(role))\n" + timers
        return head + sip + body(role, name(role, spare: spare))
    }

    private func body(_ role: Role, _ name: String) -> String {
        switch role {
        case .pcscf: hosts + pcscf
        case .icscf: hosts + icscf + client(name)
        case .scscf:
            hosts + "uri: \(uri(name))\nicscf: [\"\(icscfURI)\"]\nexpires:\n  min: "
                + "\(settings.leastExpires)\n" + client(name)
        case .hss: services + server
        }
    }

    /// The IP-SM-GW, on an address of its own.
    package var gateway: Loopback { settings.address ?? addresses.node(9) }
    package static let gatewayPort: UInt16 = 7060

    private var gatewayHost: String { "ipsmgw.\(Subscriber.domain)" }

    package var gatewayText: String {
        """
        role: ipsmgw
        name: ipsmgw
        home-network: \(Subscriber.domain)
        address: "\(gateway.text)"
        port: \(Self.gatewayPort)
        uri: sip:\(gatewayHost):\(Self.gatewayPort)
        icscf: ["\(icscfURI)"]
        retry: [2]
        report-timeout: 5

        """ + timers + hosts
    }

    /// Filter criteria that lead to it.
    private var services: String {
        guard settings.hasGateway else { return "" }
        return """
            services:
              - name: sms
                server: sip:\(gatewayHost):\(Self.gatewayPort)
                include-register-request: true
                include-register-response: true
                trigger:
                  - method: MESSAGE
                    session-case: originating
                    header: { Content-Type: "application/vnd\\\\.3gpp\\\\.sms" }
                  - method: REGISTER

            """
    }

    private var timers: String { settings.t1.map { "t1: \($0)\n" } ?? "" }

    private var pcscf: String {
        // The port toward the core is fixed, so that a decoder can be told.
        let place = settings.gm.isEmpty ? "" : "  address: \(addresses.node(1))\n"
        let core =
            "core:\n  port: 5070\n" + place
            + timers.split(separator: "\n").map { "  \($0)\n" }.joined()
            + "icscf: [\"\(icscfURI)\(settings.coreOverTCP ? ";transport=tcp" : "")\"]\n" + security
        let more =
            settings.gm.dropFirst().map { ($0.text, port(.pcscf)) } + (settings.ipv6Port.map { [("::1", $0)] } ?? [])
        guard !more.isEmpty else { return core }
        return core + "listeners:\n" + more.map { "  - address: \"\($0)\"\n    port: \($1)\n" }.joined()
    }

    private var security: String {
        let policy =
            (settings.security.map { "security: \($0)\n" } ?? "")
            + (settings.preconditions.map { "preconditions: \($0)\n" } ?? "")
        let names = settings.algorithms.joined(separator: ", ")
        return policy + (names.isEmpty ? "" : "ipsec:\n  algorithms: [\(names)]\n")
    }

    private var icscf: String {
        "scscf:\n" + instances(.scscf).map { "  - uri: \(uri($0))\n    capabilities: []\n" }.joined()
    }

    private func uri(_ name: String) -> String { "sip:\(name).\(Subscriber.domain):\(port(.scscf))" }

    private var icscfURI: String { "sip:icscf.\(Subscriber.domain):\(port(.icscf))" }

    private func instances(_ role: Role) -> [String] {
        [name(role)] + (settings.spares.contains(role) ? [name(role, spare: true)] : [])
    }

    private var hosts: String {
        let rows = [(Role.icscf, false), (.scscf, false), (.scscf, true)].map { role, spare in
            "  \(name(role, spare: spare)).\(Subscriber.domain): \(address(role, spare: spare))\n"
        }
        let gateway = settings.hasGateway ? "  \(gatewayHost): \(gateway)\n" : ""
        return "hosts:\n" + rows.joined() + gateway
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
              address: \(address(.hss)):\(port(.hss))

        """
    }

    private var server: String {
        let names = (instances(.icscf) + instances(.scscf)).map { "\($0).\(Subscriber.domain)" } + settings.guests
        let peers = names.map { "    - host: \($0)\n      realm: \(Subscriber.domain)\n      connect: false\n" }
        let services = settings.services?(addresses.node(9)) ?? ""
        return (settings.avoidsZeroRES ? "" : "avoid-zero-res: false\n") + services + """
            diameter:
              host: hss.\(Subscriber.domain)
              realm: \(Subscriber.domain)
              listen: [\(address(.hss)):\(port(.hss))]
              peers:

            """ + peers.joined()
    }
}
