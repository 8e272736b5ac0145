import Diameter
import RoleKit

/// What SIM and HSS think of each other, TS 33.102 §6.3 and TS 33.203 §6.1.
extension SubscriberCheck {
    static var sim: [Sentence] {
        [
            Sentence("AUTS is wrong") { facts in
                guard facts.decided("AUTS has a wrong MAC-S") else { return nil }
                return .wrong(
                    "the SIM asks to resynchronise, and the HSS cannot verify it (wrong MAC-S): K or OPc differ, or "
                        + "something made the AUTS up",
                    cure: "compare K and OPc with the SIM's data sheet, and put them in: " + replace(facts))
            },
            Sentence("resynchronises again and again") { facts in
                let count = facts.chain.count { $0.proof == .resynchronisation }
                guard count > 1, facts.chain.last?.isGranted != true else { return nil }
                return .wrong(
                    "the SIM has refused \(count) sequence numbers in a row: another HSS counts it up at the same time, or "
                        + "its counter is at its end",
                    cure:
                        "let one HSS make its vectors at a time (an EPC with an HSS of its own takes SQNs, too), switch "
                        + "the phone off and on; a SIM whose SQN is near ffffffffffff needs a new one")
            },
            Sentence("MAC failure") { facts in
                guard facts.chain.contains(where: { $0.proof == .empty }), facts.chain.last?.isGranted != true else {
                    return nil
                }
                return .wrong(
                    "the SIM does not believe the network (MAC failure): its K or OPc is another than the HSS's",
                    cure:
                        "compare both with the SIM's data sheet; OP is not OPc (`--op` takes the one, `--opc` the other)"
                        + ", and an algorithm other than milenage makes the same: " + replace(facts))
            },
            Sentence("wrong password") { facts in
                guard let last = refused(facts), !last.isAKA else { return nil }
                return .wrong(
                    "the password is wrong, or the client computes with another user name or realm",
                    cure:
                        "imsbox subscriber add --impi … --password … --realm \(facts.home) --replace, and the same there"
                )
            },
            Sentence("wrong response") { facts in
                guard refused(facts) != nil else { return nil }
                return .wrong(
                    "the SIM accepts the network's vector, and its answer (RES) is wrong",
                    cure:
                        "a SIM with another algorithm than the HSS has for it, or a client that ends RES at a zero octet "
                        + "(`avoid-zero-res: true` in hss.yaml)")
            },
            Sentence("challenge not answered") { facts in
                // With IPsec there is more to say.
                guard let last = facts.unanswered, last.offers.isEmpty else { return nil }
                return .wrong(
                    "the phone was challenged \(facts.ago(last.answer?.time ?? last.time)) and is silent since",
                    cure:
                        "either the 401 does not reach \(last.source.host) (route, NAT, firewall: tcpdump -ni any host "
                        + "\(last.source.host)), or the phone stops there for itself")
            },
            Sentence("being challenged") { facts in
                guard let last = facts.chain.last, last.answer == nil || last.answer?.status == 401,
                    facts.unanswered == nil, facts.seconds(since: last.lastTime) < SubscriberFacts.patience
                else { return nil }
                return .ok("it registers at this moment")
            },
            Sentence("resynchronised") { facts in
                guard facts.chain.last?.isGranted == true,
                    facts.chain.contains(where: { $0.proof == .resynchronisation })
                else { return nil }
                return .ok("the SIM's sequence number was ahead and has been taken over, as after use with another HSS")
            },
        ]
    }

    /// The last answer to a challenge was wrong.
    private static func refused(_ facts: SubscriberFacts) -> RegisterAttempt? {
        facts.decided("authentication failed: wrong response") ? facts.refusal : nil
    }

    static func replace(_ facts: SubscriberFacts) -> String {
        "imsbox subscriber add --imsi \(facts.imsi ?? "…") --msisdn … --k … --opc … --replace"
    }
}
