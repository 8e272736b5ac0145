public import AKA
public import RoleKit
public import SIP
public import TestSupport
import Testing

/// Who a test UE is.
public struct TestSubscriber {
    public var impi: String
    public var impu: String
    public var msisdn: String
    public var usim: USIM?
    public var password: String

    public init(impi: String, impu: String, msisdn: String, usim: USIM? = nil, password: String = "") {
        self.impi = impi
        self.impu = impu
        self.msisdn = msisdn
        self.usim = usim
        self.password = password
    }
}

/// A scripted UE: sends REGISTERs, answers challenges, keeps what comes.
public final class TestUE {
    public var subscriber: TestSubscriber
    public let core: CoreWorld
    public let puppet: Puppet
    /// What REGISTERs leave from, and where their answers come: the same port, unless there is IPsec.
    public lazy var outlet = puppet
    public lazy var inlets = [puppet]
    public let address: SocketAddress
    public var callID: String
    public var cseq = 0
    /// Where REGISTERs go.
    public var pcscf = CoreWorld.pcscfAddress
    /// What it believes its own address to be.
    public lazy var viaHost = "\(address)"
    /// The Contact header's value without expires.
    public lazy var contact = "<sip:\(user)@\(address)>"
    /// How what it sends leaves, where that is no datagram of the outlet.
    public var carry: ((String) -> Void)?
    /// Of Via.
    public var transport = "UDP"
    /// Responses to other methods than REGISTER are somebody else's matter.
    public var hearsOnlyRegistrar = false
    /// Every final response, oldest first.
    public private(set) var finals: [SIPMessage] = []
    private var branch = 0
    private var nonceCount: UInt32 = 0
    public private(set) var challenge: DigestChallenge?

    private static func unique(_ address: SocketAddress) -> String { "call-\(address)" }

    public init(_ subscriber: TestSubscriber, at address: SocketAddress, in core: CoreWorld) throws {
        self.subscriber = subscriber
        self.core = core
        self.address = address
        callID = Self.unique(address)
        puppet = try Puppet(core.world, at: address, listensTCP: false, name: "ue-\(address)")
    }

    public var user: String { String(subscriber.impi.prefix { $0 != "@" }) }

    /// Begins a new dialogue, as a UE does that has been away.
    public func restart() {
        callID += "x"
        cseq = 0
    }

    // MARK: Sending

    /// One REGISTER; lets the core answer and gives the final response, if there is one by then.
    ///
    /// - Parameter authorization: the header's value; nil sends none.
    @discardableResult
    public func register(
        expires: Int? = 600_000, contact: String? = nil, authorization: String?, extra: String = "",
        settling: Bool = true
    ) -> SIPMessage? {
        cseq += 1
        branch += 1
        var lines = [
            "REGISTER sip:\(CoreWorld.home) SIP/2.0",
            "Via: SIP/2.0/\(transport) \(viaHost);branch=z9hG4bK-\(branch)-\(callID);rport",
            "Max-Forwards: 70", "From: <\(subscriber.impu)>;tag=f\(branch)", "To: <\(subscriber.impu)>",
            "Call-ID: \(callID)",
            "CSeq: \(cseq) REGISTER", "Contact: \(contact ?? self.contact)", "Supported: path",
        ]
        if let expires { lines.append("Expires: \(expires)") }
        if let authorization { lines.append("Authorization: \(authorization)") }
        send(lines.joined(separator: "\r\n") + "\r\n" + extra + "Content-Length: 0\r\n\r\n")
        guard settling else { return nil }
        let before = finals.count
        core.world.settle()
        collect()
        return finals.count > before ? finals.last : nil
    }

    public func send(_ text: String) {
        if let carry { carry(text) } else { outlet.send(text, to: pcscf) }
    }

    /// Waits for a final response that comes late.
    public func waitForFinal(milliseconds: Int) -> SIPMessage? {
        let before = finals.count
        core.world.advance(
            until: {
                self.collect()
                return self.finals.count > before
            }, withinMilliseconds: milliseconds)
        return finals.count > before ? finals.last : nil
    }

    public func collect() {
        for datagram in inlets.flatMap({ $0.takeDatagrams() }) {
            if let message = try? SIPMessage(datagram.bytes) { take(message) }
        }
    }

    /// Keeps a final response.
    public func take(_ message: SIPMessage) {
        guard message.isFinal, message.method == .register || !hearsOnlyRegistrar else { return }
        finals.append(message)
        if message.status == 401 {
            challenge = message.text(.wwwAuthenticate).flatMap(DigestChallenge.init(parsing:))
            nonceCount = 0
        }
    }

    /// The Authorization of a first REGISTER with IMS AKA, TS 24.229 §5.1.1.2.2.
    public var initialAuthorization: String {
        var credentials = DigestCredentials(
            username: subscriber.impi, realm: CoreWorld.home, uri: "sip:\(CoreWorld.home)")
        credentials.fields.set("algorithm", "AKAv1-MD5", isQuoted: false)
        return credentials.text
    }

    // MARK: Answering

    /// What the USIM says to the last challenge.
    public func askUSIM() throws -> USIM.Answer {
        let challenge = try #require(challenge)
        let nonce = try #require(Base64.decode(challenge.nonce))
        let rand = try #require(Block128(nonce[..<16]))
        let autn = try #require(Block128(nonce[16..<32]))
        var usim = try #require(subscriber.usim)
        defer { subscriber.usim = usim }
        return try usim.answer(rand: rand, autn: autn, core.functions)
    }

    /// The Authorization that answers the last challenge, by USIM or password; AUTS where the USIM wants it.
    public func answer(password override: [UInt8]? = nil) throws -> String {
        let challenge = try #require(challenge)
        guard subscriber.usim != nil else { return try respond(challenge, override ?? Array(subscriber.password.utf8)) }
        switch try askUSIM() {
        case .authenticated(let res, _, _): return try respond(challenge, override ?? res)
        case .synchronisationFailure(let auts):
            var credentials = try #require(DigestCredentials(parsing: try respond(challenge, [])))
            credentials.fields["auts"] = Base64.encode(auts)
            return credentials.text
        case .macFailure: return try emptyAnswer()
        }
    }

    /// The response of a UE that does not accept the challenge, TS 24.229 §5.1.1.5.3.
    public func emptyAnswer() throws -> String {
        let challenge = try #require(challenge)
        var credentials = DigestCredentials(
            username: subscriber.impi, realm: challenge.realm, uri: "sip:\(CoreWorld.home)", nonce: challenge.nonce)
        credentials.fields.set("algorithm", "AKAv1-MD5", isQuoted: false)
        return credentials.text
    }

    public func respond(
        _ challenge: DigestChallenge, _ password: [UInt8], nonceCount given: UInt32? = nil
    ) throws -> String {
        nonceCount += 1
        let credentials = DigestCredentials(
            answering: challenge, username: subscriber.impi, password: password,
            request: DigestRequest(method: "REGISTER", uri: "sip:\(CoreWorld.home)"), cnonce: "c\(branch)",
            nonceCount: given ?? nonceCount, hash: core.digests.md5)
        return try #require(credentials).text
    }

    // MARK: Whole procedures

    /// REGISTER, 401, REGISTER with the answer; gives the last response.
    @discardableResult
    public func registerWithAKA(expires: Int? = 600_000, contact: String? = nil) throws -> SIPMessage {
        let first = try #require(register(expires: expires, contact: contact, authorization: initialAuthorization))
        try #require(first.status == 401, "\(first.status) \(first.reason)")
        return try #require(register(expires: expires, contact: contact, authorization: try answer()))
    }

    /// The same with SIP Digest: the first REGISTER has no Authorization.
    @discardableResult
    public func registerWithDigest(expires: Int? = 3_600) throws -> SIPMessage {
        let first = try #require(register(expires: expires, authorization: nil))
        try #require(first.status == 401, "\(first.status) \(first.reason)")
        return try #require(register(expires: expires, authorization: try answer()))
    }
}
