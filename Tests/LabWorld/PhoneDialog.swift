import RoleKit
public import SIP
import TestSupport
import Testing

/// One side of a dialog, as far as tests need it (RFC 3261 §12).
public final class PhoneDialog {
    public let phone: Phone
    public let callID: String
    public let localTag: String
    public var target: String
    public var peer: String
    public var routes: [String] = []
    public var cseq = 0
    public var hops = 70
    public private(set) var lastBranch = ""
    public private(set) var invite = ""
    private var inviteBranch = ""

    public init(_ phone: Phone, callID: String, target: String, peer: String, localTag: String? = nil) {
        self.phone = phone
        self.callID = callID
        self.target = target
        self.peer = peer
        self.localTag = localTag ?? "f\(phone.address.port)"
    }

    /// The callee's side, from the INVITE it got.
    public convenience init(_ phone: Phone, answering invite: SIPMessage) throws {
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
    public func establish(_ response: SIPMessage) throws {
        peer = try #require(response.text(.to))
        target = try #require(try response.contacts().first?.address).uri.description
        routes = response.texts(.recordRoute).reversed()
    }

    @discardableResult
    public func send(_ method: String, extra: [String] = [], body: String = "", cseq given: Int? = nil) -> String {
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
            "\(method) \(target) SIP/2.0",
            "Via: SIP/2.0/\(phone.ue.transport) \(phone.ue.viaHost);branch=\(branch);rport",
            "Max-Forwards: \(hops)",
        ]
        lines += routes.map { "Route: \($0)" }
        lines += [
            "From: \(local)", "To: \(peer)", "Call-ID: \(callID)", "CSeq: \(cseq) \(method)",
            "Contact: \(phone.ue.contact)",
        ]
        lines += phone.habitual + extra + ["Content-Length: \(body.utf8.count)", "", body]
        return lines.joined(separator: "\r\n")
    }

    /// ACK for the 2xx of the last INVITE.
    public func acknowledge(cseq given: Int? = nil) { send("ACK", cseq: given ?? cseq) }

    /// CANCEL of the INVITE sent last: its Request-URI, Via and CSeq number.
    public func cancel() {
        phone.send(request("CANCEL", branch: lastBranch, cseq: cseq, extra: [], body: ""))
    }

    public func sendAgain() { phone.send(invite) }

    /// ACK for a final response other than 2xx: same branch, To of the response (RFC 3261 §17.1.1.3).
    public func acknowledgeFailure(_ response: SIPMessage) throws {
        peer = try #require(response.text(.to))
        phone.send(request("ACK", branch: inviteBranch, cseq: cseq, extra: [], body: ""))
        phone.core.world.settle()
    }
}
