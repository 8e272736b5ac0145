import AKA
import Foundation
import LabHarness

/// A phone with a lab subscriber's USIM, for what sipp cannot do: AUTS, a card with a memory of sequence numbers, odd requests.
///
/// It reads and writes SIP by its own simple means; only the USIM's arithmetic is the product's (checked there against
/// the 3GPP test sets).
final class Phone {
    /// What a REGISTER carries as Authorization.
    enum Authorization {
        /// RFC 3310 §3.1: identities, no nonce yet.
        case initial
        /// The USIM's answer to a challenge.
        case answer(SIPText)
        /// A response that matches nothing, to this challenge.
        case wrong(SIPText)
        /// TS 24.229 §5.1.1.5.3: the USIM did not recognise the network: an empty response, no AUTS.
        case macFailure(SIPText)
        /// RFC 2617 with a password, for a subscriber without a SIM.
        case password(SIPText, String)
        /// Parameters made earlier, for another request.
        case verbatim(String)
    }

    let subscriber: Subscriber
    let socket: Socket
    let pcscf: Endpoint
    var impi: String
    var impu: String
    private(set) var usim: USIM
    /// What the last accepted challenge derived, to look for where it must not be.
    private(set) var lastKeys: SessionKeys?
    private let functions: AKAFunctions
    private let digests: Digests
    let callID = UUID().uuidString
    private let tag = String(UUID().uuidString.prefix(8))
    private var cseq = 0

    /// - Parameter seenElsewhere: the SQN the card accepted last, from another network's service.
    init(_ subscriber: Subscriber, at address: Loopback, pcscf: Endpoint, seenElsewhere: UInt64? = nil) throws {
        self.subscriber = subscriber
        self.pcscf = pcscf
        impi = subscriber.impi
        impu = subscriber.impu
        socket = try Socket(.datagram, on: address)
        functions = try AKAFunctions()
        digests = try Digests()
        usim = try USIM(Self.keys(of: subscriber, functions), highest: seenElsewhere.flatMap(SequenceNumber.init))
    }

    /// The card has been used elsewhere in the meantime, up to this SQN.
    func useCardElsewhere(until sqn: UInt64) throws {
        usim = USIM(usim.keys, highest: SequenceNumber(sqn))
    }

    static func keys(of subscriber: Subscriber, _ functions: AKAFunctions) throws -> AKAKeys {
        guard let k = Block128(Array(subscriber.key.utf8)), let op = Block128(Array(Subscriber.operatorKey.utf8)) else {
            throw HarnessError("lab keys are not 16 octets")
        }
        let amf = Subscriber.amf.utf8.reduce(UInt16(0)) { $0 << 8 | UInt16($1) }
        return AKAKeys(algorithm: .milenage, k: k, opc: try functions.opc(k: k, op: op), amf: amf)
    }

    /// The text of the next REGISTER.
    func register(expires: Int = 7200, contact: String? = nil, _ authorization: Authorization = .initial) throws
        -> String
    {
        cseq += 1
        let contact = contact ?? "<sip:\(subscriber.imsi)@\(socket.local)>"
        var lines = [
            "REGISTER sip:\(Subscriber.domain) SIP/2.0",
            "Via: SIP/2.0/UDP \(socket.local);branch=z9hG4bK\(UUID().uuidString.prefix(13));rport",
            "Max-Forwards: 70",
            "From: <\(impu)>;tag=\(tag)",
            "To: <\(impu)>",
            "Call-ID: \(callID)",
            "CSeq: \(cseq) REGISTER",
            "Contact: \(contact)",
            "Expires: \(expires)",
            "Supported: path",
        ]
        lines.append("Authorization: Digest " + (try parameters(authorization)))
        return lines.joined(separator: "\r\n") + "\r\nContent-Length: 0\r\n\r\n"
    }

    /// Sends a request, again as RFC 3261 §17.1.2.2 says while nothing comes, and returns its final response.
    func exchange(_ request: String, within seconds: Double = 20) throws -> SIPText {
        let sent = SIPText(Array(request.utf8))
        let deadline = Deadline(seconds: seconds)
        var interval = 0.5
        while !deadline.hasPassed {
            try socket.send(Array(request.utf8), to: pcscf)
            let again = Deadline(seconds: min(interval, Double(deadline.milliseconds) / 1000))
            while let bytes = try socket.receive(by: again) {
                guard let message = SIPText(bytes), message.status >= 200 else { continue }
                if message.value("Call-ID") == sent?.value("Call-ID"), message.cseq == sent?.cseq { return message }
            }
            interval = min(interval * 2, 4)
        }
        throw HarnessError("no final response to \(sent?.startLine ?? request) within \(seconds) s")
    }

    /// A whole registration (or, with `expires` 0, de-registration): REGISTER, and answers to challenges as the USIM
    /// decides, at most four. Returns the final response of each, in order.
    func attempt(expires: Int = 7200, contact: String? = nil, within seconds: Double = 20) throws -> [SIPText] {
        var responses = [try exchange(register(expires: expires, contact: contact), within: seconds)]
        while let last = responses.last, last.status == 401, responses.count < 5 {
            responses.append(try exchange(register(expires: expires, contact: contact, .answer(last)), within: seconds))
        }
        return responses
    }

    /// Gets a challenge and lets the card accept it, without answering: the SQN is used up.
    func acceptChallenge() throws {
        let challenge = try exchange(register())
        guard challenge.status == 401 else { throw HarnessError("no challenge: \(challenge.startLine)") }
        guard case .authenticated = try answer(to: nonce(of: challenge)) else {
            throw HarnessError("the card of subscriber \(subscriber.number) does not accept the challenge")
        }
    }

    /// Tries again, as a phone does after 480 or 504, until registered or the deadline passes.
    func registerEventually(within seconds: Double) throws -> [SIPText] {
        let deadline = Deadline(seconds: seconds)
        var last: [SIPText] = []
        while !deadline.hasPassed {
            last = (try? attempt(within: max(1, Double(deadline.milliseconds) / 1000))) ?? []
            if last.last?.status == 200 { return last }
        }
        throw HarnessError("not registered within \(seconds) s; last: \(last.map(\.startLine))")
    }
}

extension Phone {
    /// RFC 3310 §3.3 and §3.4; RFC 2617 §3.2.2.
    func parameters(_ authorization: Authorization) throws -> String {
        let identity =
            "username=\"\(impi)\", realm=\"\(Subscriber.domain)\", uri=\"sip:\(Subscriber.domain)\""
        switch authorization {
        case .verbatim(let parameters):
            return parameters
        case .initial:
            return identity + ", nonce=\"\", response=\"\""
        case .macFailure(let challenge):
            return try identity + ", nonce=\"\(nonce(of: challenge))\", response=\"\", algorithm=AKAv1-MD5"
        case .password(let challenge, let password):
            return try identity + response(to: challenge, password: Array(password.utf8))
        case .wrong(let challenge):
            return try identity + response(to: challenge, password: Array("wrong RES".utf8))
        case .answer(let challenge):
            switch try answer(to: nonce(of: challenge)) {
            case .authenticated(let res, _, _):
                return try identity + response(to: challenge, password: res)
            case .synchronisationFailure(let auts):
                return try identity + response(to: challenge, password: [])
                    + ", auts=\"\(Data(auts).base64EncodedString())\""
            case .macFailure:
                throw HarnessError("AUTN of \(challenge.startLine) has a wrong MAC")
            }
        }
    }

    private func nonce(of challenge: SIPText) throws -> String {
        guard let nonce = challenge.challenge("nonce") else { throw HarnessError("no nonce in \(challenge.headers)") }
        return nonce
    }

    private func answer(to nonce: String) throws -> USIM.Answer {
        let answer = try usim.answer(to: nonce, functions)
        if case .authenticated(let res, let ck, let ik) = answer {
            lastKeys = SessionKeys(keys: usim.keys, res: res, ck: ck, ik: ik)
        }
        return answer
    }

    private func response(to challenge: SIPText, password: [UInt8]) throws -> String {
        let nonce = try nonce(of: challenge)
        let algorithm = challenge.challenge("algorithm") ?? "MD5"
        let a1 = hash(Array("\(impi):\(Subscriber.domain):".utf8) + password)
        let a2 = hash(Array("REGISTER:sip:\(Subscriber.domain)".utf8))
        let digest = hash(Array("\(a1):\(nonce):00000001:0a4f113b:auth:\(a2)".utf8))
        return
            ", nonce=\"\(nonce)\", response=\"\(digest)\", algorithm=\(algorithm), qop=auth, nc=00000001, cnonce=\"0a4f113b\""
    }

    private func hash(_ octets: [UInt8]) -> String {
        digests.md5(octets).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}

/// The secrets of one challenge.
struct SessionKeys {
    let keys: AKAKeys
    let res: [UInt8]
    let ck: Block128
    let ik: Block128

    /// Each by name, as hexadecimal text and as octets.
    var secrets: [(name: String, text: String, octets: [UInt8])] {
        let all = [("K", keys.k.octets), ("OPc", keys.opc.octets), ("CK", ck.octets), ("IK", ik.octets), ("RES", res)]
        return all.map { ($0, $1.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(), $1) }
    }
}
