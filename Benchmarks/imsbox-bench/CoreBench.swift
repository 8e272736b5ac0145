import Foundation
import LabHarness

/// CPU per full AKA registration, per call and per de-registration: our P-, I-, S-CSCF and HSS in one process and in
/// four, beside Kamailio's three CSCFs without any HSS, in the same run.
///
/// The runs take turns, so that what else the machine does falls on all alike; each starts its core afresh.
struct CoreBench {
    let load: Load
    let rounds: Int
    let peers: Peers?
    private var samples: [(core: String, phases: [String: Phase])] = []

    init(load: Load, rounds: Int, scratch: URL) {
        self.load = load
        self.rounds = rounds
        peers = Peers(scratch: scratch)
    }

    mutating func run() throws {
        for round in 1...rounds {
            print("the core under load: round \(round) of \(rounds)")
            fflush(nil)
            measureKamailio()
            samples.append(("imsbox, one process", try ours(.box)))
            samples.append(("imsbox, four processes", try ours(.processes)))
        }
        let registrations = "\(load.ues) users at \(load.rate)/s"
        report(operation: "reg", title: "Registration: REGISTER, 401, REGISTER, 200; \(registrations)")
        report(
            operation: "call",
            title: "Call: INVITE, 180, 200, ACK, BYE, 200; \(load.calls) calls at \(load.callRate)/s")
        report(operation: "dereg", title: "De-registration: REGISTER, 401, REGISTER, 200; \(registrations)")
    }

    /// A Kamailio that does not run here costs its rows, not ours.
    private mutating func measureKamailio() {
        guard let peers else { return }
        do {
            samples.append((Self.kamailio, Self.withoutHSS(try peers.kamailio(load))))
        } catch {
            print("Kamailio gave no figures: \(error)")
        }
    }

    static let kamailio = "Kamailio, three CSCFs, no HSS"

    /// The stub that plays Kamailio's HSS is left out: the comparison is in Kamailio's favour.
    private static func withoutHSS(_ phases: [String: Phase]) -> [String: Phase] {
        phases.mapValues { phase in
            Phase(
                cpu: phase.cpu.filter { $0.key != "hss" }, failed: phase.failed, retransmitted: phase.retransmitted,
                medianMilliseconds: phase.medianMilliseconds)
        }
    }

    private func ours(_ shape: Shape) throws -> [String: Phase] {
        var phases: [String: Phase] = [:]
        try Lab.with { lab in
            try lab.provision(1...StartBench.subscribers, isCalledByIMSI: true)
            try lab.start(shape.processes)
            let processes = try shape.processes.map { roles in
                (name: roles.count == 1 ? roles[0].rawValue : "imsbox", pid: try lab.process(of: roles[0]).pid)
            }
            phases = try peers?.ours(load, pcscf: lab.pcscf, processes: processes) ?? sipp(lab, processes)
            try lab.stop()
        }
        return phases
    }

    /// Registrations by sipp, where the peers' driver is missing; no calls then.
    private func sipp(_ lab: Lab, _ processes: [(name: String, pid: pid_t)]) throws -> [String: Phase] {
        let users = 1...min(load.ues, LabAddresses.maximumUEs)
        var phases: [String: Phase] = [:]
        for (name, scenario) in [("reg", "register"), ("dereg", "deregister")] {
            var run = Sipp(scenario: scenario, pcscf: lab.pcscf, addresses: lab.addresses, folder: lab.folder)
            run.perSecond = load.rate
            let before = processes.map { ProcessCPU.seconds($0.pid) }
            let result = try run.run(users)
            let used = zip(processes, before).map {
                ($0.name, (ProcessCPU.seconds($0.pid) - $1) * 1000 / Double(users.count))
            }
            phases[name] = Phase(cpu: Dictionary(uniqueKeysWithValues: used), failed: result.failed)
        }
        return phases
    }

    private func report(operation: String, title: String) {
        let cores = [Self.kamailio, "imsbox, one process", "imsbox, four processes"]
        let reference = median(Self.kamailio, operation) { $0.total }
        var table = Table(["", "CPU ms each", "least", "most", "to Kamailio's", "ms to 200", "failed", "sent again"])
        for core in cores {
            let phases = samples.filter { $0.core == core }.compactMap { $0.phases[operation] }
            guard !phases.isEmpty else { continue }
            let totals = phases.map(\.total)
            table.add([
                core, Measure.median(totals).text(3), (totals.min() ?? 0).text(3), (totals.max() ?? 0).text(3),
                (Measure.median(totals) / reference).text(2), median(core, operation) { $0.medianMilliseconds }.text(1),
                "\(phases.map(\.failed).reduce(0, +))", "\(phases.map(\.retransmitted).reduce(0, +))",
            ])
            for name in Set(phases.flatMap(\.cpu.keys)).sorted() where phases[0].cpu.count > 1 {
                table.add(["    " + name, Measure.median(phases.compactMap { $0.cpu[name] }).text(3)])
            }
        }
        guard table.hasRows else { return }
        table.print(title: "\(title), medians of \(rounds) runs")
    }

    private func median(_ core: String, _ operation: String, _ value: (Phase) -> Double) -> Double {
        Measure.median(samples.filter { $0.core == core }.compactMap { $0.phases[operation] }.map(value))
    }
}
