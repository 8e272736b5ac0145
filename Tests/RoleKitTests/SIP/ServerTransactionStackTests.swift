import RoleKit
import SIP
import TestSupport
import Testing

@Suite("SIP stack: server transactions")
struct ServerTransactionStackTests {
    @Test("RFC 3261 §17.2.2: a repeated request reaches the role once and brings the same answer")
    func retransmission() throws {
        let scene = try Scene.userAgent()
        for _ in 0..<3 { scene.send(Wire.request("MESSAGE")) }
        let answers = scene.client.takeDatagrams().map(\.text)
        #expect(scene.notes == ["MESSAGE"])
        #expect(answers.count == 3)
        #expect(Set(answers).count == 1)
        #expect(scene.counts.retransmissionsReceived == 2)
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §8.2.6.2: a response carries Via, From, To with a tag, Call-ID and CSeq of the request")
    func copied() throws {
        let scene = try Scene.userAgent(404)
        scene.send(Wire.request("MESSAGE", cseq: 7))
        let answer = try #require(scene.client.takeDatagrams().first?.text)
        #expect(Wire.start(answer) == "SIP/2.0 404 Not Found")
        #expect(Wire.value(answer, "Via") == "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKc1")
        #expect(Wire.value(answer, "CSeq") == "7 MESSAGE")
        #expect(try #require(Wire.value(answer, "To")).contains(";tag="))
    }

    @Test("RFC 3261 §17.2.1: a failed INVITE is answered again at T1, 2·T1 … until the ACK")
    func inviteFailureIsRepeated() throws {
        let scene = try Scene.userAgent(486)
        scene.send(Wire.request("INVITE"))
        scene.world.advance(milliseconds: 1_600)
        let answers = scene.client.takeDatagrams()
        #expect(answers.count == 3)
        let to = try #require(Wire.value(answers[0].text, "To"))
        scene.send(Wire.request("ACK", toTag: to.components(after: ";tag=")))
        scene.world.advance(milliseconds: 40_000)
        #expect(scene.client.takeDatagrams().isEmpty)
        #expect(scene.notes == ["INVITE"])
        #expect(scene.isClean())
    }

    @Test("RFC 3261 §17.2.1: without an ACK timer H ends the transaction")
    func noACK() throws {
        let scene = try Scene.userAgent(486)
        scene.send(Wire.request("INVITE"))
        scene.world.advance(milliseconds: 32_001)
        #expect(scene.counts.serverTransactions == 0)
        #expect(scene.isClean(afterMilliseconds: 0))
    }

    @Test("RFC 3261 §17.2.1: 100 after 200 ms where the role takes longer")
    func trying() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("INVITE"))
        scene.world.advance(milliseconds: 199)
        #expect(scene.client.takeDatagrams().isEmpty)
        scene.world.advance(milliseconds: 1)
        #expect(scene.client.takeDatagrams().map { Wire.status($0.text) } == [100])
    }

    @Test("RFC 4320 §4.1: 100 to a non-INVITE only when the client's timer E has reached T2")
    func tryingNonInvite() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("MESSAGE"))
        scene.world.advance(milliseconds: 3_499)
        #expect(scene.client.takeDatagrams().isEmpty)
        scene.world.advance(milliseconds: 1)
        #expect(scene.client.takeDatagrams().map { Wire.status($0.text) } == [100])
    }

    @Test("RFC 4320 §4.2: a non-INVITE that nobody answers is never answered 408")
    func noRequestTimeout() throws {
        let scene = try Scene.proxy()
        scene.send(Wire.request("MESSAGE"))
        scene.world.advance(milliseconds: 60_000)
        #expect(scene.client.takeDatagrams().map { Wire.status($0.text) } == [100])
        #expect(scene.notes == ["408"])
        #expect(scene.isClean(afterMilliseconds: 0))
    }

    @Test("RFC 3261 §17.2.3: a request of RFC 2543, without magic cookie, is matched by its other headers")
    func oldBranch() throws {
        let scene = try Scene.userAgent(486)
        let invite = Wire.request("INVITE", branch: "1")
        scene.send(invite)
        scene.send(invite)
        scene.send(Wire.request("INVITE", branch: "1", callID: "call-2"))
        #expect(scene.notes == ["INVITE", "INVITE"])
        let to = try #require(Wire.value(scene.client.takeDatagrams()[0].text, "To"))
        for call in ["call-1", "call-2"] {
            scene.send(Wire.request("ACK", branch: "1", callID: call, toTag: to.components(after: ";tag=")))
        }
        scene.world.advance(milliseconds: 20_000)
        #expect(scene.client.takeDatagrams().isEmpty)
        #expect(scene.notes == ["INVITE", "INVITE"])
    }

    @Test("RFC 3261 §17.2.3: the same branch from another sent-by, or for another method, is another transaction")
    func sameBranch() throws {
        let scene = try Scene.userAgent()
        scene.send(Wire.request("MESSAGE"))
        scene.send(Wire.request("MESSAGE", via: "SIP/2.0/UDP 10.0.0.2:5070"))
        scene.send(Wire.request("OPTIONS"))
        #expect(scene.notes == ["MESSAGE", "MESSAGE", "OPTIONS"])
    }

    @Test("RFC 3261 §9.2: a CANCEL without a transaction is answered 481")
    func strayCancel() throws {
        let scene = try Scene.userAgent()
        scene.send(Wire.request("CANCEL"))
        #expect(scene.client.takeDatagrams().map { Wire.status($0.text) } == [481])
        #expect(scene.notes.isEmpty)
        #expect(scene.isClean(afterMilliseconds: 0))
    }

    @Test("RFC 3261 §13.2.2.4: an ACK for a 2xx goes to the role; its INVITE's transaction absorbs repetitions")
    func acknowledgedSuccess() throws {
        let scene = try Scene.userAgent(200)
        scene.send(Wire.request("INVITE"))
        scene.send(Wire.request("INVITE"))
        scene.send(Wire.request("ACK", branch: "z9hG4bKother", toTag: "x"))
        #expect(scene.notes == ["INVITE", "ACK"])
        #expect(scene.client.takeDatagrams().count == 1)
        #expect(scene.isClean())
    }

    @Test("A second final response of the role goes nowhere")
    func answeredTwice() throws {
        let scene = try Scene { element, request in
            element.stack.respond(request, 200)
            element.stack.respond(request, 500)
        }
        scene.send(Wire.request("MESSAGE"))
        #expect(scene.client.takeDatagrams().map { Wire.status($0.text) } == [200])
        #expect(scene.isClean())
    }
}

extension String {
    /// What stands behind a piece of text, or nothing.
    func components(after piece: String) -> String {
        guard let range = firstRange(of: piece) else { return "" }
        return String(self[range.upperBound...])
    }
}
