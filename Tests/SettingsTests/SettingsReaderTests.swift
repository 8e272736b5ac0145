import RoleKit
import Settings
import Testing

/// What roles see of an instance file: values, defaults, faults with line and cure.
@Suite struct SettingsReaderTests {
    enum Colour: String, CaseIterable { case accept, refuse }

    private func reader(_ text: String) throws -> SettingsReader { SettingsReader(try YAMLTree.parse(text)) }

    @Test("Absent and empty keys take their defaults")
    func defaultsStandIn() throws {
        var reader = try reader("name:\nport: ~\n")
        #expect(reader.string("name", default: "pcscf") == "pcscf")
        #expect(reader.integer("port", default: 5060, in: 1...65535) == 5060)
        let on = reader.flag("on", default: true)
        #expect(on)
        #expect(reader.strings("transports", default: ["udp"]) == ["udp"])
        #expect(reader.choice("aka", default: Colour.accept) == .accept)
        let faults = reader.finish()
        #expect(faults.isEmpty)
    }

    @Test("Values of every type are read as written")
    func valuesAreRead() throws {
        var reader = try reader(
            """
            name: box
            port: 4060
            on: no
            transports: [udp, tcp]
            capabilities: [1, 2]
            aka: refuse
            address: "fd00::1"
            api: "[::1]:8080"
            listen: [127.0.0.1:3868, "[::1]:3868", 127.0.0.2]
            hosts: { S.example: 127.0.0.1:6060, t.example: "::1" }
            """)
        #expect(reader.string("name") == "box")
        #expect(reader.integer("port", default: 1, in: 1...65535) == 4060)
        let on = reader.flag("on", default: true)
        #expect(!on)
        #expect(reader.strings("transports", default: []) == ["udp", "tcp"])
        #expect(reader.integers("capabilities", default: [], in: 0...10) == [1, 2])
        #expect(reader.choice("aka", default: Colour.accept) == .refuse)
        #expect(reader.address("address") == SocketAddress(family: .v6, high: 0xFD00 << 48, low: 1, port: 0))
        #expect(reader.endpoint("api") == SocketAddress(family: .v6, high: 0, low: 1, port: 8080))
        let listen = reader.endpoints("listen", default: [], port: 3868)
        #expect(listen.map(\.port) == [3868, 3868, 3868])
        #expect(listen.last == SocketAddress(127, 0, 0, 2, port: 3868))
        let hosts = reader.hosts("hosts")
        #expect(hosts.map(\.name) == ["s.example", "t.example"])
        #expect(hosts.first?.address == SocketAddress(127, 0, 0, 1, port: 6060))
        let faults = reader.finish()
        #expect(faults.isEmpty)
    }

    @Test("A quoted number and a quoted null are what they say")
    func quotesMatterOnlyForNull() throws {
        var reader = try reader("port: \"5060\"\nname: \"null\"\n")
        #expect(reader.integer("port", default: 1, in: 1...65535) == 5060)
        #expect(reader.string("name") == "null")
    }

    @Test(
        "A wrong value is a fault on its line that says what would be right; the default is returned",
        arguments: [
            ("\nport: x", 2, "whole number from 1 to 65535"), ("port: 65536", 1, "whole number from 1 to 65535"),
            ("port: [1]", 1, "whole number"), ("port: {a: 1}", 1, "whole number"),
        ])
    func wrongIntegers(text: String, line: Int, cure: String) throws {
        var reader = try reader(text)
        #expect(reader.integer("port", default: 7, in: 1...65535) == 7)
        let faults = reader.finish()
        #expect(faults.count == 1)
        #expect(faults.first?.line == line)
        #expect(faults.first?.problem.contains("`port`") == true)
        #expect(faults.first?.cure.contains(cure) == true)
    }

    @Test("Each type refuses what it is not")
    func wrongTypes() throws {
        var reader = try reader(
            """
            flag: maybe
            word: acept
            address: localhost
            endpoint: 127.0.0.1
            endpoints: [127.0.0.1:0]
            hosts: {a: b}
            numbers: [1, two]
            list: {a: 1}
            section: 5
            sections: 6
            table: [1]
            """)
        _ = reader.flag("flag", default: false)
        _ = reader.choice("word", default: Colour.refuse)
        _ = reader.address("address")
        _ = reader.endpoint("endpoint")
        _ = reader.endpoints("endpoints", default: [])
        _ = reader.hosts("hosts")
        _ = reader.integers("numbers", default: [], in: 0...9)
        _ = reader.strings("list", default: [])
        reader.section("section") { _ in }
        reader.sections("sections") { _ in }
        _ = reader.table("table")
        let faults = reader.finish()
        #expect(faults.map(\.line) == Array(1...11))
        #expect(faults[1].cure.contains("`accept`"))
        #expect(faults.allSatisfy { !$0.cure.isEmpty })
    }

    @Test("An unknown key is a fault with the nearest known key, or the list of them")
    func unknownKeys() throws {
        var reader = try reader("adress: 1\nzzz: 2\ndiameter:\n  watchdg: 3\n")
        _ = reader.string("address")
        _ = reader.string("port")
        reader.section("diameter") { _ = $0.integer("watchdog", default: 30, in: 6...300) }
        let faults = reader.finish()
        #expect(faults.map(\.line) == [1, 2, 4])
        #expect(faults[0].cure == "did you mean `address`?")
        #expect(faults[1].cure == "known keys here: address, diameter, port")
        #expect(faults[2].problem == "unknown key `diameter.watchdg`")
        #expect(faults[2].cure == "did you mean `watchdog`?")
    }

    @Test("A missing required key is one fault at its section")
    func requiredKey() throws {
        var reader = try reader("peers:\n  - port: 1\n  - host: a\n  - host: [b]\n")
        var hosts: [String] = []
        reader.sections("peers") { peer in
            hosts.append(peer.requiredString("host", example: "hss.example"))
            _ = peer.integer("port", default: 3868, in: 1...65535)
        }
        let faults = reader.finish()
        #expect(hosts == ["", "a", ""])
        #expect(faults.map(\.line) == [2, 4])
        #expect(faults[0].problem == "`peers.host` is missing")
    }

    @Test("reject() points at the key's line")
    func rejectPointsAtTheLine() throws {
        var reader = try reader("a: 1\nmin: 9\nmax: 3\n")
        _ = reader.string("a")
        _ = reader.integer("min", default: 0, in: 0...10)
        _ = reader.integer("max", default: 0, in: 0...10)
        reader.reject("max", problem: "`max` is below `min`", cure: "raise it to 9")
        #expect(reader.finish() == [SettingsFault(line: 3, problem: "`max` is below `min`", cure: "raise it to 9")])
    }

    @Test("survey() names every key of a configuration, nested ones with their path")
    func surveyNamesEveryKey() {
        let keys = SettingsReader.survey { reader in
            _ = reader.string("name")
            reader.section("expires") { _ = $0.integer("min", default: 1, in: 0...2) }
            reader.sections("peers") { peer in
                _ = peer.string("host")
                peer.section("limits") { _ = $0.flag("on", default: true) }
            }
        }
        #expect(keys == ["name", "expires", "expires.min", "peers", "peers.host", "peers.limits", "peers.limits.on"])
    }

    @Test(
        "The nearest name is found for small slips only",
        arguments: [
            ("adress", "address"), ("hoem-network", "home-network"), ("PORT", "port"), ("transport", "transports"),
            ("qwerty", nil), ("p", nil),
        ] as [(String, String?)])
    func nearestName(word: String, found: String?) {
        #expect(NearestName.find(word, among: ["address", "port", "home-network", "transports"]) == found)
    }
}
