import Foundation
import LabHarness

/// From `imsbox up` to its `ready` line, with 10,000 subscribers in the database.
enum StartBench {
    static let subscribers = 10_000

    static func run(times: Int) throws {
        try Lab.with { lab in
            let clock = ContinuousClock()
            let imported = try clock.measure { try lab.provision(1...subscribers) }
            var milliseconds: [Double] = []
            var memory = 0.0
            for _ in 0..<times {
                let duration = try clock.measure { try lab.start(Shape.box.processes) }
                milliseconds.append(duration.milliseconds)
                memory = ProcessCPU.megabytes(try lab.process(of: .hss).pid)
                try lab.stop()
            }
            var table = Table(["", "median", "least", "most"])
            table.add(
                ["ms from start to ready"]
                    + [Measure.median(milliseconds), milliseconds.min() ?? 0, milliseconds.max() ?? 0].map {
                        $0.text(1)
                    })
            table.add(["ms to import the subscribers", imported.milliseconds.text(0)])
            table.add(["MiB when ready (PSS)", memory.text(1)])
            table.print(title: "Start of the whole core in one process, \(subscribers) subscribers, \(times) runs")
        }
    }
}

extension Duration {
    var milliseconds: Double {
        Double(components.seconds) * 1000 + Double(components.attoseconds) * 1e-15
    }
}
