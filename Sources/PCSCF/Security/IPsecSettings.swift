public import IPsec
import RoleKit

/// Section `ipsec:` of a P-CSCF's file; TS 33.203 §7.
///
/// | key | type | default | meaning |
/// |---|---|---|---|
/// | `algorithms` | list | see below | `alg/ealg` of TS 33.203 Annex H, the one preferred first; all of it stands in Security-Server |
/// | `server-port` | port | 5100 | protected server port of every listener, UDP and TCP |
/// | `client-ports` | list | 5101–5108 | protected client ports: three or more, as a UE may have three sets at once |
/// | `sets-max` | number | 100000 | sets that live at once; one more is answered 503 |
///
/// Every algorithm listed costs 100 octets of each 401 and of each REGISTER's Security-Verify, so the default is what
/// phones have: Android knows HMAC with and without AES-CBC, newer modems AES-GCM. `des-ede3-cbc` is for the oldest.
public struct IPsecSettings: Sendable {
    public var suites: [IPsecSuite]
    public var serverPort: UInt16
    public var clientPorts: [UInt16]
    public var maximumSets: Int

    public static let defaultSuites = [
        "null/aes-gcm", "hmac-sha-1-96/aes-cbc", "hmac-sha-1-96/null", "hmac-md5-96/aes-cbc", "hmac-md5-96/null",
    ]
    public static let defaultClientPorts = Array(5_101...5_108)
    /// Three sets of one UE, TS 33.203 §7.1.
    public static let fewestClientPorts = 3

    public init() {
        suites = Self.defaultSuites.compactMap { IPsecSuite($0) }
        serverPort = 5_100
        clientPorts = Self.defaultClientPorts.map { UInt16($0) }
        maximumSets = 100_000
    }

    /// Whether an address is a protected one of these listeners.
    func takes(_ address: SocketAddress, of listeners: [PCSCFConfig.Listener]) -> Bool {
        (address.port == serverPort || clientPorts.contains(address.port))
            && listeners.contains { $0.wantsIPsec && $0.address.with(port: address.port) == address }
    }

    init(reading reader: inout SettingsReader) {
        self.init()
        let names = reader.strings("algorithms", default: Self.defaultSuites)
        suites = names.compactMap { IPsecSuite($0) }
        if let wrong = names.first(where: { IPsecSuite($0) == nil }) {
            reader.reject(
                "algorithms", problem: "\"\(wrong)\" is no pair of algorithms that protects anything",
                cure: "write alg/ealg, one of " + IPsecSuite.all.map(\.description).joined(separator: ", "))
        } else if Set(suites).count < suites.count || suites.isEmpty {
            reader.reject(
                "algorithms", problem: suites.isEmpty ? "the list is empty" : "a pair is listed twice",
                cure: "list each pair of algorithms once, the one preferred first")
        }
        serverPort = UInt16(reader.integer("server-port", default: Int(serverPort), in: 1...65_535))
        let ports = reader.integers("client-ports", default: Self.defaultClientPorts, in: 1...65_535)
        clientPorts = ports.map { UInt16($0) }
        if Set(clientPorts).count < Self.fewestClientPorts || Set(clientPorts).count < clientPorts.count
            || clientPorts.contains(serverPort)
        {
            reader.reject(
                "client-ports",
                problem: "protected client ports must be three or more, each once, none the server port",
                cure: "write e.g. client-ports: [5101, 5102, 5103, 5104]")
        }
        maximumSets = reader.integer("sets-max", default: maximumSets, in: 1...1_000_000)
    }
}
