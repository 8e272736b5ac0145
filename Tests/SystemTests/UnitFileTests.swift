import Foundation
import LabHarness
import Testing

extension SystemTests {
    /// `systemd/`: a unit a role and one for the whole core, judged by systemd itself.
    @Suite("Units")
    struct Units {
        static let folder = Product.root.appendingPathComponent("systemd")
        static let services = [
            "imsbox-pcscf@.service", "imsbox-icscf@.service", "imsbox-scscf@.service", "imsbox-hss@.service",
            "imsbox-ipsmgw@.service", "imsbox.service",
        ]

        @Test("`systemd-analyze verify` has nothing to say")
        func verified() throws {
            try Lab.with { lab in
                let units = try copyUnits(into: lab.folder.appendingPathComponent("units"))
                let child = try Child(
                    Product.tool("systemd-analyze"), ["verify", "--man=no"] + units, name: "systemd-analyze")
                defer { child.destroy() }
                let status = try child.waitForExit(within: 60)
                try #require(status == .code(0) && child.text.isEmpty, "\(child.text)")
            }
        }

        @Test("systemd finds a planted mistake: the check can fail")
        func plantedMistake() throws {
            try Lab.with { lab in
                let folder = lab.folder.appendingPathComponent("units")
                let unit = try #require(copyUnits(into: folder).first { $0.hasSuffix("imsbox.service") })
                let text = try String(contentsOfFile: unit, encoding: .utf8).replacingOccurrences(
                    of: "Type=notify", with: "Typ=notify")
                try text.write(toFile: unit, atomically: false, encoding: .utf8)
                let child = try Child(
                    Product.tool("systemd-analyze"), ["verify", "--man=no", unit], name: "systemd-analyze")
                defer { child.destroy() }
                _ = try child.waitForExit(within: 60)
                try #require(child.text.contains("Typ"))
            }
        }

        @Test(
            "Type=notify, an ordinary user, CAP_NET_ADMIN for the P-CSCF and the box alone, Restart=on-failure",
            arguments: services)
        func settings(service: String) throws {
            let text = try String(contentsOf: Self.folder.appendingPathComponent(service), encoding: .utf8)
            let lines = Set(text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) })
            #expect(lines.contains("Type=notify"))
            #expect(lines.contains("Restart=on-failure"))
            #expect(lines.contains { $0.hasPrefix("User=") && $0 != "User=root" } || lines.contains("DynamicUser=yes"))
            let mayAdministerNetwork = service.hasPrefix("imsbox-pcscf") || service == "imsbox.service"
            #expect(lines.contains { !$0.hasPrefix("#") && $0.contains("CAP_NET_ADMIN") } == mayAdministerNetwork)
        }

        /// The units with the built program in place of the installed one, which this machine need not have.
        private func copyUnits(into target: URL) throws -> [String] {
            try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
            let binary = try Product.binary()
            return try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted().map { name in
                let text = try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
                let copy = target.appendingPathComponent(name)
                try Self.replacingProgram(in: text, by: binary).write(to: copy, atomically: false, encoding: .utf8)
                return copy.path
            }
        }

        private static func replacingProgram(in text: String, by binary: String) -> String {
            text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                guard line.hasPrefix("Exec"), let equals = line.firstIndex(of: "="),
                    let space = line.firstIndex(of: " ")
                else { return String(line) }
                return line[...equals] + binary + line[space...]
            }.joined(separator: "\n")
        }
    }
}
