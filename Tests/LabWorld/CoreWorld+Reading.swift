import Diameter
import HSS
import ICSCF
import PCSCF
public import RoleKit
import SCSCF
import Testing

extension CoreWorld {
    static func pcscfConfig(_ options: Options, _ hosts: SettingsNode) throws -> PCSCFConfig {
        try read(
            [
                ("address", .text(pcscfAddress.host)), ("hosts", hosts),
                ("icscf", .list(options.entryPoints.map { .text($0) })),
            ] + transports(options) + (options.hasTCP ? [] : [("core", .map(transports(options)))]) + options.pcscf,
            PCSCFConfig.init)
    }

    static func icscfConfig(_ options: Options, _ hosts: SettingsNode) throws -> ICSCFConfig {
        let own = (0..<options.scscfs).map { index -> SettingsNode in
            let capabilities = options.capabilities.indices.contains(index) ? options.capabilities[index] : []
            return .map([
                ("uri", .text(scscfURI(index))), ("capabilities", .list(capabilities.map { .text("\($0)") })),
            ])
        }
        let list = SettingsNode.list(options.ghosts.map { .map([("uri", .text($0))]) } + own)
        var config = try read(
            [("address", .text(icscfAddress.host)), ("scscf", list), ("hosts", hosts)] + transports(options),
            ICSCFConfig.init)
        config.diameter = client("icscf", options)
        return config
    }

    static func scscfConfig(_ index: Int, _ options: Options, _ hosts: SettingsNode) throws -> SCSCFConfig {
        var config = try read(
            [
                ("address", .text(scscfAddress(index).host)), ("uri", .text(scscfURI(index))),
                ("name", .text("scscf\(index)")), ("hosts", hosts),
            ] + transports(options) + options.scscf, SCSCFConfig.init)
        config.diameter = client("scscf\(index)", options)
        return config
    }

    private static func transports(_ options: Options) -> [(String, SettingsNode)] {
        options.hasTCP ? [] : [("transports", .list([.text("udp")]))]
    }

    static func hssConfig(_ options: Options) -> HSSConfig {
        var diameter = DiameterSettings(originHost: "hss.\(home)", originRealm: home)
        diameter.listen = [hssAddress]
        diameter.peers = (["icscf"] + (0..<options.scscfs).map { "scscf\($0)" }).map {
            DiameterPeerSettings(host: "\($0).\(home)", realm: home)
        }
        if let realm = options.mmeRealm {
            diameter.peers.append(DiameterPeerSettings(host: LabMME.host, realm: realm))
            diameter.applications = [.cx, .s6a]
        }
        var config = HSSConfig(diameter: diameter)
        config.homeNetwork = home
        config.epsSubscription.accessPoints = options.accessPoints
        config.mandatoryCapabilities = options.mandatoryCapabilities
        config.optionalCapabilities = options.optionalCapabilities
        config.charging = options.charging
        config.services = options.services
        config.hasUnregisteredServices = options.hasUnregisteredServices
        config.visitedNetworks = options.visitedNetworks
        return config
    }

    private static func client(_ name: String, _ options: Options) -> DiameterSettings {
        var settings = DiameterSettings(originHost: "\(name).\(home)", originRealm: home)
        settings.peers = [DiameterPeerSettings(host: "hss.\(home)", realm: home, address: hssAddress)]
        settings.tcMilliseconds = 1_000
        settings.transactionTimeoutMilliseconds = options.diameterTimeoutMilliseconds
        return settings
    }
}

/// Reads a configuration as an instance file's tree; a fault fails the test.
public func read<T>(
    _ pairs: [(String, SettingsNode)], _ make: (inout SettingsReader) -> T
) throws -> T {
    var reader = SettingsReader(.map([("home-network", .text(CoreWorld.home))] + pairs))
    let config = make(&reader)
    let faults = reader.finish()
    try #require(faults.isEmpty, "\(faults)")
    return config
}

extension SettingsNode {
    public static func text(_ text: String) -> SettingsNode { SettingsNode(.scalar(text), line: 1) }
    public static func list(_ nodes: [SettingsNode]) -> SettingsNode { SettingsNode(.list(nodes), line: 1) }
    public static func map(_ pairs: [(String, SettingsNode)]) -> SettingsNode {
        SettingsNode(.map(pairs.map { (key: $0.0, keyLine: 1, node: $0.1) }), line: 1)
    }
}
