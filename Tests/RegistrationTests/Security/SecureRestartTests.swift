import AKA
import IPsec
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@testable import PCSCF

/// The P-CSCF's process dies and comes back: what phones do goes on.
@Suite("Restart of the P-CSCF: calls, texts and re-authentication go on")
struct SecureRestartTests {
    private func restart(_ pair: SecurePair) throws {
        pair.core.kill(.pcscf)
        pair.core.world.advance(milliseconds: 3_000)
        try pair.core.revive(.pcscf)
        pair.core.world.settle()
        pair.world.expectAgreement()
    }

    @Test(
        "Calls that stand are ended, texts go either way, with no REGISTER in between",
        arguments: [LinkKind.udp, .tcp], [true, false])
    func callGoesOn(_ kind: LinkKind, byCaller: Bool) throws {
        let pair = try SecurePair(kind)
        let (call, back) = try pair.establish()
        let registers = pair.core.sent(by: pair.core.pcscfNode, containing: "REGISTER sip:").count
        try restart(pair)
        for side in [call, back] { side.send("INFO") }
        pair.core.world.settle()
        #expect(pair.alice.phone.statuses(.info) == [200] && pair.bob.phone.statuses(.info) == [200])
        #expect(pair.texts() == [200, 200])
        (byCaller ? call : back).send("BYE")
        pair.core.world.settle()
        #expect((byCaller ? pair.alice : pair.bob).phone.statuses(.bye) == [200])
        #expect(pair.core.sent(by: pair.core.pcscfNode, containing: "REGISTER sip:").count == registers)
        #expect(pair.clearTraffic == 0)
        pair.world.expectNothingLeft()
    }

    @Test("TS 33.203 §7.4.2a: old and new set come back as what they were; the new one's first message ends the old")
    func oldAndNew() throws {
        let pair = try SecurePair(.tcp)
        let first = try #require(pair.bob.secure.set).pcscf.endpoints.clientPort
        try pair.reauthenticate()
        try restart(pair)
        #expect(pair.world.phases(pair.bob.secure) == [.old, .established])
        #expect(pair.text(pair.alice, pair.bob) == 200 && pair.ports(.message) == [first])
        #expect(pair.text(pair.bob, pair.alice) == 200)
        try restart(pair)
        pair.core.world.advance(milliseconds: SALifecycle.graceMilliseconds)
        #expect(pair.world.phases(pair.bob.secure) == [.established])
        #expect(pair.texts() == [200, 200] && pair.clearTraffic == 0)
    }

    @Test("§5.2.2.2: challenged over the set in use before, answered over the new one after")
    func answeredAfter() throws {
        let pair = try SecurePair()
        try pair.world.restartSCSCF()
        let challenge = try #require(try pair.alice.secure.registerAgain())
        #expect(challenge.status == 401)
        try restart(pair)
        #expect(pair.world.phases(pair.alice.secure) == [.established, .temporary])
        #expect(try pair.alice.secure.answer(challenge).status == 200)
        #expect(pair.world.phases(pair.alice.secure) == [.old, .established])
        pair.world.expectAgreement()
    }

    @Test("A set that closes closes after the restart too, and is heard no more")
    func closing() throws {
        let pair = try SecurePair()
        #expect(try pair.alice.secure.registerAgain(expires: 0)?.status == 200)
        try restart(pair)
        #expect(pair.world.phases(pair.alice.secure) == [.closing])
        #expect(pair.text(pair.alice, pair.bob) == 403)
        pair.core.world.advance(milliseconds: SALifecycle.graceMilliseconds)
        #expect(pair.world.phases(pair.alice.secure).isEmpty && pair.world.kernel.held.count == 4)
    }

    @Test("What the kernel has ended meanwhile is gone; the other phone notices nothing")
    func lostMeanwhile() throws {
        let pair = try SecurePair()
        let state = try #require(pair.bob.secure.set).stateIDs[2]
        pair.core.kill(.pcscf)
        pair.world.kernel.expire(state)
        try pair.core.revive(.pcscf)
        pair.core.world.settle()
        pair.world.expectAgreement()
        #expect(pair.world.phases(pair.bob.secure).isEmpty && pair.world.kernel.held.count == 4)
        #expect(pair.text(pair.alice, pair.alice) == 200)
        pair.bob.ue.restart()
        pair.bob.secure.kernel.removeAll()
        pair.bob.secure.renewOffer()
        try pair.bob.register()
        #expect(pair.texts() == [200, 200])
    }
}
