import AKA
import Diameter
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

private enum AuthenticationLimit {
    /// Two resynchronisations, and the REGISTER that is one too many.
    static let rounds = 3
}

@Suite("TS 24.229 §5.4.1.2.3: authentication that goes wrong")
struct AuthenticationTests {
    @Test("§5.4.1.2.3: a wrong response is 403, the HSS is told, and the phone may try again")
    func wrongResponse() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 401)
        _ = try ue.answer()
        let refused = ue.register(authorization: try ue.respond(try #require(ue.challenge), [1, 2, 3, 4]))
        #expect(refused?.status == 403)
        #expect(core.assignments == [9])
        #expect(core.registrations().isEmpty)
        #expect(try ue.registerWithAKA().status == 200)
    }

    @Test("§5.4.1.2.3: a wrong response leaves the registration there is alone")
    func wrongResponseWhileRegistered() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA().status == 200)
        let thief = try core.ue(ue.subscriber, host: 66)
        #expect(thief.register(authorization: thief.initialAuthorization)?.status == 401)
        let guess = try thief.respond(try #require(thief.challenge), [0, 0, 0, 0])
        #expect(thief.register(authorization: guess)?.status == 403)
        #expect(core.registrations().map { $0["contact"] } == [.text("sip:\(ue.user)@\(ue.address)")])
        #expect(core.registrationsAtPCSCF().count == 1)
        #expect(try ue.registerWithAKA().status == 200)
    }

    @Test("RFC 3310 §3.4, TS 33.102 §6.3.5: AUTS brings a fresh vector, and the phone registers")
    func resynchronisation() throws {
        let core = try CoreWorld()
        var subscriber = try core.subscribe(1)
        let keys = try #require(subscriber.usim?.keys)
        // The card has seen service elsewhere: far ahead of the HSS.
        subscriber.usim = USIM(keys, highest: SequenceNumber(5_000 << 5))
        let ue = try core.ue(subscriber)
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 401)
        let auts = try ue.answer()
        #expect(auts.contains("auts="))
        #expect(ue.register(authorization: auts)?.status == 401)
        #expect(ue.register(authorization: try ue.answer())?.status == 200)
        let mars = core.requests(CxCommands.multimediaAuth)
        #expect(mars.map { $0[Cx.sipAuthDataItem]?[Cx.sipAuthorization]?.count } == [nil, 30])
        #expect(core.scscfNodes[0].tap.events.contains("challenged after resynchronisation"))
    }

    @Test("RFC 3310 §3.4: resynchronisation without end is cut off with 403")
    func resynchronisationLoop() throws {
        let core = try CoreWorld()
        let subscriber = try core.subscribe(1)
        let ue = try core.ue(subscriber)
        let auts = Base64.encode([UInt8](repeating: 1, count: 14))
        var statuses: [Int] = []
        ue.register(authorization: ue.initialAuthorization)
        for _ in 0..<4 {
            guard let challenge = ue.challenge else { break }
            var credentials = try #require(DigestCredentials(parsing: try ue.respond(challenge, [])))
            credentials.fields["auts"] = auts
            statuses.append(ue.register(authorization: credentials.text)?.status ?? 0)
            if statuses.last != 401 { break }
        }
        // AUTS whose MAC-S is wrong: whatever the HSS makes of it, the loop ends, and nobody is registered.
        #expect(statuses.count <= AuthenticationLimit.rounds)
        #expect(statuses.last != 401 && statuses.last != 200)
        #expect(core.registrations().isEmpty)
    }

    @Test("§5.4.1.2.3: a UE that cannot accept our challenge is challenged twice more, then 403")
    func emptyResponses() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 401)
        #expect(ue.register(authorization: try ue.emptyAnswer())?.status == 401)
        #expect(ue.register(authorization: try ue.emptyAnswer())?.status == 401)
        #expect(ue.register(authorization: try ue.emptyAnswer())?.status == 403)
        #expect(core.assignments == [9])
        core.expectNothingLeft()
    }

    @Test("§7.8: reg-await-auth ends an attempt after four minutes, not after thirty seconds")
    func regAwaitAuth() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 401)
        let late = try ue.answer()
        core.world.advance(milliseconds: 239_000)
        #expect(core.assignments == [])
        core.world.advance(milliseconds: 2_000)
        #expect(core.assignments == [10])
        #expect(ue.register(authorization: late)?.status == 401)
        core.expectNothingLeft()
    }

    @Test("§7.8: a slow user is still in time at 3 min 59 s")
    func slowAnswer() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 401)
        core.world.advance(milliseconds: 239_000)
        #expect(ue.register(authorization: try ue.answer())?.status == 200)
        core.world.advance(milliseconds: 10_000)
        #expect(core.assignments == [1])
    }

    @Test("§5.4.1.2.2: a forged initial REGISTER does not spoil the challenge the phone is about to answer")
    func forgedInitial() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 401)
        let thief = try core.ue(ue.subscriber, host: 66)
        #expect(thief.register(authorization: thief.initialAuthorization)?.status == 401)
        #expect(ue.register(authorization: try ue.answer())?.status == 200)
    }

    @Test("Deviation of §5.4.1.2.2: `aka-without-ipsec: refuse` answers 403, so that the phone stops")
    func refusesWithoutIPsec() throws {
        var options = CoreWorld.Options()
        options.scscf = [("aka-without-ipsec", .text("refuse"))]
        let core = try CoreWorld(options)
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA().status == 403)
        #expect(core.registrations().isEmpty)
    }

    @Test("§5.3.1.3: who the HSS does not know is refused with 403")
    func unknownUser() throws {
        let core = try CoreWorld()
        var subscriber = try core.subscribe(1)
        subscriber.impi = "001019999999999@\(CoreWorld.home)"
        subscriber.impu = "sip:\(subscriber.impi)"
        let ue = try core.ue(subscriber)
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 403)
        core.expectNothingLeft()
    }

    @Test("TS 29.228 §6.1.1: identities that do not belong together are refused with 403")
    func mismatchedIdentities() throws {
        let core = try CoreWorld()
        var subscriber = try core.subscribe(1)
        subscriber.impu = try core.subscribe(2).impu
        let ue = try core.ue(subscriber)
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 403)
    }

    @Test("TS 23.228 §5.2.1a: a set with nothing but barred identities is refused with 403")
    func barredSet() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1, msisdn: false))
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 403)
        core.expectNothingLeft()
    }

    @Test("Secrets are in no log line: RES, CK, IK, K")
    func nothingSecretIsLogged() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 401)
        let inside = try #require(core.sent(by: core.scscfNodes[0], containing: "401 Unauthorized").first)
        let challenge = try SIPMessage(Array(inside.utf8)).text(.wwwAuthenticate).flatMap(
            DigestChallenge.init(parsing:))
        let answer = try ue.answer()
        #expect(ue.register(authorization: answer)?.status == 200)
        let response = try #require(DigestCredentials(parsing: answer)).response
        let secrets = [challenge?.fields["ck"], challenge?.fields["ik"], response].compactMap { $0 }
        try #require(secrets.count == 3)
        for node in core.scscfNodes + [core.pcscfNode, core.icscfNode, core.hssNode] {
            let lines = node.log.lines.map(\.description) + node.tap.events
            for secret in secrets { #expect(!lines.contains { $0.contains(secret) }) }
        }
    }
}
