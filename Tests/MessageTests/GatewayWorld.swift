import Foundation
import IPSMGW
import LabWorld
import RoleKit
import SIP
import SMS
import TestSupport
import Testing

/// A gateway alone, between a puppet that is the rest of the network and the phones behind it.
final class GatewayWorld {
    static let gatewayAddress = SocketAddress(10, 0, 1, 6, port: 7060)
    static let coreAddress = SocketAddress(10, 0, 1, 2, port: 4060)
    static let uri = "sip:ipsmgw.\(CoreWorld.home):7060"

    let world: VirtualWorld
    let node: VirtualNode
    let core: Puppet
    let store: any ShortMessageStore
    private(set) var gateway: IPSMGW
    /// By the Request-URI they are reached by.
    var phones: [String: ModelPhone] = [:]
    /// Responses to what the puppet has sent.
    var responses: [SIPMessage] = []
    /// Relay-layer messages for users without a model.
    var taken: [(uri: String, message: SIPMessage, relayed: RPMessage)] = []
    /// The puppet's own requests nobody has answered, which an S-CSCF would send again.
    private var unanswered: [(branch: String, bytes: [UInt8])] = []
    /// Datagrams that have reached the puppet.
    private(set) var passages = 0
    private var serial = 0
    private let config: [(String, SettingsNode)]

    init(
        store: any ShortMessageStore = MemoryShortMessageStore(), seed: UInt64 = 1,
        _ config: [(String, SettingsNode)] = []
    ) throws {
        self.store = store
        self.config = config
        world = VirtualWorld(seed: seed)
        node = world.node("ipsmgw")
        node.network.home = Self.gatewayAddress.with(port: 0)
        core = try Puppet(world, at: Self.coreAddress, name: "core")
        gateway = try Self.make(config, node, store)
        try node.start(gateway)
        core.onDatagram = { [unowned self] puppet, datagram in self.received(datagram) }
    }

    private static func make(
        _ config: [(String, SettingsNode)], _ node: VirtualNode, _ store: any ShortMessageStore
    ) throws -> IPSMGW {
        let usual: [(String, SettingsNode)] = [
            ("address", .text(gatewayAddress.host)), ("icscf", .list([.text("\(coreAddress)")])),
        ]
        let own = usual.filter { pair in !config.contains { $0.0 == pair.0 } }
        return IPSMGW(
            config: try read(own + config) { IPSMGWConfig(reading: &$0) }, ports: node.ports, loop: node.world.loop,
            store: store)
    }

    /// kill -9, and a new process on the same disk.
    func restart(afterMilliseconds milliseconds: Int = 0) throws {
        node.crash()
        world.advance(milliseconds: milliseconds)
        try revive()
    }

    func revive() throws {
        // What the dead process still had in hand has come to nothing.
        node.crash()
        gateway = try Self.make(config, node, store)
        try node.start(gateway)
    }

    func count(_ key: String) -> Int {
        guard case .object(let pairs) = gateway.assumeIsolated({ $0.snapshot(.status) }) else { return -1 }
        return pairs.first { $0.key == key }?.value.number ?? -1
    }

    // MARK: What the network sends

    /// What an S-CSCF sends the gateway over ISC for a phone.
    @discardableResult
    func send(
        _ body: [UInt8], from user: String, callID: String? = nil, inReplyTo: String? = nil,
        type: String = RPMessage.contentType, asserted: Bool = true, cseq: Int = 1, from source: Puppet? = nil
    ) -> String {
        serial += 1
        let own = callID ?? "phone-\(serial)"
        let branch = "z9hG4bKp\(serial)"
        let via = source?.node.network.home.with(port: 4060) ?? Self.coreAddress
        var writer = SIPWriter.request(.message, uri: "tel:+15559999999")
        writer.add(.via, "SIP/2.0/UDP \(via);branch=\(branch)")
        writer.add(.route, "<\(Self.uri);lr>, <sip:scscf.\(CoreWorld.home):6060;lr>")
        writer.add(.maxForwards, "68")
        writer.add(.from, "<sip:\(user)@\(CoreWorld.home)>;tag=\(serial)")
        writer.add(.to, "<tel:+15559999999>")
        writer.add(.callID, own)
        writer.add(.cseq, "\(cseq) MESSAGE")
        if asserted { writer.add(.pAssertedIdentity, "<sip:\(user)@\(CoreWorld.home)>, <tel:\(user)>") }
        if let inReplyTo { writer.add(.inReplyTo, inReplyTo) }
        writer.setBody(body, type: type)
        let bytes = writer.finish()
        if source == nil { unanswered.append((branch, bytes)) }
        (source ?? core).send(bytes, to: Self.gatewayAddress)
        return own
    }

    /// A phone's short message.
    @discardableResult
    func submit(
        from user: String, to number: String, _ text: String = "hello", reference: UInt8 = 1, callID: String? = nil,
        cseq: Int = 1, relayReference: UInt8? = nil, change: (inout SMSSubmit) -> Void = { _ in }
    ) throws -> String {
        let (coding, parts) = ShortText.split(text, reference: 9)
        var submit = SMSSubmit(
            reference: reference, destination: try #require(TPAddress(number: number)), coding: coding,
            userData: parts[0])
        change(&submit)
        return send(data(submit.encoded, relayReference ?? reference), from: user, callID: callID, cseq: cseq)
    }

    func data(_ userData: [UInt8], _ reference: UInt8 = 1) -> [UInt8] {
        RPMessage.data(reference: reference, serviceCentre: RPAddress("+15559999999"), userData: userData)
            .encoded(.fromMobile)
    }

    /// A third-party REGISTER with the phone's own and its answer.
    func register(_ user: String, expires: Int = 3_600, features: String = ";+g.3gpp.smsip") {
        serial += 1
        let home = CoreWorld.home
        let own =
            "REGISTER sip:\(home) SIP/2.0\r\nTo: <sip:001010000000002@\(home)>\r\nContact: <sip:u@10.45.0.2>\(features)"
            + "\r\nContent-Length: 0\r\n\r\n"
        let answer =
            "SIP/2.0 200 OK\r\nTo: <sip:001010000000002@\(home)>;tag=1\r\nP-Associated-URI: <sip:\(user)@\(home)>, "
            + "<tel:\(user)>\r\nContent-Length: 0\r\n\r\n"
        let body =
            [own, answer].map { "--part\r\nContent-Type: message/sip\r\n\r\n\($0)\r\n" }.joined() + "--part--\r\n"
        var writer = SIPWriter.request(.register, uri: Self.uri)
        writer.add(.via, "SIP/2.0/UDP \(Self.coreAddress);branch=z9hG4bKr\(serial)")
        writer.add(.from, "<sip:scscf.\(home):6060>;tag=\(serial)")
        writer.add(.to, "<sip:\(user)@\(home)>")
        writer.add(.callID, "register-\(serial)")
        writer.add(.cseq, "1 REGISTER")
        writer.add(.expires, String(expires))
        writer.setBody(Array(body.utf8), type: "multipart/mixed;boundary=\"part\"")
        core.send(writer.finish(), to: Self.gatewayAddress)
        world.settle()
    }

    /// What an S-CSCF does while nobody answers it.
    func resend() {
        for request in unanswered { core.send(request.bytes, to: Self.gatewayAddress) }
        world.settle()
    }

    // MARK: What comes

    private func received(_ datagram: Puppet.Datagram) {
        passages += 1
        guard let message = try? SIPMessage(datagram.bytes) else { return }
        guard message.isRequest else {
            responses.append(message)
            let branch = (try? message.via())?.params["branch"]
            if message.isFinal { unanswered.removeAll { $0.branch == branch } }
            return
        }
        let uri = message.requestURIText
        let phone = phones[uri]
        let status = phone?.nextStatus() ?? 200
        core.send(SIPWriter.response(to: message, status: status, toTag: "phone").finish(), to: datagram.from)
        guard let relayed = try? RPMessage(message.body, .toMobile) else { return }
        guard let phone, case .data = relayed else { return taken.append((uri, message, relayed)) }
        if status < 300, let report = phone.take(relayed, message) {
            send(report, from: phone.number, inReplyTo: phone.repliesTo ? message.callID : nil)
        }
    }

    /// The phone says at last what it has been slow to say.
    func sayLate(_ phone: ModelPhone) {
        for (report, callID) in phone.takeLate() { send(report, from: phone.number, inReplyTo: callID) }
        world.settle()
    }

    /// RP-ACKs and RP-ERRORs that have come for a user, newest last.
    func reports(to user: String) -> [RPMessage] {
        taken.filter { $0.uri.contains(user) }.map(\.relayed)
    }

    func phone(_ number: String) -> ModelPhone {
        let phone = ModelPhone(number)
        phones["tel:\(number)"] = phone
        phones["sip:\(number)@\(CoreWorld.home)"] = phone
        return phone
    }
}

/// A phone behind the network.
final class ModelPhone {
    enum Report { case ack, late, error(RPCause), none }

    let number: String
    /// Answers to the MESSAGEs that bring short messages, one after the other; then `status`.
    var statuses: [Int] = []
    var status = 200
    var report = Report.ack
    /// Whether its reports have In-Reply-To.
    var repliesTo = true
    /// Every MESSAGE with RP-DATA it has had.
    private(set) var arrivals: [(message: SIPMessage, reference: UInt8, tpdu: [UInt8])] = []
    /// Arrivals it never says a word of.
    private(set) var unreported = 0
    private var late: [(report: [UInt8], callID: String)] = []
    /// RP-ACKs and RP-ERRORs of the service centre for its own.
    private(set) var answers: [RPMessage] = []

    init(_ number: String) { self.number = number }

    fileprivate func nextStatus() -> Int { statuses.isEmpty ? status : statuses.removeFirst() }

    fileprivate func take(_ relayed: RPMessage, _ message: SIPMessage) -> [UInt8]? {
        guard case .data(let reference, _, let tpdu) = relayed else { return nil }
        arrivals.append((message, reference, tpdu))
        let ack = RPMessage.ack(reference: reference, userData: SMSReport.deliver()).encoded(.fromMobile)
        switch report {
        case .ack: return ack
        case .late:
            late.append((ack, message.callID ?? ""))
            return nil
        case .error(let cause):
            return RPMessage.error(reference: reference, cause: cause, userData: nil).encoded(.fromMobile)
        case .none:
            unreported += 1
            return nil
        }
    }

    fileprivate func takeLate() -> [(report: [UInt8], callID: String)] {
        defer { late = [] }
        return late
    }

    /// What has been shown: a message that comes again is not.
    var shown: [SMSDeliver] {
        var seen: Set<[UInt8]> = []
        return arrivals.compactMap { arrival in
            guard case .deliver(let deliver)? = try? CentreTPDU(arrival.tpdu),
                seen.insert(CentreTPDU.marked(arrival.tpdu, hasMore: false)).inserted
            else { return nil }
            return deliver
        }
    }

    var texts: [String] { shown.map { ShortText.text($0.userData, $0.coding) } }

    var statusReports: [SMSStatusReport] {
        arrivals.compactMap { arrival in
            guard case .statusReport(let report)? = try? CentreTPDU(arrival.tpdu) else { return nil }
            return report
        }
    }
}
