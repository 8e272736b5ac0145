import AKA
import IPsec
public import RoleKit
public import SIP
import TestSupport
import Testing

/// A phone for calls that speaks over security associations: what it sends leaves its protected client port, what it
/// hears comes to its protected server port, TS 33.203 §7.1.
public final class SecurePhone {
    /// A message that came to a protected server port, or over a stream.
    public struct Arrival {
        public var message: SIPMessage
        public var from: SocketAddress
        public var to: SocketAddress
    }

    public let secure: SecureUE
    public let phone: Phone
    public let kind: LinkKind
    /// What came, oldest first.
    public private(set) var arrivals: [Arrival] = []
    /// Streams it has opened from each protected client port, the last one counts.
    public private(set) var streams: [UInt16: [ConnectionID]] = [:]
    /// The stream each request came on, by the branch of its top Via.
    private var origins: [String: (Puppet, ConnectionID)] = [:]
    private var heard: Set<UInt16> = []

    public init(_ secure: SecureUE, _ kind: LinkKind = .udp) {
        self.secure = secure
        self.kind = kind
        phone = Phone(secure.ue)
        secure.ue.hearsOnlyRegistrar = true
        secure.ue.carry = { [unowned self] in self.send($0) }
    }

    public var ue: TestUE { secure.ue }

    // MARK: Registering

    /// Registers, over a set of its own.
    ///
    /// - Parameter meanwhile: what happens between the challenge and its answer.
    public func register(expires: Int = 600_000, meanwhile: () throws -> Void = {}) throws {
        goClear()
        let challenge = try #require(try secure.begin())
        try #require(challenge.status == 401, "\(challenge.status) \(challenge.reason)")
        try meanwhile()
        try keep(try answer(challenge, expires: expires))
    }

    /// Registers again over the set in use, and over a new one where that is challenged.
    public func registerAgain(expires: Int = 600_000) throws {
        let first = try #require(try secure.registerAgain(expires: expires))
        try keep(first.status == 401 ? try answer(first, expires: expires) : first)
    }

    private func answer(_ challenge: SIPMessage, expires: Int) throws -> SIPMessage {
        guard case .authenticated(let res, _, _) = try secure.takeChallenge(challenge) else {
            throw SecurePhoneError.refused
        }
        try settleIn()
        let digest = try #require(ue.challenge)
        let answer = ue.register(
            expires: expires, authorization: try ue.respond(digest, res),
            extra: secure.agreement(client: secure.securityClient, verify: secure.securityServer))
        // A connection from ports another set has is answered from its third SYN on.
        return try #require(answer ?? (kind == .tcp ? ue.waitForFinal(milliseconds: 4_000) : nil))
    }

    private func keep(_ response: SIPMessage) throws {
        try #require(response.status == 200, "\(response.status) \(response.reason)")
        phone.serviceRoute = response.texts(.serviceRoute)
    }

    /// As after a start: the next REGISTER goes in the clear.
    public func goClear() {
        secure.goClear()
        ue.transport = "UDP"
        phone.habitual = []
    }

    /// From now on what it says goes over the set last made, and what comes there is heard.
    public func settleIn() throws {
        ue.transport = kind == .tcp ? "TCP" : "UDP"
        if kind == .tcp {
            ue.contact.insert(contentsOf: ";transport=tcp", at: ue.contact.index(before: ue.contact.endIndex))
        }
        phone.habitual = [
            "Security-Verify: \(secure.securityServer)", "Require: sec-agree", "Proxy-Require: sec-agree",
        ]
        let set = try #require(secure.set)
        let inlet = try secure.inlet(set.ue.endpoints.serverPort)
        guard heard.insert(set.ue.endpoints.serverPort).inserted else { return }
        inlet.onDatagram = { [unowned self] puppet, datagram in
            self.hear(datagram.bytes, from: datagram.from, at: puppet, on: nil)
        }
        inlet.onBytes = { [unowned self] puppet, stream, bytes in
            let from = puppet.accepted.firstIndex(of: stream).map { puppet.callers[$0] } ?? self.ue.pcscf
            self.hear(bytes, from: from, at: puppet, on: stream)
        }
    }

    private func hear(_ bytes: [UInt8], from: SocketAddress, at puppet: Puppet, on stream: ConnectionID?) {
        guard let message = try? SIPMessage(bytes) else { return }
        arrivals.append(
            Arrival(message: message, from: from, to: puppet.node.network.home.with(port: port(of: puppet))))
        if let stream {
            if message.isRequest { origins[message.branch] = (puppet, stream) } else { ue.take(message) }
        }
        phone.receive(bytes)
    }

    private func port(of puppet: Puppet) -> UInt16 { UInt16(puppet.node.name.split(separator: "-").last ?? "") ?? 0 }

    // MARK: Sending

    private func send(_ text: String) {
        guard kind == .tcp, ue.outlet !== ue.puppet else { return ue.outlet.send(text, to: ue.pcscf) }
        if text.hasPrefix("SIP/2.0"), let message = try? SIPMessage(Array(text.utf8)),
            let (puppet, stream) = origins[message.branch], puppet.closed[stream] == nil
        {
            return puppet.send(text, on: stream)
        }
        ue.outlet.send(text, on: openStream())
    }

    /// The stream from the client port in use, opened where there is none.
    public func openStream() -> ConnectionID {
        let (outlet, port) = (ue.outlet, port(of: ue.outlet))
        if let last = streams[port]?.last, outlet.closed[last] == nil { return last }
        let made = outlet.connect(to: ue.pcscf, from: secure.host.with(port: port))
        streams[port, default: []].append(made)
        outlet.onBytes = { [unowned self] puppet, stream, bytes in
            self.hear(bytes, from: self.ue.pcscf, at: puppet, on: stream)
        }
        return made
    }

    /// The phone closes its streams: those it opened and those it took.
    public func closeStreams() throws {
        for (port, made) in streams { for stream in made { try secure.outlet(port).close(stream) } }
        for inlet in ue.inlets { for stream in inlet.accepted { inlet.close(stream) } }
        streams = [:]
        origins = [:]
        secure.core.world.settle()
    }

    /// Requests that came, oldest first.
    public func requests(_ method: SIPMethod) -> [Arrival] {
        arrivals.filter { $0.message.isRequest && $0.message.method == method }
    }
}

enum SecurePhoneError: Error { case refused }

extension SIPMessage {
    fileprivate var branch: String { (try? via().branch) ?? "" }
}
