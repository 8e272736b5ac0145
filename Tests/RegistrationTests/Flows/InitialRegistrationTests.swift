import Diameter
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("TS 24.229 §5.2.2, §5.3.1, §5.4.1: initial registration through four roles")
struct InitialRegistrationTests {
    @Test("§5.4.1.2.1A, §5.4.1.2.2F: REGISTER, 401, REGISTER, 200; then nothing is left but the registration")
    func registersWithAKA() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        let challenge = try #require(ue.register(authorization: ue.initialAuthorization))
        #expect(challenge.status == 401)
        #expect(challenge.toTag != nil)
        let offered = try #require(ue.challenge)
        #expect(offered.realm == CoreWorld.home)
        #expect(offered.algorithm == .akav1MD5)
        #expect(offered.qop == ["auth"])
        let accepted = try #require(ue.register(authorization: try ue.answer()))
        #expect(accepted.status == 200)
        #expect(try accepted.contacts().compactMap(\.expires) == [7_200])
        #expect(core.assignments == [1])
        #expect(core.registrations().count == 1)
        #expect(core.registrationsAtPCSCF().count == 1)
        // After the transactions' linger only the registration's timer and two of the P-CSCF's subscription to it.
        core.world.advance(milliseconds: 300_000)
        #expect(core.pcscfNode.timers.running == 3)
        core.world.advance(milliseconds: 7_200_000)
        core.expectNothingLeft()
    }

    @Test(
        "§5.4.1.2.2F: the 200 has Path, Service-Route, P-Associated-URI with the default first and without the barred one"
    )
    func contentsOf200() throws {
        let core = try CoreWorld()
        let subscriber = try core.subscribe(1)
        let ue = try core.ue(subscriber)
        let accepted = try ue.registerWithAKA()
        #expect(
            accepted.texts(.pAssociatedURI) == [
                "<sip:+\(subscriber.msisdn)@\(CoreWorld.home)>", "<tel:+\(subscriber.msisdn)>",
            ])
        let route = try #require(try accepted.address(.serviceRoute)?.uri.sip)
        #expect(route.host == "scscf0.\(CoreWorld.home)" && route.isLooseRoute && route.user == "orig")
        #expect(accepted.texts(.path).count == 1)
        #expect(!accepted.has(.pChargingVector))
    }

    @Test("§5.2.2.2: ck and ik reach the P-CSCF and no further")
    func keysStayInside() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        let challenge = try #require(ue.register(authorization: ue.initialAuthorization))
        let inside = try #require(core.sent(by: core.scscfNodes[0], containing: "401 Unauthorized").first)
        let parsed = try #require(
            try SIPMessage(Array(inside.utf8)).text(.wwwAuthenticate).flatMap(DigestChallenge.init(parsing:)))
        #expect(parsed.fields["ck"]?.utf8.count == 32 && parsed.fields["ik"]?.utf8.count == 32)
        let outside = String(decoding: challenge.bytes, as: UTF8.self)
        #expect(!outside.contains("ck=") && !outside.contains("ik="))
        #expect(ue.challenge?.nonce == parsed.nonce)
    }

    @Test("§5.2.2.1, §5.3.1.2: what the P-CSCF adds and the I-CSCF passes on")
    func towardTheCore() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        try ue.registerWithAKA()
        let first = try SIPMessage(
            Array(try #require(core.sent(by: core.icscfNode, containing: "REGISTER sip:").first).utf8))
        #expect(first.requestURIText == CoreWorld.scscfURI(0))
        #expect(first.texts(.pVisitedNetworkID) == [CoreWorld.home])
        #expect(first.lists("path", in: .require) && first.lists("path", in: .supported))
        let vector = try #require(first.text(.pChargingVector))
        #expect(vector.contains("icid-value=") && vector.contains("orig-ioi=\"Type 1\(CoreWorld.home)\""))
        #expect(first.text(.authorization)?.contains("integrity-protected=\"no\"") == true)
        let path = try #require(try first.address(.path)?.uri.sip)
        #expect(path.isLooseRoute && path.user != nil && path.host == CoreWorld.pcscfAddress.host)
        let answer = try #require(core.sent(by: core.scscfNodes[0], containing: "200 OK").first)
        #expect(answer.contains("term-ioi=\"Type 1\(CoreWorld.home)\""))
    }

    @Test("TS 29.228 §6.1, §6.3: UAR, MAR and SAR carry canonical identities, server name and type")
    func cxDialogue() throws {
        let core = try CoreWorld()
        let subscriber = try core.subscribe(1)
        let ue = try core.ue(subscriber)
        try ue.registerWithAKA()
        for command in [CxCommands.userAuthorization, CxCommands.multimediaAuth, CxCommands.serverAssignment] {
            for request in core.requests(command) {
                #expect(request[Base.userName] == subscriber.impi)
                #expect(request[Cx.publicIdentity] == subscriber.impu)
            }
        }
        let mar = try #require(core.requests(CxCommands.multimediaAuth).first)
        #expect(mar[Cx.serverName] == CoreWorld.scscfURI(0))
        #expect(mar[Cx.sipAuthDataItem]?[Cx.sipAuthenticationScheme] == "Digest-AKAv1-MD5")
        let sar = try #require(core.requests(CxCommands.serverAssignment).first)
        #expect(sar[Cx.userDataAlreadyAvailable] == .notAvailable)
        #expect(sar[Base.destinationHost] == nil || sar[Base.destinationHost] == "hss.\(CoreWorld.home)")
    }

    @Test("RFC 3261 §18: the same over TCP on Gm")
    func overTCP() throws {
        let core = try CoreWorld()
        let subscriber = try core.subscribe(1)
        let ue = try core.ue(subscriber)
        let connection = ue.puppet.connect(to: CoreWorld.pcscfAddress)
        core.world.settle()
        let text =
            "REGISTER sip:\(CoreWorld.home) SIP/2.0\r\nVia: SIP/2.0/TCP \(ue.address);branch=z9hG4bKt1\r\n"
            + "Max-Forwards: 70\r\nFrom: <\(subscriber.impu)>;tag=1\r\nTo: <\(subscriber.impu)>\r\nCall-ID: t\r\n"
            + "CSeq: 1 REGISTER\r\nContact: <sip:u@\(ue.address);transport=tcp>\r\n"
            + "Authorization: \(ue.initialAuthorization)\r\nContent-Length: 0\r\n\r\n"
        ue.puppet.send(String(text.prefix(100)), on: connection)
        core.world.settle()
        ue.puppet.send(String(text.dropFirst(100)), on: connection)
        core.world.settle()
        #expect(ue.puppet.takeText(on: connection).hasPrefix("SIP/2.0 401 "))
        ue.puppet.close(connection)
        core.expectNothingLeft()
    }

    @Test("RFC 3261 §17.2.2: a repeated REGISTER gets the same answer and no second vector")
    func retransmission() throws {
        let core = try CoreWorld()
        core.world.faults.duplicatePercent = 100
        let ue = try core.ue(try core.subscribe(1))
        let accepted = try ue.registerWithAKA()
        core.world.advance(milliseconds: 1_000)
        #expect(accepted.status == 200)
        #expect(core.requests(CxCommands.multimediaAuth).count == 1)
        #expect(core.assignments == [1])
        #expect(core.registrations().count == 1)
    }

    @Test(
        "RFC 3261 §17.1.2.2: lost datagrams are sent again until the UE is registered",
        arguments: [1, 2, 3] as [UInt64])
    func lossInTheCore(seed: UInt64) throws {
        var options = CoreWorld.Options()
        options.seed = seed
        let core = try CoreWorld(options)
        core.world.faults.rule = { flight in
            // Between the CSCFs only: the scripted UE does not repeat itself.
            let isGm = [flight.from, flight.to].contains { $0.description.hasPrefix("10.45.") }
            return isGm ? .deliver : nil
        }
        core.world.faults.lossPercent = 20
        let ue = try core.ue(try core.subscribe(1))
        ue.register(authorization: ue.initialAuthorization, settling: false)
        let challenge = try #require(ue.waitForFinal(milliseconds: 32_000))
        try #require(challenge.status == 401)
        ue.register(authorization: try ue.answer(), settling: false)
        #expect(ue.waitForFinal(milliseconds: 32_000)?.status == 200)
        #expect(core.registrations().count == 1)
    }

    @Test("TS 23.003 §13.4: To with port, parameters and escapes registers the same identity")
    func canonicalTo() throws {
        let core = try CoreWorld()
        var subscriber = try core.subscribe(1)
        let canonical = subscriber.impu
        subscriber.impu = canonical.replacing(".org", with: ".ORG:5060;user=ip").replacing("sip:0", with: "sip:%30")
        let ue = try core.ue(subscriber)
        #expect(try ue.registerWithAKA().status == 200)
        #expect(Set(core.requests(CxCommands.userAuthorization).compactMap { $0[Cx.publicIdentity] }) == [canonical])
    }

    @Test(
        "RFC 6665 §8.3.2, RFC 3261 §8.2.1: other methods are answered at once",
        arguments: [
            ("SUBSCRIBE", 489), ("PUBLISH", 405), ("INVITE", 405), ("MESSAGE", 405), ("FOO", 405), ("OPTIONS", 200),
        ])
    func otherMethods(_ row: (method: String, status: Int)) throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        for target in [CoreWorld.pcscfAddress, CoreWorld.icscfAddress, CoreWorld.scscfAddress(0)] {
            let text =
                "\(row.method) sip:\(CoreWorld.home) SIP/2.0\r\nVia: SIP/2.0/UDP \(ue.address);branch=z9hG4bK\(target.port)\r\n"
                + "Max-Forwards: 70\r\nFrom: <\(ue.subscriber.impu)>;tag=1\r\nTo: <sip:x@\(CoreWorld.home)>\r\nCall-ID: m\r\n"
                + "CSeq: 1 \(row.method)\r\nContact: \(ue.contact)\r\nEvent: presence\r\nContent-Length: 0\r\n\r\n"
            ue.puppet.send(text, to: target)
            core.world.settle()
            let statuses = ue.puppet.takeDatagrams().compactMap { try? SIPMessage($0.bytes) }.filter(\.isFinal)
            // The I-CSCF's answers are its own tests' business; it must not be silent.
            if target == CoreWorld.icscfAddress {
                #expect(statuses.count == 1)
            } else {
                #expect(statuses.map(\.status) == [row.status])
                if row.status == 405 { #expect(statuses.first?.lists("REGISTER", in: .allow) == true) }
            }
        }
    }
}
