import RoleKit
import SIP
import TestSupport
import Testing

@Suite("SIP stack: forking and requests of its own")
struct ForkStackTests {
    static let second = SocketAddress(10, 0, 0, 4, port: 5060)

    /// Forwards to both servers, each with its own Request-URI, and passes the best on.
    func fork() throws -> (scene: Scene, second: Puppet) {
        let scene = try Scene { element, request in
            if request.message.method == .ack { return }
            let targets = [
                SIPTarget(address: Scene.serverAddress, requestURI: "sip:one@example.org"),
                SIPTarget(address: ForkStackTests.second, requestURI: "sip:two@example.org"),
            ]
            let relaying: (SIPMessage, inout SIPEdit) -> Void = { _, edit in edit.append(name: "X-Relayed", "yes") }
            let forking: (inout SIPEdit) -> Void = { $0.append(name: "X-Forked", "yes") }
            let outcome = await element.stack.forward(request, to: targets, forking, relaying: relaying)
            element.notes.append("\(outcome.status)")
            if case .response(let response) = outcome { element.stack.relay(request, response) }
        }
        return (scene, try Puppet(scene.world, at: Self.second, name: "second"))
    }

    @Test("RFC 3261 §16.6: each branch has its Request-URI and its own branch parameter")
    func branches() throws {
        let (scene, second) = try fork()
        scene.send(Wire.request("INVITE"))
        let one = try #require(scene.server.takeDatagrams().first?.text)
        let two = try #require(second.takeDatagrams().first?.text)
        #expect(Wire.start(one) == "INVITE sip:one@example.org SIP/2.0")
        #expect(Wire.start(two) == "INVITE sip:two@example.org SIP/2.0")
        #expect(Wire.value(one, "Via") != Wire.value(two, "Via"))
        #expect(Wire.value(two, "X-Forked") == "yes")
    }

    /// A request a test looks at later; a scene is one thread.
    private final class Kept: @unchecked Sendable {
        var incoming: IncomingRequest?
    }

    @Test("A request whose next hop is waited for no longer: the role goes on at once, and nothing is left of the hop")
    func abandoned() throws {
        for status in [nil, 100, 180] {
            let kept = Kept()
            let scene = try Scene { element, request in
                if request.message.method == .ack { return }
                kept.incoming = request
                let outcome = await element.stack.forward(request, to: [SIPTarget(address: Scene.serverAddress)])
                element.notes.append("\(outcome.status)")
                element.stack.respond(request, 480)
            }
            scene.send(Wire.request("INVITE"))
            let invite = try #require(scene.server.takeDatagrams().first?.text)
            if let status { scene.answer(invite, status) }
            let incoming = try #require(kept.incoming)
            scene.element.assumeIsolated { $0.stack.abandon(incoming) }
            scene.world.settle()
            #expect(scene.notes == ["408"])
            let heard = scene.server.takeDatagrams().map { Wire.start($0.text) }
            #expect(heard.map { $0.prefix(6) } == (status == nil ? [] : ["CANCEL"]))
            #expect(scene.isClean())
        }
    }

    @Test(
        "RFC 3261 §16.7 steps 5 and 10: the first 200 wins, the other branch is cancelled; its late 200 still goes up")
    func firstWins() throws {
        let (scene, second) = try fork()
        scene.send(Wire.request("INVITE"))
        let one = scene.server.takeDatagrams()[0].text
        let two = second.takeDatagrams()[0].text
        scene.answer(one, 180)
        scene.answer(two, 180, from: second)
        scene.answer(one, 200)
        #expect(second.takeDatagrams().map { Wire.start($0.text) } == ["CANCEL sip:two@example.org SIP/2.0"])
        scene.answer(two, 200, from: second)
        let answers = scene.client.takeDatagrams().map(\.text)
        #expect(answers.map(Wire.status) == [180, 180, 200, 200])
        #expect(answers.map { Wire.value($0, "X-Relayed") } == ["yes", "yes", nil, "yes"])
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §16.7 step 7: the challenges of both branches reach the client")
    func challenges() throws {
        let (scene, second) = try fork()
        scene.send(Wire.request("MESSAGE"))
        let one = scene.server.takeDatagrams()[0].text
        let two = second.takeDatagrams()[0].text
        scene.answer(one, 401, extra: "WWW-Authenticate: Digest realm=\"one\", nonce=\"1\"\r\n")
        scene.answer(two, 407, extra: "Proxy-Authenticate: Digest realm=\"two\", nonce=\"2\"\r\n", from: second)
        let answer = try #require(scene.client.takeDatagrams().first?.text)
        #expect(Wire.status(answer) == 401)
        #expect(Wire.value(answer, "WWW-Authenticate")?.contains("\"one\"") == true)
        #expect(Wire.value(answer, "Proxy-Authenticate")?.contains("\"two\"") == true)
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §16.9: an unreachable branch counts as 503 and leaves the others")
    func unreachable() throws {
        let world = SocketAddress(10, 0, 0, 9, port: 5060)
        let scene = try Scene { element, request in
            let targets = [
                SIPTarget(address: world, kind: .tcp), SIPTarget(address: Scene.serverAddress),
            ]
            let outcome = await element.stack.forward(request, to: targets)
            if case .response(let response) = outcome { element.stack.relay(request, response) }
        }
        scene.send(Wire.request("MESSAGE"))
        scene.answer(scene.server.takeDatagrams()[0].text, 480)
        #expect(scene.client.takeDatagrams().map { Wire.status($0.text) } == [480])
        #expect(scene.isClean())
    }

    @Test("No target, no listener: a transport failure, not a hang")
    func noTarget() throws {
        let scene = try Scene { element, request in
            let none = await element.stack.forward(request, to: [])
            let wrong = await element.stack.forward(request, to: [SIPTarget(address: Scene.serverAddress, listener: 7)])
            if case .transportFailed = none, case .transportFailed = wrong { element.stack.respond(request, 500) }
        }
        scene.send(Wire.request("MESSAGE"))
        #expect(scene.client.takeDatagrams().map { Wire.status($0.text) } == [500])
        #expect(scene.isClean())
    }

    @Test("A role may try another next hop for the same request after a failure")
    func secondTry() throws {
        let scene = try Scene { element, request in
            let first = await element.stack.forward(request, to: [SIPTarget(address: ForkStackTests.second)])
            element.notes.append("\(first.status)")
            let next = await element.stack.forward(request, to: [SIPTarget(address: Scene.serverAddress)])
            if case .response(let response) = next { element.stack.relay(request, response) }
        }
        let second = try Puppet(scene.world, at: Self.second, name: "second")
        second.onDatagram = { $0.send(Wire.response(to: $1.text, 480), to: Scene.here) }
        scene.send(Wire.request("MESSAGE"))
        scene.answer(scene.server.takeDatagrams()[0].text, 200)
        #expect(scene.notes == ["480"])
        #expect(scene.client.takeDatagrams().map { Wire.status($0.text) } == [200])
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §8.1: a request of our own gets Via and Max-Forwards; its answer comes back once")
    func ownRequest() throws {
        let scene = try Scene { element, request in
            element.stack.respond(request, 202)
            var writer = SIPWriter.request(.options, uri: "sip:example.org")
            writer.add(.from, "<sip:me@example.org>;tag=1")
            writer.add(.to, "<sip:example.org>")
            writer.add(.callID, "own-1")
            writer.add(.cseq, "1 OPTIONS")
            let outcome = await element.stack.request(writer, to: SIPTarget(address: Scene.serverAddress))
            element.notes.append("\(outcome.status)")
        }
        scene.send(Wire.request("MESSAGE"))
        let options = try #require(scene.server.takeDatagrams().first?.text)
        #expect(Wire.lines(options)[1].hasPrefix("Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK"))
        #expect(Wire.value(options, "Max-Forwards") == "70")
        let twoVias = options.replacingFirst("Via: ", with: "Via: SIP/2.0/UDP 10.9.9.9;branch=z9hG4bKx\r\nVia: ")
        scene.answer(twoVias, 200)
        #expect(scene.notes.isEmpty)
        scene.answer(options, 100)
        scene.answer(options, 200)
        scene.answer(options, 404)
        #expect(scene.notes == ["200"])
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §8.1.3.3: a response with two Vias to a request of our own is discarded")
    func responseAstray() throws {
        let scene = try Scene { element, request in
            var writer = SIPWriter.request(.options, uri: "sip:example.org")
            writer.copy(.from, from: request.message)
            writer.copy(.to, from: request.message)
            writer.copy(.callID, from: request.message)
            writer.add(.cseq, "1 OPTIONS")
            let outcome = await element.stack.request(writer, to: SIPTarget(address: Scene.serverAddress))
            element.stack.respond(request, outcome.status)
        }
        scene.send(Wire.request("MESSAGE"))
        let options = try #require(scene.server.takeDatagrams().first?.text)
        let via = try #require(Wire.value(options, "Via"))
        scene.answer(options.replacingFirst(via, with: via + "\r\nVia: SIP/2.0/UDP 10.9.9.9;branch=z9hG4bKx"), 200)
        #expect(scene.client.takeDatagrams().isEmpty)
        scene.answer(options, 200)
        #expect(scene.client.takeDatagrams().map { Wire.status($0.text) } == [200])
        #expect(scene.isClean())
    }

    @Test(
        "RFC 5393 §5.3.3: the branches share Max-Breadth; without it a request has 60, and more is not granted",
        arguments: [("", ["30", "30"]), ("Max-Breadth: 5\r\n", ["3", "2"]), ("Max-Breadth: 1000\r\n", ["30", "30"])])
    func breadth(_ row: (header: String, shares: [String])) throws {
        let (scene, second) = try fork()
        scene.send(Wire.request("INVITE", extra: row.header))
        let requests = [scene.server, second].compactMap { $0.takeDatagrams().first?.text }
        #expect(requests.map { Wire.value($0, "Max-Breadth") } == row.shares)
        for (request, puppet) in zip(requests, [scene.server, second]) { scene.answer(request, 486, from: puppet) }
        #expect(scene.isClean())
    }

    @Test("RFC 5393 §5.3.3: a request that may not fork so far is refused with 440")
    func tooBroad() throws {
        let (scene, second) = try fork()
        scene.send(Wire.request("INVITE", extra: "Max-Breadth: 1\r\n"))
        #expect(scene.client.takeDatagrams().map { Wire.status($0.text) } == [440])
        #expect(scene.server.takeDatagrams().isEmpty && second.takeDatagrams().isEmpty)
        #expect(scene.isClean())
    }

    @Test(
        "RFC 5393 §5.3.3: one branch keeps what there is",
        arguments: [("", nil), ("Max-Breadth: 7\r\n", "7"), ("Max-Breadth: 61\r\n", "60")] as [(String, String?)])
    func oneBranch(_ row: (header: String, value: String?)) throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("MESSAGE", extra: row.header))
        let request = try #require(scene.server.takeDatagrams().first?.text)
        #expect(Wire.value(request, "Max-Breadth") == row.value)
        scene.answer(request, 200)
        #expect(scene.isClean())
    }
}
