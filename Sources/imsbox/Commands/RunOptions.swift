import ArgumentParser

/// Options of the commands that run instances.
struct RunOptions: ParsableArguments {
    @Option(help: "Where databases and control sockets live. Default: /var/lib/imsbox when installed, else .imsbox.")
    var stateDir: String?

    @Option(help: "debug, info, notice, warning or error; wins over the `log:` key of the files.")
    var logLevel: LogLevelName?

    @Option(help: ArgumentHelp("Write every message, without its secrets, into a pcap file.", valueName: "file"))
    var pcap: String?

    @Option(help: ArgumentHelp("Messages each instance keeps for `imsbox trace`; 0 keeps none.", valueName: "count"))
    var trace: Int = 4096

    @Flag(help: "Allow core dumps and backtraces, which may hold subscribers' keys.")
    var coreDumps = false

    func validate() throws {
        guard (0...1_000_000).contains(trace) else { throw ValidationError("--trace takes 0 to 1000000") }
    }
}
