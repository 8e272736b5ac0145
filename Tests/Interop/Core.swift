import Foundation
import LabHarness

/// The four processes of one combination, ours and Kamailio's.
final class Core {
    /// Seconds anything may take; a hundred times what it does take, for machines that stand still now and then.
    static let patience = 120.0

    private let combination: Combination
    private let folder: URL
    private var processes: [Child] = []

    init(_ combination: Combination, folder: URL) {
        self.combination = combination
        self.folder = folder
    }

    /// Returns once every process listens and each CSCF that needs the HSS has it.
    func start() throws {
        for role in combination.ours { try startOurs(role) }
        for (role, child) in try combination.kamailios.map({ ($0, try startKamailio($0)) }) {
            try role.endpoint.waitForListener(by: Deadline(seconds: Self.patience), while: child)
        }
        let clients = [Role.icscf, .scscf].map { "peer=\($0).\(Subscriber.domain)" }
        _ = try processes[0].wait("Diameter peers", by: Deadline(seconds: Self.patience)) { log in
            let opened = log.split(separator: "\n").filter { $0.contains("Diameter peer opened") }
            return clients.allSatisfy { client in opened.contains { $0.contains(client) } } ? true : nil
        }
    }

    private func startOurs(_ role: Role) throws {
        let file = Product.root.appendingPathComponent("Tests/Interop/instances/\(role).yaml").path
        let child = try Child(Product.binary(), ["run", file, "--state-dir", folder.path], name: "imsbox-\(role)")
        processes.append(child)
        try child.waitForLine(beginning: "ready", within: Self.patience)
    }

    /// In a PID namespace, so that none of its processes outlives the first, and with a /tmp of its own, where it leaves
    /// pipes behind.
    private func startKamailio(_ role: Role) throws -> Child {
        let script = """
            mount -t tmpfs none /tmp
            exec kamailio -f /etc/kamailio/\(role).cfg -DD -E -m 32 -M 8 -Y /tmp -P /tmp/kamailio.pid
            """
        let child = try Child(
            Product.tool("unshare"), ["--mount", "--pid", "--fork", "--kill-child", "sh", "-euc", script],
            name: "kamailio-\(role)")
        processes.append(child)
        return child
    }

    /// What one of our commands says of the processes of ours.
    func ask(_ command: String) throws -> String {
        let child = try Child(Product.binary(), [command, "--state-dir", folder.path], name: "imsbox \(command)")
        defer { child.destroy() }
        guard try child.waitForExit(within: Self.patience) == .code(0) else { throw HarnessError(child.text) }
        return child.text
    }

    func requireAlive() throws {
        for child in processes where !child.isRunning {
            throw HarnessError("\(child.name) has ended with \(try child.waitForExit(within: 1))")
        }
    }

    /// Every process still runs, and ours end with 0 when told to.
    func stop() throws {
        try requireAlive()
        let ours = processes.prefix(combination.ours.count)
        for child in ours { child.signal(SIGTERM) }
        for child in ours {
            let status = try child.waitForExit(within: Self.patience)
            guard status == .code(0) else { throw HarnessError("\(child.name) ended with \(status)") }
        }
    }

    /// Ends what still runs and leaves what each process said in a file of its own.
    func close() {
        for child in processes {
            child.destroy()
            let file = folder.appendingPathComponent("\(child.name).log")
            try? child.text.write(to: file, atomically: false, encoding: .utf8)
        }
    }

    /// The last lines of each process.
    func lastWords(_ count: Int) -> String {
        processes.map { child in
            "---- \(child.name)\n" + child.text.split(separator: "\n").suffix(count).joined(separator: "\n")
        }.joined(separator: "\n")
    }
}
