import RoleKit
import SIP
import TestSupport
import Testing

@Suite("SIP stack: proxying without a task")
struct RelayStackTests {
    static let second = SocketAddress(10, 0, 0, 4, port: 5060)

    /// A scene whose element proxies to these targets, marking requests and responses.
    private func scene(_ targets: [SIPTarget] = [SIPTarget(address: Scene.serverAddress)]) throws -> Scene {
        try Scene { element, request in
            element.stack.proxy(request, to: targets, unreachable: 480) {
                $0.append(name: "X-Proxied", "yes")
            } answering: { _, edit in
                edit.append(name: "X-Answered", "yes")
            }
        }
    }

    private func answers(_ scene: Scene) -> [String] { scene.client.takeDatagrams().map(\.text) }

    @Test("RFC 3261 §16.7: provisional and final responses go up by themselves, edited; a repeated 2xx too")
    func relays() throws {
        let scene = try scene()
        scene.send(Wire.request("INVITE"))
        let invite = try #require(scene.server.takeDatagrams().first?.text)
        #expect(Wire.value(invite, "X-Proxied") == "yes")
        for status in [180, 200, 200] { scene.answer(invite, status) }
        let all = answers(scene)
        #expect(all.map(Wire.status) == [180, 200, 200])
        #expect(all.allSatisfy { Wire.value($0, "X-Answered") == "yes" })
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §16.9: where nobody can be reached the role's status goes up")
    func unreachable() throws {
        let nowhere = SIPFlow(
            kind: .tcp, listener: ListenerID(raw: 0), remote: Scene.serverAddress, connection: ConnectionID(raw: 999))
        let scene = try scene([SIPTarget(address: Scene.serverAddress, kind: .tcp, flow: nowhere)])
        scene.send(Wire.request("MESSAGE"))
        #expect(answers(scene).map(Wire.status) == [480])
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §16.7: of a fork with one branch that cannot be sent the other decides")
    func halfUnreachable() throws {
        let nowhere = SIPFlow(
            kind: .tcp, listener: ListenerID(raw: 0), remote: Self.second, connection: ConnectionID(raw: 999))
        let scene = try scene([
            SIPTarget(address: Self.second, kind: .tcp, flow: nowhere), SIPTarget(address: Scene.serverAddress),
        ])
        scene.send(Wire.request("INVITE"))
        let invite = try #require(scene.server.takeDatagrams().first?.text)
        scene.answer(invite, 486)
        #expect(answers(scene).map(Wire.status) == [486])
        #expect(scene.isClean())
    }

    @Test(
        "RFC 3261 §16.7, RFC 4320 §4.2: silence is 408 to INVITE, silence to anything else",
        arguments: [
            ("INVITE", [408]), ("MESSAGE", []),
        ])
    func silence(_ row: (method: String, statuses: [Int])) throws {
        let scene = try scene()
        scene.send(Wire.request(row.method))
        scene.world.advance(milliseconds: 40_000)
        #expect(answers(scene).map(Wire.status).filter { $0 > 100 }.reduced == row.statuses)
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §16.3: what may not go on is refused, edited as any response")
    func refused() throws {
        let scene = try scene()
        scene.send(Wire.request("MESSAGE").replacing("Max-Forwards: 70", with: "Max-Forwards: 0"))
        let all = answers(scene)
        #expect(all.map(Wire.status) == [483])
        #expect(Wire.value(try #require(all.first), "X-Answered") == "yes")
        #expect(scene.server.takeDatagrams().isEmpty)
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §16.10: CANCEL from upstream goes down, and the 487 up")
    func cancel() throws {
        let scene = try scene()
        let invite = Wire.request("INVITE")
        scene.send(invite)
        let forwarded = try #require(scene.server.takeDatagrams().first?.text)
        scene.answer(forwarded, 180)
        scene.send(Wire.request("CANCEL"))
        #expect(scene.server.takeDatagrams().contains { $0.text.hasPrefix("CANCEL ") })
        scene.answer(forwarded, 487)
        #expect(answers(scene).map(Wire.status) == [180, 200, 487])
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §9.1: cancelled and never answered: 487 after 64·T1, not 408", arguments: [100, 180])
    func cancelledInSilence(provisional: Int) throws {
        let scene = try scene()
        scene.send(Wire.request("INVITE"))
        scene.answer(try #require(scene.server.takeDatagrams().first?.text), provisional)
        scene.send(Wire.request("CANCEL"))
        scene.world.advance(milliseconds: 33_000)
        #expect(answers(scene).map(Wire.status).last == 487)
        #expect(scene.isClean())
    }

    @Test(
        "RFC 3261 §16.7 step 3, §18.1.2: a response with no Via but ours is for nobody: dropped, and the right one counts",
        arguments: ["INVITE", "MESSAGE"])
    func onlyOurVia(method: String) throws {
        let scene = try scene()
        scene.send(Wire.request(method))
        let forwarded = try #require(scene.server.takeDatagrams().first?.text)
        var own = 0
        let bare = Wire.lines(forwarded).filter { line in
            own += line.hasPrefix("Via:") ? 1 : 0
            return !line.hasPrefix("Via:") || own == 1
        }
        scene.answer(bare.joined(separator: "\r\n"), 200)
        #expect(answers(scene).isEmpty)
        #expect(scene.counts.strayResponses == 1)
        scene.answer(forwarded, 200)
        #expect(answers(scene).map(Wire.status) == [200])
        #expect(scene.isClean())
    }
}

extension [Int] {
    /// Repetitions of the same status in a row count once.
    fileprivate var reduced: [Int] { reduce(into: []) { if $0.last != $1 { $0.append($1) } } }
}
