import ArgumentParser
import Console
import RoleKit

/// `imsbox doctor`: what is wrong on this machine, or with one phone, in plain words, and what to do.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what is wrong with this machine's core, or why a phone does not register, and what to do.",
        discussion: """
            Looks at the instance files, the P-CSCF's address, IPsec, what runs, its Diameter peers and subscribers, \
            ports, the state directory and NAT. A line is ok, a warning or wrong; what to do about it stands below it. \
            Nothing is changed. What IPsec may do is tried as the user of this command.

            With an IMSI it says what of that is not as it should be, and then why this phone does not register: \
            whether it is provisioned, what it has sent, how the core answered, what its SIM made of that, and whether \
            answers and ESP get through. It goes by what the running instances remember (see `imsbox trace`).

            Exit status: 0 if nothing is wrong, 1 if something is.

            Examples:
              imsbox doctor
              imsbox doctor 001010000000001
              sudo imsbox doctor --instances /etc/imsbox/instances
              imsbox doctor --json
            """)

    @Argument(help: ArgumentHelp("IMSI of the phone to look into; or its number, IMPU or IMPI.", valueName: "imsi"))
    var subscriber: String?

    @Option(
        help: ArgumentHelp(
            "Directory of instance files. Default: instances, or /etc/imsbox/instances where that is missing.",
            valueName: "dir"))
    var instances: String?

    @Option(
        help: ArgumentHelp(
            "Where databases and control sockets live. Default: /var/lib/imsbox when installed, else .imsbox.",
            valueName: "dir"))
    var stateDir: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if let subscriber, subscriber.allSatisfy(\.isWhitespace) {
            throw ValidationError("an empty text is no IMSI: leave it out, or write the phone's, e.g. 001010000000001")
        }
    }

    func run() throws {
        let facts = DoctorFacts(
            directory: instances ?? InstanceFiles.standardDirectory, state: StateDirectory(option: stateDir))
        var findings = DoctorCheck.findings(facts)
        if let subscriber {
            findings = findings.filter { $0.finding.verdict != .ok }
            findings += SubscriberCheck.findings(SubscriberFacts(subscriber, facts))
        }
        try ending {
            if json {
                try Terminal.answer(JSONWriter.pretty(DoctorText.report(findings)))
            } else {
                let lines = DoctorText.lines(findings, isColoured: Terminal.isColoured)
                try Terminal.answer(lines.joined(separator: "\n"))
            }
        }
        if findings.contains(where: { $0.finding.verdict == .wrong }) { throw ExitCode(Failure.Status.failed.rawValue) }
    }
}

/// Findings as people and as programs read them.
enum DoctorText {
    typealias Row = (check: String, finding: Finding)

    static func report(_ rows: [Row]) -> Report {
        .object([
            ("wrong", .number(count(.wrong, rows))), ("warnings", .number(count(.warning, rows))),
            (
                "findings",
                .list(
                    rows.map { check, finding in
                        .object([
                            ("check", .text(check)), ("verdict", .text(finding.verdict.rawValue)),
                            ("finding", .text(finding.text)), ("cure", .text(finding.cure ?? "")),
                        ])
                    })
            ),
        ])
    }

    /// A line a finding, its cure below it, and the sum at the end.
    static func lines(_ rows: [Row], isColoured: Bool) -> [String] {
        let width = rows.map(\.check.count).max() ?? 0
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        var lines: [String] = []
        for (check, finding) in rows {
            let verdict = padded(finding.verdict.rawValue, Finding.Verdict.warning.rawValue.count)
            let shown = isColoured ? "\u{1B}[\(colour(finding.verdict))m\(verdict)\u{1B}[0m" : verdict
            // What a peer or a file says does not drive the terminal.
            lines.append("\(shown)  \(padded(check, width))  \(Printable.text(finding.text))")
            guard let cure = finding.cure else { continue }
            lines.append("\(padded("", verdict.count + 2 + width))  → \(Printable.text(cure))")
        }
        return lines + [sum(rows)]
    }

    private static func sum(_ rows: [Row]) -> String {
        let (wrong, warnings) = (count(.wrong, rows), count(.warning, rows))
        let more = warnings == 0 ? "" : ", \(warnings) warning\(warnings == 1 ? "" : "s")"
        return (wrong == 0 ? "nothing is wrong" : "\(wrong) wrong") + more
    }

    private static func count(_ verdict: Finding.Verdict, _ rows: [Row]) -> Int {
        rows.filter { $0.finding.verdict == verdict }.count
    }

    private static func colour(_ verdict: Finding.Verdict) -> Int {
        switch verdict {
        case .ok: 32
        case .warning: 33
        case .wrong: 31
        }
    }
}
