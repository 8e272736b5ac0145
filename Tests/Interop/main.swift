import Foundation
import LabHarness

/// imsbox-interop [--json] [hss|scscf|icscf|pcscf]...
///
/// Puts each of our roles in the place of Kamailio's and has two phones register, call and de-register. `make interop`
/// runs it through `Tests/Interop/run`, in namespaces where the names and addresses of Kamailio's files are free.
func interop() throws -> Bool {
    let arguments = CommandLine.arguments.dropFirst()
    let isJSON = arguments.contains("--json")
    let wanted = arguments.filter { $0 != "--json" }
    guard wanted.allSatisfy({ Role(rawValue: $0) != nil }) else {
        throw HarnessError("usage: imsbox-interop [--json] [hss|scscf|icscf|pcscf]...")
    }
    let logs = Product.root.appendingPathComponent(".build/interop")
    let chosen = Combination.all.filter { wanted.isEmpty || wanted.contains($0.role.rawValue) }
    let report = Report(outcomes: chosen.map { Run.of($0, in: logs.appendingPathComponent($0.role.rawValue)) })
    print(isJSON ? try report.json() : report.text)
    if !report.explanations.isEmpty { FileHandle.standardError.write(Data("\n\(report.explanations)\n".utf8)) }
    return report.outcomes.allSatisfy(\.isGood)
}

// The first process of a PID namespace ends on a signal only if it says so; all others end with it.
for number in [SIGINT, SIGTERM] { signal(number) { _exit(128 + $0) } }
do {
    exit(try interop() ? 0 : 1)
} catch {
    FileHandle.standardError.write(Data("imsbox-interop: \(error)\n".utf8))
    exit(2)
}
