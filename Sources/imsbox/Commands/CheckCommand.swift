import ArgumentParser
import Console
import RoleKit

/// `imsbox check`: reads and judges configuration, starts nothing.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Read and judge instance files, start nothing.",
        discussion: """
            Every mistake is one line, file:line: problem – cure. With --import-cdp it turns a Kamailio CDP file into \
            the `diameter:` section of an instance file.

            Examples:
              imsbox check instances/*.yaml
              imsbox check --import-cdp /etc/kamailio/diametercfg.xml
            """)

    @Argument(help: "Instance files.")
    var files: [String] = []

    @Option(help: ArgumentHelp("Kamailio's CDP configuration to turn into YAML.", valueName: "file"))
    var importCdp: String?

    @Flag(help: "Print the verdict as JSON.")
    var json = false

    func validate() throws {
        if files.isEmpty && importCdp == nil { throw ValidationError("give instance files, e.g. instances/*.yaml") }
    }

    func run() throws {
        try ending {
            if let importCdp { try Terminal.answer(try CDPFile.yaml(importCdp)) }
            guard !files.isEmpty else { return }
            let read = InstanceFiles(files)
            json ? try Terminal.answer(JSONWriter.pretty(report(read))) : try tell(read)
            if !read.faults.isEmpty { throw ExitCode(Failure.Status.usage.rawValue) }
        }
    }

    private func tell(_ read: InstanceFiles) throws(Failure) {
        for plan in read.plans {
            let sockets = plan.listens.filter { $0.address.port != 0 }.map(\.description)
            try Terminal.answer("\(plan.file): \(plan.role.title) \(plan.name) on \(sockets.joined(separator: ", "))")
        }
        for fault in read.faults { Terminal.complain(fault) }
    }

    private func report(_ read: InstanceFiles) -> Report {
        .object([
            (
                "instances",
                .list(
                    read.plans.map { plan in
                        .object([
                            ("file", .text(plan.file)), ("role", .text(plan.role.rawValue)), ("name", .text(plan.name)),
                        ])
                    })
            ),
            ("faults", .list(read.faults.map(Report.text))),
        ])
    }
}
