import ArgumentParser
import Console
import LabUE
import RoleKit

/// `imsbox ue register`.
struct UERegister: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register",
        abstract: "Register one UE, by IMS AKA or by password.",
        discussion: """
            The registration is left in place, as by a phone whose battery is taken out, unless --deregister or --stay \
            says otherwise. With --stay the UE re-registers in time, answers calls and shows messages until Ctrl-C.

            Examples:
              imsbox ue register --ue 1
              imsbox ue register --ue 2 --stay
              imsbox ue register --imsi 001010000000042 --k 465b5ce8b199b49faa5f0a2ee238a6bc \\
                --opc cd63cb71954a9f4e48a5994e37a02baf --pcscf 10.45.0.1:5060 --transport tcp
              imsbox ue register --user alice --password secret --domain ims.example
            """)

    @OptionGroup var who: UEIdentityOptions
    @OptionGroup var network: UENetworkOptions

    @Flag(help: "Stay until Ctrl-C, then de-register.") var stay = false
    @Flag(help: "De-register at once.") var deregister = false
    @Flag(help: "With --stay: refuse calls as busy.") var busy = false

    func run() throws {
        try ending {
            let identity = try who.identity(domain: network.domain)
            let json = network.json
            let runner = try UERunner(try network.config(), [identity], pcap: network.pcap) { [stay] event in
                if stay, !json { UEText.show(event) }
            }
            let leave: @Sendable (isolated Fleet) async -> Void = { fleet in _ = await fleet.deregister(0) }
            try runner.run(onSignal: stay ? leave : nil) { fleet throws(Failure) in
                let granted = try await UEText.register(fleet, 0, identity, json: json)
                fleet.setHabit(busy ? .refuse(status: 486) : .answer(afterMilliseconds: 1_000), of: 0)
                if stay {
                    if !json { Terminal.say("waiting for calls and messages; Ctrl-C de-registers") }
                    while true { await fleet.pause(milliseconds: 3_600_000) }
                }
                if deregister {
                    if let fault = await fleet.deregister(0) { throw Failure(.failed, fault.description) }
                    if !json { Terminal.say("de-registered") }
                }
                if json { Terminal.say(JSONWriter.pretty(UEText.report(identity, granted))) }
            }
        }
    }
}

/// What the UE commands print.
enum UEText {
    /// Registers and says what was granted; a refusal becomes the command's failure.
    static func register(
        _ fleet: isolated Fleet, _ index: Int, _ identity: UEIdentity, json: Bool
    ) async throws(Failure) -> RegistrationGrant {
        switch await fleet.register(index) {
        case .failure(let fault): throw Failure(.failed, "\(identity.impi): \(fault)")
        case .success(let grant):
            if !json {
                Terminal.say("registered \(identity.impu) for \(grant.seconds) s")
                for uri in grant.associatedURIs { Terminal.say("  identity       \(Printable.text(uri))") }
                for route in grant.serviceRoute { Terminal.say("  service route  \(Printable.text(route))") }
            }
            return grant
        }
    }

    static func report(_ identity: UEIdentity, _ grant: RegistrationGrant) -> Report {
        .object([
            ("impi", .text(identity.impi)), ("impu", .text(identity.impu)), ("registered", .flag(true)),
            ("expires", .number(grant.seconds)), ("identities", .list(grant.associatedURIs.map(Report.text))),
            ("serviceRoute", .list(grant.serviceRoute.map(Report.text))),
        ])
    }

    /// What happens to a UE that stays.
    static func show(_ event: FleetEvent) {
        switch event {
        case .registered: Terminal.say("the core granted the registration")
        case .deregistered: Terminal.say("de-registered")
        case .registrationFailed(phone: _, let fault, retryMilliseconds: let retry):
            if let retry { Terminal.complain("\(fault); again in \(retry / 1_000) s") }
        case .incomingCall(_, phone: _, let from): Terminal.say("call from \(Printable.text(from))")
        case .established: Terminal.say("call answered")
        case .ended(_, phone: _, let end, stood: _): Terminal.say("call over: \(end.words)")
        case .message(phone: _, let from, let text):
            Terminal.say("message from \(Printable.text(from)): \(Printable.text(text))")
        case .progressing, .messageAnswered: break
        }
    }
}
