import Diameter
import RoleKit

/// What an EPC that asks this HSS makes of the subscriber: S6a, TS 29.272.
extension SubscriberCheck {
    /// It says whether the phone is on the network at all, where its MME asks this HSS.
    static var eps: [Sentence] {
        [
            Sentence("MME refused") { facts in
                guard facts.isDetached, let last = facts.mmeRequests.last, let result = last.result, !result.isSuccess
                else { return nil }
                return .wrong(
                    "the HSS has refused the \(last.name) of MME \(last.mme) \(facts.ago(last.time)): \(result)",
                    cure: cure(result, facts))
            },
            Sentence("attaching") { facts in
                guard let last = facts.unattached, facts.seconds(since: last.time) < SubscriberFacts.patience else {
                    return nil
                }
                return .ok("MME \(last.mme) asks for its vectors at this moment")
            },
            Sentence("vectors, and no attach") { facts in
                guard let last = facts.unattached else { return nil }
                return .wrong(
                    "an MME has asked for its vectors and has not attached it: the SIM refused them, or the MME did "
                        + "(\(last.mme), \(facts.ago(last.time)))",
                    cure:
                        "compare K and OPc with the SIM's data sheet (OP is not OPc: `--op` takes the one, `--opc` the "
                        + "other) and the algorithm: \(replace(facts)); the MME's log says whether the SIM answered "
                        + "(MAC failure: the keys) or what else it minds")
            },
            Sentence("purged") { facts in
                guard !facts.text("mme").isEmpty, facts.isDetached else { return nil }
                return .warning(
                    "its MME \(facts.text("mme")) has purged it: switched off, or long out of coverage",
                    cure: "switch the phone on, or flight mode off; the MME's log says whether it attaches")
            },
            Sentence("attached") { facts in
                guard !facts.text("mme").isEmpty else { return nil }
                return .ok("attached at MME \(facts.text("mme")) (realm \(facts.text("mme realm")))")
            },
            Sentence("MME connected and silent") { facts in
                guard facts.isProvisioned, facts.mmeRequests.isEmpty,
                    let mme = facts.mmes.first(where: { $0.realm.lowercased() != facts.home })
                else { return nil }
                return .warning(
                    "\(mme.host) is connected (realm \(mme.realm)), and has not asked for it",
                    cure: "has the phone attached? Open5GS asks in its own realm and finds no HSS in another: "
                        + "`Realm = \"\(facts.home)\"` in its freeDiameter/mme.conf")
            },
            Sentence("no MME now") { facts in
                guard facts.isProvisioned, let last = facts.mmeRequests.last else { return nil }
                return .warning(
                    "no MME serves it now; the last was \(last.mme), which asked \(facts.ago(last.time))",
                    cure: "have the phone attach again: flight mode on and off")
            },
            Sentence("no MME asked") { facts in
                guard facts.isProvisioned, facts.isOfAKA else { return nil }
                return .ok("no MME has asked this HSS for it, as where the EPC has an HSS of its own")
            },
        ]
    }

    /// What to do about results of S6a, TS 29.272 §7.4.
    private static func cure(_ result: DiameterResult, _ facts: SubscriberFacts) -> String {
        switch result {
        case .experimental(.userUnknown):
            facts.isProvisioned
                ? "it is provisioned by now: have the phone try again, flight mode on and off"
                : "imsbox subscriber add --imsi \(facts.imsi ?? "…") --msisdn … --k … --opc …"
        case .experimental(.unknownEPSSubscription):
            "it needs keys of a SIM, and an access point that `apns:` of hss.yaml has: " + replace(facts)
        case .experimental(.ratNotAllowed):
            "the HSS serves E-UTRAN alone: let the phone use LTE"
        case .experimental(.authenticationDataUnavailable):
            "where the SIM asks to resynchronise again and again, its K or OPc is another than the HSS's: "
                + replace(facts)
                + "; else the MME asks for vectors of UTRAN, which the HSS has not"
        default:
            "imsbox trace \(facts.asked) --full shows the request; the MME's log what it makes of the answer"
        }
    }

    // MARK: Access points

    /// IR.92 §4.3.1: a phone speaks SIP over an access point of that name, whose default bearer has QCI 5.
    static var accessPoints: [Sentence] {
        [
            Sentence("no ims access point") { facts in
                guard facts.isOfAKA, facts.registration == nil, let points = facts.accessPoints, ims(points) == nil
                else { return nil }
                let names = points.map(\.name).joined(separator: ", ")
                return .wrong(
                    "its subscription has no access point `ims`" + (names.isEmpty ? "" : ", only \(names)")
                        + ": where the MME asks this HSS, the phone gets no IMS",
                    cure:
                        "add `{ name: ims, qci: 5 }` to `apns:` of hss.yaml; where the subscriber has some of them alone: "
                        + replace(facts) + " --apn internet --apn ims")
            },
            Sentence("QCI of the ims access point") { facts in
                guard facts.isOfAKA, let points = facts.accessPoints, let ims = ims(points), ims.qci != signallingQCI
                else { return nil }
                return .warning(
                    "its access point `ims` has QCI \(ims.qci), not \(signallingQCI): phones and base stations may "
                        + "refuse VoLTE there (IR.92 §4.3.1)",
                    cure: "write `qci: \(signallingQCI)` at `ims` under `apns:` of hss.yaml, start the HSS anew, and "
                        + "imsbox subscriber push \(facts.imsi ?? "…")")
            },
        ]
    }

    private static let signallingQCI = 5

    private static func ims(_ points: [SubscriberFacts.AccessPoint]) -> SubscriberFacts.AccessPoint? {
        points.first { $0.name.lowercased() == "ims" }
    }
}

extension SubscriberFacts {
    struct AccessPoint {
        var name: String
        var qci: Int
    }

    /// Of the subscription for MMEs, the default one first; nil where no HSS says.
    var accessPoints: [AccessPoint]? {
        subscriber?["apns"]?.elements.compactMap { row in
            guard let name = row["name"]?.text, let qci = row["qci"]?.number else { return nil }
            return AccessPoint(name: name, qci: qci)
        }
    }

    /// It has a SIM.
    var isOfAKA: Bool { text("authentication").hasPrefix("AKA") }

    /// No MME serves it, as far as the HSS knows.
    var isDetached: Bool { text("mme").isEmpty || subscriber?["purged"] == .flag(true) }

    /// What MMEs have asked our HSS for it.
    var mmeRequests: [MMERequest] { imsi.map { MMERequest.all(rows, of: $0) } ?? [] }

    /// The AIR that got vectors and that no ULR has followed (TS 23.401 §5.3.2.1: steps 5a and 8).
    var unattached: MMERequest? {
        guard isDetached, let last = mmeRequests.last, last.isForVectors, last.result?.isSuccess == true else {
            return nil
        }
        return last
    }
}
