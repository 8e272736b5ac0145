import IPsec
import LabWorld
import RoleKit
import SIP
import TestSupport

/// One UE of a crowd: what its next REGISTER says (TS 24.229 §5.1.1.2, §5.1.1.4), and what it was last told.
struct CrowdUE {
    typealias Said = (text: String, from: UInt16, to: UInt16)

    let number: Int
    let host: SocketAddress
    /// The last response.
    var received: SIPMessage?
    private(set) var isRegistered = false
    private var expiry = Moment(nanoseconds: 0)
    private var cseq = 0
    /// Which of its offers it makes: each has other SPIs and another client port.
    private var turn = 0
    /// Of the set in use and of the one being made: the offer, and what Security-Verify repeats.
    private var offer = ""
    private var verify = ""
    /// Ports of the set REGISTERs go over; nil: in the clear.
    private var way: (from: UInt16, to: UInt16)?

    init(_ number: Int) {
        self.number = number
        host = SocketAddress(10, 46, UInt8(number / 250), UInt8(1 + number % 250), port: 0)
    }

    private var ends: IPsecProposal.Endpoints {
        let spi = UInt32(11_000 + 2 * turn)
        return .init(clientSPI: spi, serverSPI: spi + 1, clientPort: UInt16(31_800 + turn % 40), serverPort: 31_900)
    }

    private var imsi: String { "00101" + String(1_000_000_000 + number).suffix(10) }
    private var impu: String { "sip:\(imsi)@\(CoreWorld.home)" }

    // MARK: What it says

    mutating func register() -> Said {
        way = nil
        isRegistered = true
        turn += 1
        return write(nonce: "", expires: 600_000)
    }

    mutating func registerAgain() -> Said {
        turn += 1
        return write(nonce: "", expires: 600_000)
    }

    mutating func leave() -> Said {
        isRegistered = false
        turn += 1
        return write(nonce: "", expires: 0)
    }

    mutating func answer() -> Said { write(nonce: Self.nonce, expires: isRegistered ? 600_000 : 0) }

    /// Without a word. It comes back with other SPIs, or with all it had.
    mutating func vanish(keepingPorts: Bool) {
        isRegistered = false
        way = nil
        if keepingPorts { turn -= 1 }
    }

    /// A 401 makes the set the next REGISTER goes over.
    mutating func take(challenge: SIPMessage?) -> Bool {
        guard let challenge, !challenge.texts(.securityServer).isEmpty else { return false }
        verify = challenge.texts(.securityServer).joined(separator: ", ")
        let port = verify.split(separator: ";").first { $0.hasPrefix("port-s=") }?.dropFirst(7)
        guard let server = port.flatMap({ UInt16($0.prefix { $0.isNumber }) }) else { return false }
        way = (ends.clientPort, server)
        return challenge.text(.wwwAuthenticate)?.contains("ck=") == false
    }

    mutating func take(grant: SIPMessage?, at now: Moment) {
        let seconds = grant?.text(.contact)?.split(separator: "expires=").last.flatMap { Int($0) } ?? 0
        expiry = now.advanced(byMilliseconds: 1_000 * seconds)
    }

    /// What has expired is a registration no more, and its set is none.
    mutating func lookAtClock(_ now: Moment) {
        if isRegistered, now >= expiry { vanish(keepingPorts: false) }
    }

    private mutating func write(nonce: String, expires: Int) -> Said {
        cseq += 1
        if nonce.isEmpty {
            offer =
                "ipsec-3gpp;alg=hmac-sha-1-96;ealg=aes-cbc;spi-c=\(ends.clientSPI);spi-s=\(ends.serverSPI)"
                + ";port-c=\(ends.clientPort);port-s=\(ends.serverPort)"
        }
        let (from, to) = way ?? (5060, CoreWorld.pcscfAddress.port)
        let credentials = DigestCredentials(
            username: "\(imsi)@\(CoreWorld.home)", realm: CoreWorld.home, uri: "sip:\(CoreWorld.home)", nonce: nonce)
        let text = [
            "REGISTER sip:\(CoreWorld.home) SIP/2.0",
            "Via: SIP/2.0/UDP \(host.with(port: way == nil ? 5060 : ends.serverPort));branch=z9hG4bK\(number)-\(cseq)",
            "Max-Forwards: 70", "From: <\(impu)>;tag=\(cseq)", "To: <\(impu)>", "Call-ID: crowd-\(number)",
            "CSeq: \(cseq) REGISTER", "Contact: <sip:\(imsi)@\(host.with(port: ends.serverPort))>",
            "Expires: \(expires)", "Authorization: \(credentials.text)", "Require: sec-agree",
            "Proxy-Require: sec-agree", "Security-Client: \(offer)",
        ]
        let agreed = way == nil ? [] : ["Security-Verify: \(verify)"]
        return ((text + agreed + ["Content-Length: 0", "", ""]).joined(separator: "\r\n"), from, to)
    }

    // MARK: What it is told

    static let nonce = "Y2hhbGxlbmdlIG9mIGEgc3RhbmQtaW4="

    static func challenge(_ random: inout SeededRandom) -> String {
        func key() -> String { Hex.encode((0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }) }
        return
            "Digest realm=\"\(CoreWorld.home)\", nonce=\"\(nonce)\", algorithm=AKAv1-MD5, qop=\"auth\", ck=\"\(key())\", "
            + "ik=\"\(key())\""
    }

    /// What stands between the angle brackets.
    static func identity(_ header: String) -> String {
        String(header.drop { $0 != "<" }.dropFirst().prefix { $0 != ">" })
    }
}
