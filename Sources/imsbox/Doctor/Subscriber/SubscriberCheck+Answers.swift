import Diameter
import RoleKit
import SIP
import Tap

/// Why the core itself said no, and what has become of the registration.
extension SubscriberCheck {
    /// Results of Cx (TS 29.228 §6.1, §6.3) and what else ends a REGISTER inside the core.
    static var answers: [Sentence] {
        [
            Sentence("unknown to the HSS") { facts in
                guard facts.refusal != nil, facts.results.contains(.experimental(.userUnknown)) else { return nil }
                return .wrong(
                    "the HSS does not know \(facts.chain.last?.user ?? facts.asked) (DIAMETER_ERROR_USER_UNKNOWN)",
                    cure:
                        "imsbox subscriber add; where it is there, its identities are of another home network than the "
                        + "phone's")
            },
            Sentence("identities of two subscribers") { facts in
                guard facts.refusal != nil, facts.results.contains(.experimental(.identitiesDontMatch)) else {
                    return nil
                }
                return .wrong(
                    "the public identity \(facts.chain.last?.user ?? "") is not of the subscription the phone "
                        + "authenticates as (DIAMETER_ERROR_IDENTITIES_DONT_MATCH)",
                    cure: "give both one SIM: an ISIM with identities of its own needs them provisioned "
                        + "(imsbox subscriber add --impi … --impu …), or take the ISIM application off")
            },
            Sentence("roaming not allowed") { facts in
                guard facts.refusal != nil, facts.results.contains(.experimental(.roamingNotAllowed)) else {
                    return nil
                }
                return .wrong(
                    "the HSS does not let it register from this visited network (DIAMETER_ERROR_ROAMING_NOT_ALLOWED)",
                    cure: "add the P-CSCF's `visited-network` to `visited-networks:` of hss.yaml")
            },
            Sentence("barred at the HSS") { facts in
                guard facts.refusal != nil, facts.results.contains(.base(.authorizationRejected)) else { return nil }
                return .wrong(
                    "the HSS refuses it, since every identity is barred (DIAMETER_AUTHORIZATION_REJECTED)",
                    cure: "give it a number: imsbox subscriber add … --msisdn … --replace")
            },
            Sentence("HSS away") { facts in
                guard facts.refusal != nil,
                    facts.decisions.contains(where: { $0.contains("HSS did not answer") || $0.hasPrefix("504: ") })
                else { return nil }
                return .wrong(
                    "the HSS did not answer, so the phone was told to try later (\(words(facts)))",
                    cure: "imsbox peers shows which connection is not open, and why")
            },
            Sentence("S-CSCF away") { facts in
                guard facts.refusal != nil, facts.decided("no S-CSCF") else { return nil }
                return .wrong(
                    "the I-CSCF found no S-CSCF that answers (\(words(facts)))",
                    cure: "see that it runs, and that `scscf:` and `hosts:` of icscf.yaml name its address")
            },
            Sentence("P-CSCF is a stranger") { facts in
                guard facts.refusal != nil, facts.decided("of a stranger") else { return nil }
                return .wrong(
                    "the core does not know the P-CSCF the REGISTER came by (\(words(facts)))",
                    cure: "add its address to `hosts:` of icscf.yaml")
            },
            Sentence("refused") { facts in
                guard let last = facts.refusal, !isExplained(facts, last) else { return nil }
                let why = facts.decisions.last { $0.contains("refused") || $0.first?.isNumber == true }
                return .wrong(
                    "its last REGISTER was refused: \(words(last))" + (why.map { " – \($0)" } ?? ""),
                    cure: "imsbox trace \(facts.asked) shows where it was")
            },
        ]
    }

    private static func words(_ facts: SubscriberFacts) -> String { facts.chain.last.map(words) ?? "" }

    /// Another check has said why.
    private static func isExplained(_ facts: SubscriberFacts, _ last: RegisterAttempt) -> Bool {
        (network + ipsec + sim).contains { $0.say(facts)?.verdict == .wrong }
    }

    static var registration: [Sentence] {
        [
            Sentence("lost at the S-CSCF") { facts in
                guard facts.registration != nil, facts.isLostAtSCSCF else { return nil }
                return .wrong(
                    "the P-CSCF has it registered for another \(left(facts)), and its S-CSCF knows nothing of it, as "
                        + "after a restart: nobody can call it",
                    cure: "have the phone register again: flight mode on and off")
            },
            Sentence("application server away") { facts in
                guard facts.registration != nil, let server = failedServer(facts) else { return nil }
                return .warning(
                    "registered for another \(left(facts)), and an application server has not taken note: \(server)",
                    cure:
                        "see that it runs, that `hosts:` of scscf.yaml has its address, and that `services:` of hss.yaml "
                        + "names it right")
            },
            Sentence("SUBSCRIBE refused") { facts in
                guard facts.registration != nil, let answer = subscription(facts), answer.status >= 300 else {
                    return nil
                }
                return .warning(
                    "registered for another \(left(facts)), but its SUBSCRIBE to reg was refused: \(answer.status) "
                        + answer.reason,
                    cure: "imsbox trace \(facts.asked) shows by whom; many phones register anew then, again and again")
            },
            Sentence("no SUBSCRIBE") { facts in
                guard facts.registration != nil, let last = facts.attempts.last, last.isGranted,
                    last.role == .pcscf, facts.seconds(since: last.time) >= subscribingSeconds,
                    !facts.rows.contains(where: isSubscribe)
                else { return nil }
                return .warning(
                    "registered for another \(left(facts)), and the phone has not subscribed to its registration (reg "
                        + "event), as phones do at once (TS 24.229 §5.1.1.3)",
                    cure:
                        "a software client need not; with a phone look whether its SUBSCRIBE comes, and by which port: "
                        + "imsbox trace \(facts.asked)")
            },
            Sentence("registered") { facts in
                guard let registration = facts.registration else { return nil }
                let place = registration["source"]?.text.map { " from \($0)" } ?? ""
                let security = registration["security"]?.text.map { ", \($0)" } ?? ""
                return .ok("registered for another \(left(facts))\(place)\(security)")
            },
            Sentence("de-registered by the phone") { facts in
                guard let turn = facts.lastTurn, turn.summary == "de-registered" else { return nil }
                return .warning(
                    "the phone has de-registered itself \(facts.ago(turn.unixNanoseconds))",
                    cure: "nothing is wrong here: it was switched off, put into flight mode, or had IMS switched off")
            },
            Sentence("ended for an application server") { facts in
                guard let turn = facts.lastTurn, isEndedByNetwork(turn), let server = failedServer(facts) else {
                    return nil
                }
                return .wrong(
                    "the network has ended the registration, since an application server did not take it: \(server)",
                    cure: "see that it runs; `default-handling: continue` in `services:` of hss.yaml has phones stay "
                        + "registered without it")
            },
            Sentence("ended by the network") { facts in
                guard let turn = facts.lastTurn, isEndedByNetwork(turn) else { return nil }
                return .warning(
                    "\(turn.summary), \(facts.ago(turn.unixNanoseconds))",
                    cure: "the S-CSCF or HSS did that: imsbox trace \(facts.asked) shows what came before")
            },
            Sentence("expired") { facts in
                guard let turn = facts.lastTurn, turn.summary == "registration expired" else { return nil }
                return .warning(
                    "its registration expired \(facts.ago(turn.unixNanoseconds)): the phone did not renew it in time",
                    cure: "it lost coverage or power, or has left the IMS APN; the MME's log says which")
            },
        ]
    }

    private static func isEndedByNetwork(_ turn: TraceRow) -> Bool {
        turn.summary.hasPrefix("registration ended") || turn.summary == "de-registered by the network"
    }

    /// What the S-CSCF said of a third-party REGISTER (TS 24.229 §5.4.1.7) for this registration.
    private static func failedServer(_ facts: SubscriberFacts) -> String? {
        let words = "third-party REGISTER failed: "
        return facts.decisions.last { $0.hasPrefix(words) }.map { String($0.dropFirst(words.count).prefix(200)) }
    }

    /// A phone subscribes right after its 200.
    private static let subscribingSeconds = 10.0

    /// What its last SUBSCRIBE to reg (RFC 3680) was answered; nil where none came or none has an answer yet.
    private static func subscription(_ facts: SubscriberFacts) -> (status: Int, reason: String)? {
        let subscribes = facts.rows.filter(isSubscribe)
        guard let last = subscribes.last else { return nil }
        for row in facts.rows where row.kind == .sip && row.role == .pcscf && !row.received && row.call == last.call {
            guard let message = try? SIPMessage(row.bytes), message.isFinal, message.method == .subscribe,
                row.remote.with(port: 0) == last.remote.with(port: 0), row.unixNanoseconds >= last.unixNanoseconds
            else { continue }
            return (message.status, message.reason)
        }
        return nil
    }

    private static func isSubscribe(_ row: TraceRow) -> Bool {
        guard row.kind == .sip, row.role == .pcscf, row.received, row.summary == "SUBSCRIBE",
            let message = try? SIPMessage(row.bytes)
        else { return false }
        return (try? message.token(.event))??.token.lowercased() == "reg"
    }

    private static func left(_ facts: SubscriberFacts) -> String {
        "\(facts.registration?["expires"]?.number ?? 0) s"
    }
}
