import RoleKit
import SIP
import TestSupport
import Testing

/// A phone for calls: registers, sends what a test writes, keeps what comes and answers as it is told.
final class Phone {
    let ue: TestUE
    let core: CoreWorld
    /// Requests received, oldest first; retransmissions among them.
    private(set) var requests: [SIPMessage] = []
    /// Responses received, oldest first.
    private(set) var responses: [SIPMessage] = []
    /// Answers a request as it comes; nil: the test answers.
    var answers: ((SIPMessage) -> [String])?
    var serviceRoute: [String] = []
    private var serial = 0

    init(_ subscriber: TestSubscriber, host: UInt8, port: UInt16 = 5090, in core: CoreWorld) throws {
        self.core = core
        ue = try core.ue(subscriber, host: host, port: port)
    }

    var impu: String { ue.subscriber.impu }
    /// The identity others call: the temporary one made of the IMSI is barred.
    var uri: String { "sip:+\(ue.subscriber.msisdn)@\(CoreWorld.home)" }
    var tel: String { "tel:+\(ue.subscriber.msisdn)" }
    var address: SocketAddress { ue.address }

    func register(contact: String? = nil) throws {
        let response = try ue.registerWithAKA(contact: contact)
        try #require(response.status == 200, "\(response.status)")
        serviceRoute = response.texts(.serviceRoute)
        listen()
    }

    /// From now on what comes is a call's, not a registration's.
    func listen() {
        ue.puppet.onDatagram = { [unowned self] _, datagram in self.receive(datagram.bytes) }
        _ = ue.puppet.takeDatagrams()
    }

    func deregister() throws {
        ue.puppet.onDatagram = nil
        _ = ue.puppet.takeDatagrams()
        let response = try ue.registerWithAKA(expires: 0)
        try #require(response.status == 200, "\(response.status)")
    }

    private func receive(_ bytes: [UInt8]) {
        guard let message = try? SIPMessage(bytes) else { return }
        if message.isRequest {
            requests.append(message)
            for text in answers?(message) ?? [] { send(text) }
        } else {
            responses.append(message)
        }
    }

    // MARK: Sending

    func send(_ text: String) { ue.puppet.send(text, to: CoreWorld.pcscfAddress) }

    func branch() -> String {
        serial += 1
        return "z9hG4bK-\(address.port)-\(address.host.filter { $0 != "." })-\(serial)"
    }

    /// An initial request with what a phone writes into it.
    func initial(
        _ method: String, to uri: String, callID: String = "call", extra: [String] = [], body: String = "",
        hops: Int = 70
    ) -> Dialog {
        let dialog = Dialog(self, callID: "\(callID)-\(address)", target: uri, peer: "<\(uri)>")
        dialog.routes = ["<sip:\(CoreWorld.pcscfAddress);lr>"] + serviceRoute
        dialog.hops = hops
        dialog.send(method, extra: extra, body: body)
        return dialog
    }

    /// A call: INVITE with an offer, everything settled.
    func call(_ uri: String, extra: [String] = [], callID: String = "call") -> Dialog {
        let dialog = initial(
            "INVITE", to: uri, callID: callID,
            extra: ["Content-Type: application/sdp", "P-Preferred-Identity: <\(self.uri)>"] + extra, body: Self.offer)
        core.world.settle()
        return dialog
    }

    static let offer =
        "v=0\r\no=- 1 1 IN IP4 10.45.0.1\r\ns=-\r\nc=IN IP4 10.45.0.1\r\nt=0 0\r\nm=audio 49000 RTP/AVP 0\r\n"

    /// A response to a request, as a user agent server makes it.
    func response(_ status: Int, to request: SIPMessage, extra: [String] = []) -> String {
        var writer = SIPWriter.response(to: request, status: status, toTag: "t\(address.port)\(address.host.suffix(2))")
        writer.add(.contact, "<sip:\(ue.user)@\(address)>")
        for line in extra {
            let parts = line.split(separator: ":", maxSplits: 1)
            writer.add(name: String(parts[0]), parts[1].drop { $0 == " " }.description)
        }
        return String(decoding: writer.finish(), as: UTF8.self)
    }

    /// The final response to the INVITE that came last: 487 after a CANCEL.
    func terminated(_ status: Int = 487) -> String { last(.invite).map { response(status, to: $0) } ?? "" }

    // MARK: Looking

    func last(_ method: SIPMethod) -> SIPMessage? { requests.last { $0.method == method } }
    func count(_ method: SIPMethod) -> Int { requests.count { $0.method == method } }

    /// Statuses of responses to a method, 100 left out.
    func statuses(_ method: SIPMethod) -> [Int] {
        responses.filter { $0.method == method && $0.status > 100 }.map(\.status)
    }
}

/// One side of a dialog, as far as tests need it (RFC 3261 §12).
final class Dialog {
    let phone: Phone
    let callID: String
    let localTag: String
    var target: String
    var peer: String
    var routes: [String] = []
    var cseq = 0
    var hops = 70
    private(set) var lastBranch = ""
    private(set) var invite = ""
    private var inviteBranch = ""

    init(_ phone: Phone, callID: String, target: String, peer: String, localTag: String? = nil) {
        self.phone = phone
        self.callID = callID
        self.target = target
        self.peer = peer
        self.localTag = localTag ?? "f\(phone.address.port)"
    }

    /// The callee's side, from the INVITE it got.
    convenience init(_ phone: Phone, answering invite: SIPMessage) throws {
        let contact = try #require(try invite.contacts().first?.address)
        self.init(
            phone, callID: try #require(invite.callID), target: contact.uri.description,
            peer: try #require(invite.text(.from)), localTag: "t\(phone.address.port)\(phone.address.host.suffix(2))")
        local = try #require(invite.text(.to)) + ";tag=" + localTag
        routes = invite.texts(.recordRoute)
        cseq = 100
    }

    private lazy var local = "<\(phone.impu)>;tag=\(localTag)"

    /// Takes in a response that makes the dialog: remote tag, target and route set.
    func establish(_ response: SIPMessage) throws {
        peer = try #require(response.text(.to))
        target = try #require(try response.contacts().first?.address).uri.description
        routes = response.texts(.recordRoute).reversed()
    }

    @discardableResult
    func send(_ method: String, extra: [String] = [], body: String = "", cseq given: Int? = nil) -> String {
        if given == nil { cseq += 1 }
        lastBranch = phone.branch()
        let text = request(method, branch: lastBranch, cseq: given ?? cseq, extra: extra, body: body)
        if method == "INVITE" {
            invite = text
            inviteBranch = lastBranch
        }
        phone.send(text)
        return text
    }

    private func request(_ method: String, branch: String, cseq: Int, extra: [String], body: String) -> String {
        var lines = [
            "\(method) \(target) SIP/2.0", "Via: SIP/2.0/UDP \(phone.address);branch=\(branch);rport",
            "Max-Forwards: \(hops)",
        ]
        lines += routes.map { "Route: \($0)" }
        lines += [
            "From: \(local)", "To: \(peer)", "Call-ID: \(callID)", "CSeq: \(cseq) \(method)",
            "Contact: <sip:\(phone.ue.user)@\(phone.address)>",
        ]
        lines += extra + ["Content-Length: \(body.utf8.count)", "", body]
        return lines.joined(separator: "\r\n")
    }

    /// ACK for the 2xx of the last INVITE.
    func acknowledge(cseq given: Int? = nil) { send("ACK", cseq: given ?? cseq) }

    /// CANCEL of the INVITE sent last: its Request-URI, Via and CSeq number.
    func cancel() {
        phone.send(request("CANCEL", branch: lastBranch, cseq: cseq, extra: [], body: ""))
    }

    func acknowledgement() -> String { request("ACK", branch: inviteBranch, cseq: cseq, extra: [], body: "") }

    func sendAgain() { phone.send(invite) }
}
