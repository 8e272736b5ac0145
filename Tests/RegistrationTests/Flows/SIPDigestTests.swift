import Diameter
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("TS 24.229 §5.4.1.2, RFC 2617: SIP Digest")
struct SIPDigestTests {
    private func core(_ scscf: [(String, SettingsNode)] = []) throws -> (CoreWorld, TestUE) {
        var options = CoreWorld.Options()
        options.scscf = scscf
        let core = try CoreWorld(options)
        return (core, try core.ue(try core.subscribe(digest: "alice", password: "wonderland")))
    }

    @Test("§5.4.1.1, §5.2.2.3: no Authorization, challenge, answer: registered; then ip-assoc-yes")
    func registers() throws {
        let (core, ue) = try core()
        let accepted = try ue.registerWithDigest()
        #expect(accepted.status == 200)
        #expect(accepted.texts(.pAssociatedURI) == ["<\(ue.subscriber.impu)>"])
        #expect(accepted.text(.authenticationInfo)?.contains("rspauth=") == true)
        #expect(ue.challenge?.algorithm == .md5)
        let sent = core.sent(by: core.pcscfNode, containing: "REGISTER sip:")
        #expect(sent.count == 2)
        #expect(!sent[0].contains("Authorization:") && !sent[0].contains("integrity-protected"))
        #expect(sent[1].contains("integrity-protected=\"ip-assoc-pending\""))
        let mar = try #require(core.requests(CxCommands.multimediaAuth).first)
        #expect(mar[Cx.sipAuthDataItem]?[Cx.sipAuthenticationScheme] == "Unknown")
        // The same nonce once more, with a higher count: no challenge.
        let again = ue.register(expires: 3_600, authorization: try ue.answer())
        #expect(again?.status == 200)
        #expect(core.sent(by: core.pcscfNode, containing: "ip-assoc-yes").count == 1)
        #expect(core.requests(CxCommands.multimediaAuth).count == 1)
        #expect(core.assignments == [1, 2])
    }

    @Test("RFC 2617 §3.2.2: a repeated nonce count is stale, not registered")
    func replay() throws {
        let (core, ue) = try core()
        #expect(try ue.registerWithDigest().status == 200)
        let challenge = try #require(ue.challenge)
        let replayed = try ue.respond(challenge, Array("wonderland".utf8), nonceCount: 1)
        let answer = try #require(ue.register(expires: 0, authorization: replayed))
        #expect(answer.status == 401)
        #expect(ue.challenge?.isStale == true)
        #expect(core.registrations().count == 1)
        #expect(ue.register(expires: 0, authorization: try ue.answer())?.status == 200)
        #expect(core.registrations().isEmpty)
    }

    @Test("RFC 2617 §3.3: a nonce past its time is stale; the right password then works")
    func oldNonce() throws {
        let (core, ue) = try core([("digest-nonce-lifetime", .text("60"))])
        #expect(try ue.registerWithDigest().status == 200)
        core.world.advance(milliseconds: 61_000)
        #expect(ue.register(authorization: try ue.answer())?.status == 401)
        #expect(ue.challenge?.isStale == true)
        #expect(ue.register(authorization: try ue.answer())?.status == 200)
    }

    @Test("§5.4.1.2.3: a wrong password is 403, at the challenge and afterwards")
    func wrongPassword() throws {
        let (core, ue) = try core()
        #expect(ue.register(authorization: nil)?.status == 401)
        #expect(ue.register(authorization: try ue.answer(password: Array("looking glass".utf8)))?.status == 403)
        #expect(core.assignments == [9])
        #expect(try ue.registerWithDigest().status == 200)
        let wrong = ue.register(expires: 0, authorization: try ue.answer(password: Array("guess".utf8)))
        #expect(wrong?.status == 403)
        #expect(core.registrations().count == 1)
    }

    @Test("§5.4.1.4: de-registration, and the digest session goes with it")
    func deregisters() throws {
        let (core, ue) = try core()
        #expect(try ue.registerWithDigest().status == 200)
        #expect(ue.register(expires: 0, authorization: try ue.answer())?.status == 200)
        #expect(core.assignments == [1, 5])
        #expect(ue.register(authorization: try ue.answer())?.status == 401)
        core.world.advance(milliseconds: 241_000)
        core.expectNothingLeft()
    }

    @Test("§5.2.2.3: the association belongs to the address that authenticated")
    func otherAddress() throws {
        let (core, ue) = try core()
        #expect(try ue.registerWithDigest().status == 200)
        let other = try core.ue(ue.subscriber, host: 2)
        #expect(other.register(authorization: nil)?.status == 401)
        #expect(other.register(authorization: try other.answer())?.status == 200)
        #expect(core.sent(by: core.pcscfNode, containing: "ip-assoc-yes").isEmpty)
    }

    @Test(
        "TS 29.228 §6.3.1: AKA for a subscriber with a password: the HSS says no, is asked again, and the UE gets its challenge"
    )
    func akaForPassword() throws {
        let (core, ue) = try core()
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 401)
        #expect(ue.challenge?.algorithm == .md5)
        let schemes = core.requests(CxCommands.multimediaAuth).map {
            $0[Cx.sipAuthDataItem]?[Cx.sipAuthenticationScheme]
        }
        #expect(schemes == ["Digest-AKAv1-MD5", "Unknown"])
        #expect(ue.register(expires: 600, authorization: try ue.answer())?.status == 200)
    }
}
