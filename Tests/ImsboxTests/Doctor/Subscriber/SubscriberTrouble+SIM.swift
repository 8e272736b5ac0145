import AKA
import HSS
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@testable import imsbox

extension SubscriberTrouble {
    static let sim: [SubscriberTrouble] = [
        SubscriberTrouble(
            "the HSS has another K", fine + ["seen", "MAC failure"],
            ["MAC failure", "OP is not OPc", "imsbox subscriber add --imsi 001010000000001"]
        ) {
            let ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(1))
            var keys = try #require(ue.subscriber.usim).keys
            keys.k = Block128(1)
            ue.subscriber.usim = USIM(keys)
            var last = ue.register(authorization: ue.initialAuthorization)
            while last?.status == 401, ue.finals.count < 6 { last = ue.register(authorization: try ue.answer()) }
            return ward.facts()
        },
        SubscriberTrouble(
            "the HSS has OP where OPc belongs, and the phone gives up at once", fine + ["seen", "MAC failure"]
        ) {
            let ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(1))
            var keys = try #require(ue.subscriber.usim).keys
            keys.opc = try #require(Block128(Array("imscoreTestOP001".utf8)))
            ue.subscriber.usim = USIM(keys)
            ue.register(authorization: ue.initialAuthorization)
            ue.register(authorization: try ue.answer())
            ward.core.world.advance(milliseconds: 60_000)
            return ward.facts()
        },
        SubscriberTrouble(
            "the SIM was used with another HSS before", fine + ["seen", "resynchronised", "registered"],
            ["sequence number was ahead"]
        ) {
            let ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(1))
            ue.subscriber.usim = ue.subscriber.usim.map { USIM($0.keys, highest: SequenceNumber(5_000 << 5)) }
            ue.register(authorization: ue.initialAuthorization)
            ue.register(authorization: try ue.answer())
            ue.register(authorization: try ue.answer())
            return ward.facts()
        },
        SubscriberTrouble(
            "two HSSs count one SIM up at the same time", fine + ["seen", "resynchronises again and again"],
            ["refused 3 sequence numbers in a row", "one HSS make its vectors"]
        ) {
            let ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(1))
            ue.register(authorization: ue.initialAuthorization)
            for turn in 1...3 {
                let ahead = SequenceNumber(UInt64(turn) * 40_000 << 5)
                ue.subscriber.usim = ue.subscriber.usim.map { USIM($0.keys, highest: ahead) }
                ue.register(authorization: try ue.answer())
            }
            return ward.facts()
        },
        SubscriberTrouble(
            "an AUTS no SIM with this K has made", fine + ["seen", "AUTS is wrong"],
            ["wrong MAC-S", "compare K and OPc"]
        ) {
            let ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(1))
            ue.register(authorization: ue.initialAuthorization)
            var credentials = try #require(DigestCredentials(parsing: try ue.emptyAnswer()))
            credentials.fields["auts"] = Base64.encode([UInt8](repeating: 7, count: 14))
            ue.register(authorization: credentials.text)
            return ward.facts()
        },
        SubscriberTrouble(
            "a wrong RES after a right AUTN", fine + ["seen", "wrong response"],
            ["another algorithm", "avoid-zero-res"]
        ) {
            let ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(1))
            ue.register(authorization: ue.initialAuthorization)
            ue.register(authorization: try ue.answer(password: [UInt8](repeating: 7, count: 8)))
            return ward.facts()
        },
        SubscriberTrouble(
            "a wrong password", ["no number", "seen", "wrong password"], ["password is wrong", "--realm"]
        ) {
            let ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(digest: "alice", password: "secret"))
            ue.register(authorization: nil)
            ue.register(authorization: try ue.answer(password: Array("guess".utf8)))
            return ward.facts("alice@\(CoreWorld.home)")
        },
        SubscriberTrouble(
            "challenged and silent", fine + ["seen", "challenge not answered"], ["challenged 6 s ago", "tcpdump"]
        ) {
            let ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(1))
            ue.register(authorization: ue.initialAuthorization)
            ward.core.world.advance(milliseconds: 6_000)
            return ward.facts()
        },
        SubscriberTrouble("asked in the middle of it", fine + ["seen", "being challenged"]) {
            let ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(1))
            ue.register(authorization: ue.initialAuthorization)
            return ward.facts()
        },
        SubscriberTrouble(
            "a new attempt has just begun after a failure: the failure is what counts",
            fine + ["seen", "wrong response"]
        ) {
            let ward = try Ward()
            let ue = try ward.core.ue(ward.core.subscribe(1))
            ue.register(authorization: ue.initialAuthorization)
            ue.register(authorization: try ue.answer(password: [UInt8](repeating: 7, count: 8)))
            ward.core.world.advance(milliseconds: 30_000)
            ue.restart()
            ue.register(authorization: ue.initialAuthorization)
            return ward.facts()
        },
    ]
}
