import IMSCore
import LabWorld
import PCSCF
import RoleKit
import SCSCF
import SIP
import TestSupport
import Testing

/// A registered phone that watches its own registration, as every IMS phone does.
final class Watcher {
    let core: CoreWorld
    let phone: Phone
    let dialog: PhoneDialog
    /// Status of the answer to each NOTIFY; 0 gives none.
    var notifyStatus = 200
    var notifyExtra: [String] = []
    /// Others in the world, kept while it runs.
    var company: [Puppet] = []

    /// Registers subscriber 1 and, unless told otherwise, subscribes.
    init(subscribes: Bool = true, contact: String? = nil, _ change: (inout CoreWorld.Options) -> Void = { _ in }) throws
    {
        core = try CallWorld.core { options in
            options.pcscf = [("subscribe-reg", .text("false"))]
            change(&options)
        }
        phone = try CallWorld.phone(1, in: core, contact: contact)
        dialog = PhoneDialog(phone, callID: "reg-\(phone.address)", target: phone.uri, peer: "<\(phone.uri)>")
        dialog.routes = ["<sip:\(CoreWorld.pcscfAddress);lr>"] + phone.serviceRoute
        phone.answers = { [unowned self] request in
            guard request.method == .notify, notifyStatus > 0 else { return [] }
            return [phone.response(notifyStatus, to: request, extra: notifyExtra)]
        }
        guard subscribes else { return }
        let response = try subscribe()
        try #require(response?.status == 200, "\(response?.status ?? 0)")
    }

    /// SUBSCRIBE, the first or one in the dialog; gives the final response.
    @discardableResult
    func subscribe(
        expires: Int? = 600_000, event: String? = "reg", accept: String? = "application/reginfo+xml", cseq: Int? = nil
    ) throws -> SIPMessage? {
        let before = phone.responses.count
        var extra: [String] = []
        if let event { extra.append("Event: \(event)") }
        if let accept { extra.append("Accept: \(accept)") }
        if let expires { extra.append("Expires: \(expires)") }
        dialog.send("SUBSCRIBE", extra: extra, cseq: cseq)
        core.world.settle()
        let response = phone.responses.dropFirst(before).last { $0.method == .subscribe }
        if let response, response.status == 200, dialog.peer == "<\(phone.uri)>" { try dialog.establish(response) }
        return response
    }

    /// Registers again, the phone still listening. Gives the status of the last response.
    @discardableResult
    func register(expires: Int = 600_000, contact: String? = nil) throws -> Int {
        phone.ue.puppet.onDatagram = nil
        _ = phone.ue.puppet.takeDatagrams()
        let first = try #require(
            phone.ue.register(expires: expires, contact: contact, authorization: phone.ue.initialAuthorization))
        try #require(first.status == 401)
        phone.listen()
        let before = phone.responses.count
        phone.ue.register(expires: expires, contact: contact, authorization: try phone.ue.answer())
        return phone.responses.dropFirst(before).last { $0.method == .register }?.status ?? 0
    }

    var notifies: [SIPMessage] { phone.requests.filter { $0.method == .notify } }
    var lastNotify: SIPMessage? { notifies.last }

    /// The document of the last NOTIFY.
    func document() throws -> RegInfo { try RegInfo(parsing: Array(try #require(lastNotify).body)) }

    /// `state/event` of every contact of the first identity in the last NOTIFY.
    func contacts() throws -> [String] {
        try #require(try document().registrations.first).contacts.map { "\($0.state)/\($0.event)" }
    }

    /// Subscriptions at the S-CSCF.
    var count: Int? { core.subscriptionsAtSCSCF }
}

extension CoreWorld {
    func subscriptions(_ status: Report) -> Int? {
        guard case .number(let count)? = status["subscriptions"] else { return nil }
        return count
    }

    var subscriptionsAtSCSCF: Int? { subscriptions(scscfs[0].assumeIsolated { $0.snapshot(.status) }) }

    var subscriptionsAtPCSCF: Int? { subscriptions(pcscf.assumeIsolated { $0.snapshot(.status) }) }
}
