import Foundation
import RoleKit
import Testing

@testable import imsbox

/// The shipped instance files and what is said about bad ones.
@Suite struct InstanceFileTests {
    /// The repository's top, from where this file was compiled.
    private static let top: String = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    private func shipped(_ role: Role) -> String { "\(Self.top)/instances/\(role.rawValue).yaml" }

    @Test("The shipped files are read without a fault, and together")
    func shippedFilesAreGood() {
        let files = InstanceFiles(Role.allCases.map(shipped))
        #expect(files.faults.isEmpty, "\(files.faults)")
        #expect(files.plans.map(\.role) == Role.allCases)
        #expect(files.plans.map(\.name) == Role.allCases.map(\.rawValue))
    }

    @Test("Every key a role reads is in its file, with its comment", arguments: Role.allCases)
    func everyKeyIsShown(role: Role) throws {
        let text = try String(contentsOfFile: shipped(role), encoding: .utf8)
        let keys = RoleWiring.keys(of: role)
        #expect(keys.count > 10)
        for key in keys {
            let last = key.split(separator: ".").last.map(String.init) ?? key
            let lines = text.split(separator: "\n").filter { line in
                let bare = line.drop { " #-{".contains($0) }
                return bare.hasPrefix(last + ":") || line.contains("{\(last):") || line.contains(", \(last):")
            }
            #expect(!lines.isEmpty, "\(role.rawValue).yaml does not show `\(key)`")
        }
    }

    @Test("What the files say is what the readers take when they say nothing", arguments: Role.allCases)
    func shownDefaultsAreTheDefaults(role: Role) throws {
        // Keys the lab needs and no reader can assume.
        let lab = ["name", "role", "hosts", "scscf", "lab-subscribers", "services"]
        let node = try SettingsTree.load(shipped(role))
        var shown = SettingsReader(node)
        _ = RoleWiring.of(role).read(&shown)
        for key in SettingsTree.plainKeys(node) where !lab.contains(key) && !key.hasPrefix("diameter.peers") {
            let without = SettingsTree.removing(key, from: node)
            #expect(
                SettingsTree.describe(role, without) == SettingsTree.describe(role, node),
                "\(role.rawValue).yaml: `\(key)` is not its default")
        }
    }

    private func verdict(_ text: String, name: String = "scscf.yaml") throws -> [String] {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appendingPathComponent(name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return InstanceFiles([file.path]).faults.map { $0.replacingOccurrences(of: directory.path + "/", with: "") }
    }

    @Test("A bad file is refused with file, line and cure: unknown key, wrong type, impossible value, bad YAML")
    func badFiles() throws {
        #expect(try verdict("role: scscf\nprot: 1\n") == ["scscf.yaml:2: unknown key `prot` – did you mean `port`?"])
        #expect(
            try verdict("role: scscf\nport: many\n")
                == ["scscf.yaml:2: `port` is \"many\" – write a whole number from 0 to 65535"])
        #expect(
            try verdict("role: scscf\n\nexpires: {min: 0}\n").first?.hasPrefix("scscf.yaml:3: `expires.min` is \"0\"")
                == true)
        #expect(try verdict("a: [1\n").first?.hasPrefix("scscf.yaml:1: bad YAML") == true)
        #expect(try verdict("role: sscf\n") == ["scscf.yaml:1: `role` is \"sscf\" – write `scscf`"])
        #expect(try verdict("port: 1\n", name: "x.yaml").first?.contains("`role` is missing") == true)
        #expect(try verdict("name: a/b\n").first?.contains("`name` is \"a/b\"") == true)
    }

    @Test(
        "TS 23.003 §13.2: MCC and MNC of a home network have three digits",
        arguments: [
            ("ims.mnc01.mcc001.3gppnetwork.org", "ims.mnc001.mcc001.3gppnetwork.org"),
            ("ims.mnc70.mcc999.3gppnetwork.org", "ims.mnc070.mcc999.3gppnetwork.org"),
            ("ims.3gppnetwork.org", "ims.mnc001.mcc001.3gppnetwork.org"),
        ])
    func homeNetworkDigits(written: String, meant: String) throws {
        let faults = try verdict("role: scscf\nhome-network: \(written)\n")
        #expect(faults.first?.hasPrefix("scscf.yaml:2: `home-network` is \"\(written)\"") == true, "\(faults)")
        #expect(faults.first?.hasSuffix(meant) == true, "\(faults)")
        #expect(try verdict("role: scscf\nhome-network: \(meant)\n").isEmpty)
        #expect(try verdict("role: scscf\nhome-network: ims.example.org\n").isEmpty)
    }

    @Test(
        "A home network that is no domain is named as such, before what is made of it",
        arguments: ["bad domain", "ims..example.org", "ims.example.org.", "sip:ims.example.org", "ims_example.org"])
    func homeNetworkDomain(written: String) throws {
        let faults = try verdict("role: scscf\nhome-network: \"\(written)\"\n")
        #expect(faults.first?.hasPrefix("scscf.yaml:2: `home-network` is \"\(written)\"") == true, "\(faults)")
        #expect(faults.first?.contains("domain") == true, "\(faults)")
    }

    @Test("A file's name is its instance's name and says its role where the file does not")
    func namesFromFiles() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        for (name, text) in [("scscf-a.yaml", "port: 6060"), ("scscf-b.yaml", "port: 6061\nname: other\nlog: debug")] {
            try text.write(to: directory.appendingPathComponent(name), atomically: true, encoding: .utf8)
        }
        let files = InstanceFiles(try InstanceFiles.inDirectory(directory.path))
        #expect(files.faults.isEmpty, "\(files.faults)")
        #expect(files.plans.map(\.name) == ["scscf-a", "other"])
        #expect(files.plans.map(\.logLevel) == [nil, .debug])
    }

    @Test("Two instances of one name or on one socket are refused before anything starts")
    func clashes() throws {
        let twice = InstanceFiles([shipped(.icscf), shipped(.icscf)])
        #expect(twice.faults.contains { $0.contains("another instance is called \"icscf\"") })
        #expect(twice.faults.contains { $0.contains("127.0.0.1:4060 UDP is taken by") })
    }

    @Test("--listen puts every P-CSCF on that address and leaves the other roles alone")
    func listen() {
        let files = InstanceFiles(Role.allCases.map(shipped), listen: "10.45.0.1")
        #expect(files.faults.isEmpty, "\(files.faults)")
        for plan in files.plans where !plan.listens.isEmpty {
            #expect((plan.listens[0].address.host == "10.45.0.1") == (plan.role == .pcscf))
        }
    }
}
