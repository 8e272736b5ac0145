import Foundation
import IPsec
import Kernel
import LabHarness

/// Sets of security associations made and removed: our netlink driver, and `ip -batch` asked for exactly the same, in
/// turn, in the lab's kernel.
enum IPsecBench {
    static func run(isQuick: Bool) throws {
        guard Namespace.hasESP else { return try startLab(isQuick: isQuick) }
        let rounds = isQuick ? 3 : 7
        let sets = isQuick ? 200 : 300
        var table = Table(["", "made a second", "removed a second", "CPU µs to make", "CPU µs to remove"])
        for others in isQuick ? [0, 1_000] : [0, 10_000] {
            try KeptNamespace().run {
                for row in try compare(beside: others, sets: sets, rounds: rounds) { table.add(row) }
            }
        }
        table.print(
            title: "One set (4 states, 4 policies; SHA-1, AES-CBC), median of \(rounds) rounds of \(sets) sets, under "
                + "User Mode Linux,\nwhere a system call costs several µs more than elsewhere")
    }

    /// This program again, in the lab's kernel.
    private static func startLab(isQuick: Bool) throws {
        guard (try? Product.tool("linux.uml")) != nil else {
            print("\nlinux.uml is not installed: no figures of IPsec (make bench installs it)")
            return
        }
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let sudo = ProcessInfo.processInfo.environment["SUDO"]?.split(separator: " ").map(String.init) ?? []
        let command =
            sudo + [Product.root.appendingPathComponent("Tests/Lab/kernel-lab").path, "--timeout", "900", program]
            + ["--only", "ipsec"] + (isQuick ? ["--quick"] : [])
        let path = command[0].hasPrefix("/") ? command[0] : try Product.tool(command[0])
        let child = try Child(path, Array(command.dropFirst()), name: "kernel-lab")
        defer { child.destroy() }
        let status = try child.waitForExit(within: 960)
        guard status == .code(0) else { throw HarnessError("kernel-lab: \(status)\n\(child.text.suffix(2000))") }
        print(child.text, terminator: "")
    }

    /// Rows of the table: ours, ip's, and how many times as much CPU ip takes.
    private static func compare(beside others: Int, sets count: Int, rounds: Int) throws -> [[String]] {
        let driver = try DriverSets()
        try driver.add(SetsOfBench(count..<count + others))
        let sets = SetsOfBench(0..<count)
        let batch = try BatchSets(sets)
        defer { batch.remove() }
        var (ours, theirs): ([Round], [Round]) = ([], [])
        for _ in 0..<rounds {
            ours.append(
                try round(count, driver, others, CPUClock.own, make: { try driver.add(sets) }, undo: driver.removeLast))
            theirs.append(try round(count, driver, others, CPUClock.children, make: batch.add, undo: batch.undo))
        }
        let beside = "beside \(others)"
        func ratio(_ cost: (Round) -> Double) -> String {
            Measure.median(zip(theirs, ours).map { cost($0) / cost($1) }).text(2)
        }
        return [
            row("ours, \(beside)", ours), row("ip -batch, \(beside)", theirs),
            ["ip / ours", "", "", ratio(\.makingCPU), ratio(\.removingCPU)],
        ]
    }

    private static func row(_ name: String, _ rounds: [Round]) -> [String] {
        func median(_ value: (Round) -> Double) -> String { Measure.median(rounds.map(value)).text(0) }
        return [name, median(\.made), median(\.removed), median(\.makingCPU), median(\.removingCPU)]
    }

    /// Sets a second, and microseconds of CPU for each.
    private struct Round {
        var made = 0.0
        var removed = 0.0
        var makingCPU = 0.0
        var removingCPU = 0.0
    }

    private static func round(
        _ count: Int, _ driver: DriverSets, _ others: Int, _ cpu: CPUClock, make: () throws -> Void,
        undo: () throws -> Void
    ) throws -> Round {
        let clock = ContinuousClock()
        let start = cpu.microseconds
        let making = try clock.measure(make)
        let middle = cpu.microseconds
        // Both must have done the work that is timed.
        try driver.expect(count + others)
        let again = cpu.microseconds
        let removing = try clock.measure(undo)
        let end = cpu.microseconds
        try driver.expect(others)
        let sets = Double(count)
        return Round(
            made: sets / making.milliseconds * 1_000, removed: sets / removing.milliseconds * 1_000,
            makingCPU: (middle - start) / sets, removingCPU: (end - again) / sets)
    }
}

/// CPU time, user and system.
private enum CPUClock {
    case own
    /// Of children that have ended.
    case children

    var microseconds: Double {
        var usage = rusage()
        getrusage((self == .own ? RUSAGE_SELF : RUSAGE_CHILDREN).rawValue, &usage)
        func value(_ time: timeval) -> Double { Double(time.tv_sec) * 1e6 + Double(time.tv_usec) }
        return value(usage.ru_utime) + value(usage.ru_stime)
    }
}
