import Foundation
import LabHarness
import Testing

extension SystemTests {
    /// Configuration is judged before anything starts: file, line, and what would be right; exit status 64.
    @Suite("Configuration")
    struct Configuration {
        struct Fault: Sendable, CustomTestStringConvertible {
            let testDescription: String
            let text: String
            let line: Int
            /// What the message must mention: the culprit and the cure.
            let mentions: [String]
        }

        static let faults = [
            Fault(
                testDescription: "an unknown key", text: "role: pcscf\nadress: 127.0.0.1\n", line: 2,
                mentions: ["adress", "address"]),
            Fault(
                testDescription: "a wrong type", text: "role: icscf\n\nport: many\n", line: 3,
                mentions: ["port", "many"]),
            Fault(
                testDescription: "an impossible value", text: "role: scscf\nport: 70000\n", line: 2,
                mentions: ["port", "65535"]),
            Fault(
                testDescription: "no IP address", text: "role: hss\naddress: here\n", line: 2,
                mentions: ["address", "here"]),
            Fault(testDescription: "an unknown role", text: "role: pcsfc\n", line: 1, mentions: ["pcsfc", "pcscf"]),
            Fault(testDescription: "a broken tree", text: "role: hss\ndiameter: [\n", line: 3, mentions: []),
            Fault(testDescription: "a key twice", text: "role: pcscf\nport: 1\nport: 2\n", line: 3, mentions: ["port"]),
        ]

        @Test("`imsbox check`, `run` and `up` refuse with 64, file, line and cure", arguments: faults)
        func refused(fault: Fault) throws {
            try Lab.with { lab in
                let folder = lab.folder.appendingPathComponent("bad")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                let file = folder.appendingPathComponent("bad.yaml")
                try fault.text.write(to: file, atomically: false, encoding: .utf8)
                for command in [["check", file.path], ["run", file.path], ["up", folder.path]] {
                    let said = try lab.imsbox(command, expecting: .code(64))
                    #expect(said.contains("bad.yaml:\(fault.line)"), "\(command[0]): \(said)")
                    for word in fault.mentions {
                        #expect(said.contains(word), "\(command[0]) does not mention \(word): \(said)")
                    }
                }
            }
        }

        @Test("The instance files of the repository are accepted")
        func repositoryFiles() throws {
            try Lab.with { lab in
                let files = Role.allCases.map { Product.root.appendingPathComponent("instances/\($0).yaml").path }
                try lab.imsbox(["check"] + files)
            }
        }

        @Test(
            "Output that could not be written is a failure, not a short success",
            arguments: ["check \"$1\"", "check --json \"$1\"", "subscriber list --state-dir \"$2\""])
        func fullDisk(command: String) throws {
            try Lab.with { lab in
                try lab.provision(1...1)
                let file = Product.root.appendingPathComponent("instances/hss.yaml").path
                let child = try Child(
                    "/bin/sh", ["-c", "\"$0\" \(command) >/dev/full", try Product.binary(), file, lab.state.path],
                    name: command)
                defer { child.destroy() }
                #expect(try child.waitForExit(within: 60) == .code(1))
                #expect(child.text.contains("No space left"), "\(child.text)")
            }
        }

        @Test("A file that is not there is named, with 64")
        func missingFile() throws {
            try Lab.with { lab in
                let said = try lab.imsbox(["check", "/nowhere/pcscf.yaml"], expecting: .code(64))
                #expect(said.contains("/nowhere/pcscf.yaml"))
            }
        }

        @Test(
            "Every command explains itself with an example",
            arguments: [
                "up", "run", "check", "subscriber", "subscriber add", "subscriber import", "status", "registrations",
                "peers", "trace", "doctor",
            ])
        func help(command: String) throws {
            try Lab.with { lab in
                let said = try lab.imsbox(command.split(separator: " ").map(String.init) + ["--help"])
                #expect(said.contains("imsbox \(command)"))
                #expect(said.lowercased().contains("example"))
            }
        }
    }
}
