import Diameter
import RoleKit
import Testing

@testable import HSS

@Suite("HSS settings")
struct HSSConfigTests {
    func node(_ pairs: [(String, SettingsNode.Value)]) -> SettingsNode {
        var line = 0
        let entries = pairs.map { key, value in
            line += 1
            return (key: key, keyLine: line, node: SettingsNode(value, line: line))
        }
        return SettingsNode(.map(entries), line: 1)
    }

    func read(_ pairs: [(String, SettingsNode.Value)]) -> (HSSConfig, [SettingsFault]) {
        var reader = SettingsReader(node(pairs))
        let config = HSSConfig(reading: &reader)
        return (config, reader.finish())
    }

    func list(_ texts: [String]) -> SettingsNode.Value {
        .list(texts.map { SettingsNode(.scalar($0), line: 1) })
    }

    @Test("An empty file is the lab's HSS, 127.0.0.1:3868, expecting the lab's CSCFs only")
    func defaults() {
        let (config, faults) = read([])
        #expect(faults.isEmpty)
        #expect(config.name == "hss" && config.homeNetwork == Lab.home && config.database == "hss.sqlite")
        #expect(config.diameter.originHost == "hss.\(Lab.home)" && config.diameter.originRealm == Lab.home)
        #expect(config.diameter.listen == [SocketAddress(127, 0, 0, 1, port: 3868)])
        #expect(config.diameter.peers.map(\.host) == ["icscf.\(Lab.home)", "scscf.\(Lab.home)"])
        #expect(config.diameter.peers.allSatisfy { !$0.connect })
        #expect(!config.diameter.acceptUnknownPeers && config.avoidsZeroRES)
        #expect(config.diameter.applications == [.cx, .s6a])
        #expect(config.diameter.servedRealms == ["epc.mnc001.mcc001.3gppnetwork.org"])
        #expect(config.epsSubscription == EPSSubscription())
        #expect(read([("home-network", .scalar("ims.example.org"))]).0.diameter.servedRealms.isEmpty)
        #expect(config.policy.mayRoam(in: Array("anywhere.example".utf8)))
    }

    @Test("Every key is read")
    func keys() {
        let (config, faults) = read([
            ("role", .scalar("hss")), ("name", .scalar("hss2")), ("home-network", .scalar("IMS.Example.org")),
            ("address", .scalar("10.0.0.1")), ("database", .scalar("/data/hss.sqlite")),
            ("scscf", list(["sip:scscf.example.org:6060"])),
            ("capabilities", node([("mandatory", list(["1", "2"])), ("optional", list(["3"]))]).value),
            ("visited-networks", list(["Ims.Visited.Example"])), ("keep-server-name", .scalar("true")),
            ("unregistered-services", .scalar("yes")), ("avoid-zero-res", .scalar("false")),
            ("charging", node([("primary-collection", .scalar("aaa://ccf.example.org"))]).value),
            ("provisioning-check", .scalar("0")),
        ])
        #expect(faults.isEmpty)
        #expect(config.name == "hss2" && config.homeNetwork == "ims.example.org")
        #expect(config.diameter.listen == [SocketAddress(10, 0, 0, 1, port: 3868)])
        #expect(config.diameter.originHost == "hss.ims.example.org")
        let policy = config.policy
        #expect(
            policy.capabilities
                == ServerCapabilities(
                    mandatory: [1, 2], optional: [3], serverNames: ["sip:scscf.example.org:6060"]))
        #expect(policy.keepsServerName && policy.hasUnregisteredServices)
        #expect(policy.mayRoam(in: Array("ims.visited.example".utf8)))
        #expect(!policy.mayRoam(in: Array("elsewhere.example".utf8)))
        #expect(policy.charging == ChargingInformation(primaryCollection: "aaa://ccf.example.org"))
        #expect(config.provisioningMilliseconds == 0 && !config.avoidsZeroRES)
    }

    @Test("TS 29.272 §7.3.35: access points and rates; an access point without its own takes the common one")
    func accessPoints() {
        let (config, faults) = read([
            ("ambr", node([("uplink", .scalar("50000")), ("downlink", .scalar("150000"))]).value),
            (
                "apns",
                .list([
                    node([("name", .scalar("lab")), ("pdn", .scalar("ipv4")), ("uplink", .scalar("1000"))]),
                    node([("name", .scalar("ims.lab")), ("qci", .scalar("5")), ("priority", .scalar("2"))]),
                ])
            ),
        ])
        #expect(faults.isEmpty, "\(faults)")
        let common = AggregateRate(uplink: 50_000, downlink: 150_000)
        #expect(config.epsSubscription.rate == common)
        let first = AccessPoint("lab", pdnType: .ipv4, rate: AggregateRate(uplink: 1_000, downlink: 150_000))
        #expect(config.epsSubscription.accessPoints == [first, AccessPoint("ims.lab", qci: 5, priority: 2)])
    }

    @Test(
        "Access points that no MME could take are refused",
        arguments: [
            (["in ternet"], "in ternet"), ([""], "not the name"), (["a..b"], "a..b"), (["-a"], "-a"),
            (["ims", "IMS"], "twice"), ([], "0 access points"),
        ] as [([String], String)])
    func wrongAccessPoints(names: [String], problem: String) {
        let (_, faults) = read([("apns", .list(names.map { node([("name", .scalar($0))]) }))])
        #expect(faults.contains { $0.problem.contains(problem) }, "\(faults)")
    }

    @Test("What cannot be right is refused with its line")
    func faults() {
        let (_, faults) = read([
            ("scscf", list(["scscf.example.org"])),
            ("charging", node([("primary-event", .scalar("http://x"))]).value), ("databse", .scalar("x")),
        ])
        #expect(faults.contains { $0.line == 1 && $0.problem.contains("scscf.example.org") })
        #expect(faults.contains { $0.problem.contains("http://x") && $0.cure.contains("aaa://") })
        #expect(faults.contains { $0.line == 3 && $0.cure.contains("database") })
    }
}
