import AKA
import RoleKit
import SIP

/// A UE's answers to challenges: its USIM for AKAv1-MD5 (RFC 3310, TS 33.203 §6.1), or its password.
struct Authenticator: Sendable {
    /// What goes into the next request.
    enum Answer: Sendable {
        /// Credentials that prove the secret.
        case credentials(String)
        /// SQN was out of range: credentials with AUTS (RFC 3310 §3.4, TS 33.203 §6.1.3).
        case resynchronisation(String)
        /// MAC-A was wrong: an empty response and no AUTS (TS 24.229 §5.1.1.5.3, TS 33.203 §6.1.2.2).
        case macFailure(String)
        /// The challenge cannot be answered at all.
        case impossible(UEFault)
    }

    /// What the computing needs; one object an instance.
    struct Tools {
        let functions: AKAFunctions
        let digests: Digests

        func hash(_ algorithm: DigestAlgorithm) -> DigestHash { algorithm.isSHA256 ? digests.sha256 : digests.md5 }
    }

    /// Keys of a security association set; neither prints.
    struct SessionKeys: Sendable {
        let ck: Block128
        let ik: Block128
    }

    private let impi: String
    private var usim: USIM?
    private let password: [UInt8]
    /// The challenge whose nonce serves again (SIP Digest), and how often it has.
    private var reusable: DigestChallenge?
    private var nonceCount: UInt32 = 0
    /// CK and IK of the challenge answered last, until they are taken.
    private var session: SessionKeys?
    /// Last Authorization of IMS AKA, which goes into the next REGISTER (TS 24.229 §5.1.1.4.2).
    private var lastText: String?

    init(_ identity: UEIdentity) {
        impi = identity.impi
        switch identity.secret {
        case .card(let keys):
            usim = USIM(keys, highest: identity.highestSQN)
            password = []
        case .password(let text):
            usim = nil
            password = Array(text.utf8)
        }
    }

    /// The Authorization of a REGISTER nothing has challenged yet: with AKA the private identity is in it, with SIP
    /// Digest there is none before the first challenge (TS 24.229 §5.1.1.2.2, §5.1.1.2.3).
    mutating func unprompted(_ request: DigestRequest, realm: String, cnonce: String, _ tools: Tools) -> String? {
        if let lastText { return lastText }
        if let reusable { return digest(reusable, request, cnonce, tools)?.text }
        guard usim != nil else { return nil }
        return DigestCredentials(username: impi, realm: realm, uri: request.uri).text
    }

    mutating func answer(
        _ challenge: DigestChallenge, _ request: DigestRequest, cnonce: String, _ tools: Tools
    ) -> Answer {
        if usim != nil { return askCard(challenge, request, cnonce, tools) }
        guard let algorithm = challenge.algorithm, algorithm != .akav1MD5 else {
            return .impossible(.needsCard(challenge.fields["algorithm"] ?? ""))
        }
        reusable = challenge
        nonceCount = 0
        guard let credentials = digest(challenge, request, cnonce, tools) else {
            return .impossible(.unknownChallenge("quality of protection"))
        }
        return .credentials(credentials.text)
    }

    private mutating func digest(
        _ challenge: DigestChallenge, _ request: DigestRequest, _ cnonce: String, _ tools: Tools
    ) -> DigestCredentials? {
        guard let algorithm = challenge.algorithm else { return nil }
        nonceCount += 1
        return DigestCredentials(
            answering: challenge, username: impi, password: password, request: request, cnonce: cnonce,
            nonceCount: nonceCount, hash: tools.hash(algorithm))
    }

    /// RFC 3310 §3.2: the nonce is RAND ‖ AUTN, perhaps followed by data of the server's own.
    private mutating func askCard(
        _ challenge: DigestChallenge, _ request: DigestRequest, _ cnonce: String, _ tools: Tools
    ) -> Answer {
        guard challenge.algorithm == .akav1MD5 else { return .impossible(.needsPassword) }
        guard let nonce = Base64.decode(challenge.nonce), nonce.count >= 32, let rand = Block128(nonce[..<16]),
            let autn = Block128(nonce[16..<32])
        else { return .impossible(.unknownChallenge("nonce")) }
        let result: USIM.Answer
        do {
            guard var card = usim else { return .impossible(.needsPassword) }
            result = try card.answer(rand: rand, autn: autn, tools.functions)
            usim = card
        } catch { return .impossible(.unknownChallenge("\(error)")) }
        func credentials(_ res: [UInt8]) -> DigestCredentials? {
            DigestCredentials(
                answering: challenge, username: impi, password: res, request: request, cnonce: cnonce,
                hash: tools.digests.md5)
        }
        switch result {
        case .authenticated(let res, let ck, let ik):
            guard let made = credentials(res) else { return .impossible(.unknownChallenge("quality of protection")) }
            lastText = made.text
            session = SessionKeys(ck: ck, ik: ik)
            return .credentials(made.text)
        case .synchronisationFailure(let auts):
            guard var made = credentials([]) else { return .impossible(.unknownChallenge("quality of protection")) }
            made.fields["auts"] = Base64.encode(auts)
            return .resynchronisation(made.text)
        case .macFailure:
            lastText = nil
            var made = DigestCredentials(
                username: impi, realm: challenge.realm, uri: request.uri, nonce: challenge.nonce)
            if let opaque = challenge.opaque { made.fields["opaque"] = opaque }
            made.fields.set("algorithm", DigestAlgorithm.akav1MD5.rawValue, isQuoted: false)
            return .macFailure(made.text)
        }
    }

    /// CK and IK of the challenge just answered, once.
    mutating func takeSessionKeys() -> SessionKeys? {
        defer { session = nil }
        return session
    }

    /// After a refusal nothing of the old challenge is used again.
    mutating func forget() {
        lastText = nil
        session = nil
        reusable = nil
        nonceCount = 0
    }
}
