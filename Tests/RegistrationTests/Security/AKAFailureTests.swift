import AKA
import IPsec
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@testable import PCSCF

/// What can go wrong with a challenge once there are sets: checklist C.7.
@Suite("TS 33.203 §6.1, §7.3: failures of AKA and IPsec")
struct AKAFailureTests {
    private static let wrong = [UInt8](repeating: 7, count: 8)

    @Test("§6.1.2.1: a wrong RES, first time: 403 inside the temporary set, which is gone 64·T1 later")
    func wrongRES() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        let challenge = try #require(try ue.begin())
        let answer = try ue.answer(challenge, password: Self.wrong)
        #expect(answer.status == 403)
        #expect(world.phases(ue) == [.closing] && world.core.registrationsAtPCSCF().isEmpty)
        world.core.world.advance(milliseconds: SALifecycle.graceMilliseconds)
        #expect(world.kernel.held.isEmpty && world.kernel.protecting == 0 && world.clearTraffic(of: ue) == 0)
        // It is no end: with the right card all is well.
        ue.ue.restart()
        ue.renewOffer()
        #expect(try ue.register().status == 200)
    }

    @Test("§7.3.2: a wrong RES again later: 403 over the set in use; the temporary one is gone, the live one untouched")
    func wrongRESAgain() throws {
        let pair = try SecurePair()
        let live = try #require(pair.alice.secure.set)
        try pair.world.restartSCSCF()
        let challenge = try #require(try pair.alice.secure.registerAgain())
        #expect(challenge.status == 401)
        _ = try pair.alice.secure.takeChallenge(challenge)
        let digest = try #require(pair.alice.ue.challenge)
        let answer = pair.alice.ue.register(
            authorization: try pair.alice.ue.respond(digest, Self.wrong),
            extra: pair.alice.secure.agreement(
                client: pair.alice.secure.securityClient, verify: pair.alice.secure.securityServer))
        #expect(answer?.status == 403)
        // It came from the live set's port-pc.
        #expect(pair.alice.arrivals.last?.from.port == live.pcscf.endpoints.clientPort)
        #expect(pair.world.phases(pair.alice.secure) == [.established])
        #expect(Set(live.stateIDs).isSubset(of: pair.world.kernel.held.keys))
        pair.world.expectAgreement()
        #expect(pair.clearTraffic == 0)
    }

    @Test("§7.3.2.3: a phone that has started anew, refused: 403 inside its new set, as it has lost the one before")
    func wrongRESAfterRestart() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.register().status == 200)
        ue.ue.restart()
        ue.kernel.removeAll()
        ue.renewOffer()
        let challenge = try #require(try ue.begin())
        #expect(try ue.answer(challenge, password: Self.wrong).status == 403)
        #expect(world.phases(ue) == [.established, .closing])
        world.core.world.advance(milliseconds: SALifecycle.graceMilliseconds)
        #expect(world.phases(ue) == [.established] && world.clearTraffic(of: ue) == 0)
        world.expectAgreement()
    }

    @Test("§6.1.3: AUTS in the clear: a new challenge, a new set, and it completes")
    func resynchronisesInTheClear() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        ue.ue.subscriber.usim = ue.ue.subscriber.usim.map { USIM($0.keys, highest: SequenceNumber(5_000 << 5)) }
        let first = try #require(try ue.begin())
        ue.ue.collect()
        let auts = try ue.ue.answer()
        #expect(auts.contains("auts="))
        ue.renewOffer()
        let second = try #require(try ue.begin(authorization: auts))
        #expect(second.status == 401 && second.texts(.securityServer) != first.texts(.securityServer))
        #expect(world.kernel.held.count == 4)
        #expect(try ue.answer(second).status == 200)
        world.expectAgreement()
        #expect(world.clearTraffic(of: ue) == 0)
    }

    @Test(
        "§6.1.3: AUTS over a live set: a new challenge, a new set beside it, and it completes; the live one stays old")
    func resynchronisesOverSet() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.register().status == 200)
        try world.restartSCSCF()
        ue.ue.subscriber.usim = ue.ue.subscriber.usim.map { USIM($0.keys, highest: SequenceNumber(9_000 << 5)) }
        let first = try #require(try ue.registerAgain())
        #expect(first.status == 401)
        let auts = try ue.ue.answer()
        #expect(auts.contains("auts="))
        ue.renewOffer()
        let second = try #require(
            ue.ue.register(authorization: auts, extra: ue.agreement(verify: ue.securityServer)))
        #expect(second.status == 401, "\(second.status) \(second.reason)")
        #expect(world.phases(ue) == [.established, .temporary] && world.kernel.held.count == 8)
        #expect(try ue.answer(second).status == 200)
        #expect(world.phases(ue) == [.old, .established])
        world.expectAgreement()
    }

    @Test(
        "§6.1.2.2, §5.1.1.5.3: an empty response, in the clear or over a live set: challenged anew, the third time refused",
        arguments: [true, false])
    func macFailure(overSet: Bool) throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        if overSet {
            #expect(try ue.register().status == 200)
            try world.restartSCSCF()
        }
        func attempt(_ authorization: String) throws -> SIPMessage {
            ue.renewOffer()
            let verify = overSet ? ue.securityServer : nil
            return try #require(ue.ue.register(authorization: authorization, extra: ue.agreement(verify: verify)))
        }
        var last = try attempt(ue.ue.initialAuthorization)
        var sets: Set<[String]> = []
        for _ in 0..<2 {
            #expect(last.status == 401)
            #expect(sets.insert(last.texts(.securityServer)).inserted)
            #expect(world.kernel.held.count == (overSet ? 8 : 4))
            last = try attempt(try ue.ue.emptyAnswer())
        }
        while last.status == 401, sets.count < 5 {
            sets.insert(last.texts(.securityServer))
            last = try attempt(try ue.ue.emptyAnswer())
        }
        #expect(last.status == 403)
        if overSet { #expect(world.phases(ue).contains(.established)) }
        world.core.world.advance(milliseconds: SALifecycle.awaitAuthMilliseconds + 1_000)
        #expect(world.kernel.held.count == (overSet ? 4 : 0))
        world.expectAgreement()
    }

    @Test("§6.1.2.3: silence after a challenge: the live set goes on, the temporary one ends after reg-await-auth")
    func silence() throws {
        let pair = try SecurePair()
        try pair.world.restartSCSCF()
        #expect(try pair.alice.secure.registerAgain()?.status == 401)
        try pair.bob.registerAgain()
        #expect(pair.world.phases(pair.alice.secure) == [.established, .temporary])
        pair.core.world.advance(milliseconds: SALifecycle.awaitAuthMilliseconds)
        #expect(pair.world.phases(pair.alice.secure) == [.established])
        pair.world.expectAgreement()
        try pair.alice.registerAgain()
        #expect(pair.texts() == [200, 200])
    }

    @Test(
        "§7.3.2.3: over a live set Security-Verify must be that set's: 494, and nothing changes",
        arguments: ["", "ipsec-3gpp;q=0.9;alg=hmac-sha-1-96;ealg=null;spi-c=1;spi-s=2;port-c=5101;port-s=5100"])
    func verifyOverLiveSet(verify: String) throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.register().status == 200)
        let states = Set(world.kernel.held.keys)
        ue.renewOffer()
        let answer = ue.ue.register(
            authorization: ue.ue.initialAuthorization, extra: ue.agreement(verify: verify.isEmpty ? nil : verify))
        #expect(answer?.status == 494)
        #expect(Set(world.kernel.held.keys) == states && world.phases(ue) == [.established])
        #expect(try ue.registerAgain()?.status == 200)
    }

    @Test("§7.3.2.3: an offer other than the one challenged, while there is a live set: 403 over that; it lives on")
    func offerDiffersAgain() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.register().status == 200)
        try world.restartSCSCF()
        let challenge = try #require(try ue.registerAgain())
        let changed = ue.offer.replacing("spi-c=", with: "spi-c=1")
        #expect(try ue.answer(challenge, client: changed).status == 403)
        #expect(world.phases(ue) == [.established] && world.kernel.held.count == 4)
        world.expectAgreement()
    }
}
