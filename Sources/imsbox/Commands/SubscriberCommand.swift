import ArgumentParser
import HSS
import RoleKit
import Store

/// `imsbox subscriber`: provisioning of the HSS's database, also while the HSS runs.
struct SubscriberCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscriber",
        abstract: "Add, show, list, remove, import and export subscribers.",
        discussion: """
            Works on the HSS's database file; an HSS that runs takes changes over within a second.

            Examples:
              imsbox subscriber add --imsi 001010000000042 --msisdn 15550000042 --k 465b…a8bc --opc cd63…baf
              imsbox subscriber show 001010000000042
              imsbox subscriber import sims.csv
            """,
        subcommands: [
            SubscriberAdd.self, SubscriberShow.self, SubscriberList.self, SubscriberRemove.self,
            SubscriberImport.self, SubscriberExport.self,
        ])
}

/// Which database a subscriber command works on.
struct StoreOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Database file. Default: hss.sqlite in the state directory.", valueName: "path"))
    var store: String?

    @Option(help: "State directory of the HSS. Default: /var/lib/imsbox when installed, else .imsbox.")
    var stateDir: String?

    /// Opens the database; a missing one is made.
    func open() throws(Failure) -> HSSDatabase {
        let path = store ?? StateDirectory(option: stateDir).file("hss.sqlite")
        do { return try HSSDatabase(path: path) } catch { throw Failure(.failed, error.detail) }
    }
}

/// Runs a command's body against the database; its errors become the command's failure.
func withDatabase(_ options: StoreOptions, _ body: (HSSDatabase) throws -> Void) throws {
    try ending {
        let database = try options.open()
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
