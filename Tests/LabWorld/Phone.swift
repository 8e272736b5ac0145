public import RoleKit
public import SIP
import TestSupport
import Testing

/// A phone for calls: registers, sends what a test writes, keeps what comes and answers as it is told.
public final class Phone {
    public let ue: TestUE
    public let core: CoreWorld
    /// Requests received, oldest first; retransmissions among them.
    public private(set) var requests: [SIPMessage] = []
    /// Responses received, oldest first.
    public private(set) var responses: [SIPMessage] = []
    /// Answers a request as it comes; nil: the test answers.
    public var answers: ((SIPMessage) -> [String])?
    public var serviceRoute: [String] = []
    /// Header lines every request carries.
    public var habitual: [String] = []
    private var serial = 0

    public init(_ ue: TestUE) {
        self.ue = ue
        core = ue.core
    }

    public convenience init(_ subscriber: TestSubscriber, host: UInt8, port: UInt16 = 5090, in core: CoreWorld) throws {
        self.init(try core.ue(subscriber, host: host, port: port))
    }

    public var impu: String { ue.subscriber.impu }
    /// The identity others call: the temporary one made of the IMSI is barred.
    public var uri: String { "sip:+\(ue.subscriber.msisdn)@\(CoreWorld.home)" }
    public var tel: String { "tel:+\(ue.subscriber.msisdn)" }
    public var address: SocketAddress { ue.address }

    public func register(contact: String? = nil) throws {
        let response = try ue.registerWithAKA(contact: contact)
        try #require(response.status == 200, "\(response.status)")
        serviceRoute = response.texts(.serviceRoute)
        listen()
    }

    /// From now on what comes is a call's, not a registration's.
    public func listen() {
        ue.puppet.onDatagram = { [unowned self] _, datagram in self.receive(datagram.bytes) }
        _ = ue.puppet.takeDatagrams()
    }

    public func deregister() throws {
        ue.puppet.onDatagram = nil
        _ = ue.puppet.takeDatagrams()
        let response = try ue.registerWithAKA(expires: 0)
        try #require(response.status == 200, "\(response.status)")
    }

    func receive(_ bytes: [UInt8]) {
        guard let message = try? SIPMessage(bytes) else { return }
        if message.isRequest {
            requests.append(message)
            for text in answers?(message) ?? [] { send(text) }
        } else {
            responses.append(message)
        }
    }

    // MARK: Sending

    public func send(_ text: String) { ue.send(text) }

    public func branch() -> String {
        serial += 1
        return "z9hG4bK-\(address.port)-\(address.host.filter { $0 != "." })-\(serial)"
    }

    /// An initial request with what a phone writes into it.
    public func initial(
        _ method: String, to uri: String, callID: String = "call", extra: [String] = [], body: String = "",
        hops: Int = 70
    ) -> PhoneDialog {
        let dialog = PhoneDialog(self, callID: "\(callID)-\(address)", target: uri, peer: "<\(uri)>")
        dialog.routes = ["<sip:\(ue.pcscf);lr>"] + serviceRoute
        dialog.hops = hops
        dialog.send(method, extra: extra, body: body)
        return dialog
    }

    /// A call: INVITE with an offer, everything settled.
    public func call(_ uri: String, extra: [String] = [], callID: String = "call") -> PhoneDialog {
        let dialog = initial(
            "INVITE", to: uri, callID: callID,
            extra: ["Content-Type: application/sdp", "P-Preferred-Identity: <\(self.uri)>"] + extra, body: Self.offer)
        core.world.settle()
        return dialog
    }

    public static let offer =
        "v=0\r\no=- 1 1 IN IP4 10.45.0.1\r\ns=-\r\nc=IN IP4 10.45.0.1\r\nt=0 0\r\nm=audio 49000 RTP/AVP 0\r\n"

    /// A response to a request, as a user agent server makes it.
    public func response(_ status: Int, to request: SIPMessage, extra: [String] = [], body: String = "")
        -> String
    {
        var writer = SIPWriter.response(to: request, status: status, toTag: "t\(address.port)\(address.host.suffix(2))")
        writer.add(.contact, ue.contact)
        for line in extra {
            let parts = line.split(separator: ":", maxSplits: 1)
            let value = parts[1].drop { $0 == " " }.description
            if parts[0] == "Content-Type", !body.isEmpty {
                writer.setBody(Array(body.utf8), type: value)
            } else {
                writer.add(name: String(parts[0]), value)
            }
        }
        return String(decoding: writer.finish(), as: UTF8.self)
    }

    /// The final response to the INVITE that came last: 487 after a CANCEL.
    public func terminated(_ status: Int = 487) -> String { last(.invite).map { response(status, to: $0) } ?? "" }

    // MARK: Looking

    public func last(_ method: SIPMethod) -> SIPMessage? { requests.last { $0.method == method } }
    public func count(_ method: SIPMethod) -> Int { requests.count { $0.method == method } }

    /// Statuses of responses to a method, 100 left out.
    public func statuses(_ method: SIPMethod) -> [Int] {
        responses.filter { $0.method == method && $0.status > 100 }.map(\.status)
    }
}
