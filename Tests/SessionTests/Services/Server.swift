import HSS
import IMSCore
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

/// An application server a test holds by its strings (ISC).
final class Server {
    enum Answer {
        /// Statuses of responses, in order.
        case say([Int])
        /// Sends it back, perhaps for somebody else, so many times.
        case back(to: String? = nil, times: Int = 1)
        case nothing
    }

    let core: CoreWorld
    let puppet: Puppet
    let address: SocketAddress
    /// Requests received, oldest first; repetitions are not among them.
    private(set) var requests: [SIPMessage] = []
    /// What it does with a request; nil: nothing.
    var answer: (SIPMessage) -> Answer = { _ in .say([200]) }
    /// Puts itself into the route of dialogs.
    var recordsRoute = false
    private var serial = 0
    private var seen: Set<String> = []

    init(_ core: CoreWorld, host: UInt8 = 1) throws {
        self.core = core
        address = Self.address(host)
        puppet = try Puppet(core.world, at: address, name: "as\(host)")
        puppet.onDatagram = { [unowned self] _, datagram in self.receive(datagram) }
    }

    static func address(_ host: UInt8) -> SocketAddress { SocketAddress(10, 0, 3, host, port: 7060) }
    static func uri(_ host: UInt8 = 1) -> String { "sip:\(address(host))" }

    /// A service at a server, asked for these methods.
    static func service(
        _ triggers: [ServicePointTrigger]? = nil, host: UInt8 = 1, priority: Int = 1,
        handling: ApplicationServer.DefaultHandling? = nil, information: String? = nil, includes: Bool = false
    ) -> OperatorService {
        OperatorService(
            name: "as\(host)",
            criterion: InitialFilterCriterion(
                priority: priority, triggerPoint: triggers.map { TriggerPoint(isConjunctive: false, triggers: $0) },
                applicationServer: ApplicationServer(
                    serverName: uri(host), defaultHandling: handling, serviceInfo: information,
                    includesRegisterRequest: includes, includesRegisterResponse: includes)))
    }

    static func on(_ method: String, _ sessionCase: SessionCase? = nil) -> [ServicePointTrigger] {
        [ServicePointTrigger(groups: [0], condition: .method(method))]
            + (sessionCase.map { [ServicePointTrigger(groups: [0], condition: .sessionCase($0.rawValue))] } ?? [])
    }

    func count(_ method: SIPMethod) -> Int { requests.count { $0.method == method } }
    func last(_ method: SIPMethod) -> SIPMessage? { requests.last { $0.method == method } }

    private func receive(_ datagram: Puppet.Datagram) {
        guard let message = try? SIPMessage(datagram.bytes) else { return }
        guard message.isRequest else { return passBack(message) }
        let branch = message.text(.via) ?? ""
        guard seen.insert("\(message.method) \(branch)").inserted else { return }
        requests.append(message)
        if message.method == .ack || message.toTag != nil {
            if recordsRoute {
                puppet.send(onward(message, nil), to: next(message))
            } else if message.method != .ack {
                puppet.send(SIPWriter.response(to: message, status: 200, toTag: nil).finish(), to: datagram.from)
            }
            return
        }
        switch answer(message) {
        case .nothing: break
        case .say(let statuses):
            for status in statuses {
                var writer = SIPWriter.response(to: message, status: status, toTag: status > 100 ? "as" : nil)
                if message.method == .invite, status > 100 { writer.add(.contact, "<\(Self.uri())>") }
                puppet.send(writer.finish(), to: datagram.from)
            }
        case .back(let uri, let times):
            for _ in 0..<times { puppet.send(onward(message, uri), to: next(message)) }
        }
    }

    /// The request as a proxy sends it on.
    func onward(_ message: SIPMessage, _ uri: String?) -> [UInt8] {
        serial += 1
        var edit = SIPEdit(message)
        edit.removeFirstValue(.route)
        edit.prepend(.via, "SIP/2.0/UDP \(address);branch=z9hG4bKas\(address.host.suffix(1))\(serial)")
        edit.set(.maxForwards, String(((try? message.integer(.maxForwards)) ?? 70) - 1))
        if let uri { edit.setRequestURI(uri) }
        if recordsRoute, message.toTag == nil { edit.prepend(.recordRoute, "<sip:\(address);lr>") }
        return edit.serialize()
    }

    private func next(_ message: SIPMessage) -> SocketAddress {
        let routes = (try? message.addresses(.route)) ?? []
        guard routes.count > 1, let uri = routes[1].uri.sip else { return CoreWorld.scscfAddress(0) }
        return SocketAddress(uri.host, port: UInt16(uri.port ?? 5060)) ?? CoreWorld.scscfAddress(0)
    }

    private func passBack(_ response: SIPMessage) {
        guard response.status > 100, let vias = try? response.vias(), vias.count > 1 else { return }
        var edit = SIPEdit(response)
        edit.removeFirstValue(.via)
        puppet.send(edit.serialize(), to: CoreWorld.scscfAddress(0))
    }
}

/// Two phones and their operator's application servers. Everything is a datagram.
final class ServicePair {
    let pair: Pair
    let servers: [Server]
    var core: CoreWorld { pair.core }
    var alice: Phone { pair.alice }
    var bob: Phone { pair.bob }
    var server: Server { servers[0] }

    init(
        _ services: [OperatorService], servers count: UInt8 = 1, _ change: (inout CoreWorld.Options) -> Void = { _ in }
    ) throws {
        pair = try Pair {
            $0.services = services
            $0.hasTCP = false
            change(&$0)
        }
        let core = pair.core
        servers = try (0..<count).map { try Server(core, host: $0 + 1) }
        pair.bobAnswers()
    }

    /// Alice writes to Bob; gives the statuses she has got.
    func text(after milliseconds: Int = 100, callID: String = "text") -> [Int] {
        _ = alice.initial("MESSAGE", to: bob.uri, callID: callID)
        core.world.advance(milliseconds: milliseconds)
        return alice.statuses(.message)
    }
}
