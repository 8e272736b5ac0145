import ArgumentParser
import Glibc
import RoleKit

/// `imsbox up`: every instance of a directory in one process.
struct UpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Run all instances of a directory in one process.",
        discussion: """
            Prints a line that begins with "ready" once every instance listens and its Diameter peers are open. \
            SIGTERM or Ctrl-C ends it in order.

            Examples:
              imsbox up
              imsbox up --listen 10.45.0.1              (the P-CSCF where phones reach it)
              imsbox up /etc/imsbox/instances --log-level info
            """)

    @Argument(help: "Directory of instance files. Default: instances, or /etc/imsbox/instances where that is missing.")
    var directory: String?

    @Option(help: ArgumentHelp("Address of the P-CSCF, in place of its file's `address:`.", valueName: "address"))
    var listen: String?

    @OptionGroup var options: RunOptions

    func validate() throws {
        if let listen, SocketAddress(listen, port: 0) == nil {
            throw ValidationError("--listen takes an IP address, e.g. 10.45.0.1")
        }
    }

    func run() throws {
        try ending {
            let files = InstanceFiles(
                try InstanceFiles.inDirectory(directory ?? InstanceFiles.standardDirectory), listen: listen)
            try runInstances(files, options, isBox: true)
        }
    }
}

/// `imsbox run`: one instance.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run one instance.",
        discussion: """
            Example, a core of four processes (each in its own terminal or unit):
              imsbox run instances/hss.yaml
              imsbox run instances/scscf.yaml
              imsbox run instances/icscf.yaml
              imsbox run instances/pcscf.yaml
            """)

    @Argument(help: "The instance file.")
    var file: String

    @OptionGroup var options: RunOptions

    func run() throws {
        try ending { try runInstances(InstanceFiles([file]), options, isBox: false) }
    }
}

/// Runs what the files describe until a signal ends it.
private func runInstances(_ files: InstanceFiles, _ options: RunOptions, isBox: Bool) throws {
    guard files.faults.isEmpty else { throw Failure(.usage, files.faults.joined(separator: "\n")) }
    ProcessSafety.prepare(allowsCoreDumps: options.coreDumps)
    let plans = files.plans
    let box = try Box(plans, options) { line in
        Terminal.say(line)
        if isBox, let hint = ListenHint.text(plans) { Terminal.say(hint) }
    }
    let status = box.run()
    if status != 0 { throw ExitCode(status) }
}

/// Where phones cannot reach the P-CSCF, says how they can.
enum ListenHint {
    static func text(_ plans: [InstancePlan]) -> String? {
        let gates = plans.filter { $0.role == .pcscf }
        guard !gates.isEmpty, gates.allSatisfy({ $0.listens.allSatisfy(\.address.isLoopback) }) else { return nil }
        guard let address = HostAddresses.suggestion() else { return nil }
        return "only this host reaches \(gates[0].listens[0].address); for phones: "
            + "make run LISTEN=\(address.host) (or imsbox up --listen \(address.host))"
    }
}
