import Foundation
import LabHarness

/// The peers' tools of `../shared/peers`, where they are: Kamailio's control script, `measure` and its load driver.
///
/// They are copied to a scratch folder and built there; the shared folder is only read.
struct Peers {
    private let folder: URL

    /// Nil, with the reason on the screen, where they cannot be used.
    init?(scratch: URL) {
        let source = Product.root.deletingLastPathComponent().appendingPathComponent("shared/peers")
        let manager = FileManager.default
        guard manager.fileExists(atPath: source.appendingPathComponent("kamailio/measure").path) else {
            print("\n\(source.path) is not here: our own figures only, driven by sipp")
            return nil
        }
        for tool in ["kamailio", "dnsmasq", "python3", "make", "gcc"] where (try? Product.tool(tool)) == nil {
            print("\n\(tool) is not installed: our own figures only, driven by sipp")
            return nil
        }
        folder = scratch.appendingPathComponent("peers")
        do {
            try manager.createDirectory(at: scratch, withIntermediateDirectories: true)
            try? manager.removeItem(at: folder)
            try manager.copyItem(at: source, to: folder)
            try Self.command("chmod", "-R", "u+w", folder.path)
            try Self.command("make", "-s", "-C", folder.appendingPathComponent("sipp/load").path)
        } catch {
            print("\nthe peers' tools do not work here (\(error)): our own figures only, driven by sipp")
            return nil
        }
    }

    /// CPU of Kamailio's three CSCFs, started afresh, with a stub for the HSS.
    func kamailio(_ load: Load) throws -> [String: Phase] {
        try measure(["cost"] + load.arguments)
    }

    /// CPU of processes of ours.
    func ours(_ load: Load, pcscf: Endpoint, processes: [(name: String, pid: pid_t)]) throws -> [String: Phase] {
        try measure(
            ["against", "--pcscf", "\(pcscf)"] + load.arguments
                + processes.flatMap { ["--proc", "\($0.name)=\($0.pid)"] })
    }

    /// One run of `measure`; its phases `reg`, `call` and `dereg`.
    private func measure(_ arguments: [String]) throws -> [String: Phase] {
        let report = folder.appendingPathComponent("report.json")
        try? FileManager.default.removeItem(at: report)
        try Self.command(
            folder.appendingPathComponent("kamailio/measure").path,
            arguments + ["--runs", "1", "--settle", "1", "--json", report.path])
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: report)) as? [String: Any]
        guard let run = (json?["result"] as? [[String: Any]])?.first else {
            throw HarnessError("measure reported nothing")
        }
        guard run["alive"] as? Bool == true else {
            throw HarnessError("a process died under load: \(run["err"] ?? "")")
        }
        return try ["reg", "call", "dereg"].reduce(into: [:]) { phases, name in
            guard let phase = run[name] as? [String: Any] else { throw HarnessError("measure reported no \(name)") }
            phases[name] = try Phase(phase)
        }
    }

    @discardableResult
    private static func command(_ program: String, _ arguments: String...) throws -> String {
        try command(Product.tool(program), arguments)
    }

    @discardableResult
    private static func command(_ path: String, _ arguments: [String]) throws -> String {
        let child = try Child(path, arguments, name: path)
        defer { child.destroy() }
        let status = try child.waitForExit(within: 600)
        guard status == .code(0) else {
            throw HarnessError("\(path) \(arguments.first ?? ""): \(status)\n\(child.text.suffix(2000))")
        }
        return child.text
    }
}

/// How much is asked of a core in one run.
struct Load {
    var ues = 3000
    /// Registrations a second, and de-registrations.
    var rate = 300
    var calls = 1500
    /// Calls a second, each held for 200 ms.
    var callRate = 100

    fileprivate var arguments: [String] {
        ["--ues", "\(ues)", "--rate", "\(rate)", "--calls", "\(calls)", "--call-rate", "\(callRate)"]
    }
}

/// One phase of a run (all register, all calls, or all de-register): what it cost, and whether it went well.
struct Phase {
    /// CPU milliseconds for one operation, by process (seconds per 1,000 are the same number).
    let cpu: [String: Double]
    let failed: Int
    let retransmitted: Int
    let medianMilliseconds: Double

    var total: Double { cpu.values.reduce(0, +) }

    init(cpu: [String: Double], failed: Int, retransmitted: Int = 0, medianMilliseconds: Double = .nan) {
        self.cpu = cpu
        self.failed = failed
        self.retransmitted = retransmitted
        self.medianMilliseconds = medianMilliseconds
    }

    init(_ json: [String: Any]) throws {
        guard let cpu = json["cpu_per_1000"] as? [String: Double], let failed = json["fail"] as? Int,
            let silent = json["timeout"] as? Int
        else { throw HarnessError("measure wrote something else: \(json.keys)") }
        self.init(
            cpu: cpu, failed: failed + silent, retransmitted: json["retrans"] as? Int ?? 0,
            medianMilliseconds: json["p50_ms"] as? Double ?? .nan)
    }
}
