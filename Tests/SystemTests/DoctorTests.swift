import Foundation
import LabHarness
import Testing

/// What `imsbox doctor --json` printed.
struct Diagnosis {
    private var rows: [(check: String, verdict: String, text: String)] = []

    /// - Parameters:
    ///   - subscriber: whom it is asked about; nil: about the machine.
    ///   - status: nil takes any.
    init(
        _ lab: Lab, about subscriber: String? = nil, expecting status: LabHarness.ExitStatus?, launcher: [String] = []
    ) throws {
        let command =
            try launcher + [
                Product.binary(), "doctor", "--json", "--instances", lab.folder.path, "--state-dir", lab.state.path,
            ] + [subscriber].compactMap { $0 }
        let child = try Child(command[0], Array(command.dropFirst()), name: "imsbox doctor")
        defer { child.destroy() }
        let ended = try child.waitForExit(within: 60)
        guard ended == status ?? ended else { throw HarnessError("imsbox doctor: \(ended)\n\(child.text)") }
        let json = try JSONSerialization.jsonObject(with: Data(child.text.utf8))
        rows = Lab.objects(in: json).compactMap { row in
            guard let check = row["check"] as? String, let verdict = row["verdict"] as? String else { return nil }
            return (check, verdict, "\(row["finding"] ?? "") → \(row["cure"] ?? "")")
        }
    }

    /// The sentences and cures of one check with one verdict.
    func said(_ check: String, _ verdict: String) -> String {
        rows.filter { $0.check == check && $0.verdict == verdict }.map(\.text).joined(separator: "\n")
    }

    /// The checks with this verdict.
    func checks(_ verdict: String) -> Set<String> { Set(rows.filter { $0.verdict == verdict }.map(\.check)) }
}

extension SystemTests {
    /// `imsbox doctor` says in plain words what is wrong, and what to do.
    @Suite("Doctor")
    struct Doctor {
        @Test("Nothing runs: a warning with the command that starts it, exit status 0, nothing is left behind")
        func nothingRuns() throws {
            try Lab.with { lab in
                let found = try Diagnosis(lab, expecting: .code(0))
                #expect(found.said("instances", "warning").contains("make run"))
                #expect(found.said("P-CSCF address", "warning").contains("\(lab.pcscf)"))
                #expect(found.checks("ok").isSuperset(of: ["instance files", "ports", "state directory"]))
                #expect(try FileManager.default.contentsOfDirectory(atPath: lab.state.path).isEmpty)
                let text = try lab.imsbox("doctor", "--instances", lab.folder.path, "--state-dir", lab.state.path)
                #expect(text.contains("nothing is wrong") && !text.contains("\u{1B}"))
            }
        }

        @Test("A port somebody else has is named while nothing runs, exit status 1", arguments: [true, false])
        func takenPort(isTCP: Bool) throws {
            try Lab.with { lab in
                let taker = try Socket(isTCP ? .stream : .datagram, on: lab.files.address(.icscf), port: 4060)
                if isTCP { try taker.listen() }
                let found = try Diagnosis(lab, expecting: .code(1))
                let said = found.said("ports", "wrong")
                #expect(said.contains("\(taker.local) \(isTCP ? "TCP" : "UDP") is taken") && said.contains("ss -lntup"))
                #expect(found.checks("wrong") == ["ports"])
            }
        }

        @Test("A mistake in a file is named with its line, exit status 1")
        func mistake() throws {
            try Lab.with { lab in
                try "role: icscf\nadress: 127.0.0.1\n".write(
                    to: lab.file(of: .icscf), atomically: false, encoding: .utf8)
                let said = try Diagnosis(lab, expecting: .code(1)).said("instance files", "wrong")
                #expect(said.contains("icscf.yaml:2: unknown key `adress`") && said.contains("`address`"))
            }
        }

        @Test("A directory without instance files is a finding, not a mistake in the command line")
        func noFiles() throws {
            try Lab.with { lab in
                let said = try lab.imsbox("doctor", "--instances", "/nowhere", expecting: .code(1))
                #expect(said.contains("/nowhere: No such file"))
            }
        }

        @Test("A running core is well; without its HSS it is not", arguments: [Shape.box, .processes])
        func running(shape: Shape) throws {
            try Lab.run(shape) { lab in
                let found = try Diagnosis(lab, expecting: .code(0))
                #expect(found.said("instances", "ok").contains("HSS hss"))
                #expect(found.said("subscribers", "ok").contains("10 subscribers"))
                #expect(!found.said("Diameter", "ok").isEmpty && found.said("ports", "ok").isEmpty)
                #expect(found.checks("wrong").isEmpty)
                guard shape == .processes else { return }
                try lab.crash(.hss)
                try Deadline(seconds: 30).wait("a CSCF that misses its HSS") {
                    try !Diagnosis(lab, expecting: .code(1)).said("Diameter", "wrong").isEmpty
                }
                let broken = try Diagnosis(lab, expecting: .code(1))
                #expect(broken.said("instances", "wrong").contains("HSS hss does not run"))
                #expect(broken.said("Diameter", "wrong").contains("hss.\(Subscriber.domain)"))
            }
        }

        @Test("A core without subscribers: nobody can register, exit status 1")
        func noSubscribers() throws {
            try Lab.with { lab in
                try lab.start(Shape.box.processes)
                let said = try Diagnosis(lab, expecting: .code(1)).said("subscribers", "wrong")
                #expect(said.contains("nobody can register") && said.contains("imsbox subscriber add"))
                try lab.stop()
            }
        }

        @Test(
            "Without CAP_NET_ADMIN on an address phones reach: wrong, with all three ways to give it",
            .enabled(if: Namespace.isPossible, "needs CAP_SYS_ADMIN and CAP_NET_ADMIN"))
        func noCapability() throws {
            try OutsideAddress.run { address in
                let settings = LabSettings {
                    $0.gm = [address]
                    $0.isOpen = true
                }
                try Lab.with(settings) { lab in
                    let found = try Diagnosis(
                        lab, expecting: .code(1), launcher: [Product.tool("setpriv")] + Self.nobody)
                    let said = found.said("IPsec", "wrong")
                    for word in ["CAP_NET_ADMIN", "as root", "systemd unit", "setcap cap_net_admin+ep"] {
                        #expect(said.contains(word), "\(said)")
                    }
                    #expect(found.said("P-CSCF address", "ok").contains("\(address)"))
                    #expect(found.checks("wrong") == ["IPsec"])
                }
            }
        }

        @Test(
            "A core that `up --listen` put elsewhere than its file says is judged where it runs",
            .enabled(if: Namespace.isPossible, "needs CAP_SYS_ADMIN and CAP_NET_ADMIN"))
        func movedByListen() throws {
            try OutsideAddress.run { address in
                try Lab.with { lab in
                    let child = try Child(
                        Product.binary(),
                        ["up", lab.folder.path, "--listen", address.text, "--state-dir", lab.state.path], name: "up")
                    defer { child.destroy() }
                    try child.waitForLine(beginning: "ready", within: 60)
                    // No subscriber is there, which is wrong in any case.
                    let found = try Diagnosis(lab, expecting: .code(1))
                    #expect(found.said("P-CSCF address", "ok").contains("\(address):5060"))
                    // On this kernel or on one with ESP.
                    let said = found.said("IPsec", "wrong") + found.said("IPsec", "ok")
                    #expect(said.contains("\(address):5100"), "\(said)")
                }
            }
        }

        @Test(
            "A state directory of another user: wrong while nothing runs",
            .enabled(if: getuid() == 0, "needs root to become another user"))
        func othersState() throws {
            try Lab.with { lab in
                let found = try Diagnosis(
                    lab, expecting: .code(1), launcher: [Product.tool("setpriv")] + Self.nobody)
                #expect(found.said("state directory", "wrong").contains("--state-dir"))
            }
        }

        static let nobody = ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
    }
}
