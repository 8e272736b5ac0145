public import RoleKit
import SIP

/// Keys of a P-CSCF's instance file beside `CommonSettings`, which gives the main Gm listener:
///
/// | key | type | default | meaning |
/// |---|---|---|---|
/// | `t1` | ms | 2000 | the base of SIP's timers toward UEs, TS 24.229 §7.7 |
/// | `security` | off, preferred, required | preferred | what the main listener asks of UEs |
/// | `preconditions` | pass, assist, strip | pass | QoS preconditions of calls: `PreconditionDecision.swift` |
/// | `qos` | required, best-effort, off | off | what calls ask of a policy server: `QoSPolicy.swift` |
/// | `access-network-info` | text | – | P-Access-Network-Info the network provides, TS 24.229 §7.2A.4 |
/// | `ipsec` | map | – | algorithms and protected ports: `IPsecSettings.swift` |
/// | `listeners` | list | [] | more Gm listeners: `address`, `port`, `advertise`, `transports` and the five above |
/// | `core` | map | main address | Mw, written into Path: `address`, `port`, `advertise`, `transports`, `t1` |
/// | `core: t1` | ms | 500 | the base of SIP's timers toward the core |
/// | `core: port` | 0–65535 | 5070 | 0: any free one; the default where `port` is 0 |
/// | `visited-network` | domain | `home-network` | P-Visited-Network-ID and orig-ioi |
/// | `icscf` | list | [127.0.0.1:4060] | entry points of the home network: host[:port] or SIP URI |
/// | `core-timeout` | ms | 28000 | silence of all entry points together after which a UE hears 504 |
/// | `register-limit: rate` | per s | 20 | REGISTERs of one source that has not authenticated; 0: no limit |
/// | `register-limit: burst` | number | 100 | of them at once |
/// | `register-limit: sources` | number | 10000 | sources remembered |
/// | `register-limit: over` | refuse, silence | refuse | 503 with Retry-After, or nothing |
/// | `register-limit: loopback` | true, false | false | limit loopback sources too |
/// | `registrations-max` | number | 200000 | contacts registered through this P-CSCF |
/// | `subscribe-reg` | true, false | true | watch registrations by SUBSCRIBE to reg, TS 24.229 §5.2.3 |
/// | `emergency` | map | – | emergency requests: `EmergencySettings.swift` |
/// | `retry-after` | s | 30 | Retry-After of a 503 or 504 |
extension PCSCFConfig {
    public init(reading reader: inout SettingsReader) {
        let common = CommonSettings(reading: &reader, role: .pcscf, port: 5060)
        self.common = common
        var main = Listener(
            address: common.address, advertise: common.advertise, kinds: common.kinds,
            timers: SIPTimers(reading: &reader, default: .ue), security: .preferred)
        main.readGm(&reader)
        var listeners = [main]
        reader.sections("listeners") { [main] row in
            var listener = Listener(reading: &row, like: main, port: Int(main.address.port))
            listener.readGm(&row)
            listeners.append(listener)
        }
        self.listeners = listeners
        var ipsec = IPsecSettings()
        reader.section("ipsec") { ipsec = IPsecSettings(reading: &$0) }
        self.ipsec = ipsec
        for listener in listeners where listener.security == .required && !listener.canHaveIPsec {
            reader.reject(
                "security", problem: "\(listener.address) cannot have IPsec: \(listener.lacksIPsec)",
                cure: "write the `address` phones reach this P-CSCF at, or `security: preferred`")
        }
        let core = Self.core(&reader, main)
        self.core = core
        if let taken = listeners.first(where: { $0.address == core.address && core.address.port != 0 }) {
            reader.reject(
                "core", problem: "the side toward the core is on \(taken.address), where phones register",
                cure: "write another `port` into `core:`")
        }
        if let taken = (listeners + [core]).first(where: { ipsec.takes($0.address, of: listeners) }) {
            reader.reject(
                "ipsec", problem: "\(taken.address) is to be a protected port, too",
                cure: "write another `server-port` or other `client-ports`")
        }
        visitedNetwork = reader.string("visited-network", default: common.homeNetwork).lowercased()
        entryPoints = Self.entryPoints(&reader, common.hosts)
        coreTimeoutMilliseconds = reader.integer("core-timeout", default: 28_000, in: 1_000...120_000)
        var limit = RegisterLimit(perSecond: 20, burst: 100)
        reader.section("register-limit") { limit = RegisterLimit(reading: &$0) }
        registerLimit = limit
        maximumRegistrations = reader.integer("registrations-max", default: 200_000, in: 1...10_000_000)
        subscribesToReg = reader.flag("subscribe-reg", default: true)
        var emergency = EmergencySettings()
        reader.section("emergency") { emergency = EmergencySettings(reading: &$0, common.hosts) }
        self.emergency = emergency
        retryAfterSeconds = reader.integer("retry-after", default: 30, in: 1...3_600)
    }

    /// The port of the side toward the core where the file names none.
    public static let corePort: UInt16 = 5070

    private static func core(_ reader: inout SettingsReader, _ main: Listener) -> Listener {
        let port = main.address.port == 0 ? 0 : corePort
        var core = main
        core.address = main.address.with(port: port)
        core.timers = .core
        reader.section("core") { core = Listener(reading: &$0, like: core, port: Int(port)) }
        return core
    }

    private static func entryPoints(_ reader: inout SettingsReader, _ hosts: HostTable) -> [EntryPoint] {
        var found: [EntryPoint] = []
        for text in reader.strings("icscf", default: ["127.0.0.1:4060"]) {
            let uri = try? SIPURI(parsing: text.hasPrefix("sip:") ? text : "sip:" + text)
            guard let uri, uri.user == nil, let kind = LinkKind(transport: uri.transport) else {
                reader.reject(
                    "icscf", problem: "`icscf` has \"\(text)\"",
                    cure:
                        "write host:port or a SIP URI, e.g. 127.0.0.1:4060 or sip:icscf.example.org:4060;transport=tcp")
                continue
            }
            guard let address = hosts.address(uri.host, port: uri.port, defaultPort: 5060) else {
                reader.reject(
                    "icscf", problem: "`icscf` names \(uri.host), whose address is unknown",
                    cure: "add it to `hosts:`, e.g. \(uri.host): 127.0.0.1:4060")
                continue
            }
            found.append(EntryPoint(address: address, kind: kind))
        }
        return found
    }
}

extension PCSCFConfig.Listener {
    /// Security associations are for one address, and Linux has none on loopback.
    var canHaveIPsec: Bool { !address.isLoopback && !address.isUnspecified }
    /// Whether it is to have IPsec, as far as the machine has it.
    public var wantsIPsec: Bool { security != .off && canHaveIPsec }
    fileprivate var lacksIPsec: String {
        address.isLoopback ? "the kernel has none on loopback" : "an association needs one address, not all"
    }

    /// Reads one listener; what its section leaves out is as in `like`.
    init(reading reader: inout SettingsReader, like: PCSCFConfig.Listener, port: Int) {
        let ip = reader.address("address")
        let port = reader.integer("port", default: port, in: 0...65_535)
        address = (ip ?? like.address).with(port: UInt16(port))
        kinds = CommonSettings.kinds(reading: &reader)
        timers = SIPTimers(reading: &reader, default: like.timers)
        (security, preconditions, qos) = (like.security, like.preconditions, like.qos)
        accessNetworkInfo = like.accessNetworkInfo
        let name = reader.string("advertise")
        advertise = name ?? ip?.uriHost ?? like.advertise
        if name == nil, let ip, ip.isUnspecified {
            reader.reject(
                "address", problem: "listens on every address, so nothing can be written into Via and Path",
                cure: "add `advertise:` with the address others reach it at")
        }
    }
}

extension PCSCFConfig.Listener {
    /// What only the side toward UEs has; what is left out stays as it is.
    mutating func readGm(_ reader: inout SettingsReader) {
        security = reader.choice("security", default: security)
        preconditions = reader.choice("preconditions", default: preconditions)
        qos = reader.choice("qos", default: qos)
        if qos == .required {
            reader.reject(
                "qos", problem: "`qos: required` would refuse every call: \(NoPolicyServer.reason)",
                cure: "write `qos: off`; `best-effort` lets calls through and says so")
            qos = .off
        }
        guard let text = reader.string("access-network-info") else { return }
        guard let info = AccessNetworkInfo(text) else {
            return reader.reject(
                "access-network-info", problem: "\"\(text)\" is no access network",
                cure: "write the access type and its parameters, e.g. "
                    + "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000001")
        }
        accessNetworkInfo = info.networkProvided
    }
}

extension PCSCFConfig.RegisterLimit {
    init(reading reader: inout SettingsReader) {
        perSecond = reader.integer("rate", default: 20, in: 0...1_000_000)
        burst = reader.integer("burst", default: 100, in: 1...1_000_000)
        sources = reader.integer("sources", default: 10_000, in: 1...1_000_000)
        overLimit = reader.choice("over", default: .refuse)
        limitsLoopback = reader.flag("loopback", default: false)
    }
}
