import Diameter

/// Keys of an instance file's `diameter:` section:
///
/// | key | default | meaning |
/// |---|---|---|
/// | `host` | the role's own | Origin-Host, RFC 6733 §6.3 |
/// | `realm` | the home network | Origin-Realm, RFC 6733 §6.4 |
/// | `served-realms` | the role's own | realms whose requests are taken besides `realm` |
/// | `product-name` | imsbox | Product-Name, RFC 6733 §5.3.7 |
/// | `vendor-id` | 0 | Vendor-Id, RFC 6733 §5.3.3 |
/// | `supported-vendors` | [] | Supported-Vendor-Id beyond the applications' vendors |
/// | `applications` | Cx | list of `{id, vendor, kind: auth\|acct}` |
/// | `listen` | the role's own | list of `ip:port` |
/// | `advertise` | the connection's address | list of IP addresses, Host-IP-Address |
/// | `peers` | [] | list of `{host, realm, address: ip:port, port, connect, source: ip}`, see below |
/// | `routes` | [] | list of `{realm, application, peer, metric}`, RFC 6733 §2.7 |
/// | `default-routes` | [] | list of `{peer, metric}` |
/// | `tc` | 30 | seconds, longest pause between connection attempts, RFC 6733 §12 |
/// | `watchdog` | 30 | seconds, Tw, RFC 3539 §3.4.1; at least 6 |
/// | `connect-timeout` | 5 | seconds for a connection, CEA and DPA |
/// | `transaction-timeout` | 5 | seconds for an answer |
/// | `accept-unknown-peers` | false | take a CER from anybody |
/// | `drop-unknown-on-disconnect` | true | forget such a peer when it leaves |
///
/// A peer's `connect` defaults to true where its address is known, from `address` or from the file's `hosts:`; its
/// `realm` to our own. Routes of lower metric are used first, equal ones in turn.
extension DiameterSettings {
    static let port: UInt16 = 3868

    /// Reads the section; `defaults` says what the role assumes, `hosts` the addresses the file names.
    public init(
        reading reader: inout SettingsReader, defaults: DiameterSettings,
        hosts: [(name: String, address: SocketAddress)] = []
    ) {
        self = defaults
        originHost = reader.string("host", default: defaults.originHost)
        originRealm = reader.string("realm", default: defaults.originRealm)
        servedRealms = reader.strings("served-realms", default: defaults.servedRealms)
        productName = reader.string("product-name", default: defaults.productName)
        vendorID = UInt32(reader.integer("vendor-id", default: Int(defaults.vendorID), in: 0...Int(UInt32.max)))
        let vendors = defaults.supportedVendors.map(Int.init)
        supportedVendors = reader.integers("supported-vendors", default: vendors, in: 1...Int(UInt32.max)).map(
            UInt32.init)
        listen = reader.endpoints("listen", default: defaults.listen, port: Self.port)
        readAdvertised(&reader)
        readApplications(&reader)
        readTimes(&reader)
        acceptUnknownPeers = reader.flag("accept-unknown-peers", default: defaults.acceptUnknownPeers)
        dropUnknownOnDisconnect = reader.flag("drop-unknown-on-disconnect", default: defaults.dropUnknownOnDisconnect)
        if reader.has("peers") { peers = [] }
        let realm = originRealm
        reader.sections("peers") {
            if let peer = DiameterPeerSettings(reading: &$0, realm: realm, hosts: hosts) { peers.append(peer) }
        }
        readRoutes(&reader)
        judge(&reader)
    }

    private mutating func readAdvertised(_ reader: inout SettingsReader) {
        let texts = reader.strings("advertise", default: [])
        if texts.isEmpty { return }
        advertise = texts.compactMap { SocketAddress($0, port: 0) }
        if advertise.count != texts.count {
            reader.reject(
                "advertise", problem: "`diameter.advertise` has something that is not an IP address",
                cure: "write IP addresses without ports, e.g. [10.45.0.1]")
        }
    }

    private mutating func readApplications(_ reader: inout SettingsReader) {
        if reader.has("applications") { applications = [] }
        reader.sections("applications") {
            let id = $0.integer("id", default: Int(Application.cx), in: 0...Int(UInt32.max))
            let vendor = $0.integer("vendor", default: 0, in: 0...Int(UInt32.max))
            let kind = $0.choice("kind", default: DiameterApplication.Kind.auth)
            applications.append(
                DiameterApplication(id: UInt32(id), vendor: Vendor(rawValue: UInt32(vendor)), kind: kind))
        }
    }

    private mutating func readTimes(_ reader: inout SettingsReader) {
        func seconds(_ key: String, _ now: Int, _ range: ClosedRange<Int>) -> Int {
            reader.integer(key, in: range).map { $0 * 1_000 } ?? now
        }
        tcMilliseconds = seconds("tc", tcMilliseconds, 1...3_600)
        twMilliseconds = seconds("watchdog", twMilliseconds, WatchdogMachine.leastTw / 1_000...3_600)
        connectTimeoutMilliseconds = seconds("connect-timeout", connectTimeoutMilliseconds, 1...600)
        transactionTimeoutMilliseconds = seconds("transaction-timeout", transactionTimeoutMilliseconds, 1...600)
    }

    private mutating func readRoutes(_ reader: inout SettingsReader) {
        if reader.has("routes") { realmRoutes = [] }
        reader.sections("routes") {
            let realm = $0.requiredString("realm", example: "ims.mnc001.mcc001.3gppnetwork.org")
            let application = $0.integer("application", in: 0...Int(UInt32.max)).map(UInt32.init)
            let peer = $0.requiredString("peer", example: "hss.ims.mnc001.mcc001.3gppnetwork.org")
            let metric = $0.integer("metric", default: 10, in: 0...1_000_000)
            realmRoutes.append(
                DiameterRealmRoute(realm: realm, application: application, peer: peer, metric: metric))
        }
        if reader.has("default-routes") { defaultRoutes = [] }
        reader.sections("default-routes") {
            let peer = $0.requiredString("peer", example: "hss.ims.mnc001.mcc001.3gppnetwork.org")
            let metric = $0.integer("metric", default: 10, in: 0...1_000_000)
            defaultRoutes.append(DiameterDefaultRoute(peer: peer, metric: metric))
        }
    }

    /// What single keys cannot show to be wrong.
    private func judge(_ reader: inout SettingsReader) {
        if applications.isEmpty {
            reader.reject(
                "applications", problem: "`diameter.applications` is empty", cure: "leave it out, or name one")
        }
        if advertise.isEmpty, let any = listen.first(where: \.isUnspecified) {
            reader.reject(
                "listen", problem: "`diameter.listen` has \(any), which cannot be told to peers",
                cure: "add `advertise: [the address peers reach this node at]`")
        }
        let names = peers.map { $0.host.lowercased() }
        for (i, name) in names.enumerated() where names[..<i].contains(name) {
            reader.reject(
                "peers", problem: "`diameter.peers` names \(name) twice",
                cure: "keep one; a node has one connection to a peer")
        }
        if names.contains(originHost.lowercased()) {
            reader.reject(
                "peers", problem: "`diameter.peers` names this node itself (\(originHost))",
                cure: "give each node its own `host`")
        }
        for (key, peer) in realmRoutes.map({ ("routes", $0.peer) }) + defaultRoutes.map({ ("default-routes", $0.peer) })
        where !peer.isEmpty && !acceptUnknownPeers && !names.contains(peer.lowercased()) {
            reader.reject(
                key, problem: "`diameter.\(key)` leads to \(peer), which is not a peer",
                cure: "add it to `diameter.peers`, or write one of: \(peers.map(\.host).joined(separator: ", "))")
        }
    }
}

extension DiameterPeerSettings {
    /// One element of `peers:`; nil where it has no name.
    init?(
        reading reader: inout SettingsReader, realm home: String, hosts: [(name: String, address: SocketAddress)]
    ) {
        let host = reader.requiredString("host", example: "hss.\(home)")
        let realm = reader.string("realm", default: home)
        let port = UInt16(reader.integer("port", default: Int(DiameterSettings.port), in: 1...65_535))
        let named = hosts.first { $0.name == host.lowercased() }?.address
        let found = named.map { $0.port == 0 ? $0.with(port: port) : $0 }
        let address = reader.endpoint("address", port: port) ?? found
        let connect = reader.flag("connect", default: address != nil)
        let source = reader.address("source")
        if connect, address == nil {
            reader.reject(
                "address", problem: "peer \(host) has no address to connect to",
                cure: "add `address: ip:port` here, or \(host) to `hosts:`, or write `connect: false`")
        }
        if host.isEmpty { return nil }
        self.init(host: host, realm: realm, address: address, connect: connect, source: source)
    }
}
