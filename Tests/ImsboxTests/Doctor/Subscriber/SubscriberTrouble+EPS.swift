import AKA
import Diameter
import HSS
import LabWorld
import TestSupport
import Testing

@testable import imsbox

extension SubscriberTrouble {
    static let eps: [SubscriberTrouble] = [
        SubscriberTrouble(
            "its MME knows it", ["provisioned", "attached", "nothing came"], ["mme.localdomain (realm localdomain)"]
        ) {
            try withMME(of: "localdomain") { try $0.attach("001010000000001", in: $1) }
        },
        SubscriberTrouble(
            "its MME has given it up", ["provisioned", "purged", "nothing came"], ["mme.localdomain has purged it"]
        ) {
            try withMME(of: "localdomain") {
                try $0.attach("001010000000001", in: $1)
                try $0.purge("001010000000001", in: $1)
            }
        },
        SubscriberTrouble(
            "an Open5GS MME of another realm: it is connected, and has no way to the HSS",
            ["provisioned", "MME connected and silent", "nothing came"],
            ["mme.localdomain is connected", "`Realm = \"\(CoreWorld.home)\"`", "mme.conf"]
        ) { try withMME(of: "localdomain") { _, _ in } },
        SubscriberTrouble(
            "an MME of the HSS's realm, and the phone is off", ["provisioned", "no MME asked", "nothing came"],
            ["no MME has asked"]
        ) { try withMME(of: CoreWorld.home) { _, _ in } },
        SubscriberTrouble(
            "it was attached, and its subscriber has been removed and added anew",
            ["provisioned", "no MME now", "nothing came"], ["the last was mme.localdomain", "flight mode"]
        ) {
            try withMME(of: "localdomain") {
                try $0.attach("001010000000001", in: $1)
                $1.store.remove(id: 1)
                $1.world.advance(milliseconds: 1_100)
                _ = try $1.subscribe(1)
            }
        },
        SubscriberTrouble(
            "a wrong K: the MME gets vectors, and the SIM refuses them",
            ["provisioned", "vectors, and no attach", "nothing came"],
            [
                "an MME has asked for its vectors and has not attached it: the SIM refused them, or the MME did",
                "(mme.localdomain, 6 s ago)", "OP is not OPc", "algorithm", "the MME's log",
                "imsbox subscriber add --imsi 001010000000001",
            ]
        ) {
            try withMME(of: "localdomain") {
                try $0.authenticate("001010000000001", in: $1)
                $1.world.advance(milliseconds: 6_000)
            }
        },
        SubscriberTrouble(
            "a wrong K is put in while the phone is off", ["provisioned", "vectors, and no attach", "nothing came"]
        ) {
            try withMME(of: "localdomain") {
                try $0.authenticate("001010000000001", in: $1)
                try $0.attach("001010000000001", in: $1)
                try $0.purge("001010000000001", in: $1)
                try $0.authenticate("001010000000001", in: $1)
                $1.world.advance(milliseconds: 6_000)
            }
        },
        SubscriberTrouble(
            "another subscriber's vectors are not this one's",
            ["provisioned", "MME connected and silent", "nothing came"]
        ) {
            try withMME(of: "localdomain") {
                _ = try $1.subscribe(2)
                try $0.authenticate("001010000000002", in: $1)
                $1.world.advance(milliseconds: 6_000)
            }
        },
        SubscriberTrouble(
            "the phone attaches just now", ["provisioned", "attaching", "nothing came"], ["at this moment"]
        ) { try withMME(of: "localdomain") { try $0.authenticate("001010000000001", in: $1) } },
        SubscriberTrouble(
            "the MME asks for another access than LTE", ["provisioned", "MME refused", "nothing came"],
            ["refused the ULR of MME mme.localdomain 0 s ago: DIAMETER_ERROR_RAT_NOT_ALLOWED (5421)", "LTE"]
        ) {
            try withMME(of: "localdomain") {
                try $0.authenticate("001010000000001", in: $1)
                try $0.attach(
                    "001010000000001", by: .utran, in: $1, expecting: .experimental(.ratNotAllowed))
            }
        },
        SubscriberTrouble(
            "the MME's phone is provisioned nowhere", ["not provisioned", "MME refused", "nothing came"],
            ["refused the AIR of MME mme.localdomain", "DIAMETER_ERROR_USER_UNKNOWN (5001)"]
        ) {
            let ward = try Ward { $0.mmeRealm = "localdomain" }
            try LabMME.connect(to: ward.core).authenticate(
                "001010000000001", in: ward.core, expecting: .experimental(.userUnknown))
            return ward.facts()
        },
        SubscriberTrouble(
            "the MME asked before the SIM was added", ["provisioned", "MME refused", "nothing came"],
            ["it is provisioned by now"]
        ) {
            let ward = try Ward { $0.mmeRealm = "localdomain" }
            try LabMME.connect(to: ward.core).authenticate(
                "001010000000001", in: ward.core, expecting: .experimental(.userUnknown))
            _ = try ward.core.subscribe(1)
            return ward.facts()
        },
        SubscriberTrouble(
            "none of the HSS's access points is the subscriber's",
            ["provisioned", "MME refused", "no ims access point", "nothing came"],
            ["DIAMETER_ERROR_UNKNOWN_EPS_SUBSCRIPTION (5420)", "no access point `ims`:"]
        ) {
            try withMME(of: "localdomain", accessPoints: ["elsewhere"]) {
                try $0.attach("001010000000001", in: $1, expecting: .experimental(.unknownEPSSubscription))
            }
        },
        SubscriberTrouble(
            "the SIM's AUTS does not fit the HSS's keys",
            ["provisioned", "MME refused", "nothing came", "AUTS is wrong"],
            ["refused the AIR", "DIAMETER_AUTHENTICATION_DATA_UNAVAILABLE (4181)", "K or OPc"]
        ) {
            try withMME(of: "localdomain") {
                // TS 33.102 §6.3.5: vectors for each, until they are too many.
                for result in Array(repeating: DiameterResult.base(.success), count: 3) + [
                    .experimental(.authenticationDataUnavailable)
                ] {
                    try $0.authenticate(
                        "001010000000001", resynchronisation: Array(repeating: 7, count: 30), in: $1, expecting: result)
                }
            }
        },
        SubscriberTrouble(
            "the subscription is for data alone", ["provisioned", "attached", "no ims access point", "nothing came"],
            ["no access point `ims`, only internet", "--apn internet --apn ims", "`apns:` of hss.yaml"]
        ) {
            try withMME(of: "localdomain", accessPoints: ["internet"]) { try $0.attach("001010000000001", in: $1) }
        },
        SubscriberTrouble(
            "the ims access point has the QCI of the internet's",
            fine + ["QCI of the ims access point", "nothing came"],
            ["has QCI 9, not 5", "`qci: 5`", "imsbox subscriber push 001010000000001"]
        ) {
            let ward = try Ward { $0.accessPoints = [.internet, AccessPoint("IMS")] }
            _ = try ward.core.subscribe(1)
            return ward.facts()
        },
    ]

    /// - Parameter accessPoints: those of the HSS's the subscriber may use; none named: all.
    private static func withMME(
        of realm: String, accessPoints: [String] = [], _ body: (LabMME, CoreWorld) throws -> Void
    ) throws -> SubscriberFacts {
        let ward = try Ward { $0.mmeRealm = realm }
        let keys = try #require(try ward.core.subscribe(1).usim).keys
        if !accessPoints.isEmpty {
            let some = Subscriber(
                imsi: Digits("001010000000001"), msisdn: Digits("15550000001"), authentication: .aka(keys),
                further: .init(accessPoints: accessPoints))
            ward.core.store.replace(id: 1, some)
            ward.core.world.advance(milliseconds: 1_100)
        }
        try body(try LabMME.connect(to: ward.core), ward.core)
        return ward.facts()
    }
}
