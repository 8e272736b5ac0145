import AKA
import HSS
import LabWorld
import RoleKit
import TestSupport
import Testing

@testable import imsbox

extension SubscriberTrouble {
    static let provisioning: [SubscriberTrouble] = [
        SubscriberTrouble(
            "the HSS runs on another machine", ["no HSS here", "seen", "registered"], ["imsbox subscriber show"]
        ) {
            var ward = try Ward()
            try ward.core.ue(ward.core.subscribe(1)).registerWithAKA()
            ward.absent = [.hss]
            return ward.facts()
        },
        SubscriberTrouble(
            "the SIM is of another network", ["another network", "nothing came"],
            ["MCC 001, MNC 01 or 001", "sed -i 's/mnc001.mcc001/mnc070.mcc999/g'"]
        ) { try Ward().facts("999700000000001") },
        SubscriberTrouble(
            "a digit of the IMSI is wrong", ["not provisioned, another is near", "nothing came"],
            ["001010000000001 is, one slip away", "imsbox subscriber list"]
        ) {
            let ward = try Ward()
            _ = try ward.core.subscribe(1)
            return ward.facts("001010000000007")
        },
        SubscriberTrouble(
            "two digits of the IMSI are exchanged", ["not provisioned, another is near", "nothing came"],
            ["001010000000012 is, one slip away"]
        ) {
            let ward = try Ward()
            _ = try ward.core.subscribe(12)
            return ward.facts("001010000000021")
        },
        SubscriberTrouble(
            "a phone comes with a SIM nobody added", ["not provisioned", "seen", "unknown to the HSS"],
            ["imsbox subscriber add --imsi 001019999999999", "DIAMETER_ERROR_USER_UNKNOWN"]
        ) {
            let ward = try Ward()
            let known = try ward.core.subscribe(1)
            let stranger = TestSubscriber(
                impi: "001019999999999@\(CoreWorld.home)", impu: "sip:001019999999999@\(CoreWorld.home)", msisdn: "",
                usim: known.usim)
            let ue = try ward.core.ue(stranger)
            ue.register(authorization: ue.initialAuthorization)
            return ward.facts("001019999999999")
        },
        SubscriberTrouble(
            "a SIM of another network was added, and its phone asks for that network",
            ["provisioned, of another network", "no MME asked", "seen", "another home network"],
            ["ims.mnc070.mcc999.3gppnetwork.org", "home-network"]
        ) {
            let ward = try Ward()
            let lab = try ward.core.subscribe(1)
            let keys = try #require(lab.usim).keys
            ward.core.store.add(
                Subscriber(imsi: Digits("999700000000001"), msisdn: Digits("15550000099"), authentication: .aka(keys)))
            ward.core.world.advance(milliseconds: 1_100)
            let ue = try ward.core.ue(
                TestSubscriber(
                    impi: "999700000000001@\(CoreWorld.home)", impu: "sip:999700000000001@\(CoreWorld.home)",
                    msisdn: "15550000099", usim: lab.usim))
            ue.move(to: "ims.mnc070.mcc999.3gppnetwork.org")
            ue.register(authorization: ue.initialAuthorization)
            return ward.facts("999700000000001")
        },
        SubscriberTrouble(
            "no number and no other identity", ["all identities barred", "no MME asked", "seen", "barred at the HSS"],
            ["--msisdn", "DIAMETER_AUTHORIZATION_REJECTED"]
        ) {
            let ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(1, msisdn: false))
            ue.register(authorization: ue.initialAuthorization)
            return ward.facts()
        },
        SubscriberTrouble(
            "an address without a number", ["no number", "no MME asked", "seen", "registered"],
            ["nobody can dial it", "--msisdn"]
        ) {
            let ward = try Ward()
            var alice = try ward.core.subscribe(2)
            let keys = try #require(alice.usim).keys
            ward.core.store.add(
                Subscriber(
                    imsi: Digits("001010000000001"), msisdn: nil, authentication: .aka(keys),
                    further: .init(publicIdentities: [PublicUserIdentity("sip:alice@\(CoreWorld.home)")])))
            ward.core.world.advance(milliseconds: 1_100)
            alice.impi = "001010000000001@\(CoreWorld.home)"
            alice.impu = "sip:\(alice.impi)"
            try ward.core.ue(alice).registerWithAKA()
            return ward.facts()
        },
    ]
}
