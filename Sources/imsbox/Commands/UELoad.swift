import AKA
import ArgumentParser
import Console
import Glibc
import LabUE
import RoleKit

/// `imsbox ue load`.
struct UELoad: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Many UEs at a rate: registrations, then calls between pairs; rate, failures, latencies.",
        discussion: """
            Lab subscribers --first and the following; each has its own port and its own USIM. The run ends when each \
            has had its outcome, or after --limit seconds. Exit status 1 if anything failed.

            Examples:
              imsbox ue load --count 1000 --rate 200
              imsbox ue load --count 200 --rate 20 --calls --hold 3
            """)

    @Option(help: ArgumentHelp("UEs.", valueName: "number")) var count = 100
    @Option(help: ArgumentHelp("Attempts begun a second.", valueName: "number")) var rate = 50
    @Option(help: ArgumentHelp("First lab subscriber.", valueName: "number")) var first = 1
    @Option(help: ArgumentHelp("End of the run.", valueName: "seconds")) var limit = 300
    @Flag(help: "Once registered, each odd one calls the next.") var calls = false
    @Option(help: ArgumentHelp("How long a call is held.", valueName: "seconds")) var hold = 1
    @OptionGroup var network: UENetworkOptions

    func validate() throws {
        guard (1...FleetLimits.phones).contains(count) else {
            throw ValidationError("--count takes 1 to \(FleetLimits.phones): each UE has a port of its own")
        }
        guard (1...100_000).contains(rate), (1...86_400).contains(limit), (0...86_400).contains(hold) else {
            throw ValidationError("--rate takes 1 to 100000 a second, --limit 1 to 86400 s, --hold 0 to 86400 s")
        }
        guard first >= 1, first + count - 1 <= LabSubscribers.limit else {
            throw ValidationError("lab subscribers are numbered 1 to \(LabSubscribers.limit)")
        }
    }

    func run() throws {
        try ending {
            let functions = try AKAFunctions()
            let identities = try (first..<(first + count)).map {
                try UEIdentityOptions.lab($0, domain: network.domain, functions)
            }
            let config = try network.config(kinds: [network.transport.kind], patience: nil)
            let runner = try UERunner(config, identities, pcap: network.pcap)
            let plan = LoadPlan(
                rate: rate, limitMilliseconds: limit * 1_000, calls: calls, holdMilliseconds: hold * 1_000)
            let json = network.json
            if isatty(STDERR_FILENO) == 1 { showProgress(runner) }
            try runner.run { fleet throws(Failure) in
                let summary = await fleet.run(plan)
                if isatty(STDERR_FILENO) == 1 { Terminal.write("\r\u{1B}[K", to: STDERR_FILENO) }
                LoadText.show(summary, json: json)
                let failed = summary.registrations.failed + summary.calls.failed
                if summary.isCutShort { throw Failure(.failed, "the time limit of \(limit) s ended the run") }
                if failed > 0 { throw Failure(.failed, "\(failed) of \(summary.attempts) attempts failed") }
            }
        }
    }

    /// One line that changes, for whoever looks on.
    private func showProgress(_ runner: UERunner) {
        runner.every(milliseconds: 200) { fleet in
            guard let summary = fleet.loadSummary else { return false }
            var line = "\(summary.registrations.done) of \(summary.planned) registered"
            if summary.calls.begun > 0 { line += ", \(summary.calls.done) of \(summary.calls.begun) calls done" }
            let failed = summary.registrations.failed + summary.calls.failed
            Terminal.write("\r\u{1B}[K\(line), \(failed) failed", to: STDERR_FILENO)
            return true
        }
    }
}

/// A load run's outcome as people and scripts read it.
enum LoadText {
    private static let shares: [(name: String, share: Double)] = [
        ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1),
    ]

    static func show(_ summary: LoadSummary, json: Bool) {
        if json { return Terminal.say(JSONWriter.pretty(report(summary))) }
        let seconds = decimal(summary.elapsedMilliseconds / 1_000)
        Terminal.say("\(summary.attempts) attempts in \(seconds) s, \(decimal(summary.rate)) registrations a second")
        show("registrations", summary.registrations)
        if summary.calls.begun > 0 { show("calls", summary.calls) }
    }

    private static func show(_ name: String, _ tally: LoadTally) {
        var line = "\(name): \(tally.done) done, \(tally.failed) failed"
        if tally.begun > tally.done + tally.failed { line += ", \(tally.begun - tally.done - tally.failed) open" }
        let latencies = shares.compactMap { row in tally.percentile(row.share).map { "\(row.name) \(decimal($0)) ms" } }
        if !latencies.isEmpty { line += "; " + latencies.joined(separator: ", ") }
        Terminal.say(line)
        for (cause, count) in tally.causes.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            Terminal.say("  \(count) × \(Printable.text(cause))")
        }
    }

    private static func report(_ summary: LoadSummary) -> Report {
        .object([
            ("attempts", .number(summary.attempts)),
            ("elapsed-ms", .number(Int(summary.elapsedMilliseconds))),
            ("registrations-per-second", .number(Int(summary.rate))),
            ("cut-short", .flag(summary.isCutShort)),
            ("registrations", report(summary.registrations)), ("calls", report(summary.calls)),
        ])
    }

    private static func report(_ tally: LoadTally) -> Report {
        let latencies = shares.compactMap { row in
            tally.percentile(row.share).map { (key: "\(row.name)-us", value: Report.number(Int($0 * 1_000))) }
        }
        let causes = tally.causes.sorted { $0.key < $1.key }.map { (key: $0.key, value: Report.number($0.value)) }
        return .object(
            [("begun", .number(tally.begun)), ("done", .number(tally.done)), ("failed", .number(tally.failed))]
                + latencies + [("causes", .object(causes))])
    }

    /// One decimal place.
    private static func decimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
