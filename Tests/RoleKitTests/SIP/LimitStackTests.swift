import RoleKit
import SIP
import TestSupport
import Testing

@Suite("SIP stack: limits, drain and end")
struct LimitStackTests {
    @Test("One transaction over the limit is answered 503 with Retry-After; its ACK goes nowhere")
    func transactions() throws {
        var limits = SIPStackLimits()
        limits.transactions = 3
        let scene = try Scene(Scene.settings(limits: limits)) { element, request in
            element.notes.append(request.message.method.name)
        }
        for number in 0..<4 {
            scene.send(Wire.request("INVITE", branch: "z9hG4bK\(number)", callID: "c\(number)"))
        }
        let answer = try #require(scene.client.takeDatagrams().first?.text)
        #expect(Wire.status(answer) == 503)
        #expect(Wire.value(answer, "Retry-After") == "5")
        let tag = try #require(Wire.value(answer, "To")).components(after: ";tag=")
        scene.send(Wire.request("ACK", branch: "z9hG4bK3", callID: "c3", toTag: tag))
        #expect(scene.notes == ["INVITE", "INVITE", "INVITE"])
        #expect(scene.counts.serverTransactions == 3)
        #expect(scene.counts.refused == 1)
    }

    @Test("RFC 3261 §17.2.2: answered transactions over the limit go, the oldest first; new requests are served")
    func answeredMakeRoom() throws {
        var limits = SIPStackLimits()
        limits.transactions = 5
        limits.answered = 3
        let scene = try Scene.userAgent(200, Scene.settings(limits: limits))
        for number in 0..<20 {
            scene.send(Wire.request("MESSAGE", branch: "z9hG4bK\(number)", callID: "c\(number)"))
        }
        #expect(scene.client.takeDatagrams().map { Wire.status($0.text) } == Array(repeating: 200, count: 20))
        #expect(scene.counts.serverTransactions == 3)
        #expect(scene.counts.refused == 0)
        scene.send(Wire.request("MESSAGE", branch: "z9hG4bK19", callID: "c19"))
        #expect(scene.counts.retransmissionsReceived == 1)
        #expect(scene.isClean())
    }

    @Test("What is held of requests and answers is bounded by bytes: answers to repeat give way, then 503")
    func heldBytes() throws {
        var limits = SIPStackLimits()
        limits.heldBytes = 20_000
        let long = String(repeating: "x", count: 3_000)
        let serving = try Scene.userAgent(200, Scene.settings(limits: limits))
        for number in 0..<30 {
            serving.send(Wire.request("MESSAGE", branch: "z9hG4bK\(number)", callID: "c\(number)", body: long))
        }
        #expect(serving.client.takeDatagrams().map { Wire.status($0.text) } == Array(repeating: 200, count: 30))
        let silent = try Scene(Scene.settings(limits: limits)) { _, _ in }
        for number in 0..<30 {
            silent.send(Wire.request("MESSAGE", branch: "z9hG4bK\(number)", callID: "c\(number)", body: long))
        }
        #expect(silent.counts.refused > 20)
        #expect(silent.counts.serverTransactions < 8)
        #expect(silent.isClean())
        silent.send(Wire.request("MESSAGE", branch: "z9hG4bKlater", callID: "later", body: long))
        #expect(silent.counts.serverTransactions == 1)
    }

    @Test("A request turned away is answered and leaves nothing; it may come again")
    func turnedAway() throws {
        let scene = try Scene(Scene.settings()) { element, request in
            element.notes.append(request.message.method.name)
            element.stack.turnAway(request, 503) { $0.add(.retryAfter, "7") }
        }
        scene.send(Wire.request("MESSAGE"))
        scene.send(Wire.request("MESSAGE"))
        let answers = scene.client.takeDatagrams().map(\.text)
        #expect(answers.map { Wire.status($0) } == [503, 503])
        #expect(answers.allSatisfy { Wire.value($0, "Retry-After") == "7" })
        #expect(scene.notes == ["MESSAGE", "MESSAGE"])
        #expect(scene.isClean(afterMilliseconds: 0))
    }

    @Test("Client transactions over the limit fail at once")
    func clientTransactions() throws {
        var limits = SIPStackLimits()
        limits.transactions = 2
        let scene = try Scene(Scene.settings(limits: limits)) { element, request in
            let targets = Array(repeating: SIPTarget(address: Scene.serverAddress), count: 3)
            let outcome = await element.stack.forward(request, to: targets)
            element.notes.append("\(outcome.status)")
        }
        scene.send(Wire.request("MESSAGE"))
        #expect(scene.counts.clientTransactions == 2)
        scene.world.advance(milliseconds: 40_000)
        #expect(scene.notes == ["500"])
    }

    @Test("One connection over the limit is closed")
    func connections() throws {
        var limits = SIPStackLimits()
        limits.connections = 2
        let scene = try Scene.userAgent(200, Scene.settings(limits: limits))
        let connections = (0..<3).map { _ in scene.client.connect(to: Scene.here) }
        scene.world.settle()
        #expect(connections.map { scene.client.closed[$0] } == [nil, nil, .peer])
        scene.client.close(connections[0])
        scene.world.settle()
        let next = scene.client.connect(to: Scene.here)
        scene.client.send(Wire.request("MESSAGE", via: TransportStackTests.tcpVia), on: next)
        scene.world.settle()
        #expect(Wire.status(scene.client.takeText(on: next)) == 200)
    }

    @Test("One connection of a source over its limit is closed; other sources and this host are not concerned")
    func connectionsOfSource() throws {
        var limits = SIPStackLimits()
        limits.connectionsPerSource = 2
        let scene = try Scene.userAgent(200, Scene.settings(limits: limits))
        let connections = (0..<3).map { _ in scene.client.connect(to: Scene.here) }
        scene.world.settle()
        #expect(connections.map { scene.client.closed[$0] } == [nil, nil, .peer])
        let other = scene.server.connect(to: Scene.here)
        scene.world.settle()
        #expect(scene.server.closed[other] == nil)
        scene.client.close(connections[0])
        scene.world.settle()
        let next = scene.client.connect(to: Scene.here)
        scene.world.settle()
        #expect(scene.client.closed[next] == nil)
    }

    @Test("A connection on which nothing comes is closed after a while; one that spoke stays")
    func silentConnection() throws {
        let scene = try Scene.userAgent()
        let silent = scene.client.connect(to: Scene.here)
        let polite = scene.client.connect(to: Scene.here)
        scene.world.settle()
        scene.client.send("\r\n\r\n", on: polite)
        scene.world.advance(milliseconds: SIPStackLimits().silenceMilliseconds - 1)
        #expect(scene.client.closed[silent] == nil)
        scene.world.advance(milliseconds: 1)
        #expect(scene.client.closed[silent] == .peer)
        scene.world.advance(milliseconds: 600_000)
        #expect(scene.client.closed[polite] == nil)
        scene.client.close(polite)
        scene.world.settle()
        #expect(scene.isClean(afterMilliseconds: 0))
    }

    @Test("Headers without end over TCP, and a message whose rest never comes, cost their connection")
    func patience() throws {
        let scene = try Scene.userAgent()
        let endless = scene.client.connect(to: Scene.here)
        scene.client.send("MESSAGE sip:b@example.org SIP/2.0\r\n", on: endless)
        let line = "X-Endless: " + String(repeating: "x", count: 1_000) + "\r\n"
        for _ in 0..<40 { scene.client.send(line, on: endless) }
        scene.world.settle()
        #expect(scene.client.closed[endless] == .peer)
        let half = scene.client.connect(to: Scene.here)
        scene.client.send("MESSAGE sip:b@example.org SIP/2.0\r\n", on: half)
        scene.world.advance(milliseconds: 31_999)
        #expect(scene.client.closed[half] == nil)
        scene.world.advance(milliseconds: 1)
        #expect(scene.client.closed[half] == .peer)
        #expect(scene.counts.connections == 0)
        #expect(scene.isClean(afterMilliseconds: 0))
    }

    @Test("While draining new requests get 503, what is under way ends well")
    func drain() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("MESSAGE"))
        scene.element.assumeIsolated { $0.stack.drain() }
        #expect(scene.element.assumeIsolated { !$0.stack.isIdle })
        scene.send(Wire.request("MESSAGE", branch: "z9hG4bKnew"))
        #expect(scene.client.takeDatagrams().map { Wire.status($0.text) } == [503])
        scene.answer(scene.server.takeDatagrams()[0].text, 200)
        #expect(scene.client.takeDatagrams().map { Wire.status($0.text) } == [200])
        #expect(scene.element.assumeIsolated { $0.stack.isIdle })
        #expect(scene.isClean())
    }

    @Test("Closing ends every wait and leaves no timer")
    func close() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("INVITE"))
        scene.send(Wire.request("MESSAGE", branch: "z9hG4bKm"))
        let connection = scene.client.connect(to: Scene.here)
        scene.world.settle()
        scene.element.assumeIsolated { $0.stack.close() }
        scene.world.settle()
        #expect(scene.notes == ["500", "500"])
        #expect(scene.world.runningTimers == 0)
        #expect(scene.client.closed[connection] == .peer)
        #expect(scene.isClean(afterMilliseconds: 0))
    }

    @Test("The same seed gives the same run, byte for byte")
    func deterministic() throws {
        func run() throws -> [String] {
            let scene = try Scene.proxy()
            scene.world.faults.lossPercent = 20
            scene.world.faults.duplicatePercent = 20
            scene.server.onDatagram = { $0.send(Wire.response(to: $1.text, 200), to: Scene.here) }
            for number in 0..<20 {
                scene.send(Wire.request("MESSAGE", branch: "z9hG4bK\(number)", callID: "c\(number)"))
            }
            scene.world.advance(milliseconds: 40_000)
            return scene.node.tap.passages.map { "\($0.time.nanoseconds) \($0.direction) \($0.text)" }
        }
        #expect(try run() == run())
    }

    @Test("A listener's advertised name takes the port it got; an IPv6 literal gets brackets")
    func advertised() throws {
        let world = VirtualWorld()
        let node = world.node("n")
        let stack = SIPStack(
            SIPStackSettings(listeners: [
                SIPListenerSettings(name: "a", address: SocketAddress(10, 0, 0, 1, port: 0)),
                SIPListenerSettings(
                    name: "b", address: SocketAddress(10, 0, 0, 1, port: 5070), advertise: "pcscf.example.org"),
                SIPListenerSettings(
                    name: "c", address: SocketAddress(10, 0, 0, 1, port: 5080), advertise: "2001:db8::1"),
                SIPListenerSettings(
                    name: "d", address: SocketAddress(10, 0, 0, 1, port: 5090), advertise: "edge.example.org:5060"),
            ]), node.ports)
        try stack.open()
        #expect(stack.advertised(0) == stack.localAddress(0).description)
        #expect(stack.localAddress(0).port != 0)
        #expect(stack.advertised(1) == "pcscf.example.org:5070")
        #expect(stack.advertised(2) == "[2001:db8::1]:5080")
        #expect(stack.advertised(3) == "edge.example.org:5060")
        #expect(throws: NetworkError(.addressInUse, "")) {
            try SIPStack(
                SIPStackSettings(listeners: [
                    SIPListenerSettings(name: "x", address: SocketAddress(10, 0, 0, 1, port: 5070))
                ]), node.ports
            ).open()
        }
    }
}
