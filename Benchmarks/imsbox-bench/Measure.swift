import CAllocationCounter
import Foundation

/// What one operation costs.
struct Cost {
    let name: String
    /// CPU time of the process, in nanoseconds: the median of the batches.
    let nanoseconds: Double
    let allocations: Double
}

/// Measures CPU time, not wall time: other work on the machine then matters little.
enum Measure {
    /// How many batches a median is of.
    nonisolated(unsafe) static var batches = 9

    /// The cost of one `body`. It returns something made from its result, so that the optimiser must not drop the work.
    static func cost(_ name: String, times: Int, _ body: () throws -> Int) rethrows -> Cost {
        var sink = 0
        for _ in 0..<times / 10 + 1 { sink &+= try body() }
        var samples: [Double] = []
        var allocations = 0.0
        for _ in 0..<batches {
            let counted = allocation_count()
            let start = cpuNanoseconds()
            for _ in 0..<times { sink &+= try body() }
            samples.append(Double(cpuNanoseconds() - start) / Double(times))
            allocations = Double(allocation_count() - counted) / Double(times)
        }
        keep(sink)
        return Cost(name: name, nanoseconds: median(samples), allocations: allocations)
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return .nan }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    private static func cpuNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    @inline(never) private static func keep(_ value: Int) {
        if value == Int.min + 1 { print("") }
    }
}
