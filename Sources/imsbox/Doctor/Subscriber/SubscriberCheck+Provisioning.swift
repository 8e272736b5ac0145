import IMSCore
import RoleKit

/// What is wrong before the phone says a word: the subscriber in the HSS, and its network in EPS.
extension SubscriberCheck {
    static var provisioning: [Sentence] {
        [
            Sentence("no HSS here") { facts in
                guard facts.subscriber == nil else { return nil }
                return .warning(
                    "no HSS of ours answers here, so what is provisioned for \(facts.asked) is not known",
                    cure: "run it where the HSS is, with its --state-dir; `imsbox subscriber show \(facts.asked)` there"
                )
            },
            Sentence("another network") { facts in
                guard !facts.isProvisioned, let imsi = facts.imsi, let theirs = foreign(imsi, facts.home) else {
                    return nil
                }
                return .wrong(
                    "\(imsi) is no IMSI of the home network \(network(facts.home)), and not provisioned",
                    cure: rename(facts.home, theirs) + "; then add the subscriber")
            },
            Sentence("not provisioned, another is near") { facts in
                let nearest = facts.names("nearest")
                guard !facts.isProvisioned, !nearest.isEmpty else { return nil }
                return .wrong(
                    "\(facts.asked) is not provisioned; \(nearest.joined(separator: " and ")) "
                        + (nearest.count == 1 ? "is" : "are") + ", one slip away",
                    cure: "compare with the SIM, digit by digit: imsbox subscriber list")
            },
            Sentence("not provisioned") { facts in
                guard !facts.isProvisioned else { return nil }
                return .wrong(
                    "\(facts.asked) is not provisioned",
                    cure: "imsbox subscriber add --imsi \(facts.imsi ?? "…") --msisdn … --k … --opc …")
            },
            Sentence("provisioned, of another network") { facts in
                guard let imsi = facts.imsi, let theirs = foreign(imsi, facts.home), facts.registration == nil else {
                    return nil
                }
                return .warning(
                    "\(imsi) is provisioned, but is no IMSI of the home network \(network(facts.home)): its phone looks "
                        + "for \(theirs.joined(separator: " or "))",
                    cure: rename(facts.home, theirs))
            },
            Sentence("all identities barred") { facts in
                guard facts.names("impus").isEmpty else { return nil }
                return .wrong(
                    "every public identity of \(facts.asked) is barred, so it cannot register (TS 29.228 §6.1.1.1)",
                    cure: "give it a number: imsbox subscriber add … --msisdn … --replace")
            },
            Sentence("no number") { facts in
                guard facts.text("msisdn").isEmpty, !facts.names("impus").contains(where: { $0.hasPrefix("tel:") })
                else { return nil }
                return .warning(
                    "\(facts.asked) has no number (MSISDN): it registers, and nobody can dial it",
                    cure: "imsbox subscriber add … --msisdn … --replace, unless sip: identities are enough")
            },
            Sentence("provisioned") { facts in
                .ok("provisioned: \(facts.text("authentication")), \(facts.names("impus").joined(separator: ", "))")
            },
        ]
    }

    /// The domains a phone with this IMSI would look for, where none of them is the home network (TS 23.003 §13.2).
    private static func foreign(_ imsi: String, _ home: String) -> [String]? {
        guard PLMN(homeDomain: home) != nil else { return nil }
        let candidates = [2, 3].compactMap { PLMN(imsi: imsi, mncDigits: $0)?.homeDomain }
        return candidates.isEmpty || candidates.contains(home) ? nil : candidates
    }

    /// `ims.mnc001.mcc001.3gppnetwork.org (MCC 001, MNC 01 or 001)`.
    static func network(_ home: String) -> String {
        guard let plmn = PLMN(homeDomain: home) else { return home }
        let short = plmn.mnc.hasPrefix("0") ? "\(plmn.mnc.dropFirst()) or " : ""
        return "\(home) (MCC \(plmn.mcc), MNC \(short)\(plmn.mnc))"
    }

    private static func rename(_ home: String, _ theirs: [String]) -> String {
        func core(_ domain: String) -> String {
            domain.split(separator: ".").dropFirst().prefix(2).joined(separator: ".")
        }
        return "put the SIM's network in place of the home network, MNC with three digits, in all files: "
            + "sed -i 's/\(core(home))/\(core(theirs[0]))/g' instances/*.yaml"
    }
}
