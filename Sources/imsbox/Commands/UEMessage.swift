import ArgumentParser
import Console
import LabUE
import RoleKit
import SIP

/// `imsbox ue message`.
struct UEMessage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "message",
        abstract: "Send a text from one UE; the receiving one runs here too if it is a lab subscriber.",
        discussion: """
            A page-mode message (RFC 3428), text/plain. Both UEs register first and de-register at the end.

            Examples:
              imsbox ue message --from 1 --to 2 --text hello
              imsbox ue message --from 1 --to tel:+15550000007 --text "are you there?"
            """)

    @OptionGroup var who: UEIdentityOptions
    @Option(help: ArgumentHelp("Who it is for.", valueName: "number|uri")) var to: String
    @Option(help: "The text.") var text: String
    @OptionGroup var network: UENetworkOptions

    func validate() throws {
        guard (1...FleetLimits.messageBytes).contains(text.utf8.count) else {
            throw ValidationError("--text takes 1 to \(FleetLimits.messageBytes) bytes")
        }
    }

    func run() throws {
        try ending {
            let pair = try UEPair(who, to: to, domain: network.domain)
            let json = network.json
            let runner = try UERunner(try network.config(), pair.identities, pcap: network.pcap) { event in
                if case .message = event, !json { UEText.show(event) }
            }
            try runner.run { fleet throws(Failure) in
                let target = try await pair.register(fleet, json: json)
                let (status, reason) = await fleet.message(0, to: target, text: text)
                await pair.deregister(fleet)
                if json {
                    let report = Report.object([("to", .text(target)), ("status", .number(status))])
                    Terminal.say(JSONWriter.pretty(report))
                }
                guard (200..<300).contains(status) else {
                    throw Failure(.failed, UEFault.refused("message", status, reason).description)
                }
                if !json { Terminal.say("sent to \(Printable.text(target)): \(status) \(Printable.text(reason))") }
            }
        }
    }
}
