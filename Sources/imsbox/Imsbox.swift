import ArgumentParser

/// The command line; its subcommands are in `Commands`.
@main
struct Imsbox: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "imsbox",
        abstract: "An IMS core in one binary: P-CSCF, I-CSCF, S-CSCF and HSS.",
        discussion: """
            To bring the whole core up with its lab subscribers:

              imsbox up

            and in another terminal, to see what happens:

              imsbox status
              imsbox trace 001010000000001

            Exit status: 0 done, 1 it did not work (the message says what to do), 64 a mistake in the command line or \
            in an instance file.
            """,
        version: "0.1.0",
        subcommands: [
            UpCommand.self, RunCommand.self, CheckCommand.self, SubscriberCommand.self, StatusCommand.self,
            RegistrationsCommand.self, PeersCommand.self, CallsCommand.self, SASCommand.self,
            TraceCommand.self, DoctorCommand.self, UECommand.self,
        ]
    )
}
