/// An element of a Kamailio CDP file (`diametercfg.xml`), as any XML parser gives it. The parser is the command's;
/// this module reads no files.
public struct CDPElement: Sendable {
    public var name: String
    public var attributes: [(name: String, value: String)]
    public var children: [CDPElement]
    /// 1-based, for complaints; 0 where the parser does not say.
    public var line: Int

    public init(
        _ name: String, _ attributes: [(name: String, value: String)] = [], children: [CDPElement] = [], line: Int = 0
    ) {
        self.name = name
        self.attributes = attributes
        self.children = children
        self.line = line
    }

    /// An attribute by name, letters compared without case, literal quotes around it taken off, as CDP does.
    func value(_ name: String) -> String? {
        let wanted = name.lowercased()
        guard var text = attributes.first(where: { $0.name.lowercased() == wanted })?.value[...] else { return nil }
        if text.first == "\"" { text = text.dropFirst() }
        if text.last == "\"" { text = text.dropLast() }
        return String(text)
    }
}

/// Why a CDP file could not be turned into a `diameter:` section.
public struct CDPImportError: Error, Hashable, Sendable, CustomStringConvertible {
    public var line: Int
    public var problem: String

    public var description: String { line > 0 ? "line \(line): \(problem)" : problem }
}

/// Turns a Kamailio CDP file into the `diameter:` section that says the same.
public enum CDPImport {
    /// `resolve` gives the address of a peer's name; CDP asks DNS at run time, our file holds addresses.
    public static func yaml(
        from elements: [CDPElement], resolve: (String) -> SocketAddress? = { _ in nil }
    ) throws(CDPImportError) -> String {
        guard let root = elements.first(where: { $0.name.lowercased() == "diameterpeer" }) else {
            throw CDPImportError(line: elements.first?.line ?? 0, problem: "there is no <DiameterPeer> element")
        }
        var writer = CDPWriter()
        try writer.writeNode(root)
        try writer.writeChildren(root, resolve)
        return writer.text
    }
}

/// Writes the section, keeping the order of the file within each list.
private struct CDPWriter {
    var text = ""

    mutating func line(_ indent: Int, _ content: String) {
        text += String(repeating: "  ", count: indent) + content + "\n"
    }

    /// A scalar, quoted where YAML could read it as something else.
    static func scalar(_ value: String) -> String {
        let plain = value.utf8.allSatisfy {
            ($0 >= 48 && $0 <= 57) || ($0 | 32 >= 97 && $0 | 32 <= 122) || $0 == 45 || $0 == 46 || $0 == 95
        }
        if plain, let first = value.utf8.first, first | 32 >= 97 { return value }
        var quoted = "\""
        for character in value {
            if character == "\"" || character == "\\" { quoted.append("\\") }
            quoted.append(character.isNewline ? " " : character)
        }
        return quoted + "\""
    }

    static func number(_ element: CDPElement, _ name: String, default fallback: Int) throws(CDPImportError) -> Int {
        guard let text = element.value(name) else { return fallback }
        guard let number = Int(text), number >= 0 else {
            throw CDPImportError(line: element.line, problem: "\(element.name) \(name)=\"\(text)\" is not a number")
        }
        return number
    }

    static func required(_ element: CDPElement, _ name: String) throws(CDPImportError) -> String {
        guard let text = element.value(name), !text.isEmpty else {
            throw CDPImportError(line: element.line, problem: "<\(element.name)> has no \(name)")
        }
        return text
    }

    // MARK: The root's attributes

    /// Attributes of CDP's own workings that have no meaning here.
    private static let without = [
        "Workers": "one loop serves all", "QueueLength": "there is no queue between processes",
        "SessionsHashSize": "tables grow by themselves", "DefaultAuthSessionTimeout": "Cx keeps no sessions",
        "MaxAuthSessionTimeout": "Cx keeps no sessions",
    ]

    mutating func writeNode(_ root: CDPElement) throws(CDPImportError) {
        line(0, "diameter:")
        line(1, "host: \(Self.scalar(try Self.required(root, "FQDN")))")
        line(1, "realm: \(Self.scalar(try Self.required(root, "Realm")))")
        if let product = root.value("Product_Name") { line(1, "product-name: \(Self.scalar(product))") }
        line(1, "vendor-id: \(try Self.number(root, "Vendor_Id", default: 0))")
        // Where the file is silent, CDP's own defaults are written out: ours refuse unknown peers.
        let accepts = try Self.number(root, "AcceptUnknownPeers", default: 1) != 0
        let drops = try Self.number(root, "DropUnknownOnDisconnect", default: 1) != 0
        line(1, "accept-unknown-peers: \(accepts)")
        line(1, "drop-unknown-on-disconnect: \(drops)")
        line(1, "tc: \(max(1, try Self.number(root, "Tc", default: 30)))")
        line(1, "connect-timeout: \(max(1, try Self.number(root, "ConnectTimeout", default: 5)))")
        line(1, "transaction-timeout: \(max(1, try Self.number(root, "TransactionTimeout", default: 5)))")
        let known = [
            "fqdn", "realm", "product_name", "vendor_id", "acceptunknownpeers", "dropunknownondisconnect", "tc",
            "connecttimeout", "transactiontimeout",
        ]
        for attribute in root.attributes where !known.contains(attribute.name.lowercased()) {
            let why = Self.without[attribute.name] ?? "not known"
            line(1, "# \(attribute.name)=\(Self.scalar(attribute.value)) left out: \(why)")
        }
    }

    // MARK: Its children

    mutating func writeChildren(
        _ root: CDPElement, _ resolve: (String) -> SocketAddress?
    ) throws(CDPImportError) {
        try writeAcceptors(root.named("acceptor"))
        try writeApplications(root.children.filter { ["auth", "acct"].contains($0.name.lowercased()) })
        var vendors: [String] = []
        for vendor in root.named("supportedvendor") {
            vendors.append(String(try Self.number(vendor, "vendor", default: 0)))
        }
        if !vendors.isEmpty { line(1, "supported-vendors: [\(vendors.joined(separator: ", "))]") }
        try writePeers(root.named("peer"), resolve)
        try writeRealms(root.named("realm"))
        try writeDefaults(root.named("defaultroute"))
        let known = ["acceptor", "auth", "acct", "supportedvendor", "peer", "realm", "defaultroute"]
        for child in root.children where !known.contains(child.name.lowercased()) {
            line(1, "# <\(child.name)> left out: not known")
        }
    }

    private mutating func writeAcceptors(_ acceptors: [CDPElement]) throws(CDPImportError) {
        if acceptors.isEmpty { return }
        line(1, "listen:")
        var isOpenToAll = false
        for acceptor in acceptors {
            let port = try Self.number(acceptor, "port", default: 3868)
            let bind = acceptor.value("bind").flatMap { $0.isEmpty ? nil : $0 } ?? "0.0.0.0"
            guard let address = SocketAddress(bind, port: UInt16(truncatingIfNeeded: port)), (1...65_535).contains(port)
            else {
                throw CDPImportError(
                    line: acceptor.line, problem: "Acceptor \(bind):\(port) is not an IP address and port")
            }
            isOpenToAll = isOpenToAll || address.isUnspecified
            line(2, "- \"\(address)\"")
        }
        if isOpenToAll { line(1, "# advertise: [the address peers reach this node at]") }
    }

    private mutating func writeApplications(_ applications: [CDPElement]) throws(CDPImportError) {
        if applications.isEmpty { return }
        line(1, "applications:")
        for application in applications {
            line(2, "- id: \(try Self.number(application, "id", default: 0))")
            line(3, "vendor: \(try Self.number(application, "vendor", default: 0))")
            line(3, "kind: \(application.name.lowercased())")
        }
    }

    private mutating func writePeers(
        _ peers: [CDPElement], _ resolve: (String) -> SocketAddress?
    ) throws(CDPImportError) {
        if peers.isEmpty { return }
        line(1, "peers:")
        for peer in peers {
            let host = try Self.required(peer, "FQDN")
            let port = try Self.number(peer, "port", default: 3868)
            guard (1...65_535).contains(port) else {
                throw CDPImportError(line: peer.line, problem: "Peer \(host) has port \(port)")
            }
            line(2, "- host: \(Self.scalar(host))")
            if let realm = peer.value("Realm") { line(3, "realm: \(Self.scalar(realm))") }
            if let address = SocketAddress(host, port: 0) ?? resolve(host) {
                line(3, "address: \"\(address.with(port: UInt16(port)))\"")
            } else {
                line(3, "# address: the IP address of \(host); CDP asked DNS for it")
                line(3, "port: \(port)")
            }
            line(3, "connect: true")
            if let source = peer.value("src_addr"), !source.isEmpty { line(3, "source: \"\(source)\"") }
        }
    }

    private mutating func writeRealms(_ realms: [CDPElement]) throws(CDPImportError) {
        var wrote = false
        for realm in realms {
            let name = try Self.required(realm, "name")
            for route in realm.named("route") {
                if !wrote { line(1, "routes:") }
                wrote = true
                line(2, "- realm: \(Self.scalar(name))")
                line(3, "peer: \(Self.scalar(try Self.required(route, "FQDN")))")
                line(3, "metric: \(try Self.number(route, "metric", default: 0))")
            }
        }
    }

    private mutating func writeDefaults(_ routes: [CDPElement]) throws(CDPImportError) {
        if routes.isEmpty { return }
        line(1, "default-routes:")
        for route in routes {
            line(2, "- peer: \(Self.scalar(try Self.required(route, "FQDN")))")
            line(3, "metric: \(try Self.number(route, "metric", default: 0))")
        }
    }
}

extension CDPElement {
    fileprivate func named(_ name: String) -> [CDPElement] { children.filter { $0.name.lowercased() == name } }
}
