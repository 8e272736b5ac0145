import Diameter
import RoleKit
import Testing

@Suite("Diameter settings")
struct DiameterSettingsTests {
    /// A tree as the YAML reader gives it.
    indirect enum Tree {
        case text(String)
        case list([Tree])
        case map([(String, Tree)])

        func node(_ line: inout Int) -> SettingsNode {
            line += 1
            let own = line
            switch self {
            case .text(let text): return SettingsNode(.scalar(text), line: own)
            case .list(let items): return SettingsNode(.list(items.map { $0.node(&line) }), line: own)
            case .map(let pairs):
                return SettingsNode(
                    .map(
                        pairs.map { pair in
                            let node = pair.1.node(&line)
                            return (key: pair.0, keyLine: node.line, node: node)
                        }), line: own)
            }
        }
    }

    private func read(
        _ pairs: [(String, Tree)], hosts: [(name: String, address: SocketAddress)] = []
    ) -> (DiameterSettings, [SettingsFault]) {
        var line = 0
        var reader = SettingsReader(Tree.map(pairs).node(&line))
        var defaults = DiameterSettings(originHost: "hss.home", originRealm: "home")
        defaults.listen = [SocketAddress(127, 0, 0, 1, port: 3868)]
        let settings = DiameterSettings(reading: &reader, defaults: defaults, hosts: hosts)
        return (settings, reader.finish())
    }

    @Test func anEmptySectionIsTheRolesDefaults() {
        let (settings, faults) = read([])
        var wanted = DiameterSettings(originHost: "hss.home", originRealm: "home")
        wanted.listen = [SocketAddress(127, 0, 0, 1, port: 3868)]
        #expect(settings == wanted)
        #expect(faults.isEmpty)
    }

    @Test("every field can be said")
    func everything() {
        let (settings, faults) = read(
            [
                ("host", .text("a.net")), ("realm", .text("net")), ("product-name", .text("x")),
                ("vendor-id", .text("10415")),
                ("supported-vendors", .list([.text("10415"), .text("13019")])),
                (
                    "applications",
                    .list([
                        .map([("id", .text("16777216")), ("vendor", .text("10415"))]),
                        .map([("id", .text("3")), ("kind", .text("acct"))]),
                    ])
                ),
                ("served-realms", .list([.text("epc.net")])),
                ("listen", .list([.text("10.0.0.1:3868"), .text("[::1]:3869")])),
                ("advertise", .list([.text("10.0.0.9")])),
                (
                    "peers",
                    .list([
                        .map([
                            ("host", .text("b.net")), ("address", .text("10.0.0.2:4000")),
                            ("source", .text("10.0.0.1")),
                        ]),
                        .map([("host", .text("c.net")), ("realm", .text("other"))]),
                        .map([("host", .text("d.net")), ("port", .text("5000")), ("connect", .text("false"))]),
                    ])
                ),
                (
                    "routes",
                    .list([
                        .map([
                            ("realm", .text("net")), ("application", .text("16777216")), ("peer", .text("b.net")),
                            ("metric", .text("5")),
                        ])
                    ])
                ),
                ("default-routes", .list([.map([("peer", .text("c.net")), ("metric", .text("7"))])])),
                ("tc", .text("5")), ("watchdog", .text("6")), ("connect-timeout", .text("2")),
                ("transaction-timeout", .text("3")), ("accept-unknown-peers", .text("true")),
                ("drop-unknown-on-disconnect", .text("false")),
            ], hosts: [("d.net", SocketAddress(10, 0, 0, 4, port: 0))])
        #expect(faults.isEmpty, "\(faults)")
        var wanted = DiameterSettings(originHost: "a.net", originRealm: "net")
        wanted.servedRealms = ["epc.net"]
        wanted.productName = "x"
        wanted.vendorID = 10415
        wanted.supportedVendors = [10415, 13019]
        wanted.applications = [.cx, DiameterApplication(id: 3, vendor: .ietf, kind: .acct)]
        wanted.listen = [
            SocketAddress(10, 0, 0, 1, port: 3868), SocketAddress(family: .v6, high: 0, low: 1, port: 3869),
        ]
        wanted.advertise = [SocketAddress(10, 0, 0, 9, port: 0)]
        wanted.peers = [
            DiameterPeerSettings(
                host: "b.net", realm: "net", address: SocketAddress(10, 0, 0, 2, port: 4000), connect: true,
                source: SocketAddress(10, 0, 0, 1, port: 0)),
            DiameterPeerSettings(host: "c.net", realm: "other"),
            DiameterPeerSettings(
                host: "d.net", realm: "net", address: SocketAddress(10, 0, 0, 4, port: 5000), connect: false),
        ]
        wanted.realmRoutes = [DiameterRealmRoute(realm: "net", application: Application.cx, peer: "b.net", metric: 5)]
        wanted.defaultRoutes = [DiameterDefaultRoute(peer: "c.net", metric: 7)]
        wanted.tcMilliseconds = 5_000
        wanted.twMilliseconds = 6_000
        wanted.connectTimeoutMilliseconds = 2_000
        wanted.transactionTimeoutMilliseconds = 3_000
        wanted.acceptUnknownPeers = true
        wanted.dropUnknownOnDisconnect = false
        #expect(settings == wanted)
    }

    @Test(
        "what cannot work is refused with its cure",
        arguments: [
            ("watchdog", "5", "6"), ("transaction-timeout", "0", "1"), ("vendor-id", "-1", "0"),
            ("listen", "0.0.0.0:3868", "advertise"), ("listen", "localhost", "127.0.0.1:3868"),
            ("advertise", "hss.home", "IP addresses"), ("acept-unknown-peers", "true", "accept-unknown-peers"),
        ])
    func refusals(key: String, value: String, cure: String) {
        let (_, faults) = read([(key, .text(value))])
        #expect(faults.count == 1)
        #expect(faults.first.map { $0.cure.contains(cure) || $0.problem.contains(cure) } == true, "\(faults)")
        #expect(faults.first?.line == 2)
    }

    @Test func peersAndRoutesMustFitTogether() {
        func peer(_ pairs: (String, String)...) -> Tree { .map(pairs.map { ($0.0, .text($0.1)) }) }
        func problems(_ pairs: [(String, Tree)]) -> [String] { read(pairs).1.map(\.problem) }
        #expect(
            problems([("peers", .list([peer(("host", "b"), ("connect", "true"))]))]).first?.contains("no address")
                == true)
        #expect(
            problems([("peers", .list([peer(("host", "b")), peer(("host", "B"))]))]).first?.contains("twice") == true)
        #expect(problems([("peers", .list([peer(("host", "HSS.home"))]))]).first?.contains("itself") == true)
        #expect(problems([("peers", .list([peer(("realm", "b"))]))]).first?.contains("host` is missing") == true)
        let route = ("routes", Tree.list([peer(("realm", "home"), ("peer", "x"))]))
        #expect(problems([route]).first?.contains("not a peer") == true)
        #expect(problems([route, ("accept-unknown-peers", .text("yes"))]).isEmpty)
        #expect(problems([("default-routes", .list([peer(("peer", "x"))]))]).first?.contains("not a peer") == true)
    }
}

@Suite("Kamailio CDP import")
struct CDPImportTests {
    /// The file the lab's Kamailio runs with, filled in.
    private let file = CDPElement(
        "DiameterPeer",
        [
            ("FQDN", "icscf.home"), ("Realm", "home"), ("Vendor_Id", "10415"), ("Product_Name", "CDiameterPeer"),
            ("AcceptUnknownPeers", "1"), ("DropUnknownOnDisconnect", "1"), ("Tc", "5"), ("Workers", "4"),
            ("QueueLength", "32"), ("ConnectTimeout", "2"), ("TransactionTimeout", "5"), ("SessionsHashSize", "1024"),
        ],
        children: [
            CDPElement(
                "Peer", [("FQDN", "hss.home"), ("Realm", "home"), ("port", "3868"), ("src_addr", "127.0.1.2")]),
            CDPElement("Acceptor", [("port", "3869"), ("bind", "127.0.1.2")]),
            CDPElement("Auth", [("id", "16777216"), ("vendor", "10415")]),
            CDPElement("Acct", [("id", "3"), ("vendor", "0")]),
            CDPElement("SupportedVendor", [("vendor", "10415")]),
            CDPElement(
                "Realm", [("name", "home")],
                children: [
                    CDPElement("Route", [("FQDN", "hss.home"), ("metric", "3")]),
                    CDPElement("Route", [("FQDN", "hss2.home"), ("metric", "5")]),
                ]),
            CDPElement("DefaultRoute", [("FQDN", "hss.home"), ("metric", "10")]),
        ])

    @Test("everything the file says is said in ours, the rest named")
    func whole() throws {
        let yaml = try CDPImport.yaml(from: [file]) { name in
            name == "hss.home" ? SocketAddress(127, 0, 1, 4, port: 0) : nil
        }
        #expect(
            yaml == """
                diameter:
                  host: icscf.home
                  realm: home
                  product-name: CDiameterPeer
                  vendor-id: 10415
                  accept-unknown-peers: true
                  drop-unknown-on-disconnect: true
                  tc: 5
                  connect-timeout: 2
                  transaction-timeout: 5
                  # Workers="4" left out: one loop serves all
                  # QueueLength="32" left out: there is no queue between processes
                  # SessionsHashSize="1024" left out: tables grow by themselves
                  listen:
                    - "127.0.1.2:3869"
                  applications:
                    - id: 16777216
                      vendor: 10415
                      kind: auth
                    - id: 3
                      vendor: 0
                      kind: acct
                  supported-vendors: [10415]
                  peers:
                    - host: hss.home
                      realm: home
                      address: "127.0.1.4:3868"
                      connect: true
                      source: "127.0.1.2"
                  routes:
                    - realm: home
                      peer: hss.home
                      metric: 3
                    - realm: home
                      peer: hss2.home
                      metric: 5
                  default-routes:
                    - peer: hss.home
                      metric: 10

                """)
    }

    @Test("what the file leaves to CDP's defaults is written out")
    func defaults() throws {
        let yaml = try CDPImport.yaml(from: [CDPElement("diameterpeer", [("fqdn", "\"a.b\""), ("realm", "b")])])
        for line in ["host: a.b", "accept-unknown-peers: true", "drop-unknown-on-disconnect: true", "tc: 30"] {
            #expect(yaml.contains(line + "\n"))
        }
        #expect(!yaml.contains("peers:\n"))
    }

    @Test func aPeerWhoseAddressIsNotFoundSaysWhatToWrite() throws {
        let yaml = try CDPImport.yaml(from: [file])
        #expect(yaml.contains("# address: the IP address of hss.home"))
        #expect(yaml.contains("port: 3868"))
    }

    @Test("values that YAML could misread are quoted; nothing breaks out of its line")
    func quoting() throws {
        let yaml = try CDPImport.yaml(from: [
            CDPElement(
                "DiameterPeer",
                [("FQDN", "1e5"), ("Realm", "a: b"), ("Product_Name", "x\ny: \"z\\"), ("Strange", "# \n evil: 1")])
        ])
        #expect(yaml.contains("host: \"1e5\"\n") && yaml.contains("realm: \"a: b\"\n"))
        #expect(yaml.contains(#"product-name: "x y: \"z\\""#))
        #expect(!yaml.contains("\n evil"))
    }

    @Test("a file that is none is refused with its line")
    func refusals() {
        func fails(_ element: CDPElement, _ problem: String) {
            #expect { try CDPImport.yaml(from: [element]) } throws: {
                ($0 as? CDPImportError)?.description.contains(problem) == true
            }
        }
        fails(CDPElement("Other", line: 3), "line 3: there is no <DiameterPeer>")
        fails(CDPElement("DiameterPeer", [("Realm", "r")], line: 2), "line 2: <DiameterPeer> has no FQDN")
        fails(
            CDPElement("DiameterPeer", [("FQDN", "h"), ("Realm", "r"), ("Tc", "soon")]), "Tc=\"soon\" is not a number")
        for child in [
            CDPElement("Peer", [("Realm", "r")], line: 7),
            CDPElement("Peer", [("FQDN", "p"), ("port", "99999")], line: 7),
            CDPElement("Acceptor", [("bind", "all"), ("port", "1")], line: 7),
            CDPElement("Realm", [("name", "r")], children: [CDPElement("Route", [("metric", "1")], line: 7)]),
        ] {
            fails(CDPElement("DiameterPeer", [("FQDN", "h"), ("Realm", "r")], children: [child]), "line 7")
        }
    }
}
