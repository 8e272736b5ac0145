import IMSCore
import RoleKit
import SIP
import Testing

@testable import SCSCF

@Suite("TS 24.229 §5.4.1.2: what authentication a REGISTER needs")
struct AuthenticationDecisionTests {
    static let nonce = Base64.encode([UInt8](repeating: 7, count: 32))
    static let auts = Base64.encode([UInt8](repeating: 9, count: 14))

    private func subject(
        _ fields: String?, challenges: [PendingChallenge] = [], sessionNonce: String? = nil, isRegistered: Bool = false,
        callID: String = "call", policy: SCSCFConfig.AKAWithoutIPsec = .accept
    ) throws -> AuthenticationSubject {
        let credentials = fields.flatMap { DigestCredentials(parsing: #"Digest username="u@ims.test","# + $0) }
        if fields != nil { #expect(credentials != nil) }
        return AuthenticationSubject(
            credentials: credentials,
            integrity: IntegrityProtection(parameter: credentials?.fields["integrity-protected"]), callID: callID,
            impu: try #require(IMPU("sip:u@ims.test")), challenges: challenges, sessionNonce: sessionNonce,
            isRegistered: isRegistered, akaWithoutIPsec: policy)
    }

    private func open(resynchronisations: Int = 0, emptyResponses: Int = 0) throws -> PendingChallenge {
        PendingChallenge(
            serial: 5, impu: try #require(IMPU("sip:u@ims.test")), callID: "call", nonce: Self.nonce,
            proof: .aka(rand: [UInt8](repeating: 7, count: 16), xres: SecretOctets([1, 2, 3, 4])),
            timer: TimerID(raw: 0),
            resynchronisations: resynchronisations, emptyResponses: emptyResponses)
    }

    @Test("§5.4.1.2.1: no credentials, no nonce, or a nonce we do not know: challenge")
    func fresh() throws {
        #expect(AuthenticationDecision.step(try subject(nil)) == .challenge(.fresh))
        #expect(AuthenticationDecision.step(try subject(#"nonce="",response="""#)) == .challenge(.fresh))
        #expect(AuthenticationDecision.step(try subject(#"nonce="other",response="00""#)) == .challenge(.fresh))
    }

    @Test("§5.4.1.2.2: only the dialogue that was challenged answers its challenge")
    func callIDMatters() throws {
        let answer = #"nonce="\#(Self.nonce)",response="00""#
        let here = try subject(answer, challenges: [try open()])
        #expect(AuthenticationDecision.step(here) == .verify(challenge: 5))
        let elsewhere = try subject(answer, challenges: [try open()], callID: "other")
        #expect(AuthenticationDecision.step(elsewhere) == .challenge(.fresh))
        var otherUser = here
        otherUser.impu = try #require(IMPU("sip:other@ims.test"))
        #expect(AuthenticationDecision.step(otherUser) == .challenge(.fresh))
    }

    @Test(
        "§5.4.1.2.2: a registered UE inside its association is not challenged; others are",
        arguments: [
            ("yes", true, true), ("tls-yes", true, true), ("yes", false, false), ("no", true, false),
            ("ip-assoc-yes", true, false), ("tls-pending", true, false),
        ])
    func association(_ row: (integrity: String, isRegistered: Bool, isAccepted: Bool)) throws {
        let fields = #"nonce="",response="",integrity-protected="\#(row.integrity)""#
        let step = AuthenticationDecision.step(try subject(fields, isRegistered: row.isRegistered))
        #expect(step == (row.isAccepted ? .accept : .challenge(.fresh)))
    }

    @Test("Deviation of §5.4.1.2.2: AKA without IPsec by configuration; never by a lie")
    func akaWithoutIPsec() throws {
        let answer = #"nonce="\#(Self.nonce)",response="00",integrity-protected="no""#
        let refused = try subject(answer, challenges: [try open()], policy: .refuse)
        #expect(AuthenticationDecision.step(refused) == .refuse(reason: "AKA response without IPsec", ended: 5))
        let inside = try subject(
            #"nonce="\#(Self.nonce)",response="00",integrity-protected="yes""#, challenges: [try open()],
            policy: .refuse)
        #expect(AuthenticationDecision.step(inside) == .verify(challenge: 5))
    }

    @Test("RFC 3310 §3.4: AUTS with the RAND of our challenge, at most twice in a row")
    func resynchronisation() throws {
        let answer = #"nonce="\#(Self.nonce)",response="00",auts="\#(Self.auts)""#
        let rand = [UInt8](repeating: 7, count: 16)
        let auts = [UInt8](repeating: 9, count: 14)
        for count in 0..<AuthenticationDecision.maximumResynchronisations {
            let step = AuthenticationDecision.step(
                try subject(answer, challenges: [try open(resynchronisations: count)]))
            #expect(step == .challenge(.resynchronisation(rand: rand, auts: auts, count: count + 1)))
        }
        let last = try open(resynchronisations: AuthenticationDecision.maximumResynchronisations)
        #expect(
            AuthenticationDecision.step(try subject(answer, challenges: [last]))
                == .refuse(reason: "too many resynchronisations", ended: 5))
    }

    @Test("RFC 3310 §3.4: AUTS for a challenge that is not ours takes RAND from the nonce; broken AUTS is refused")
    func resynchronisationWithoutChallenge() throws {
        let answer = #"nonce="\#(Self.nonce)",response="00",auts="\#(Self.auts)""#
        let expected = ChallengeCause.resynchronisation(
            rand: [UInt8](repeating: 7, count: 16), auts: [UInt8](repeating: 9, count: 14), count: 1)
        #expect(AuthenticationDecision.step(try subject(answer)) == .challenge(expected))
        let broken = #"nonce="\#(Self.nonce)",response="00",auts="AAAA""#
        #expect(AuthenticationDecision.step(try subject(broken)) == .refuse(reason: "malformed AUTS", ended: nil))
    }

    @Test("§5.4.1.2.3: an empty response is challenged again at most twice")
    func emptyResponses() throws {
        let answer = #"nonce="\#(Self.nonce)",response="""#
        for count in 0..<2 {
            let step = AuthenticationDecision.step(try subject(answer, challenges: [try open(emptyResponses: count)]))
            #expect(step == .challenge(.emptyResponse(count: count + 1)))
        }
        let step = AuthenticationDecision.step(try subject(answer, challenges: [try open(emptyResponses: 2)]))
        #expect(step == .refuse(reason: "challenge rejected by the UE", ended: 5))
    }

    @Test("RFC 2617 §3.2.2: a digest nonce that was answered before is compared with its session")
    func digestSession() throws {
        let answer = #"nonce="s",response="00""#
        #expect(AuthenticationDecision.step(try subject(answer, sessionNonce: "s")) == .verifySession)
        #expect(AuthenticationDecision.step(try subject(answer, sessionNonce: "t")) == .challenge(.fresh))
    }

    @Test("An unprotected REGISTER costs nothing, so it does not push out other open challenges without bound")
    func storeIsBounded() throws {
        var store = AuthenticationStore()
        let impi = try #require(IMPI("u@ims.test"))
        var gone: [UInt64] = []
        for serial in 1...UInt64(AuthenticationStore.challengesPerIMPI + 1) {
            var challenge = try open()
            challenge.serial = serial
            challenge.callID = "call-\(serial)"
            gone += store.add(challenge, of: impi).map(\.serial)
        }
        #expect(gone == [1])
        #expect(store.challengeCount == AuthenticationStore.challengesPerIMPI)
        #expect(store.owner(of: 1) == nil)
        var again = try open()
        again.serial = 99
        again.callID = "call-3"
        let replaced = store.add(again, of: impi).map(\.serial)
        #expect(replaced == [3])
    }
}
