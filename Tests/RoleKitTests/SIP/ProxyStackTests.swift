import RoleKit
import SIP
import TestSupport
import Testing

@Suite("SIP stack: forwarding")
struct ProxyStackTests {
    /// The requests the server got since the last call.
    func requests(_ scene: Scene) -> [String] { scene.server.takeDatagrams().map(\.text) }
    func statuses(_ scene: Scene) -> [Int] { scene.client.takeDatagrams().map { Wire.status($0.text) } }

    @Test("RFC 3261 §16.6: Max-Forwards is counted down, our Via stands above, the rest is untouched")
    func forwarded() throws {
        let scene = try Scene.proxy()
        let sent = Wire.request("MESSAGE", extra: "X-Own:  as  is\r\n", body: "hello")
        scene.send(sent)
        let got = try #require(requests(scene).first)
        let vias = Wire.values(got, "Via")
        #expect(vias.count == 2)
        #expect(vias[0].hasPrefix("SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK"))
        #expect(vias[1] == "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKc1")
        #expect(Wire.value(got, "Max-Forwards") == "69")
        #expect(got.contains("\r\nX-Own:  as  is\r\n"))
        #expect(got.hasSuffix("\r\n\r\nhello"))
    }

    @Test("RFC 3261 §16.6 step 3: without Max-Forwards 70 is written")
    func noMaxForwards() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("MESSAGE", maxForwards: nil))
        #expect(Wire.value(try #require(requests(scene).first), "Max-Forwards") == "70")
    }

    @Test("RFC 3261 §16.7 steps 3 and 9: the response goes back without our Via")
    func response() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("MESSAGE"))
        scene.answer(requests(scene)[0], 202, extra: "X-Own: as is\r\n")
        let answer = try #require(scene.client.takeDatagrams().first?.text)
        #expect(Wire.status(answer) == 202)
        #expect(Wire.values(answer, "Via") == ["SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKc1"])
        #expect(Wire.value(answer, "X-Own") == "as is")
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §16.3 item 3: Max-Forwards used up is answered 483")
    func maxForwardsZero() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("MESSAGE", maxForwards: 0))
        #expect(statuses(scene) == [483])
        #expect(requests(scene).isEmpty)
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §16.3 item 2: a Request-URI scheme nobody here knows is answered 416")
    func unknownScheme() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("MESSAGE").replacingFirst("sip:bob@example.org SIP", with: "soap.beep:bob SIP"))
        #expect(statuses(scene) == [416])
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §16.3 item 5: an unknown Proxy-Require is answered 420 with Unsupported")
    func proxyRequire() throws {
        let scene = try Scene.proxy(Scene.settings(proxyOptions: ["sec-agree"]))
        scene.send(Wire.request("MESSAGE", extra: "Proxy-Require: SEC-agree, nothing-known\r\n"))
        let answer = try #require(scene.client.takeDatagrams().first?.text)
        #expect(Wire.status(answer) == 420)
        #expect(Wire.value(answer, "Unsupported") == "nothing-known")
        scene.send(Wire.request("MESSAGE", branch: "z9hG4bKc2", extra: "Proxy-Require: sec-agree\r\n"))
        #expect(requests(scene).count == 1)
    }

    @Test("RFC 3261 §16.3 item 4: the same request coming back is a loop, 482; with another Request-URI a spiral")
    func loop() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("MESSAGE"))
        let forwarded = requests(scene)[0]
        let onward = "Via: SIP/2.0/UDP 10.0.0.3:5060;branch=z9hG4bKs1\r\nVia: "
        let back = forwarded.replacingFirst("Via: ", with: onward)
        scene.server.send(back, to: Scene.here)
        scene.world.settle()
        #expect(requests(scene).map { Wire.status($0) } == [482])
        let spiral = back.replacingFirst("sip:bob@", with: "sip:carol@").replacingFirst("z9hG4bKs1", with: "z9hG4bKs2")
        scene.server.send(spiral, to: Scene.here)
        scene.world.settle()
        #expect(requests(scene).map { Wire.start($0) } == ["MESSAGE sip:carol@example.org SIP/2.0"])
    }

    @Test("RFC 3261 §17.1.2: a lost request is sent again, a lost answer asked for again", arguments: [true, false])
    func lost(request: Bool) throws {
        let scene = try Scene.proxy()
        var left = 2
        scene.world.faults.rule = { flight in
            let isHit =
                flight.to == (request ? Scene.serverAddress : Scene.here) && flight.from != Scene.clientAddress
                && flight.from != (request ? Scene.serverAddress : Scene.here)
            guard isHit, left > 0 else { return nil }
            left -= 1
            return .lose
        }
        scene.server.onDatagram = { $0.send(Wire.response(to: $1.text, 200), to: Scene.here) }
        scene.send(Wire.request("MESSAGE"))
        #expect(statuses(scene).isEmpty)
        scene.world.advance(milliseconds: 1_500)
        #expect(left == 0)
        #expect(statuses(scene) == [200])
        #expect(scene.isClean())
    }

    @Test("TS 24.229 §5.3.1.3: a hop may be given less time than timer F; silence is then a time-out")
    func impatience() throws {
        let scene = try Scene { element, request in
            let target = SIPTarget(address: Scene.serverAddress, answerWithin: 4_000)
            let outcome = await element.stack.forward(request, to: [target])
            element.notes.append("\(outcome.status)")
            element.stack.respond(request, 504)
        }
        scene.send(Wire.request("REGISTER"))
        scene.world.advance(milliseconds: 3_999)
        #expect(scene.notes.isEmpty)
        scene.world.advance(milliseconds: 1)
        #expect(scene.notes == ["408"])
        #expect(statuses(scene) == [100, 504], "the 100 of RFC 4320 §4.1 came at 3.5 s")
        #expect(scene.isClean())
    }

    @Test(
        "Lost, duplicated, delayed datagrams: each request is seen once and answered, and nothing is left",
        arguments: 1...8)
    func noisyWires(seed: UInt64) throws {
        let scene = try Scene(seed: seed) { element, request in
            element.notes.append(request.message.callID ?? "")
            let outcome = await element.stack.forward(request, to: [SIPTarget(address: Scene.serverAddress)])
            if case .response(let response) = outcome { element.stack.relay(request, response) }
        }
        scene.world.faults.lossPercent = 15
        scene.world.faults.duplicatePercent = 20
        scene.world.faults.delayPercent = 30
        scene.server.onDatagram = { $0.send(Wire.response(to: $1.text, 200), to: Scene.here) }
        // The client repeats as RFC 3261 §17.1.2.2 says.
        for wait in [500, 1_000, 2_000, 4_000, 4_000, 4_000] {
            for number in 0..<40 {
                scene.send(Wire.request("MESSAGE", branch: "z9hG4bKn\(number)", callID: "call-\(number)"))
            }
            scene.world.advance(milliseconds: wait)
        }
        let answers = scene.client.takeDatagrams().filter { Wire.status($0.text) == 200 }
        #expect(Set(answers.compactMap { Wire.value($0.text, "Call-ID") }).count == 40)
        #expect(scene.notes.count == 40)
        #expect(Set(scene.notes).count == 40)
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §16.7 step 6: a 503 from downstream goes up as 500")
    func serviceUnavailable() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("MESSAGE"))
        scene.answer(requests(scene)[0], 503, extra: "Retry-After: 5\r\n")
        #expect(statuses(scene) == [500])
        #expect(scene.notes == ["503"])
    }

    @Test("RFC 3261 §17.1.1.3: the ACK for a failure is made here, from INVITE and response")
    func hopACK() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("INVITE", extra: "Route: <sip:10.0.0.3;lr>\r\n"))
        let invite = requests(scene)[0]
        scene.answer(invite, 486)
        let ack = try #require(requests(scene).first)
        #expect(Wire.start(ack) == "ACK sip:bob@example.org SIP/2.0")
        #expect(Wire.values(ack, "Via") == [Wire.values(invite, "Via")[0]])
        #expect(Wire.value(ack, "To") == "<sip:bob@example.org>;tag=b1")
        #expect(Wire.value(ack, "CSeq") == "1 ACK")
        #expect(Wire.value(ack, "Route") == "<sip:10.0.0.3;lr>")
        scene.answer(invite, 486)
        #expect(requests(scene).map { Wire.start($0) } == ["ACK sip:bob@example.org SIP/2.0"])
        #expect(statuses(scene).allSatisfy { $0 == 486 })
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §16.7 step 4, RFC 6026 §7.2: provisionals but 100, and every 2xx, go up")
    func provisionalAndRepeatedSuccess() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("INVITE"))
        let invite = requests(scene)[0]
        for status in [100, 180, 183, 200, 200] { scene.answer(invite, status) }
        #expect(statuses(scene) == [180, 183, 200, 200])
        scene.send(Wire.request("ACK", branch: "z9hG4bKack", toTag: "b1"))
        #expect(requests(scene).map { Wire.start($0) } == ["ACK sip:bob@example.org SIP/2.0"])
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §16.10, §9.1: CANCEL goes on as our own, with its reason, and the 487 comes back")
    func cancel() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("INVITE"))
        let invite = requests(scene)[0]
        scene.answer(invite, 180)
        scene.send(Wire.request("CANCEL", extra: "Reason: SIP;cause=200\r\n"))
        let cancel = try #require(requests(scene).first)
        #expect(Wire.start(cancel) == "CANCEL sip:bob@example.org SIP/2.0")
        #expect(Wire.values(cancel, "Via") == [Wire.values(invite, "Via")[0]])
        #expect(Wire.value(cancel, "CSeq") == "1 CANCEL")
        #expect(Wire.value(cancel, "Reason") == "SIP;cause=200")
        scene.answer(cancel, 200)
        scene.answer(invite, 487)
        let answers = scene.client.takeDatagrams().map { $0.text }
        #expect(
            answers.map { "\(Wire.status($0)) \(Wire.value($0, "CSeq") ?? "")" } == [
                "180 1 INVITE", "200 1 CANCEL", "487 1 INVITE",
            ])
        scene.send(Wire.request("ACK", toTag: "b1"))
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §9.1: a CANCEL waits for a provisional response")
    func cancelBeforeProvisional() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("INVITE"))
        let invite = requests(scene)[0]
        scene.send(Wire.request("CANCEL"))
        #expect(requests(scene).isEmpty)
        scene.answer(invite, 100)
        #expect(requests(scene).map { Wire.start($0) } == ["CANCEL sip:bob@example.org SIP/2.0"])
    }

    @Test("RFC 3261 §16.7: CANCEL and 200 cross: the call stands, both sides know")
    func cancelRace() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("INVITE"))
        let invite = requests(scene)[0]
        scene.answer(invite, 180)
        scene.client.send(Wire.request("CANCEL"), to: Scene.here)
        scene.server.send(Wire.response(to: invite, 200), to: Scene.here)
        scene.world.settle()
        let cancels = requests(scene)
        #expect(cancels.count == 1)
        scene.answer(cancels[0], 481)
        #expect(statuses(scene) == [180, 200, 200])
        #expect(scene.notes == ["200"])
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §9.1: 64·T1 after an unanswered CANCEL the INVITE counts as timed out")
    func cancelUnanswered() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("INVITE"))
        scene.answer(requests(scene)[0], 180)
        scene.send(Wire.request("CANCEL"))
        scene.world.advance(milliseconds: 32_100)
        #expect(scene.notes == ["408"])
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §9.2: a CANCEL while the role is still deciding ends in 487, and nothing is forwarded")
    func cancelBeforeForward() throws {
        let gate = Gate()
        let scene = try Scene { element, request in
            await gate.wait()
            let outcome = await element.stack.forward(request, to: [SIPTarget(address: Scene.serverAddress)])
            element.notes.append("\(outcome.status)")
            if case .response(let response) = outcome { element.stack.relay(request, response) }
        }
        scene.send(Wire.request("INVITE"))
        scene.send(Wire.request("CANCEL"))
        #expect(Set(statuses(scene)) == [200, 487])
        gate.open()
        scene.world.settle()
        #expect(requests(scene).isEmpty)
        #expect(scene.notes == ["487"])
        #expect(scene.isClean())
    }

    @Test(
        "RFC 3261 §9.2, §17.2.1: cancelled and acknowledged while the role is still deciding: nobody is called",
        arguments: [true, false])
    func cancelledAndAcknowledged(awaits: Bool) throws {
        let gate = Gate()
        let scene = try Scene { element, request in
            await gate.wait()
            let target = SIPTarget(address: Scene.serverAddress)
            guard awaits else { return element.stack.proxy(request, to: [target]) }
            element.notes.append("\(await element.stack.forward(request, to: [target]).status)")
        }
        let connection = scene.client.connect(to: Scene.here)
        for method in ["INVITE", "CANCEL", "ACK"] {
            scene.client.send(Wire.request(method, via: TransportStackTests.tcpVia), on: connection)
            scene.world.settle()
        }
        #expect(scene.client.takeText(on: connection).contains("SIP/2.0 487 "))
        #expect(scene.counts.serverTransactions == 0)
        gate.open()
        scene.world.settle()
        #expect(requests(scene).isEmpty)
        #expect(scene.notes == (awaits ? ["487"] : []))
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §16.8: timer C, longer than three minutes, cancels a call that rings without end")
    func timerC() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("INVITE"))
        scene.answer(requests(scene)[0], 180)
        scene.world.advance(milliseconds: 180_000)
        #expect(requests(scene).isEmpty)
        scene.world.advance(milliseconds: 5_100)
        let cancel = try #require(requests(scene).first)
        #expect(Wire.start(cancel) == "CANCEL sip:bob@example.org SIP/2.0")
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §17.1.1.2: no answer to INVITE within 64·T1 is a time-out")
    func inviteTimeout() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("INVITE"))
        scene.world.advance(milliseconds: 32_000)
        #expect(requests(scene).count == 7)
        #expect(scene.notes == ["408"])
        scene.send(Wire.request("ACK", toTag: "x"))
        #expect(scene.isClean())
    }

    @Test("RFC 6026 §7.3: responses that match nothing are dropped, and counted")
    func stray() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("MESSAGE"))
        let request = requests(scene)[0]
        scene.answer(request.replacingFirst("z9hG4bK", with: "z9hG4bK1"), 200)
        scene.answer(Wire.request("MESSAGE", via: "SIP/2.0/UDP 10.0.0.1:5060"), 200)
        scene.answer(request.replacingFirst("1 MESSAGE", with: "1 INFO"), 200)
        #expect(statuses(scene).isEmpty)
        #expect(scene.counts.strayResponses == 3)
        scene.answer(request, 200)
        #expect(statuses(scene) == [200])
    }

    @Test("TS 24.229 §7.7: toward the UE retransmissions start after 2 s")
    func ueTimers() throws {
        let scene = try Scene.proxy(Scene.settings(profile: .ue))
        scene.send(Wire.request("MESSAGE"))
        scene.world.advance(milliseconds: 1_999)
        #expect(requests(scene).count == 1)
        scene.world.advance(milliseconds: 1)
        #expect(requests(scene).count == 1)
        #expect(scene.isClean(afterMilliseconds: 300_000))
    }
}

/// Holds procedures until a test lets them go on.
///
/// `@unchecked Sendable`: used on the world's one thread only.
final class Gate: @unchecked Sendable {
    private var waiting: [UnsafeContinuation<Void, Never>] = []

    func wait() async { await withUnsafeContinuation { waiting.append($0) } }

    func open() {
        for continuation in waiting { continuation.resume() }
        waiting.removeAll()
    }
}

extension String {
    func replacingFirst(_ piece: String, with other: String) -> String {
        guard let range = firstRange(of: piece) else { return self }
        return String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
    }
}
