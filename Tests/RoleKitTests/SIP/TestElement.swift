import RoleKit
import SIP
import TestSupport

/// A SIP element for tests: a stack in an instance, with a procedure for each request as a role would have.
actor TestElement: Instance {
    nonisolated let loop: any InstanceLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    nonisolated let name: String
    nonisolated let role = Role.pcscf
    let stack: SIPStack
    let procedure: @Sendable (isolated TestElement, IncomingRequest) async -> Void
    /// What procedures want a test to see.
    var notes: [String] = []

    init(
        _ name: String, _ settings: SIPStackSettings, _ ports: Ports, _ loop: any InstanceLoop,
        _ procedure: @escaping @Sendable (isolated TestElement, IncomingRequest) async -> Void
    ) {
        self.loop = loop
        self.name = name
        stack = SIPStack(settings, ports)
        self.procedure = procedure
    }

    func start() throws { try stack.open() }

    func handle(_ event: InstanceEvent) {
        switch event {
        case .network(_, let event): stack.handle(event)
        case .timer(let token): stack.handle(timer: token)
        }
        while let request = stack.next() {
            let procedure = procedure
            start { await procedure($0, request) }
        }
    }

    var isReady: Bool { true }
    func drain() { stack.drain() }
    var isDrained: Bool { stack.isIdle }
    func snapshot(_ query: SnapshotQuery) -> Report { .flag(true) }
}

/// A world with one element under test at 10.0.0.1:5060, a client at 10.0.0.2:5060 and a server at 10.0.0.3:5060.
struct Scene {
    let world: VirtualWorld
    let node: VirtualNode
    let element: TestElement
    let client: Puppet
    let server: Puppet

    static let here = SocketAddress(10, 0, 0, 1, port: 5060)
    static let clientAddress = SocketAddress(10, 0, 0, 2, port: 5060)
    static let serverAddress = SocketAddress(10, 0, 0, 3, port: 5060)

    init(
        _ settings: SIPStackSettings = Scene.settings(), seed: UInt64 = 1, serverListensTCP: Bool = true,
        _ procedure: @escaping @Sendable (isolated TestElement, IncomingRequest) async -> Void
    ) throws {
        world = VirtualWorld(seed: seed)
        node = world.node("element")
        element = TestElement(node.name, settings, node.ports, world.loop, procedure)
        try node.start(element)
        client = try Puppet(world, at: Scene.clientAddress, name: "client")
        server = try Puppet(world, at: Scene.serverAddress, listensTCP: serverListensTCP, name: "server")
    }

    static func settings(
        profile: SIPTimers = .core, limits: SIPStackLimits = SIPStackLimits(), proxyOptions: [String] = []
    ) -> SIPStackSettings {
        SIPStackSettings(
            listeners: [SIPListenerSettings(name: "core", address: here, profile: profile)],
            proxyOptions: proxyOptions, limits: limits)
    }

    /// A scene whose element forwards everything to the server and passes back what comes.
    static func proxy(_ settings: SIPStackSettings = Scene.settings(), serverListensTCP: Bool = true) throws -> Scene {
        try Scene(settings, serverListensTCP: serverListensTCP) { element, request in
            if request.message.method == .ack {
                return element.stack.proxy(request, to: [SIPTarget(address: Scene.serverAddress)])
            }
            let outcome = await element.stack.forward(request, to: [SIPTarget(address: Scene.serverAddress)])
            element.notes.append("\(outcome.status)")
            switch outcome {
            case .response(let response): element.stack.relay(request, response)
            case .timeout: element.stack.respond(request, 408)
            case .transportFailed: element.stack.respond(request, 500)
            }
        }
    }

    /// A scene whose element answers everything itself.
    static func userAgent(_ status: Int = 200, _ settings: SIPStackSettings = Scene.settings()) throws -> Scene {
        try Scene(settings) { element, request in
            element.notes.append(request.message.method.name)
            element.stack.respond(request, status)
        }
    }

    var counts: SIPCounts { element.assumeIsolated { $0.stack.counts } }
    var notes: [String] { element.assumeIsolated { $0.notes } }

    /// The client sends, and all that follows at once happens.
    func send(_ text: String) {
        client.send(text, to: Scene.here)
        world.settle()
    }

    /// The server answers a request it got with this status.
    func answer(_ request: String, _ status: Int, extra: String = "", from puppet: Puppet? = nil) {
        (puppet ?? server).send(Wire.response(to: request, status, extra: extra), to: Scene.here)
        world.settle()
    }

    /// Nothing is left but what must be waited for; afterwards nothing at all.
    func isClean(afterMilliseconds milliseconds: Int = 200_000) -> Bool {
        world.advance(milliseconds: milliseconds)
        let counts = counts
        return counts.serverTransactions == 0 && counts.clientTransactions == 0 && counts.contexts == 0
            && counts.unanswered == 0 && counts.waiting == 0 && counts.timers == 0 && world.runningTimers == 0
    }
}

/// SIP as text, for puppets.
enum Wire {
    static func request(
        _ method: String, branch: String = "z9hG4bKc1", via: String = "SIP/2.0/UDP 10.0.0.2:5060", cseq: Int = 1,
        callID: String = "call-1", toTag: String? = nil, maxForwards: Int? = 70, extra: String = "", body: String = ""
    ) -> String {
        var text = "\(method) sip:bob@example.org SIP/2.0\r\n"
        text += "Via: \(via);branch=\(branch)\r\n"
        if let maxForwards { text += "Max-Forwards: \(maxForwards)\r\n" }
        text += "From: <sip:alice@example.org>;tag=a1\r\n"
        text += "To: <sip:bob@example.org>\(toTag.map { ";tag=" + $0 } ?? "")\r\n"
        text += "Call-ID: \(callID)\r\nCSeq: \(cseq) \(method == "ACK" ? "ACK" : method)\r\n"
        text += extra
        return text + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
    }

    /// A response as a server makes it: Vias, From, To with a tag, Call-ID and CSeq of the request.
    static func response(to request: String, _ status: Int, tag: String = "b1", extra: String = "") -> String {
        var text = "SIP/2.0 \(status) Whatever\r\n"
        for line in lines(request) {
            let name = line.prefix { $0 != ":" }.lowercased()
            switch name {
            case "via", "from", "call-id", "cseq": text += line + "\r\n"
            case "to": text += (status == 100 || line.contains("tag=") ? line : line + ";tag=" + tag) + "\r\n"
            default: break
            }
        }
        return text + extra + "Content-Length: 0\r\n\r\n"
    }

    static func lines(_ text: String) -> [String] {
        text.utf8.split(separator: 0x0A).map { line in
            String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
        }
    }

    static func start(_ text: String) -> String { lines(text).first ?? "" }

    /// Values of a header, one for each line.
    static func values(_ text: String, _ name: String) -> [String] {
        lines(text).filter { $0.lowercased().hasPrefix(name.lowercased() + ":") }.map { line in
            String(line.drop { $0 != ":" }.dropFirst().drop { $0 == " " })
        }
    }

    static func value(_ text: String, _ name: String) -> String? { values(text, name).first }

    static func status(_ text: String) -> Int {
        let parts = start(text).split(separator: " ")
        return parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    }
}
