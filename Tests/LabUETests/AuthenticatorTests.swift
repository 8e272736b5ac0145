import AKA
import SIP
import Testing

@testable import LabUE

@Suite("RFC 3310, TS 33.203 §6.1: a UE's answers to challenges")
struct AuthenticatorTests {
    private let tools: Authenticator.Tools
    private let identity: UEIdentity
    private let keys: AKAKeys
    private let request = DigestRequest(method: "REGISTER", uri: "sip:x")

    init() throws {
        tools = Authenticator.Tools(functions: try AKAFunctions(), digests: try Digests())
        identity = try #require(try LabSubscribers.identity(1, domain: "x", tools.functions))
        var held: AKAKeys?
        if case .card(let keys) = identity.secret { held = keys }
        keys = try #require(held)
    }

    private func challenge(seq: UInt64) throws -> DigestChallenge {
        let vector = try tools.functions.vector(
            keys, rand: Block128(UInt128(seq) + 77), seq: seq, for: .ims)
        let nonce = Base64.encode(vector.rand.octets + vector.autn.octets)
        return DigestChallenge(realm: "x", nonce: nonce, algorithm: .akav1MD5)
    }

    private func brief(_ answer: Authenticator.Answer) -> String {
        switch answer {
        case .credentials: "credentials"
        case .resynchronisation: "resynchronisation"
        case .macFailure: "MAC failure"
        case .impossible: "impossible"
        }
    }

    @Test("TS 33.102 §6.3.3: a challenge is accepted once; the same again asks for resynchronisation")
    func replay() throws {
        var phone = Authenticator(identity)
        let challenge = try challenge(seq: 5)
        let next = try self.challenge(seq: 6)
        let answers = [challenge, challenge, next].map { brief(phone.answer($0, request, cnonce: "c", tools)) }
        #expect(answers == ["credentials", "resynchronisation", "credentials"])
    }

    @Test("RFC 3310 §3.2: a nonce that is no RAND and AUTN, or another algorithm, cannot be answered")
    func impossible() throws {
        var phone = Authenticator(identity)
        let short = DigestChallenge(realm: "x", nonce: Base64.encode([1, 2, 3]), algorithm: .akav1MD5)
        let digest = DigestChallenge(realm: "x", nonce: "n", algorithm: .md5)
        let answers = [short, digest].map { brief(phone.answer($0, request, cnonce: "c", tools)) }
        #expect(answers == ["impossible", "impossible"])
        var user = Authenticator(UEIdentity(user: "a", password: "p", domain: "x"))
        let asked = brief(user.answer(try challenge(seq: 1), request, cnonce: "c", tools))
        #expect(asked == "impossible")
    }

    @Test("TS 24.229 §5.1.1.2.2, §5.1.1.2.3: unprompted, a SIM names its private identity, a password user nothing")
    func unprompted() throws {
        var card = Authenticator(identity)
        let text = card.unprompted(request, realm: "x", cnonce: "c", tools)
        let credentials = try #require(DigestCredentials(parsing: text ?? ""))
        #expect(credentials.username == identity.impi && credentials.nonce == "" && credentials.response == "")
        var user = Authenticator(UEIdentity(user: "a", password: "p", domain: "x"))
        let none = user.unprompted(request, realm: "x", cnonce: "c", tools)
        #expect(none == nil)
    }

    @Test("Design §8: an identity prints without its keys")
    func prints() {
        #expect("\(identity)" == identity.impi)
        var dumped = ""
        dump(identity, to: &dumped)
        #expect(!dumped.contains("aka0") && !dumped.contains("keys"))
    }
}
