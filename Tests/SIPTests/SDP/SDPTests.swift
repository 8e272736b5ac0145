import SIP
import Testing

@Suite("RFC 4566 §5, RFC 3312 §4: the view of a session description")
struct SDPTests {
    private func lines(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        return SDPLines(bytes).map {
            "\($0.type == 0 ? "?" : String(UnicodeScalar($0.type)))|"
                + String(decoding: bytes[$0.value], as: UTF8.self) + "|\($0.whole.count)"
        }
    }

    private func precondition(_ text: String) -> PreconditionLine? {
        let bytes = Array(text.utf8)
        return SDPLines(bytes).first { _ in true }.flatMap { PreconditionLine(bytes, $0) }
    }

    @Test("§5: CRLF or LF ends a line, the last one needs no end; what is no line of a description has no type")
    func lineEnds() {
        #expect(lines("v=0\r\ns=-\na=x:y=z") == ["v|0|5", "s|-|4", "a|x:y=z|7"])
        #expect(lines("\r\nx\r\n=\r\na=") == ["?||2", "?|x|3", "?|=|3", "a||2"])
        #expect(lines("") == [] && lines("\n") == ["?||1"] && lines("\r") == ["?||1"])
    }

    @Test("RFC 3312 §4: the three attributes, with their words in any case")
    func attributes() throws {
        let current = try #require(precondition("a=curr:qos local none"))
        #expect(current.kind == .current && current.isQoS && current.status == .local && current.direction == 17..<21)
        let desired = try #require(precondition("a=des:QoS mandatory remote sendrecv\r\n"))
        #expect(desired.kind == .desired && desired.isQoS && desired.status == .remote)
        let confirm = try #require(precondition("a=conf:sec  e2e\trecv"))
        #expect(confirm.kind == .confirm && !confirm.isQoS && confirm.status == .endToEnd)
    }

    @Test(
        "RFC 3312 §4: what is none",
        arguments: [
            "b=curr:qos local none", "a=curr", "a=curr:", "a=curr:qos", "a=curr:qos local", "a=curr:qos here none",
            "a=des:qos local sendrecv", "a=current:qos local none", "a=sendrecv", "a=", "curr:qos local none",
        ])
    func others(_ text: String) { #expect(precondition(text) == nil) }

    @Test("RFC 3312 §5: an access is ready where every stream has both directions")
    func status() {
        func status(_ lines: String...) -> QoSPreconditions {
            QoSPreconditions(Array(lines.joined(separator: "\r\n").utf8)[...])
        }
        #expect(!status("m=audio 1 RTP/AVP 0", "a=sendrecv").arePresent)
        let one = status("a=curr:qos local sendrecv", "a=curr:qos remote none", "a=des:qos mandatory local sendrecv")
        #expect(one.arePresent && one.localIsMet && !one.remoteIsMet)
        let two = status("a=curr:qos local sendrecv", "m=video 1 RTP/AVP 99", "a=curr:qos local send")
        #expect(!two.localIsMet && two.remoteIsMet)
        #expect(!status("a=curr:qos e2e none").localIsMet && !status("a=curr:qos e2e none").remoteIsMet)
        #expect(status("a=curr:sec e2e none").arePresent == false)
    }

    // MARK: Editing

    private func message(_ body: String, type: String = "c:  Application/SDP ;x=1", more: String = "") -> String {
        "SIP/2.0 183 Session Progress\r\n\(type)\r\n\(more)l: \(body.utf8.count)\r\nX-Last: z\r\n\r\n\(body)"
    }

    private func edited(
        _ text: String, limits: SIPLimits = .standard, _ change: ([UInt8], SDPLine) -> SDPChange
    ) throws -> (isDone: Bool, text: String) {
        var edit = SIPEdit(try SIPMessage(Array(text.utf8)))
        let isDone = edit.changeSession(limits: limits, change)
        return (isDone, String(decoding: edit.serialize(), as: UTF8.self))
    }

    @Test("RFC 3261 §16.6: lines dropped and parts replaced; every other byte stays, Content-Length follows")
    func changes() throws {
        let body = "v=0\no=- 1 7 IN IP4 a\r\na=curr:qos local none\r\n\r\nodd\r\na=drop\r\na=last"
        let result = try edited(message(body)) { bytes, line in
            if let found = PreconditionLine(bytes, line) { return .replace(found.direction, "sendrecv") }
            return bytes[line.value].elementsEqual("drop".utf8) ? .drop : .keep
        }
        #expect(
            result.text
                == message("v=0\no=- 1 7 IN IP4 a\r\na=curr:qos local sendrecv\r\n\r\nodd\r\na=last") && result.isDone)
        let all = try edited(message("v=0\r\na=drop")) { _, _ in .drop }
        #expect(all.text == message(""))
    }

    @Test("only a body that is a session description as a whole is looked at")
    func otherBodies() throws {
        let body = "--x\r\nContent-Type: application/sdp\r\n\r\na=drop\r\n--x--\r\n"
        for text in [
            message(body, type: "Content-Type: multipart/mixed;boundary=x"), message(body, type: "X: y"),
            message(body, more: "e: gzip\r\n"), message("", type: "c: application/sdp"),
        ] {
            let result = try edited(text) { _, _ in
                Issue.record("looked at")
                return .drop
            }
            #expect(result.text == text)
        }
    }

    @Test("whatever bytes a body has: lines tile it, and the edited message is one again", arguments: 1...20)
    func mutations(seed: UInt64) throws {
        var dice = seed
        func roll(_ count: Int) -> Int {
            dice = dice &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((dice >> 33) % UInt64(count))
        }
        let pieces = [
            "a=", "curr:", "des:", "conf:", "qos", " ", "local", "remote", "none", "\r", "\n", "\r\n", "=", "\u{0}",
        ]
        for _ in 0..<200 {
            let body = (0..<roll(60)).map { _ in pieces[roll(pieces.count)] }.joined()
            let bytes = Array(body.utf8)
            #expect(SDPLines(bytes).map(\.whole.count).reduce(0, +) == bytes.count)
            _ = QoSPreconditions(bytes[...])
            let result = try edited(message(body)) { bytes, line in
                PreconditionLine(bytes, line).map { roll(2) == 0 ? .drop : .replace($0.direction, "sendrecv") } ?? .keep
            }
            let again = try SIPMessage(Array(result.text.utf8))
            #expect(try again.integer(.contentLength) == again.body.count)
        }
    }

    @Test("RFC 3261 §21.4.11: a body that would outgrow what the next element takes stays as it is")
    func limit() throws {
        var limits = SIPLimits.standard
        let body = "v=0\r\na=curr:qos local none\r\n"
        limits.bodyBytes = body.utf8.count + 4
        let change = { (bytes: [UInt8], line: SDPLine) in
            PreconditionLine(bytes, line).map { SDPChange.replace($0.direction, "sendrecv") } ?? .keep
        }
        #expect(try edited(message(body), limits: limits, change).text.contains("local sendrecv"))
        limits.bodyBytes -= 1
        let result = try edited(message(body), limits: limits, change)
        #expect(!result.isDone && result.text == message(body))
    }
}
