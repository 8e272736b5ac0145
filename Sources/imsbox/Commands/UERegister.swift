import ArgumentParser
import Console
import IPsec
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

            With IPsec the UE must be another host than the P-CSCF, or a network namespace:
              ip netns add ue1 && ip link add ue1 type veth peer eth0 netns ue1
              ip addr add 10.45.0.1/24 dev ue1 && ip link set ue1 up
              ip -n ue1 addr add 10.45.0.2/24 dev eth0 && ip -n ue1 link set eth0 up
              ip netns exec ue1 imsbox ue register --pcscf 10.45.0.1:5060 --ipsec required --again 2 --deregister
            """)

    @OptionGroup var who: UEIdentityOptions
    @OptionGroup var network: UENetworkOptions

    @Option(help: ArgumentHelp("Register so often again at once.", valueName: "times")) var again = 0
    @Flag(help: "Stay until Ctrl-C, then de-register.") var stay = false
    @Flag(help: "De-register at once.") var deregister = false
    @Flag(help: "With --stay: refuse calls as busy.") var busy = false

    func validate() throws {
        guard (0...1_000).contains(again) else { throw ValidationError("--again takes 0 to 1000 times") }
    }

    func run() throws {
        try ending {
            let identity = try who.identity(domain: network.domain)
            let json = network.json
            let runner = try UERunner(try network.config(), [identity], pcap: network.pcap) { [stay] event in
                if stay, !json { UEText.show(event) }
            }
            let leave: @Sendable (isolated Fleet) async -> Void = { fleet in _ = await fleet.deregister(0) }
            try runner.run(onSignal: stay ? leave : nil) { fleet throws(Failure) in
                var granted = try await UEText.register(fleet, 0, identity, json: json)
                for _ in 0..<again { granted = try await UEText.register(fleet, 0, identity, json: json) }
                let security = fleet.security(of: 0)
                fleet.setHabit(busy ? .refuse(status: 486) : .answer(afterMilliseconds: 1_000), of: 0)
                if stay {
                    if !json { Terminal.say("waiting for calls and messages; Ctrl-C de-registers") }
                    while true { await fleet.pause(milliseconds: 3_600_000) }
                }
                if deregister {
                    if let fault = await fleet.deregister(0) { throw Failure(.failed, fault.description) }
                    if !json { Terminal.say("de-registered") }
                }
                if json { Terminal.say(JSONWriter.pretty(UEText.report(identity, granted, security))) }
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
                if let security = fleet.security(of: index) { show(security) }
            }
            return grant
        }
    }

    private static func show(_ security: UESecurityReport) {
        Terminal.say("  IPsec          \(security.suite)")
        for (side, ends) in [("UE", security.ue), ("P-CSCF", security.pcscf)] {
            Terminal.say(
                "    \(side): client SPI \(ends.clientSPI) port \(ends.clientPort), "
                    + "server SPI \(ends.serverSPI) port \(ends.serverPort)")
        }
    }

    private static func report(_ security: UESecurityReport) -> Report {
        func report(_ ends: IPsecProposal.Endpoints) -> Report {
            .object([
                ("spi-c", .number(Int(ends.clientSPI))), ("spi-s", .number(Int(ends.serverSPI))),
                ("port-c", .number(Int(ends.clientPort))), ("port-s", .number(Int(ends.serverPort))),
            ])
        }
        return .object([
            ("alg", .text(security.suite.integrity.rawValue)), ("ealg", .text(security.suite.encryption.rawValue)),
            ("ue", report(security.ue)), ("pcscf", report(security.pcscf)),
        ])
    }

    static func report(
        _ identity: UEIdentity, _ grant: RegistrationGrant, _ security: UESecurityReport? = nil
    ) -> Report {
        let protection = security.map { [(key: "ipsec", value: report($0))] } ?? []
        return .object(
            [
                ("impi", .text(identity.impi)), ("impu", .text(identity.impu)), ("registered", .flag(true)),
                ("expires", .number(grant.seconds)), ("identities", .list(grant.associatedURIs.map(Report.text))),
                ("serviceRoute", .list(grant.serviceRoute.map(Report.text))),
            ] + protection)
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
        case .shortMessage(phone: _, let from, let text):
            Terminal.say("short message from \(Printable.text(from)): \(Printable.text(text))")
        case .statusReport(phone: _, let about, let isDelivered):
            Terminal.say(
                "status report: the message for \(Printable.text(about)) was "
                    + (isDelivered ? "delivered" : "not delivered"))
        case .progressing, .messageAnswered, .shortMessageAnswered: break
        }
    }
}
