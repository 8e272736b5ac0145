import AKA
import IPsec
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@testable import PCSCF

/// Ends and limits of sets, and many things at once.
@Suite("TS 24.229 §5.2.2.2, §5.2.5: sets that end, limits, interleavings")
struct SecureEndTests {
    @Test(
        "B.4: de-registration leaves nothing: sets, states, policies, ports, timers", arguments: [LinkKind.udp, .tcp])
    func deregistered(_ kind: LinkKind) throws {
        let pair = try SecurePair(kind)
        #expect(pair.texts() == [200, 200])
        for phone in [pair.alice, pair.bob] { #expect(try phone.secure.registerAgain(expires: 0)?.status == 200) }
        #expect(pair.core.registrationsAtPCSCF().isEmpty && pair.world.kernel.held.count == 8)
        pair.core.world.advance(milliseconds: SALifecycle.graceMilliseconds)
        #expect(pair.world.kernel.held.isEmpty && pair.world.kernel.protecting == 0)
        #expect(pair.clearTraffic == 0)
        pair.world.expectNothingLeft()
    }

    @Test("B.1 row 13: phones that are never heard of again leave nothing after their registration's life")
    func expired() throws {
        let pair = try SecurePair()
        _ = try pair.establish()
        pair.core.world.advance(milliseconds: 7_199_000)
        #expect(pair.core.registrationsAtPCSCF().count == 2 && pair.world.kernel.held.count == 8)
        pair.core.world.advance(milliseconds: 200_000)
        #expect(pair.core.registrationsAtPCSCF().isEmpty && pair.world.kernel.held.isEmpty)
        pair.world.expectNothingLeft()
    }

    @Test("§5.2.5: a NOTIFY that ends the registration ends its sets 64·T1 later; what is under way still gets through")
    func endedByNetwork() throws {
        let pair = try SecurePair()
        let (call, back) = try pair.establish()
        try pair.endByNetwork(pair.bob)
        #expect(pair.core.registrationsAtPCSCF().count == 1)
        #expect(pair.world.phases(pair.bob.secure) == [.closing])
        // §5.4.1.5, §5.2.8: the network tells the phone, and hangs its calls up.
        call.send("BYE")
        pair.core.world.settle()
        #expect(pair.alice.phone.statuses(.bye) == [200])
        #expect(pair.bob.requests(.bye).count == 1)
        // The phone itself is heard no more.
        back.send("INFO")
        pair.core.world.settle()
        #expect(pair.bob.phone.statuses(.info) == [403])
        #expect(pair.text(pair.alice, pair.bob) != 200)
        pair.core.world.advance(milliseconds: SALifecycle.graceMilliseconds)
        #expect(pair.world.phases(pair.bob.secure).isEmpty && pair.world.kernel.held.count == 4)
        #expect(pair.clearTraffic == 0)
        pair.world.expectNothingLeft()
    }

    @Test("B.1 row 16: after the network has ended it, the phone registers anew beside the closing set")
    func registersAfterEnd() throws {
        let pair = try SecurePair()
        try pair.endByNetwork(pair.bob)
        pair.bob.ue.restart()
        pair.bob.secure.renewOffer()
        try pair.bob.register()
        #expect(pair.world.phases(pair.bob.secure) == [.closing, .established])
        #expect(pair.texts() == [200, 200])
        pair.core.world.advance(milliseconds: SALifecycle.graceMilliseconds)
        #expect(pair.world.phases(pair.bob.secure) == [.established])
        #expect(pair.texts() == [200, 200])
        pair.world.expectAgreement()
    }

    // MARK: Limits

    @Test("B.1 row 8: `sets-max` reached: 503 with Retry-After; when one goes there is room again")
    func tableFull() throws {
        let world = try SecureWorld(ipsec: [("sets-max", .text("2"))])
        let ues = try (1...3).map { try world.ue($0) }
        for ue in ues.prefix(2) { #expect(try ue.register().status == 200) }
        let refusal = try #require(try ues[2].begin())
        #expect(refusal.status == 503 && refusal.text(.retryAfter) == "30")
        #expect(!refusal.has(.securityServer) && !refusal.has(.wwwAuthenticate))
        #expect(world.kernel.held.count == 8)
        #expect(try ues[0].registerAgain(expires: 0)?.status == 200)
        world.core.world.advance(milliseconds: SALifecycle.graceMilliseconds)
        ues[2].ue.restart()
        #expect(try ues[2].register().status == 200)
        world.expectAgreement()
    }

    @Test("B.1 row 8: client ports used up toward one phone's port: 503 with Retry-After, and other phones have theirs")
    func clientPortsUsedUp() throws {
        let ports = SettingsNode.list([5_101, 5_102, 5_103].map { .text("\($0)") })
        let world = try SecureWorld(ipsec: [("client-ports", ports)])
        let ue = try world.ue(1)
        for number in 1...3 {
            ue.ue.subscriber = try world.core.subscribe(10 + number)
            ue.ue.restart()
            ue.renewOffer()
            #expect(try ue.register().status == 200)
        }
        ue.ue.subscriber = try world.core.subscribe(20)
        ue.ue.restart()
        ue.renewOffer()
        let refusal = try #require(try ue.begin())
        #expect(refusal.status == 503 && refusal.text(.retryAfter) == "30")
        #expect(try world.ue(2).register().status == 200)
        world.expectAgreement()
    }

    @Test("TS 33.203 §7.1: three client ports are enough for one phone that is challenged again and again")
    func threePorts() throws {
        let ports = SettingsNode.list([5_101, 5_102, 5_103].map { .text("\($0)") })
        let world = try SecureWorld(ipsec: [("client-ports", ports)])
        let ue = try world.ue(1)
        #expect(try ue.register().status == 200)
        for _ in 0..<4 {
            try world.restartSCSCF()
            // One challenge is lost on its way, the next is answered.
            #expect(try ue.registerAgain()?.status == 401)
            let challenge = try #require(try ue.registerAgain())
            #expect(challenge.status == 401, "\(challenge.status)")
            #expect(try ue.answer(challenge).status == 200)
            #expect(try ue.registerAgain()?.status == 200)
        }
        world.expectAgreement()
    }

    // MARK: At once

    @Test("B.1 row 11: two REGISTERs of one phone under way at once: the last challenge's set is the one that counts")
    func twoAtOnce() throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        ue.goClear()
        ue.ue.register(authorization: ue.ue.initialAuthorization, extra: ue.agreement(), settling: false)
        ue.renewOffer()
        ue.ue.register(authorization: ue.ue.initialAuthorization, extra: ue.agreement(), settling: false)
        world.core.world.settle()
        ue.ue.collect()
        #expect(ue.ue.finals.map(\.status) == [401, 401])
        let life = world.table?.life(of: ue.ue.subscriber.impi)
        #expect(life?.entries.count == 1 && world.kernel.held.count == 4)
        world.expectAgreement()
        #expect(try ue.answer(try #require(ue.ue.finals.last)).status == 200)
        world.expectAgreement()
    }

    @Test(
        "B.1 row 11: REGISTER and de-REGISTER of one phone under way at once, in either order",
        arguments: [true, false])
    func registerAndLeave(leavesFirst: Bool) throws {
        let world = try SecureWorld()
        let ue = try world.ue()
        #expect(try ue.register().status == 200)
        let wishes = leavesFirst ? [0, 600_000] : [600_000, 0]
        for expires in wishes {
            ue.renewOffer()
            ue.ue.register(
                expires: expires, authorization: ue.ue.initialAuthorization,
                extra: ue.agreement(verify: ue.securityServer), settling: false)
        }
        world.core.world.settle()
        world.expectAgreement()
        world.core.world.advance(milliseconds: SALifecycle.awaitAuthMilliseconds + 1_000)
        let isRegistered = !world.core.registrationsAtPCSCF().isEmpty
        #expect(isRegistered == !world.kernel.held.isEmpty)
        #expect(isRegistered == (world.phases(ue) == [.established]))
        world.expectAgreement()
        world.expectNothingLeft()
    }

    @Test("B.1 row 11: forty phones register, register again and leave at once; the kernel agrees at every step")
    func manyAtOnce() throws {
        let world = try SecureWorld()
        let ues = try (1...40).map { try world.ue($0) }
        func everyone(_ act: (SecureUE) throws -> Void) throws {
            for ue in ues { try act(ue) }
            world.core.world.advance(milliseconds: 5_000)
            for ue in ues { ue.ue.collect() }
            world.expectAgreement()
        }
        try everyone {
            $0.goClear()
            $0.ue.register(authorization: $0.ue.initialAuthorization, extra: $0.agreement(), settling: false)
        }
        try everyone {
            let challenge = try #require($0.ue.finals.last)
            #expect(challenge.status == 401)
            guard case .authenticated(let res, _, _) = try $0.takeChallenge(challenge) else { return }
            let digest = try #require($0.ue.challenge)
            $0.ue.register(
                authorization: try $0.ue.respond(digest, res),
                extra: $0.agreement(client: $0.securityClient, verify: $0.securityServer), settling: false)
        }
        #expect(ues.map { $0.ue.finals.last?.status } == Array(repeating: 200, count: 40))
        #expect(world.core.registrationsAtPCSCF().count == 40)
        for (round, expires) in [(0, 600_000), (1, 0)] {
            try everyone {
                // Every second one goes on, the others leave, and the last time all do.
                let leaves = round == 1 || $0.ue.subscriber.impi.contains("0000000001")
                $0.renewOffer()
                $0.ue.register(
                    expires: leaves ? 0 : expires, authorization: $0.ue.initialAuthorization,
                    extra: $0.agreement(verify: $0.securityServer), settling: false)
            }
        }
        #expect(world.core.registrationsAtPCSCF().isEmpty)
        for ue in ues { #expect(world.clearTraffic(of: ue) == 0) }
        world.expectNothingLeft()
    }
}

extension SecurePair {
    /// What the S-CSCF says when the operator or the HSS has ended a registration, TS 24.229 §5.4.2.1.2.
    func endByNetwork(_ phone: SecurePhone) throws {
        let user = phone.ue.user
        let told = try #require(
            core.sent(by: core.scscfNodes[0], containing: "NOTIFY sip").compactMap {
                try? SIPMessage(Array($0.utf8))
            }.last { String(decoding: $0.body, as: UTF8.self).contains(user) })
        var document = String(decoding: told.body, as: UTF8.self)
        for (old, new) in [
            ("version=\"0\"", "version=\"9\""), ("state=\"active\"", "state=\"terminated\""),
            ("event=\"registered\"", "event=\"rejected\""), ("event=\"created\"", "event=\"rejected\""),
        ] { document = document.replacing(old, with: new) }
        let voice = try Puppet(core.world, at: SocketAddress(10, 0, 9, 1, port: 5060), name: "voice")
        var writer = SIPWriter.request(.notify, uri: told.requestURIText)
        writer.add(.via, "SIP/2.0/UDP 10.0.9.1:5060;branch=z9hG4bKvoice")
        writer.add(.maxForwards, "70")
        for header in [HeaderID.from, .to, .callID] { writer.copy(header, from: told) }
        writer.add(.cseq, "\(try told.cseq().number + 1) NOTIFY")
        writer.add(.contact, "<sip:10.0.9.1:5060>")
        writer.add(.event, "reg")
        writer.add(.subscriptionState, "terminated;reason=noresource")
        writer.setBody(Array(document.utf8), type: "application/reginfo+xml")
        let target = try #require(try AnyURI(parsing: told.requestURIText).sip?.port)
        voice.send(writer.finish(), to: CoreWorld.pcscfAddress.with(port: UInt16(target)))
        core.world.settle()
        let answers = voice.takeDatagrams().compactMap { try? SIPMessage($0.bytes).status }
        #expect(answers == [200])
    }
}
