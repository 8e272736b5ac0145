import Foundation
import LabHarness

/// imsbox-bench [--quick] [--only micro,start,import,hss,ipsec,core]
///
/// Prints CPU time, not wall time, wherever it can: the machine may be shared. Run it through `make bench`.
func bench() throws {
    let arguments = CommandLine.arguments.dropFirst()
    let isQuick = arguments.contains("--quick")
    let parts =
        arguments.firstIndex(of: "--only").map { arguments[arguments.index(after: $0)...].prefix(1) }?.first?
        .split(separator: ",").map(String.init) ?? ["micro", "start", "import", "hss", "ipsec", "core"]
    if parts.contains("micro") {
        if isQuick { Measure.batches = 3 }
        try micro()
    }
    if parts.contains("start") { try StartBench.run(times: isQuick ? 3 : 10) }
    if parts.contains("import") { try ImportBench.run(rows: isQuick ? 20_000 : 1_000_000) }
    if parts.contains("hss") { try HSSBench.run(times: isQuick ? 5_000 : 50_000) }
    if parts.contains("ipsec") { try IPsecBench.run(isQuick: isQuick) }
    if parts.contains("core") {
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("imsbox-bench-\(getpid())")
        defer { try? FileManager.default.removeItem(at: scratch) }
        let load = isQuick ? Load(ues: 600, rate: 200, calls: 300) : Load()
        var core = CoreBench(load: load, rounds: isQuick ? 1 : 5, scratch: scratch)
        try core.run()
    }
}

func micro() throws {
    var table = Table(["", "CPU ns", "allocations"])
    for cost in try SIPBenches.run() + DiameterBenches.run() + AKABenches.run() {
        table.add([cost.name, cost.nanoseconds.text(cost.nanoseconds < 100 ? 1 : 0), cost.allocations.text(1)])
    }
    table.print(title: "One operation (median of \(Measure.batches) batches)")
}

do {
    try bench()
} catch {
    FileHandle.standardError.write(Data("imsbox-bench: \(error)\n".utf8))
    exit(1)
}
