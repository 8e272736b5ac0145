import ArgumentParser
import Glibc
import Store

/// `imsbox subscriber import`.
struct SubscriberImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Import a CSV file; existing subscribers are brought to what it says.",
        discussion: """
            The first line names the columns, in any order: imsi,msisdn,k,opc,amf,sqn,algorithm (op instead of opc; \
            hexadecimal keys). The whole file is judged before anything is stored; a bad line is named by its number.

            Example:
              imsbox subscriber import sims.csv
            """)

    @Argument(help: "The CSV file.") var file: String
    @OptionGroup var store: StoreOptions

    func run() throws {
        try withDatabase(store, making: true) { database in
            var meter = ProgressMeter()
            defer { meter.end() }
            let count: Int
            do {
                count = try database.importCSV(path: file) { progress in
                    meter.show(progress, doing: progress.isChecking ? "checked" : "imported")
                } doubt: {
                    meter.end()
                    Terminal.complain("\(file): \($0)")
                }
            } catch let error as ProvisioningError {
                guard let line = error.line else { throw error }
                meter.end()
                throw Failure(.usage, "\(file):\(line): \(error.problem) – \(error.cure)")
            }
            meter.end()
            Terminal.say("imported \(count) subscribers into \(database.path)")
        }
    }
}

/// `imsbox subscriber export`.
struct SubscriberExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Export every subscriber, keys included, to a CSV file only its owner may read.",
        discussion: """
            Example:
              imsbox subscriber export sims.csv
            """)

    @Argument(help: "The CSV file to write.") var file: String
    @OptionGroup var store: StoreOptions

    func run() throws {
        try withDatabase(store) { database in
            var meter = ProgressMeter()
            defer { meter.end() }
            let count = try database.exportCSV(path: file) { meter.show($0, doing: "exported") }
            meter.end()
            Terminal.say("exported \(count) subscribers to \(file)")
        }
    }
}

/// Shows how far a long command has come: one changing line on a terminal, a line every tenth elsewhere.
struct ProgressMeter {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var shown = ""
    private var isOpen = false

    mutating func show(_ progress: TransferProgress, doing: String) {
        let percent = Int(progress.fraction * 100)
        let step = isTerminal ? percent : percent / 10 * 10
        let text = "\(doing) \(step) %"
        guard text != shown else { return }
        shown = text
        if isTerminal {
            isOpen = true
            Terminal.write("\r\(doing) \(progress.subscribers) subscribers, \(percent) %   ", to: STDERR_FILENO)
        } else {
            Terminal.complain("\(doing) \(progress.subscribers) subscribers, \(percent) %")
        }
    }

    /// Leaves the line; harmless when called again.
    mutating func end() {
        if isOpen { Terminal.write("\n", to: STDERR_FILENO) }
        isOpen = false
    }
}
