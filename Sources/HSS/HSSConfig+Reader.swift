import Diameter
public import RoleKit

/// Keys of an HSS's instance file beside `diameter:` (see `DiameterSettings`):
///
/// | key | type | default | meaning |
/// |---|---|---|---|
/// | `role`, `name`, `home-network`, `address`, `hosts` | | | as in every file (see `CommonSettings`); Diameter listens on `address`, port 3868 |
/// | `database` | path | hss.sqlite | subscriber database, in the state directory |
/// | `scscf` | list of SIP URIs | [] | S-CSCFs to choose from, TS 29.228 §6.7; empty leaves it to the I-CSCF |
/// | `capabilities` | `mandatory`, `optional`: lists of numbers | [] | what an S-CSCF must and should support, for subscribers without their own |
/// | `visited-networks` | list of domains | [] | where users may register besides the home network; empty allows every network |
/// | `keep-server-name` | flag | false | keep the S-CSCF of a de-registered user if it asks for that, TS 29.228 §6.1.2.1 |
/// | `unregistered-services` | flag | false | users have services while not registered, TS 29.228 §6.1.4.1 |
/// | `avoid-zero-res` | flag | true | draw RAND again where XRES has a zero octet: clients that keep RES as a C string fail for those, 3.1 % of all. Costs log2((255/256)⁸) = 0.045 of RES's 64 bits |
/// | `charging` | `primary-event`, `secondary-event`, `primary-collection`, `secondary-collection`: aaa:// URIs | – | Charging-Information, TS 29.229 §6.3.19 |
/// | `services` | list | [] | application servers of every subscriber, TS 29.228 Annex B.2.2: see `OperatorService+Reader.swift` |
/// | `apns` | list of `{name, qci, priority, pdn: ipv4\|ipv6\|ipv4v6, uplink, downlink}` | `internet` with QCI 9, `ims` with QCI 5 | access points of every subscriber, the first is the default, TS 29.272 §7.3.35; rates in kbit/s, default: `ambr` |
/// | `ambr` | `uplink`, `downlink` in kbit/s | 1000000 | what a subscriber may use in all, TS 29.272 §7.3.41 |
/// | `provisioning-check` | ms, 0 = never | 1000 | how soon the HSS sees what `imsbox subscriber` changed |
extension HSSConfig {
    public init(reading reader: inout SettingsReader) {
        _ = reader.string("role", default: Role.hss.rawValue)
        let network = reader.string("home-network", default: CommonSettings.labNetwork).lowercased()
        let address = reader.address("address", default: SocketAddress(127, 0, 0, 1, port: 0)).with(port: 3868)
        let hosts = reader.hosts("hosts")
        // The CSCFs of the same network are expected; they connect to us.
        var diameter = DiameterSettings(originHost: "hss.\(network)", originRealm: network)
        diameter.listen = [address]
        diameter.applications = [.cx, .s6a]
        diameter.servedRealms = HSSConfig.packetCore(of: network).map { [$0] } ?? []
        diameter.peers = ["icscf", "scscf"].map { DiameterPeerSettings(host: "\($0).\(network)", realm: network) }
        reader.section("diameter") { diameter = DiameterSettings(reading: &$0, defaults: diameter, hosts: hosts) }
        self.init(diameter: diameter)
        homeNetwork = network
        name = reader.string("name", default: Role.hss.rawValue)
        database = reader.string("database", default: database)
        servers = HSSConfig.servers(reading: &reader)
        reader.section("capabilities") {
            mandatoryCapabilities = $0.integers("mandatory", default: [], in: 0...Int(UInt32.max)).map(UInt32.init)
            optionalCapabilities = $0.integers("optional", default: [], in: 0...Int(UInt32.max)).map(UInt32.init)
        }
        visitedNetworks = reader.strings("visited-networks", default: [])
        keepsServerName = reader.flag("keep-server-name", default: false)
        hasUnregisteredServices = reader.flag("unregistered-services", default: false)
        avoidsZeroRES = reader.flag("avoid-zero-res", default: true)
        charging = HSSConfig.charging(reading: &reader)
        services = OperatorService.list(reading: &reader)
        epsSubscription = EPSSubscription(reading: &reader)
        provisioningMilliseconds = reader.integer("provisioning-check", default: 1_000, in: 0...3_600_000)
    }

    /// The realm MMEs ask in: `epc.mnc….mcc….3gppnetwork.org` beside an IMS domain of that kind (TS 23.003 §19.2).
    private static func packetCore(of network: String) -> String? {
        guard network.hasPrefix("ims."), network.hasSuffix(".3gppnetwork.org") else { return nil }
        return "epc." + network.dropFirst(4)
    }

    private static func servers(reading reader: inout SettingsReader) -> [String] {
        let names = reader.strings("scscf", default: [])
        for name in names where !name.hasPrefix("sip:") && !name.hasPrefix("sips:") {
            reader.reject(
                "scscf", problem: "\"\(name)\" is not a SIP URI", cure: "write e.g. sip:scscf.example.org:6060")
        }
        return names
    }

    private static func charging(reading reader: inout SettingsReader) -> ChargingInformation {
        var charging = ChargingInformation()
        reader.section("charging") { section in
            func uri(_ key: String) -> String? {
                guard let text = section.string(key) else { return nil }
                if text.hasPrefix("aaa://") || text.hasPrefix("aaas://") { return text }
                section.reject(
                    key, problem: "\"\(text)\" is not a Diameter URI", cure: "write e.g. aaa://ccf.example.org")
                return nil
            }
            charging.primaryEventCharging = uri("primary-event")
            charging.secondaryEventCharging = uri("secondary-event")
            charging.primaryCollection = uri("primary-collection")
            charging.secondaryCollection = uri("secondary-collection")
        }
        return charging
    }
}
