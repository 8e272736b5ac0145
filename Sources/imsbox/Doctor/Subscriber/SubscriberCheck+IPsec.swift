import PCSCF
import RoleKit

/// The security agreement, TS 33.203 §7 and RFC 3329.
extension SubscriberCheck {
    static var ipsec: [Sentence] {
        [
            Sentence("no offer, IPsec required") { facts in
                guard let last = facts.refusal, last.offers.isEmpty, [421, 494].contains(last.answer?.status) else {
                    return nil
                }
                return .wrong(
                    "the phone offers no IPsec, and `security: required` turns it away (\(words(last)))",
                    cure: "write `security: preferred` into pcscf.yaml, or switch IPsec on in the phone's configuration"
                )
            },
            Sentence("nothing in common") { facts in
                guard let last = facts.refusal, last.answer?.status == 494, !last.isProtected else { return nil }
                return .wrong(
                    "the phone offers \(last.offeredAlgorithms), of which the P-CSCF takes nothing",
                    cure:
                        "add one of them to `ipsec: algorithms` in pcscf.yaml; aes-gmac and des-ede3-cbc are there, too"
                )
            },
            Sentence("agreement broken") { facts in
                guard let last = facts.refusal,
                    facts.decisions.contains(where: { $0.hasPrefix("4") && $0.contains(": REGISTER: ") })
                else { return nil }
                return .wrong(
                    "what the phone says in Security-Client or Security-Verify cannot be read, or is not what was agreed "
                        + "(\(words(last)))",
                    cure: "something between phone and P-CSCF changes SIP (an ALG?), or the phone is at fault: "
                        + "imsbox trace \(facts.asked) --full shows both headers")
            },
            Sentence("offer not taken") { facts in
                guard let last = facts.unanswered, last.answer?.offersIPsec == false, !last.offers.isEmpty,
                    last.proof != .empty
                else { return nil }
                if !facts.suites.isEmpty, !last.offers(oneOf: facts.suites) {
                    return .wrong(
                        "the phone offers \(last.offeredAlgorithms), none of which is in `ipsec: algorithms`, so it was "
                            + "challenged without IPsec and went silent",
                        cure: "add one of them to `ipsec: algorithms` in pcscf.yaml")
                }
                return .wrong(
                    "the phone offers IPsec, the P-CSCF has none where it came in, \(last.place.host), and the phone went "
                        + "silent",
                    cure: "imsbox doctor says why there is none: no ESP in the kernel, no CAP_NET_ADMIN, loopback, or "
                        + "`security: off`")
            },
            Sentence("ESP is thrown away") { facts in
                guard facts.unanswered?.answer?.offersIPsec == true, let set = facts.waitingSet,
                    let rejected = set["rejected"]?.number, rejected > 0
                else { return nil }
                return .wrong(
                    "the phone's ESP arrives, and the kernel has thrown \(rejected) packets away: their integrity check "
                        + "fails (\(set["algorithms"]?.text ?? ""))",
                    cure: "phone and P-CSCF have different keys or algorithms: take the algorithm that works with this "
                        + "phone to the front of `ipsec: algorithms`")
            },
            Sentence("no ESP comes") { facts in
                guard let last = facts.unanswered, last.answer?.offersIPsec == true, last.proof != .empty else {
                    return nil
                }
                let packets = facts.waitingSet?["received"]?.number ?? 0
                return .wrong(
                    packets == 0
                        ? "the phone was challenged with IPsec \(facts.ago(last.answer?.time ?? last.time)), and no ESP "
                            + "packet of it has come"
                        : "the phone was challenged with IPsec; \(packets) ESP packets have come and no REGISTER in them",
                    cure:
                        "ESP is IP protocol 50: let it and the protected ports through every firewall on the way, and "
                        + "no NAT. A phone that does not get the 401, or whose SIM refuses it without a word, looks the "
                        + "same: tcpdump -ni any 'esp or port 5060'")
            },
        ]
    }

    /// `403 Forbidden`.
    static func words(_ attempt: RegisterAttempt) -> String {
        attempt.answer.map { "\($0.status) \($0.reason)" } ?? "no answer"
    }
}
