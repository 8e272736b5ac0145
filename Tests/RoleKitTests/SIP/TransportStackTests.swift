import RoleKit
import SIP
import TestSupport
import Testing

@Suite("SIP stack: transport")
struct TransportStackTests {
    static let tcpVia = "SIP/2.0/TCP 10.0.0.2:5060"

    @Test("RFC 3261 §18.2.1, RFC 3581 §4: received where sent-by is not the source, rport where asked for")
    func received() throws {
        let scene = try Scene.userAgent()
        scene.send(Wire.request("MESSAGE", branch: "z9hG4bK1", via: "SIP/2.0/UDP 10.0.0.2:5060"))
        scene.send(Wire.request("MESSAGE", branch: "z9hG4bK2", via: "SIP/2.0/UDP client.example.org"))
        scene.send(Wire.request("MESSAGE", branch: "z9hG4bK3;rport", via: "SIP/2.0/UDP 10.0.0.2:9999"))
        let vias = scene.client.takeDatagrams().map { Wire.value($0.text, "Via") ?? "" }
        #expect(vias.count == 3)
        #expect(!vias[0].contains("received"))
        #expect(vias[1].contains(";received=10.0.0.2"))
        #expect(vias[2].contains(";rport=5060"))
        #expect(vias[2].contains(";received=10.0.0.2"))
    }

    @Test("RFC 3261 §18.2.2: without rport the answer goes to sent-by's port, by default 5060")
    func sentByPort() throws {
        let scene = try Scene.userAgent()
        let other = try Puppet(scene.world, at: Scene.clientAddress.with(port: 7070), listensTCP: false)
        other.send(Wire.request("MESSAGE", branch: "z9hG4bK1", via: "SIP/2.0/UDP 10.0.0.2"), to: Scene.here)
        scene.world.settle()
        #expect(scene.client.takeDatagrams().count == 1)
        scene.send(Wire.request("MESSAGE", branch: "z9hG4bK2", via: "SIP/2.0/UDP 10.0.0.2:7070"))
        #expect(other.takeDatagrams().count == 1)
        #expect(scene.client.takeDatagrams().isEmpty)
    }

    @Test("RFC 3261 §18.2.2: over TCP the answer goes back on the connection")
    func sameConnection() throws {
        let scene = try Scene.userAgent()
        let connection = scene.client.connect(to: Scene.here)
        scene.client.send(Wire.request("MESSAGE", via: Self.tcpVia), on: connection)
        scene.world.settle()
        #expect(Wire.status(scene.client.takeText(on: connection)) == 200)
        #expect(scene.isClean())
    }

    @Test("A flow stands while its stream does, and only with that peer: its number may be another's after a restart")
    func flowStands() throws {
        let scene = try Scene { element, request in
            var other = request.flow
            other.remote = other.remote.with(port: 9)
            element.notes.append("\(element.stack.stands(request.flow)) \(element.stack.stands(other))")
            element.stack.respond(request, 200)
        }
        let connection = scene.client.connect(to: Scene.here)
        scene.client.send(Wire.request("MESSAGE", via: Self.tcpVia), on: connection)
        scene.world.settle()
        #expect(scene.element.assumeIsolated { $0.notes } == ["true false"])
    }

    @Test("RFC 3261 §18.2.2: if it is gone, on a new one to sent-by")
    func reopened() throws {
        let gate = Gate()
        let scene = try Scene { element, request in
            await gate.wait()
            element.stack.respond(request, 200)
        }
        let connection = scene.client.connect(to: Scene.here)
        scene.client.send(Wire.request("INVITE", via: Self.tcpVia), on: connection)
        scene.world.settle()
        scene.client.close(connection)
        scene.world.settle()
        #expect(scene.counts.connections == 0)
        gate.open()
        scene.world.settle()
        let back = try #require(scene.client.accepted.first)
        #expect(Wire.status(scene.client.takeText(on: back)) == 200)
        #expect(scene.isClean())
    }

    @Test(
        "RFC 3261 §18.3: half a message waits for its other half; pieces of any size make the same messages",
        arguments: [1, 7, 100])
    func pieces(bytes: Int) throws {
        let scene = try Scene.userAgent()
        scene.world.faults.segmentBytes = bytes
        let connection = scene.client.connect(to: Scene.here)
        let text = Wire.request("MESSAGE", via: Self.tcpVia, body: "half")
        let half = text.index(text.startIndex, offsetBy: text.count / 2)
        scene.client.send(String(text[..<half]), on: connection)
        scene.world.advance(milliseconds: 10_000)
        #expect(scene.notes.isEmpty)
        scene.client.send(String(text[half...]) + Wire.request("INFO", via: Self.tcpVia), on: connection)
        scene.world.settle()
        #expect(scene.notes == ["MESSAGE", "INFO"])
        #expect(scene.isClean())
    }

    @Test("RFC 5626 §4.4.1: a double CRLF is answered with one")
    func keepAlive() throws {
        let scene = try Scene.userAgent()
        let connection = scene.client.connect(to: Scene.here)
        scene.client.send("\r\n\r\n", on: connection)
        scene.world.settle()
        #expect(scene.client.takeText(on: connection) == "\r\n")
        scene.client.send("\r\n", to: Scene.here)
        scene.client.send([0, 0, 0, 0], to: Scene.here)
        scene.world.settle()
        #expect(scene.client.takeDatagrams().isEmpty)
        #expect(scene.counts.malformed == 0)
    }

    @Test("RFC 3261 §18.3: a stream without Content-Length is answered 400 and closed; the next one works")
    func brokenFraming() throws {
        let scene = try Scene.userAgent()
        let connection = scene.client.connect(to: Scene.here)
        let text = Wire.request("MESSAGE", via: Self.tcpVia).replacingFirst("Content-Length: 0\r\n", with: "")
        scene.client.send(text, on: connection)
        scene.world.settle()
        #expect(Wire.status(scene.client.takeText(on: connection)) == 400)
        #expect(scene.client.closed[connection] == .peer)
        #expect(scene.counts.connections == 0)
        let next = scene.client.connect(to: Scene.here)
        scene.client.send(Wire.request("MESSAGE", via: Self.tcpVia), on: next)
        scene.world.settle()
        #expect(Wire.status(scene.client.takeText(on: next)) == 200)
    }

    @Test("Garbage and truncated datagrams: silence or 400, one log line a source, and the next request works")
    func garbage() throws {
        let scene = try Scene.userAgent()
        for count in 1..<200 {
            scene.client.send(scene.node.random.bytes(count * 5), to: Scene.here)
        }
        scene.world.settle()
        #expect(scene.client.takeDatagrams().isEmpty)
        let whole = Array(Wire.request("MESSAGE", body: "0123456789").utf8)
        for count in 1..<whole.count { scene.client.send(Array(whole[..<count]), to: Scene.here) }
        scene.world.settle()
        #expect(scene.notes.isEmpty)
        #expect(scene.client.takeDatagrams().allSatisfy { Wire.status($0.text) == 400 })
        #expect(scene.node.log.lines.count <= 3)
        #expect(scene.counts.malformed > 300)
        scene.send(Wire.request("MESSAGE", branch: "z9hG4bKgood"))
        #expect(scene.client.takeDatagrams().map { Wire.status($0.text) } == [200])
        #expect(scene.isClean())
    }

    @Test("An oversized message over TCP is refused and its connection closed, without growth")
    func oversized() throws {
        var limits = SIPStackLimits()
        limits.message.bodyBytes = 1_000
        let scene = try Scene.userAgent(200, Scene.settings(limits: limits))
        let connection = scene.client.connect(to: Scene.here)
        let body = String(repeating: "x", count: 1_001)
        scene.client.send(Wire.request("MESSAGE", via: Self.tcpVia, body: body), on: connection)
        scene.world.settle()
        #expect(Wire.status(scene.client.takeText(on: connection)) == 413)
        #expect(scene.client.closed[connection] == .peer)
        #expect(scene.notes.isEmpty)
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §18.1.1: more than 1300 bytes toward the core go over TCP, and back over UDP where that is refused")
    func largeRequest() throws {
        let body = String(repeating: "x", count: 1_300)
        let scene = try Scene.proxy()
        scene.send(Wire.request("MESSAGE", body: body))
        let connection = try #require(scene.server.accepted.first)
        let got = scene.server.takeText(on: connection)
        #expect(Wire.value(got, "Via")?.hasPrefix("SIP/2.0/TCP 10.0.0.1:5060") == true)
        scene.server.send(Wire.response(to: got, 200), on: connection)
        scene.world.settle()
        #expect(scene.client.takeDatagrams().map { Wire.status($0.text) } == [200])

        let deaf = try Scene.proxy(serverListensTCP: false)
        deaf.send(Wire.request("MESSAGE", body: body))
        let datagram = try #require(deaf.server.takeDatagrams().first?.text)
        #expect(Wire.value(datagram, "Via")?.hasPrefix("SIP/2.0/UDP 10.0.0.1:5060") == true)
        deaf.answer(datagram, 200)
        #expect(deaf.client.takeDatagrams().map { Wire.status($0.text) } == [200])
        #expect(deaf.isClean())
    }

    @Test(
        "RFC 3261 §18.1.1, §18.2.2: what has been answered is not sent again when its connection breaks, and not given up",
        arguments: [100, 180, 200])
    func answeredLargeRequest(status: Int) throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("INVITE", body: String(repeating: "x", count: 1_300)))
        let connection = try #require(scene.server.accepted.first)
        let invite = scene.server.takeText(on: connection)
        scene.server.send(Wire.response(to: invite, status), on: connection)
        scene.world.settle()
        scene.node.network.breakConnection(try #require(scene.node.network.connections.first))
        scene.world.settle()
        #expect(scene.server.takeDatagrams().isEmpty)
        #expect(scene.notes == (status == 200 ? ["200"] : []))
        let again = scene.server.connect(to: Scene.here)
        scene.server.send(Wire.response(to: invite, 200), on: again)
        scene.world.settle()
        #expect(scene.notes == ["200"])
        #expect(scene.client.takeDatagrams().last.map { Wire.status($0.text) } == 200)
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §18.1.1: to this host large requests are datagrams, but what none holds goes over TCP")
    func longestDatagram() throws {
        let near = SocketAddress(127, 0, 0, 9, port: 5060)
        let scene = try Scene { element, request in
            let outcome = await element.stack.forward(request, to: [SIPTarget(address: near)])
            if case .response(let response) = outcome { element.stack.relay(request, response) }
        }
        let neighbour = try Puppet(scene.world, at: near, name: "near")
        let connection = scene.client.connect(to: Scene.here)
        let long = String(repeating: "x", count: 30_000)
        for (number, body) in [long, long + long.prefix(18_000)].enumerated() {
            let request = Wire.request(
                "MESSAGE", branch: "z9hG4bK\(number)", via: Self.tcpVia, callID: "c\(number)",
                extra: "X-L: \(long)\r\n",
                body: body)
            scene.client.send(request, on: connection)
        }
        scene.world.settle()
        #expect(neighbour.takeDatagrams().map { Wire.value($0.text, "Call-ID") } == ["c0"])
        let stream = try #require(neighbour.accepted.first)
        #expect(Wire.value(neighbour.takeText(on: stream), "Call-ID") == "c1")
    }

    @Test("Toward a UE a large request keeps its transport")
    func largeRequestToUE() throws {
        let scene = try Scene.proxy(Scene.settings(profile: .ue))
        scene.send(Wire.request("MESSAGE", body: String(repeating: "x", count: 1_300)))
        #expect(scene.server.takeDatagrams().count == 1)
        #expect(scene.server.accepted.isEmpty)
    }

    @Test("RFC 3261 §18: requests to one address share a connection")
    func sharedConnection() throws {
        let scene = try Scene { element, request in
            let outcome = await element.stack.forward(
                request, to: [SIPTarget(address: Scene.serverAddress, kind: .tcp)])
            if case .response(let response) = outcome { element.stack.relay(request, response) }
        }
        for number in 0..<5 { scene.send(Wire.request("MESSAGE", branch: "z9hG4bK\(number)", callID: "c\(number)")) }
        #expect(scene.server.accepted.count == 1)
        let connection = scene.server.accepted[0]
        let text = scene.server.takeText(on: connection)
        #expect(text.components(of: "MESSAGE sip:").count == 5)
    }

    @Test("RFC 3261 §18.4: a connection that breaks fails what waits on it; one closed in order does not")
    func brokenConnection() throws {
        let scene = try Scene { element, request in
            let outcome = await element.stack.forward(
                request, to: [SIPTarget(address: Scene.serverAddress, kind: .tcp)])
            element.notes.append("\(outcome.status)")
            element.stack.respond(request, outcome.status)
        }
        scene.send(Wire.request("MESSAGE"))
        scene.node.network.breakConnection(try #require(scene.node.network.connections.first))
        scene.world.settle()
        #expect(scene.notes == ["500"])
        scene.send(Wire.request("MESSAGE", branch: "z9hG4bK2"))
        let request = scene.server.takeText(on: scene.server.accepted[1])
        scene.server.close(scene.server.accepted[1])
        scene.world.settle()
        #expect(scene.notes == ["500"])
        let again = scene.server.connect(to: Scene.here)
        scene.server.send(Wire.response(to: request, 202), on: again)
        scene.world.settle()
        #expect(scene.notes == ["500", "202"])
        #expect(scene.isClean())
    }

    @Test("RFC 5626 §5.3: a request for a UE's stream is not sent anywhere else")
    func pinned() throws {
        let gate = Gate()
        let scene = try Scene { element, request in
            element.stack.respond(request, 200)
            let target = SIPTarget(address: request.flow.remote, kind: .tcp, flow: request.flow)
            var writer = SIPWriter.request(.options, uri: "sip:ue@example.org")
            for id in [HeaderID.from, .to, .callID] { writer.copy(id, from: request.message) }
            writer.add(.cseq, "1 OPTIONS")
            let first = await element.stack.request(writer, to: target)
            element.notes.append("\(first.status)")
            await gate.wait()
            let second = await element.stack.request(writer, to: target)
            element.notes.append("\(second.status)")
        }
        let connection = scene.client.connect(to: Scene.here)
        scene.client.send(Wire.request("MESSAGE", via: Self.tcpVia), on: connection)
        scene.world.settle()
        let text = scene.client.takeText(on: connection)
        let options = "OPTIONS " + text.components(after: "OPTIONS ")
        scene.client.send(Wire.response(to: options, 200), on: connection)
        scene.client.close(connection)
        scene.world.settle()
        gate.open()
        scene.world.settle()
        #expect(scene.notes == ["200", "500"])
        #expect(scene.client.accepted.isEmpty)
        #expect(scene.isClean())
    }

    @Test("Every message passes the tap, in both directions, with its addresses")
    func tap() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("MESSAGE"))
        scene.answer(scene.server.takeDatagrams()[0].text, 200)
        let passages = scene.node.tap.passages
        #expect(passages.map(\.direction) == [.received, .sent, .received, .sent])
        #expect(
            passages.map(\.remote) == [
                Scene.clientAddress, Scene.serverAddress, Scene.serverAddress, Scene.clientAddress,
            ])
        #expect(passages.allSatisfy { $0.local == Scene.here && $0.link == .udp })
    }
}

extension String {
    /// The parts behind each occurrence of a piece.
    func components(of piece: String) -> [String] {
        var rest = self[...]
        var out: [String] = []
        while let range = rest.firstRange(of: piece) {
            rest = rest[range.upperBound...]
            out.append(String(rest))
        }
        return out
    }
}
