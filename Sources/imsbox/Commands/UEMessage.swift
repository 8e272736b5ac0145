import ArgumentParser
import Console
import LabUE
import RoleKit
import SIP
import SMS

/// `imsbox ue message`.
struct UEMessage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "message",
        abstract: "Send a text from one UE; the receiving one runs here too if it is a lab subscriber.",
        discussion: """
            A page-mode message (RFC 3428), text/plain, as soft clients send it; with --sms a short message through \
            the IP-SM-GW (TS 24.341), as phones do: it waits there for a receiver who is away. Both UEs register first \
            and de-register at the end.

            Examples:
              imsbox ue message --from 1 --to 2 --text hello
              imsbox ue message --from 1 --to tel:+15550000007 --text "are you there?"
              imsbox ue message --sms --from 1 --to 2 --text hello
              imsbox ue message --sms --report --from 1 --to +15550000007 --text "call me"
            """)

    @OptionGroup var who: UEIdentityOptions
    @Option(help: ArgumentHelp("Who it is for.", valueName: "number|uri")) var to: String
    @Option(help: "The text.") var text: String
    @Flag(help: "As a short message (SMS over IP).") var sms = false
    @Flag(help: "With --sms: ask for a status report, and wait for it.") var report = false
    @Option(help: ArgumentHelp("With --sms: how long to wait for what shall come here.", valueName: "seconds"))
    var patience = 30
    @Option(help: ArgumentHelp("With --sms: the service centre's number.", valueName: "number"))
    var serviceCentre = "+15559999999"
    @OptionGroup var network: UENetworkOptions

    func validate() throws {
        guard (1...FleetLimits.messageBytes).contains(text.utf8.count) else {
            throw ValidationError("--text takes 1 to \(FleetLimits.messageBytes) bytes")
        }
        guard (1...3_600).contains(patience) else { throw ValidationError("--patience takes 1 to 3600 seconds") }
        guard serviceCentre.hasPrefix("+"), RPAddress(serviceCentre) != nil else {
            throw ValidationError("--service-centre takes a number with country code, e.g. +15559999999")
        }
        if report, !sms { throw ValidationError("--report goes with --sms") }
    }

    func run() throws {
        try ending {
            let pair = try UEPair(who, to: to, domain: network.domain)
            var config = try network.config()
            config.serviceCentre = serviceCentre
            let json = network.json
            let runner = try UERunner(config, pair.identities, pcap: network.pcap) { event in
                switch event {
                case .message, .shortMessage, .statusReport: if !json { UEText.show(event) }
                default: break
                }
            }
            try runner.run { fleet throws(Failure) in
                let target = try await pair.register(fleet, json: json)
                if sms {
                    try await sendShortMessage(fleet, pair, to: target)
                } else {
                    try await sendText(fleet, pair, to: target)
                }
            }
        }
    }

    private func sendText(_ fleet: isolated Fleet, _ pair: UEPair, to target: String) async throws(Failure) {
        let (status, reason) = await fleet.message(0, to: target, text: text)
        await pair.deregister(fleet)
        if network.json {
            let report = Report.object([("to", .text(target)), ("status", .number(status))])
            Terminal.say(JSONWriter.pretty(report))
        }
        guard (200..<300).contains(status) else {
            throw Failure(.failed, UEFault.refused("message", status, reason).description)
        }
        if !network.json { Terminal.say("sent to \(Printable.text(target)): \(status) \(Printable.text(reason))") }
    }

    // MARK: Short messages

    private func sendShortMessage(_ fleet: isolated Fleet, _ pair: UEPair, to target: String) async throws(Failure) {
        let number = Self.number(in: target)
        let outcome = await fleet.shortMessage(0, to: number, text: text, wantsReport: report)
        if outcome == .accepted, !network.json {
            Terminal.say("RP-ACK: the service centre has the message for \(Printable.text(number))")
        }
        // What comes to UEs that run here is waited for.
        var missing: String?
        if outcome == .accepted {
            if pair.identities.count > 1, await !came(fleet, { $0.messageCounts(of: 1).received > 0 }) {
                missing = "the message has not come to the called UE in \(patience) s"
            } else if report, await !came(fleet, { $0.messageCounts(of: 0).reports > 0 }) {
                missing = "no status report has come in \(patience) s"
            }
        }
        await pair.deregister(fleet)
        if network.json {
            let result = Report.object([
                ("to", .text(number)), ("accepted", .flag(outcome == .accepted)),
                ("arrived", .flag(outcome == .accepted && missing == nil && pair.identities.count > 1)),
            ])
            Terminal.say(JSONWriter.pretty(result))
        }
        if let fault = Self.fault(outcome) { throw Failure(.failed, fault) }
        if let missing { throw Failure(.failed, "\(missing) – `imsbox status` shows what the IP-SM-GW keeps") }
    }

    private func came(_ fleet: isolated Fleet, _ test: (isolated Fleet) -> Bool) async -> Bool {
        for _ in 0..<(patience * 10) {
            if test(fleet) { return true }
            await fleet.pause(milliseconds: 100)
        }
        return test(fleet)
    }

    /// What a short message is addressed to: the number of a URI, or what was dialled.
    static func number(in uri: String) -> String {
        guard let colon = uri.firstIndex(of: ":") else { return uri }
        return String(uri[colon...].dropFirst().prefix { $0 != "@" && $0 != ";" })
    }

    private static let gatewayCure =
        " – is there an IP-SM-GW (`imsbox status`), do `services:` of the HSS lead to it, and `hosts:` of the S-CSCF?"

    private static func fault(_ outcome: ShortMessageOutcome) -> String? {
        switch outcome {
        case .accepted: nil
        case .refused(let cause): "the service centre refused the message: RP-ERROR, \(cause)"
        case .unreported: "no report of the service centre has come\(gatewayCure)"
        case .notSent(404, let reason):
            "nobody took the message: 404 \(reason)\(gatewayCure)"
        case .notSent(let status, let reason): UEFault.refused("message", status, reason).description
        }
    }
}
