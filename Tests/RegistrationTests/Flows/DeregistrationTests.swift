import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("TS 24.229 §5.4.1.4: de-registration, expiry, intervals")
struct DeregistrationTests {
    @Test("§5.4.1.4: Expires 0, challenged, takes the contact away and tells the HSS", arguments: [false, true])
    func deregisters(byStar: Bool) throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA().status == 200)
        let gone = try ue.registerWithAKA(expires: 0, contact: byStar ? "*" : nil)
        #expect(gone.status == 200)
        #expect(try gone.contacts().isEmpty)
        #expect(core.registrations().isEmpty)
        #expect(core.registrationsAtPCSCF().isEmpty)
        #expect(core.assignments == [1, 5])
        core.expectNothingLeft()
    }

    @Test("RFC 3261 §10.2.2: the contact's own expires=0 does it too")
    func contactExpires() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA().status == 200)
        #expect(try ue.registerWithAKA(expires: nil, contact: ue.contact + ";expires=0").status == 200)
        #expect(core.registrations().isEmpty)
    }

    @Test("RFC 3261 §10.3 step 6: Contact * needs Expires 0", arguments: [nil, 600] as [Int?])
    func starNeedsZero(expires: Int?) throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA().status == 200)
        #expect(try ue.registerWithAKA(expires: expires, contact: "*").status == 400)
        #expect(core.registrations().count == 1)
    }

    @Test("§5.4.1.4: one of two contacts goes, the other and the registration stay")
    func oneOfTwo() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        let two = "<sip:a@10.45.0.1:5090>;expires=600, <sip:b@10.45.0.1:5090>;expires=600"
        #expect(try ue.registerWithAKA(contact: two).status == 200)
        let left = try ue.registerWithAKA(expires: 0, contact: "<sip:a@10.45.0.1:5090>")
        #expect(left.status == 200)
        #expect(try left.contacts().compactMap { $0.address?.uri.sip?.user } == ["b"])
        #expect(core.registrations().count == 1)
        #expect(core.registrationsAtPCSCF().count == 1)
        #expect(core.assignments == [1])
    }

    @Test("§5.4.1.4: a contact that is not registered is 481; the registration there is stays")
    func unknownBinding() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA().status == 200)
        #expect(try ue.registerWithAKA(expires: 0, contact: "<sip:other@10.45.0.9>").status == 481)
        #expect(core.registrations().count == 1)
        #expect(core.registrationsAtPCSCF().count == 1)
        #expect(core.assignments == [1])
    }

    @Test("TS 29.228 §6.1.1: de-registration of a user the HSS has not registered is refused there")
    func notRegistered() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(ue.register(expires: 0, authorization: ue.initialAuthorization)?.status == 403)
        core.expectNothingLeft()
    }

    @Test("RFC 3261 §10.3 step 7: 423 with Min-Expires, and the UE's longer offer is taken")
    func tooBrief() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        let brief = try ue.registerWithAKA(expires: 59)
        #expect(brief.status == 423)
        let minimum = try #require(try brief.integer(.minExpires))
        #expect(minimum == 60)
        #expect(core.registrations().isEmpty)
        #expect(try ue.registerWithAKA(expires: minimum).status == 200)
        #expect(core.registrations().first?["expires"] == .number(60))
    }

    @Test("§5.4.1.2.2F: the granted expiry is bounded by configuration")
    func configuredBounds() throws {
        var options = CoreWorld.Options()
        options.scscf = [("expires", .map([("min", .text("10")), ("max", .text("900")), ("default", .text("300"))]))]
        let core = try CoreWorld(options)
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA().contacts().compactMap(\.expires) == [900])
        #expect(try ue.registerWithAKA(expires: nil).contacts().compactMap(\.expires) == [300])
        #expect(try ue.registerWithAKA(expires: 10).contacts().compactMap(\.expires) == [10])
    }

    @Test("TS 29.228 §6.1.2: an unrefreshed registration ends everywhere, TIMEOUT_DEREGISTRATION")
    func expires() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA(expires: 600).status == 200)
        core.world.advance(milliseconds: 599_000)
        #expect(core.registrations().count == 1 && core.registrationsAtPCSCF().count == 1)
        core.world.advance(milliseconds: 2_000)
        #expect(core.registrations().isEmpty && core.registrationsAtPCSCF().isEmpty)
        #expect(core.assignments == [1, 4])
        #expect(core.scscfNodes[0].tap.events.last == "registration expired")
        #expect(core.pcscfNode.tap.events.last == "registration expired")
        // And the user may come back.
        #expect(try ue.registerWithAKA().status == 200)
    }

    @Test("B.1 pain 12: the pending time of a challenge does not end a registration")
    func pendingIsNotActive() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA().status == 200)
        core.world.advance(milliseconds: 240_001)
        #expect(core.registrations().count == 1 && core.registrationsAtPCSCF().count == 1)
        #expect(core.assignments == [1])
    }

    @Test("RFC 3261 §10.3 step 7: an old REGISTER of the same dialogue changes nothing")
    func outOfOrder() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        ue.cseq = 10
        #expect(try ue.registerWithAKA().status == 200)
        ue.cseq = 5
        #expect(try ue.registerWithAKA(expires: 0).status == 500)
        #expect(core.registrations().count == 1)
        ue.restart()
        #expect(try ue.registerWithAKA(expires: 0).status == 200)
    }
}
