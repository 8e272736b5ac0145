import ArgumentParser
import Glibc
import HSS
import RoleKit
import Store

/// `imsbox subscriber`: provisioning of the HSS's database, also while the HSS runs.
struct SubscriberCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscriber",
        abstract: "Add, show, list, remove, import, export, push and detach subscribers.",
        discussion: """
            Works on the HSS's database file; an HSS that runs takes changes over within a second.

            Examples:
              imsbox subscriber add --imsi 001010000012345 --msisdn 15550012345 \\
                --k 465b5ce8b199b49faa5f0a2ee238a6bc --opc cd63cb71954a9f4e48a5994e37a02baf
              imsbox subscriber show 001010000012345
              imsbox subscriber import sims.csv
              imsbox subscriber detach 001010000012345 --reattach
            """,
        subcommands: [
            SubscriberAdd.self, SubscriberShow.self, SubscriberList.self, SubscriberRemove.self,
            SubscriberImport.self, SubscriberExport.self, SubscriberPush.self, SubscriberDetach.self,
        ])
}

/// Which database a subscriber command works on.
struct StoreOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Database file. Default: hss.sqlite in the state directory.", valueName: "path"))
    var store: String?

    @Option(help: "State directory of the HSS. Default: /var/lib/imsbox when installed, else .imsbox.")
    var stateDir: String?

    /// Opens the database these options name.
    func open(making: Bool) throws(Failure) -> HSSDatabase {
        try Self.open(store ?? StateDirectory(option: stateDir).file("hss.sqlite"), making: making)
    }

    /// A missing database is made only by commands that put something into it, and they say so: it may be the wrong
    /// directory.
    static func open(_ path: String, making: Bool) throws(Failure) -> HSSDatabase {
        let isMissing = access(path, F_OK) != 0 && errno == ENOENT
        if isMissing && !making {
            throw Failure(
                .failed, "no database \(path) – run this where the core runs, or name it with --state-dir or --store")
        }
        do {
            let database = try HSSDatabase(path: path)
            if isMissing { Terminal.complain("made \(path), which was not there") }
            return database
        } catch { throw Failure(.failed, error.detail) }
    }
}

/// Runs a command's body against the database; its errors become the command's failure.
func withDatabase(_ options: StoreOptions, making: Bool = false, _ body: (HSSDatabase) throws -> Void) throws {
    try ending {
        let database = try options.open(making: making)
        do {
            try body(database)
            try database.close()
        } catch let error as ProvisioningError {
            throw Failure(error.code == .invalid || error.code == .allBarred ? .usage : .failed, error.description)
        } catch let error as StoreError {
            throw Failure(.failed, error.detail)
        }
    }
}
