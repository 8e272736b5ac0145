import AKA
import Foundation
import LabHarness

/// A UE that shares no code of IPsec or sec-agree with the product: it writes its headers as text and has ip(8) make its
/// associations (TS 33.203 §7.1, Annex H, Annex I: HMAC-SHA-1-96, no encryption; UDP, IPv4). It says what a test wants
/// said, true or not.
final class RawUE {
    /// A side's SPIs and ports.
    struct Ends {
        var clientSPI: Int
        var serverSPI: Int
        var clientPort: UInt16
        var serverPort: UInt16
    }

    let subscriber: Subscriber
    private let node: LabNetwork.Node
    private let core: Loopback
    private let phone: Phone
    private let client: Socket
    private let server: Socket
    private let own: Ends
    private(set) var pcscf: Ends?
    private var securityServer = ""
    private var serial = 0
    private var stream: Socket?
    private var listener: Socket?

    init(_ number: Int, at node: LabNetwork.Node, of network: LabNetwork) throws {
        subscriber = Subscriber(number: number)
        self.node = node
        core = network.core.ipv4
        let core = core
        (phone, client, server) = try node.run {
            (
                try Phone(Subscriber(number: number), at: node.ipv4, pcscf: Endpoint(core, 5060)),
                try Socket(.datagram, on: node.ipv4), try Socket(.datagram, on: node.ipv4)
            )
        }
        own = Ends(
            clientSPI: 20_000 + 2 * number, serverSPI: 20_001 + 2 * number, clientPort: client.local.port,
            serverPort: server.local.port)
    }

    /// Registers: in the clear, then through the associations the challenge's keys give.
    ///
    /// - Parameter overTCP: what goes through the associations goes over a connection of its own.
    func register(overTCP: Bool = false) throws {
        if overTCP, listener == nil {
            listener = try node.run { try Socket(.stream, on: node.ipv4, port: own.serverPort) }
            try listener?.listen()
        }
        let answer = try challenged()
        let accepted = try overTCP ? ask(answer) : exchange(answer)
        guard accepted.status == 200 else { throw HarnessError("not registered: \(accepted.startLine)") }
    }

    /// Gets a challenge and makes the associations; gives the REGISTER that answers it.
    ///
    /// - Parameter spoilt: they have another key than the challenge gives.
    func challenged(spoilt: Bool = false) throws -> String {
        let challenge = try phone.exchange(dressed(try phone.register(contact: contact)))
        guard challenge.status == 401 else { throw HarnessError("no challenge: \(challenge.startLine)") }
        guard challenge.values("WWW-Authenticate").allSatisfy({ !$0.contains("ck=") && !$0.contains("ik=") }) else {
            throw HarnessError("CK or IK reached the UE")
        }
        securityServer = challenge.values("Security-Server").joined(separator: ", ")
        let answer = try phone.register(contact: contact, .answer(challenge))
        guard let keys = phone.lastKeys else { throw HarnessError("no keys") }
        let pcscf = try Self.ends(securityServer)
        self.pcscf = pcscf
        try associate(pcscf, key: spoilt ? keys.ik.octets.map { $0 ^ 1 } : keys.ik.octets)
        return dressed(answer)
    }

    /// Power comes back: its kernel and what was agreed are gone, with no word to anybody; it has the ports and draws the
    /// SPIs it had.
    func restart() throws {
        try node.run { try Namespace.set(["xfrm state flush", "xfrm policy flush"]) }
        stream?.forgetAtEnd()
        (securityServer, pcscf, stream) = ("", nil, nil)
    }

    /// Of the last challenge.
    var secrets: [(name: String, text: String, octets: [UInt8])] { phone.lastKeys?.secrets ?? [] }

    func deregister() throws {
        let answer = try exchange(dressed(try phone.register(expires: 0, contact: contact)))
        guard answer.status == 200 else { throw HarnessError("not de-registered: \(answer.startLine)") }
    }

    /// A text to somebody, from whom it claims to be from.
    func message(to uri: String, claiming claimed: Subscriber, text: String) -> String {
        serial += 1
        let from = "sip:+\(claimed.msisdn)@\(Subscriber.domain)"
        return [
            "MESSAGE \(uri) SIP/2.0",
            "Via: SIP/2.0/UDP \(server.local);branch=z9hG4bK\(UUID().uuidString.prefix(13));rport",
            "Max-Forwards: 70", "Route: <sip:\(core):\(pcscf?.serverPort ?? 5060);lr>",
            "From: <\(from)>;tag=\(serial)", "To: <\(uri)>", "Call-ID: \(UUID().uuidString)", "CSeq: 1 MESSAGE",
            "P-Preferred-Identity: <\(from)>", "P-Asserted-Identity: <\(from)>",
            "Require: sec-agree", "Proxy-Require: sec-agree", "Security-Verify: \(securityServer)",
            "Content-Type: text/plain", "Content-Length: \(text.utf8.count)",
        ].joined(separator: "\r\n") + "\r\n\r\n" + text
    }

    /// Sends through its associations, from port-uc to port-ps, and hears the answer where it belongs: at port-us
    /// (TS 33.203 §7.1).
    func exchange(_ request: String) throws -> SIPText {
        guard let pcscf else { throw HarnessError("no association") }
        let sent = SIPText(Array(request.utf8))
        try client.send(Array(request.utf8), to: Endpoint(core, pcscf.serverPort))
        let deadline = Deadline(seconds: 15)
        while let bytes = try server.receive(by: deadline) {
            guard let message = SIPText(bytes), message.status >= 200 else { continue }
            if message.value("Call-ID") == sent?.value("Call-ID"), message.cseq == sent?.cseq { return message }
        }
        throw HarnessError("no answer at port-us to \(sent?.startLine ?? request)")
    }

    /// Asks over a connection from port-uc to port-ps, where the answer comes too.
    private func ask(_ request: String) throws -> SIPText {
        let opened = try node.run { try Socket(.stream, on: node.ipv4, port: own.clientPort) }
        stream = opened
        try opened.connect(to: Endpoint(core, pcscf?.serverPort ?? 0))
        try opened.write(Array(request.replacingOccurrences(of: "SIP/2.0/UDP", with: "SIP/2.0/TCP").utf8))
        var bytes: [UInt8] = []
        while let more = try opened.receive(by: Deadline(seconds: 15)), !more.isEmpty {
            bytes += more
            if String(decoding: bytes, as: UTF8.self).hasSuffix("\r\n\r\n"), let answer = SIPText(bytes) {
                return answer
            }
        }
        throw HarnessError("no answer over the connection")
    }

    /// The next request that comes to port-us, answered as the UE does: from port-uc to where Via says, or on
    /// the connection it came over (TS 33.203 §7.1).
    func answer(_ status: String, to method: String) throws -> SIPText {
        let deadline = Deadline(seconds: 15)
        let place = try listener?.accept(by: deadline) ?? server
        while let bytes = try place.receive(by: deadline) {
            guard let request = SIPText(bytes), request.startLine.hasPrefix(method + " ") else { continue }
            let copied = request.headers.filter { ["via", "from", "to", "call-id", "cseq"].contains($0.name) }
            let lines = copied.map { "\($0.name): \($0.value)" + ($0.name == "to" ? ";tag=raw" : "") }
            let text = (["SIP/2.0 \(status)"] + lines + ["Content-Length: 0"]).joined(separator: "\r\n") + "\r\n\r\n"
            if listener == nil {
                try client.send(Array(text.utf8), to: Endpoint(core, pcscf?.serverPort ?? 0))
            } else {
                try place.write(Array(text.utf8))
            }
            return request
        }
        throw HarnessError("no \(method) at port-us")
    }

    /// Sends through its associations, and waits for nothing.
    func say(_ text: String) throws {
        guard let pcscf else { throw HarnessError("no association") }
        try client.send(Array(text.utf8), to: Endpoint(core, pcscf.serverPort))
    }

    /// What the last challenge gave.
    var keys: SessionKeys? { phone.lastKeys }

    // MARK: Sec-agree

    private var contact: String { "<sip:\(subscriber.imsi)@\(server.local)>" }

    /// What a REGISTER of this UE has beside a plain one's headers, and its protected server port in Via.
    private func dressed(_ register: String) -> String {
        var lines = [
            "Supported: path, sec-agree", "Require: sec-agree", "Proxy-Require: sec-agree",
            "Security-Client: ipsec-3gpp;alg=hmac-sha-1-96;ealg=null;prot=esp;mod=trans;spi-c=\(own.clientSPI);"
                + "spi-s=\(own.serverSPI);port-c=\(own.clientPort);port-s=\(own.serverPort)",
        ]
        if !securityServer.isEmpty { lines.append("Security-Verify: \(securityServer)") }
        return register.replacingOccurrences(of: "Supported: path", with: lines.joined(separator: "\r\n"))
            .replacingOccurrences(
                of: "Via: SIP/2.0/UDP \(phone.socket.local)",
                with: "Via: SIP/2.0/UDP \(securityServer.isEmpty ? phone.socket.local : server.local)")
    }

    private static func ends(_ header: String) throws -> Ends {
        func value(_ name: String) throws -> Int {
            for part in header.split(whereSeparator: { ";,".contains($0) }) {
                let pair = part.split(separator: "=").map { $0.trimmingCharacters(in: .whitespaces) }
                if pair.count == 2, pair[0] == name, let number = Int(pair[1]) { return number }
            }
            throw HarnessError("no \(name) in Security-Server: \(header)")
        }
        return Ends(
            clientSPI: try value("spi-c"), serverSPI: try value("spi-s"), clientPort: UInt16(try value("port-c")),
            serverPort: UInt16(try value("port-s")))
    }

    // MARK: ip(8)

    /// Four states, and policies that send what goes out through them.
    private func associate(_ pcscf: Ends, key: [UInt8]) throws {
        let (here, there) = (node.ipv4.text, core.text)
        let text = "0x" + (key + [0, 0, 0, 0]).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        func state(_ source: String, _ destination: String, _ spi: Int) -> String {
            "xfrm state add src \(source) dst \(destination) proto esp spi \(spi) reqid \(spi) mode transport "
                + "replay-window 32 auth-trunc hmac(sha1) \(text) 96 enc ecb(cipher_null) \"\""
        }
        func policies(_ spi: Int, from: UInt16, to: UInt16) -> [String] {
            ["udp", "tcp"].map {
                "xfrm policy add src \(here) dst \(there) proto \($0) sport \(from) dport \(to) dir out "
                    + "tmpl src \(here) dst \(there) proto esp reqid \(spi) mode transport"
            }
        }
        try node.run {
            try Namespace.set(
                [
                    state(here, there, pcscf.serverSPI), state(there, here, own.clientSPI),
                    state(here, there, pcscf.clientSPI), state(there, here, own.serverSPI),
                ] + policies(pcscf.serverSPI, from: own.clientPort, to: pcscf.serverPort)
                    + policies(pcscf.clientSPI, from: own.serverPort, to: pcscf.clientPort))
        }
    }
}
