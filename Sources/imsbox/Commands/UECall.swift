import AKA
import ArgumentParser
import Console
import LabUE
import RoleKit
import SIP

/// The caller's and the called UE of a command, registered: what `call` and `message` begin with.
struct UEPair {
    let identities: [UEIdentity]
    /// Nil where the called UE runs here too and is asked for by its default identity.
    let uri: String?

    /// - Parameter dialled: how the one who runs here is asked for instead.
    init(_ who: UEIdentityOptions, to: String, dialled: String? = nil, domain: String) throws {
        let caller = try who.identity(domain: domain)
        switch UEPeer(to, domain: domain) {
        case .uri(let text):
            identities = [caller]
            uri = text
        case .lab(let number):
            identities = [caller, try UEIdentityOptions.lab(number, domain: domain, AKAFunctions())]
            uri = dialled.map { UEPeer.uri(dialled: $0, domain: domain) }
        }
    }

    /// Registers those that run here; gives where the other one is to be reached.
    ///
    /// - Parameter again: how often each registers once more.
    func register(_ fleet: isolated Fleet, again: Int = 0, json: Bool) async throws(Failure) -> String {
        var target = uri ?? ""
        for (index, identity) in identities.enumerated() {
            for _ in 0..<again { _ = try await UEText.register(fleet, index, identity, json: json) }
            let granted = try await UEText.register(fleet, index, identity, json: json)
            if index == 1, uri == nil { target = granted.associatedURIs.first ?? identity.impu }
        }
        return target
    }

    func deregister(_ fleet: isolated Fleet) async {
        for index in identities.indices { _ = await fleet.deregister(index) }
    }
}

/// `imsbox ue call`.
struct UECall: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Call from one UE; the called one runs here too if it is a lab subscriber.",
        discussion: """
            --to takes the number of a lab subscriber, whose UE then runs here too, or for anybody else a SIP or tel \
            URI, or digits as dialled. All UEs register first and de-register at the end. The session is real, its \
            media are not: no RTP flows.

            Examples:
              imsbox ue call --from 1 --to 2
              imsbox ue call --from 1 --to tel:+15550000007 --hold 10
              imsbox ue call --from 1 --to 2 --busy
              imsbox ue call --from 1 --to 2 --dial 5550000002
              ip netns exec ue1 imsbox ue call --pcscf 10.45.0.1:5060 --ipsec required --again 2 --text hello --to 2
            """)

    @OptionGroup var who: UEIdentityOptions
    @Option(help: ArgumentHelp("Who is called.", valueName: "number|uri")) var to: String
    @Option(help: ArgumentHelp("What is dialled to reach that lab subscriber.", valueName: "digits|uri"))
    var dial: String?
    @Option(help: ArgumentHelp("How long the call is held.", valueName: "seconds")) var hold = 2
    @Option(help: ArgumentHelp("How long to wait for an answer.", valueName: "seconds")) var patience = 30
    @Flag(help: "Require reliable provisional responses (100rel, PRACK).") var reliable = false
    @Flag(help: "Calls with QoS preconditions, as phones do (IR.92): 183, PRACK, UPDATE, 180.") var preconditions =
        false
    @Flag(help: "The called UE refuses as busy.") var busy = false
    @Flag(help: "The called UE only rings, so that the call is cancelled.") var ring = false
    @Option(help: ArgumentHelp("Register so often again before the call.", valueName: "times")) var again = 0
    @Option(help: ArgumentHelp("Send this text after the call.", valueName: "text")) var text: String?
    @OptionGroup var network: UENetworkOptions

    func validate() throws {
        guard (0...1_000).contains(again) else { throw ValidationError("--again takes 0 to 1000 times") }
        if let text, !(1...FleetLimits.messageBytes).contains(text.utf8.count) {
            throw ValidationError("--text takes 1 to \(FleetLimits.messageBytes) bytes")
        }
        guard (0...86_400).contains(hold), (1...3_600).contains(patience) else {
            throw ValidationError("--hold takes 0 to 86400 seconds, --patience 1 to 3600")
        }
        if dial != nil, case .uri = UEPeer(to, domain: network.domain) {
            throw ValidationError("--dial goes with the number of a lab subscriber in --to, 1 for the first")
        }
    }

    func run() throws {
        try ending {
            let pair = try UEPair(who, to: to, dialled: dial, domain: network.domain)
            var config = try network.config()
            config.requires100rel = reliable
            config.hasPreconditions = preconditions
            let json = network.json
            let runner = try UERunner(config, pair.identities, pcap: network.pcap) { event in
                if !json { Self.show(event) }
            }
            try runner.run { fleet throws(Failure) in
                let target = try await pair.register(fleet, again: again, json: json)
                if pair.identities.count > 1 { fleet.setHabit(habit, of: 1) }
                if !json { Terminal.say("calling \(Printable.text(target))") }
                let plan = CallPlan(patienceMilliseconds: patience * 1_000, holdMilliseconds: hold * 1_000)
                let (stood, end) = await fleet.call(0, to: target, plan)
                let sent = await send(fleet, to: target)
                await pair.deregister(fleet)
                if json {
                    let message = sent.map { [(key: "message", value: Report.number($0.status))] } ?? []
                    let report = Report.object(
                        [("to", .text(target)), ("answered", .flag(stood)), ("end", .text(end.words))] + message)
                    Terminal.say(JSONWriter.pretty(report))
                }
                if !stood { throw Failure(.failed, end.fault) }
                guard let sent else { return }
                guard (200..<300).contains(sent.status) else {
                    throw Failure(.failed, UEFault.refused("message", sent.status, sent.reason).description)
                }
                if !json { Terminal.say("text sent: \(sent.status) \(Printable.text(sent.reason))") }
            }
        }
    }

    private func send(_ fleet: isolated Fleet, to target: String) async -> (status: Int, reason: String)? {
        guard let text else { return nil }
        return await fleet.message(0, to: target, text: text)
    }

    private var habit: AnsweringHabit {
        busy ? .refuse(status: 486) : ring ? .ring : .answer(afterMilliseconds: 500)
    }

    private static func show(_ event: FleetEvent) {
        switch event {
        case .progressing(_, let status): Terminal.say("\(status) \(SIPReason.phrase(status))")
        case .established(_, phone: 0): Terminal.say("answered")
        case .ended(_, phone: 0, let end, let stood): if stood { Terminal.say("call over: \(end.words)") }
        default: break
        }
    }
}

extension CallEnd {
    /// The end of a call as a sentence's rest.
    var words: String {
        switch self {
        case .hungUp: "hung up"
        case .hungUpByPeer: "the other side hung up"
        case .cancelled: "cancelled before it was answered"
        case .refused(let status): "refused, \(status) \(SIPReason.phrase(status))"
        case .rejected(let status): "rejected, \(status) \(SIPReason.phrase(status))"
        case .unconfirmed: "the other side did not confirm"
        }
    }

    /// Why there was no call, with what to do.
    var fault: String {
        switch self {
        case .refused(let status): UEFault.refused("call", status).description
        case .cancelled: "nobody answered the call – --patience waits longer"
        default: "no call: \(words)"
        }
    }
}
