import IMSCore

/// The keys every instance file has, whatever the role.
///
/// | key | type | default | meaning |
/// |---|---|---|---|
/// | `role` | word | – | pcscf, icscf, scscf, hss or ipsmgw |
/// | `name` | text | the role | instance name: control socket, log lines, `@name` of the unit |
/// | `home-network` | domain | ims.mnc001.mcc001.3gppnetwork.org | TS 23.003 §13.2 |
/// | `address` | IP | 127.0.0.1 | where it listens |
/// | `advertise` | host | `address` | what it writes into Via, Path, Service-Route |
/// | `port` | 0–65535 | the role's | SIP port, UDP and TCP (0: any free one) |
/// | `transports` | list | [udp, tcp] | |
/// | `hosts` | map | – | name: ip[:port], asked before any DNS server |
public struct CommonSettings: Sendable {
    public var name: String
    public var homeNetwork: String
    public var address: SocketAddress
    public var advertise: String
    public var kinds: [LinkKind]
    public var hosts: HostTable

    public static let labNetwork = "ims.mnc001.mcc001.3gppnetwork.org"

    public init(reading reader: inout SettingsReader, role: Role, port: UInt16) {
        _ = reader.string("role", default: role.rawValue)
        name = reader.string("name", default: role.rawValue)
        homeNetwork = reader.string("home-network", default: Self.labNetwork).lowercased()
        // What is made of it brings no complaints of its own.
        if !Self.judge(homeNetwork, &reader) { homeNetwork = Self.labNetwork }
        let number = reader.integer("port", default: Int(port), in: 0...65_535)
        address = reader.address("address", default: SocketAddress(127, 0, 0, 1, port: 0)).with(port: UInt16(number))
        advertise = reader.string("advertise") ?? (address.family == .v6 ? "[\(address.host)]" : address.host)
        kinds = Self.kinds(reading: &reader)
        hosts = HostTable(reader.hosts("hosts"))
        if reader.string("advertise") == nil, address.isUnspecified {
            reader.reject(
                "address", problem: "listens on every address, so nothing can be written into Via",
                cure: "add `advertise:` with the address others reach it at")
        }
    }

    /// A derived home domain has both codes with three digits (TS 23.003 §13.2); phones never find one written otherwise.
    private static func judge(_ homeNetwork: String, _ reader: inout SettingsReader) -> Bool {
        guard isDomain(homeNetwork) else {
            reader.reject(
                "home-network", problem: "`home-network` is \"\(homeNetwork)\"",
                cure: "write a domain of letters, digits, `-` and `.`, e.g. \(labNetwork)")
            return false
        }
        guard homeNetwork.hasSuffix(".3gppnetwork.org"), PLMN(homeDomain: homeNetwork) == nil else { return true }
        func code(_ prefix: String) -> String {
            homeNetwork.split(separator: ".").first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(3)) } ?? ""
        }
        let meant = PLMN(mcc: code("mcc"), mnc: code("mnc"))?.homeDomain ?? labNetwork
        reader.reject(
            "home-network", problem: "`home-network` is \"\(homeNetwork)\"",
            cure: "write MCC and MNC with three digits each, e.g. \(meant)")
        return false
    }

    /// RFC 1035 §2.3.1, with labels that may begin with a digit (RFC 1123 §2.1).
    private static func isDomain(_ text: String) -> Bool {
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return text.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.count)
                    && label.allSatisfy { $0 &- 48 < 10 || ($0 | 32) &- 97 < 26 || $0 == UInt8(ascii: "-") }
            }
    }

    /// `transports:` as link kinds; a word that names none is a fault.
    public static func kinds(reading reader: inout SettingsReader) -> [LinkKind] {
        var kinds: [LinkKind] = []
        for word in reader.strings("transports", default: ["udp", "tcp"]) {
            switch word.lowercased() {
            case "udp": kinds.append(.udp)
            case "tcp": kinds.append(.tcp)
            default:
                reader.reject("transports", problem: "\"\(word)\" is not a transport", cure: "write [udp, tcp]")
            }
        }
        if kinds.isEmpty { reader.reject("transports", problem: "no transport is left", cure: "write [udp, tcp]") }
        return kinds
    }
}
