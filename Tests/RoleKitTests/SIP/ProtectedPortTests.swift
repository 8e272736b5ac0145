import RoleKit
import SIP
import TestSupport
import Testing

/// An element with protected ports beside its clear one, and a UE: four flows of TS 33.203 §7.1.
private struct ProtectedScene {
    static let clear = SocketAddress(10, 0, 0, 1, port: 5060)
    static let portPS = clear.with(port: 5100)
    static let portPC = clear.with(port: 5101)
    static let portUC = SocketAddress(10, 0, 0, 2, port: 6000)
    static let portUS = portUC.with(port: 6001)
    static let (serverIndex, clientIndex) = (1, 2)

    let world = VirtualWorld(seed: 7)
    let element: TestElement
    let ueClient: Puppet
    let ueServer: Puppet

    init(_ procedure: @escaping @Sendable (isolated TestElement, IncomingRequest) async -> Void) throws {
        let node = world.node("element")
        let listeners = [
            SIPListenerSettings(name: "gm", address: Self.clear, profile: .ue),
            SIPListenerSettings(name: "gm-ps", address: Self.portPS, profile: .ue, protection: .server),
            SIPListenerSettings(
                name: "gm-pc", address: Self.portPC, profile: .ue, protection: .client(of: Self.serverIndex)),
        ]
        element = TestElement(node.name, SIPStackSettings(listeners: listeners), node.ports, world.loop, procedure)
        try node.start(element)
        ueClient = try Puppet(world, at: Self.portUC, name: "uc")
        ueServer = try Puppet(world, at: Self.portUS, name: "us")
    }

    /// One that answers everything with this status.
    static func answering(_ status: Int = 200) throws -> ProtectedScene {
        try ProtectedScene { element, request in element.stack.respond(request, status) }
    }

    func secure(_ isSecured: Bool = true) {
        element.assumeIsolated {
            $0.stack.secure(
                Self.portUC, at: Self.serverIndex,
                isSecured ? SecurePath(client: Self.clientIndex, remote: Self.portUS) : nil)
        }
        world.settle()
    }

    /// The element sends a request of its own to the UE over its protected client port.
    func ask(_ kind: LinkKind) {
        element.start { element in
            var writer = SIPWriter.request(.options, uri: "sip:ue@10.0.0.2:6001")
            writer.add(.from, "<sip:p@example.org>;tag=1")
            writer.add(.to, "<sip:ue@example.org>")
            writer.add(.callID, "own-1")
            writer.add(.cseq, "1 OPTIONS")
            let outcome = await element.stack.request(
                writer, to: SIPTarget(address: Self.portUS, kind: kind, listener: Self.clientIndex))
            element.notes.append("\(outcome.status)")
        }
        world.settle()
    }

    var notes: [String] { element.assumeIsolated { $0.notes } }
    var connections: Int { element.assumeIsolated { $0.stack.counts.connections } }

    static func viaUE(_ transport: String) -> String { "SIP/2.0/\(transport) 10.0.0.2:6001" }
}

@Suite("SIP stack: protected ports")
struct ProtectedPortTests {
    private typealias Scene = ProtectedScene

    @Test(
        "TS 33.203 §7.1: over UDP every response goes from port-pc to port-us, rport or not (RFC 3581 does not apply)",
        arguments: [100, 200, 401, 403, 404, 500], ["", ";rport"])
    func datagramResponse(status: Int, rport: String) throws {
        let scene = try Scene { element, request in
            if status == 100 { return }
            element.stack.respond(request, status)
        }
        scene.secure()
        let method = status == 100 ? "INVITE" : "MESSAGE"
        scene.ueClient.send(
            Wire.request(method, branch: "z9hG4bK1" + rport, via: Scene.viaUE("UDP")), to: Scene.portPS)
        // The 100 comes when 200 ms have gone by without another (RFC 3261 §17.2.1).
        scene.world.advance(milliseconds: 300)
        let answers = scene.ueServer.takeDatagrams()
        #expect(answers.map(\.from) == [Scene.portPC])
        #expect(answers.map { Wire.status($0.text) } == [status])
        #expect(scene.ueClient.takeDatagrams().isEmpty)
    }

    @Test("TS 33.203 §7.1: a response made without a transaction takes the same way")
    func statelessResponse() throws {
        let scene = try Scene.answering()
        scene.secure()
        scene.ueClient.send(Wire.request("CANCEL", via: Scene.viaUE("UDP")), to: Scene.portPS)
        scene.world.settle()
        #expect(scene.ueServer.takeDatagrams().map { Wire.status($0.text) } == [481])
        #expect(scene.ueClient.takeDatagrams().isEmpty)
    }

    @Test("TS 33.203 §7.1: over UDP a request goes from port-pc to port-us, its Via names port-ps")
    func datagramRequest() throws {
        let scene = try Scene.answering()
        scene.secure()
        scene.ask(.udp)
        let request = try #require(scene.ueServer.takeDatagrams().first)
        #expect(request.from == Scene.portPC)
        #expect(Wire.value(request.text, "Via")?.hasPrefix("SIP/2.0/UDP 10.0.0.1:5100;") == true)
        // The UE answers from its client port to our server port.
        scene.ueClient.send(Wire.response(to: request.text, 200), to: Scene.portPS)
        scene.world.settle()
        #expect(scene.notes == ["200"])
    }

    @Test("TS 33.203 §7.1: over TCP a response takes the stream its request came on")
    func streamResponse() throws {
        let scene = try Scene.answering()
        scene.secure()
        let stream = scene.ueClient.connect(to: Scene.portPS, from: Scene.portUC)
        scene.ueClient.send(Wire.request("MESSAGE", via: Scene.viaUE("TCP")), on: stream)
        scene.world.settle()
        #expect(Wire.status(scene.ueClient.takeText(on: stream)) == 200)
        #expect(scene.ueServer.accepted.isEmpty)
    }

    @Test("TS 33.203 §7.1: over TCP a request opens a stream from port-pc to port-us, its Via names port-ps")
    func streamRequest() throws {
        let scene = try Scene.answering()
        scene.secure()
        scene.ask(.tcp)
        #expect(scene.ueServer.callers == [Scene.portPC])
        let stream = try #require(scene.ueServer.accepted.first)
        let request = scene.ueServer.takeText(on: stream)
        #expect(Wire.value(request, "Via")?.hasPrefix("SIP/2.0/TCP 10.0.0.1:5100;") == true)
        scene.ueServer.send(Wire.response(to: request, 200), on: stream)
        scene.world.settle()
        #expect(scene.notes == ["200"])
    }

    @Test("B.1 row 4: TCP closed between INVITE and 200 is opened anew from port-pc to port-us inside the SA")
    func streamReopened() throws {
        let gate = Gate()
        let scene = try Scene { element, request in
            await gate.wait()
            element.stack.respond(request, 200)
        }
        scene.secure()
        let stream = scene.ueClient.connect(to: Scene.portPS, from: Scene.portUC)
        scene.ueClient.send(Wire.request("INVITE", via: Scene.viaUE("TCP")), on: stream)
        scene.world.settle()
        scene.ueClient.close(stream)
        scene.world.settle()
        gate.open()
        scene.world.settle()
        #expect(scene.ueServer.callers == [Scene.portPC])
        let back = try #require(scene.ueServer.accepted.first)
        #expect(Wire.status(scene.ueServer.takeText(on: back)) == 200)
    }

    @Test("B.1 row 4: a stream the UE has closed is opened again from the same client port")
    func streamRequestAgain() throws {
        let scene = try Scene.answering()
        scene.secure()
        scene.ask(.tcp)
        let first = try #require(scene.ueServer.accepted.first)
        scene.ueServer.close(first)
        scene.world.settle()
        scene.ask(.tcp)
        #expect(scene.ueServer.callers == [Scene.portPC, Scene.portPC])
    }

    @Test("TS 33.203 §7.1: a response of the UE comes by a new stream to port-ps, which Via names (B.1 row 5)")
    func responseOnNewStream() throws {
        let scene = try Scene.answering()
        scene.secure()
        scene.ask(.tcp)
        let stream = try #require(scene.ueServer.accepted.first)
        let request = scene.ueServer.takeText(on: stream)
        scene.ueServer.close(stream)
        let back = scene.ueClient.connect(to: Scene.portPS, from: Scene.portUC)
        scene.ueClient.send(Wire.response(to: request, 200), on: back)
        scene.world.settle()
        #expect(scene.notes == ["200"])
    }

    @Test("Outside an SA a protected server port hears nothing and says nothing", arguments: [true, false])
    func unsecured(isDatagram: Bool) throws {
        let scene = try Scene.answering()
        if isDatagram {
            scene.ueClient.send(Wire.request("MESSAGE", via: Scene.viaUE("UDP")), to: Scene.portPS)
        } else {
            let stream = scene.ueClient.connect(to: Scene.portPS, from: Scene.portUC)
            scene.ueClient.send(Wire.request("MESSAGE", via: Scene.viaUE("TCP")), on: stream)
            scene.world.settle()
            #expect(scene.ueClient.takeText(on: stream).isEmpty && scene.ueClient.closed[stream] != nil)
        }
        scene.world.settle()
        #expect(scene.ueClient.takeDatagrams().isEmpty && scene.ueServer.takeDatagrams().isEmpty)
        #expect(scene.connections == 0)
    }

    @Test("A secured place is one host and port: another port of the UE's host is not heard")
    func otherPort() throws {
        let scene = try Scene.answering()
        scene.secure()
        let other = try Puppet(scene.world, at: Scene.portUC.with(port: 6002), name: "other")
        other.send(Wire.request("MESSAGE", via: Scene.viaUE("UDP")), to: Scene.portPS)
        scene.world.settle()
        #expect(scene.ueServer.takeDatagrams().isEmpty && other.takeDatagrams().isEmpty)
    }

    @Test("TS 33.203 §7.1: requests come to port-ps; on port-pc they are not heard")
    func requestToClientPort() throws {
        let scene = try Scene.answering()
        scene.secure()
        scene.ueServer.send(Wire.request("MESSAGE", via: Scene.viaUE("UDP")), to: Scene.portPC)
        scene.world.settle()
        #expect(scene.ueServer.takeDatagrams().isEmpty)
    }

    @Test("The end of an SA closes its streams, both ways")
    func streamsEnd() throws {
        let scene = try Scene.answering()
        scene.secure()
        let stream = scene.ueClient.connect(to: Scene.portPS, from: Scene.portUC)
        scene.ueClient.send(Wire.request("MESSAGE", via: Scene.viaUE("TCP")), on: stream)
        scene.ask(.tcp)
        #expect(scene.connections == 2)
        scene.secure(false)
        #expect(scene.connections == 0)
        #expect(scene.notes == ["500"])
    }
}

extension ProtectedPortTests {
    @Test(
        "TS 33.203 §7.1: what goes over an SA is neither answered nor cancelled from outside, though the branch is known"
    )
    func overheardBranch() throws {
        let scene = try ProtectedScene { _, _ in }
        scene.secure()
        scene.ask(.udp)
        let request = try #require(scene.ueServer.takeDatagrams().first)
        let outsider = try Puppet(scene.world, at: ProtectedScene.portUC.with(port: 5060), name: "outsider")
        outsider.send(Wire.response(to: request.text, 200), to: ProtectedScene.clear)
        scene.world.settle()
        #expect(scene.notes.isEmpty)
        // The UE's own INVITE, and a CANCEL and an ACK for it in the clear.
        let via = ProtectedScene.viaUE("UDP")
        scene.ueClient.send(Wire.request("INVITE", via: via), to: ProtectedScene.portPS)
        scene.world.settle()
        outsider.send(Wire.request("CANCEL", via: via), to: ProtectedScene.clear)
        scene.world.settle()
        #expect(scene.ueServer.takeDatagrams().allSatisfy { Wire.status($0.text) < 200 })
        scene.ueClient.send(Wire.request("CANCEL", via: via), to: ProtectedScene.portPS)
        scene.world.settle()
        #expect(scene.ueServer.takeDatagrams().map { Wire.status($0.text) }.sorted() == [200, 487])
    }
}
