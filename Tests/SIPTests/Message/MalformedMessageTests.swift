import SIP
import Testing

@Suite("RFC 3261 §7, §25.1: what is no message, and limits")
struct MalformedMessageTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let code: SIPParseError.Code
        init(_ text: String, _ code: SIPParseError.Code) { (self.text, self.code) = (text, code) }
        var testDescription: String { text.debugDescription }
    }

    static let cases: [Case] = [
        Case("", .startLine), Case("garbage", .startLine), Case("\r\n\r\n", .startLine),
        Case("\r\n\r\n\r\n", .startLine), Case("one\r\n\r\n", .startLine),
        Case("A\u{7F}B sip:b SIP/2.0\r\n\r\n", .startLine), Case(" A sip:b SIP/2.0\r\n\r\n", .startLine),
        Case("A sip:b HTTP/1.1\r\n\r\n", .requestURI),
        Case("A sip:b SIP/2\r\n\r\n", .requestURI), Case("A sip:b SIP/3.0\r\n\r\n", .version),
        Case("A sip:b SIP/2.00\r\n\r\n", .version),
        Case("A  SIP/2.0\r\n\r\n", .requestURI), Case("A sip: b SIP/2.0\r\n\r\n", .requestURI),
        Case("A sip:b\u{1} SIP/2.0\r\n\r\n", .requestURI),
        Case("A sip:b SIP/2.0 \r\n\r\n", .requestURI), Case("SIP/2.0 99 x\r\n\r\n", .statusCode),
        Case("SIP/2.0 700 x\r\n\r\n", .statusCode),
        Case("SIP/2.0 2000 x\r\n\r\n", .statusCode), Case("SIP/2.0 20x\r\n\r\n", .statusCode),
        Case("SIP/2.0\r\n\r\n", .statusCode), Case("SIP/1.0 200 x\r\n\r\n", .version),
        Case("A sip:b SIP/2.0\r\n", .truncated), Case("A sip:b SIP/2.0\r\nX: y", .truncated),
        Case("A sip:b SIP/2.0\r\nX: y\r\n", .truncated), Case("A sip:b SIP/2.0\r\nX: y\r\n\r", .truncated),
        Case("A sip:b SIP/2.0\r\nno colon\r\n\r\n", .headerLine), Case("A sip:b SIP/2.0\r\n: y\r\n\r\n", .headerLine),
        Case("A sip:b SIP/2.0\r\nX Y: z\r\n\r\n", .headerLine),
        Case("A sip:b SIP/2.0\r\nX@: z\r\n\r\n", .headerLine),
        Case("A sip:b SIP/2.0\r\n folded: z\r\n\r\n", .headerLine),
        Case("A sip:b SIP/2.0\r\nX: a\nVia: b\r\n\r\n", .headerLine),
        Case("A sip:b SIP/2.0\r\nX: a\rVia: b\r\n\r\n", .headerLine),
        Case("A sip:b SIP/2.0\r\nX: a\r\n b\rc\r\n\r\n", .headerLine),
        Case("A sip:b SIP/2.0\r\nX\rY: z\r\n\r\n", .headerLine), Case("A sip:b SIP/2.0\r\nX: \r\r\n\r\n", .headerLine),
        Case("SIP/2.0 200 O\rK\r\n\r\n", .headerLine), Case("SIP/2.0 200 O\nK\r\n\r\n", .headerLine),
        Case("A sip:b SIP/2.0\r\nX\u{0}: z\r\n\r\n", .headerLine),
        Case("A sip:b SIP/2.0\r\nX\u{e9}: z\r\n\r\n", .headerLine),
        Case("A sip:b SIP/2.0\nX: y\n\n", .headerLine), Case("A sip:b SIP/2.0\r\nl: 2\r\n\r\nx", .contentLength),
        Case("A sip:b SIP/2.0\r\nl: -1\r\n\r\nx", .contentLength),
        Case("A sip:b SIP/2.0\r\nl:\r\n\r\nx", .contentLength),
        Case("A sip:b SIP/2.0\r\nl: 1\r\nContent-Length: 0\r\n\r\nx", .contentLength),
    ]

    @Test("each fault by its code, and no verdict to process it", arguments: cases)
    func fault(_ row: Case) {
        let bytes = Array(row.text.utf8)
        #expect(throws: SIPParseError(row.code, "")) { try SIPMessage(bytes) }
        if case .message = SIPMessage.judge(bytes) { Issue.record("judged to be a message") }
    }

    @Test("every prefix of a message is refused or dropped, never read past its end")
    func everyPrefix() {
        let whole = SIPMessageTests.register.dropLast(4)
        for length in 0..<whole.count {
            #expect(throws: SIPParseError.self, "\(length) bytes") { try SIPMessage(Array(whole.prefix(length))) }
        }
        #expect(throws: Never.self) { try SIPMessage(Array(whole)) }
    }

    /// A request whose headers take exactly `count` lines.
    private func lines(_ count: Int) -> [UInt8] {
        Array(("A sip:b SIP/2.0\r\n" + String(repeating: "X: y\r\n", count: count) + "\r\n").utf8)
    }

    @Test("limits of the scan: each is kept, one more is refused")
    func limits() {
        let standard = SIPLimits.standard
        let uri = "sip:" + String(repeating: "u", count: standard.requestURIBytes - 4)
        check(lines(standard.headerLines), lines(standard.headerLines + 1), .tooLarge, 513)
        check(message("A \(uri) SIP/2.0"), message("A \(uri)u SIP/2.0"), .requestURITooLong, 414)
        let method = String(repeating: "M", count: standard.methodBytes)
        check(message("\(method) sip:b SIP/2.0"), message("\(method)M sip:b SIP/2.0"), .startLine, 0)
        let name = String(repeating: "N", count: standard.nameBytes)
        check(message("A sip:b SIP/2.0", "\(name): x"), message("A sip:b SIP/2.0", "\(name)N: x"), .headerLine, 400)
        let folds = String(repeating: "\r\n x", count: standard.foldsPerHeader)
        check(
            message("A sip:b SIP/2.0", "X: y\(folds)"), message("A sip:b SIP/2.0", "X: y\(folds)\r\n x"), .headerLine,
            400)
        // 17 bytes of start line, 3 of name, 2 of line end.
        let value = String(repeating: "v", count: standard.headerBytes - 17 - 3 - 2)
        check(message("A sip:b SIP/2.0", "X: \(value)"), message("A sip:b SIP/2.0", "X: \(value)v"), .tooLarge, 513)
        let body = [UInt8](repeating: 0x62, count: standard.bodyBytes)
        check(message("A sip:b SIP/2.0") + body, message("A sip:b SIP/2.0") + body + [0x62], .bodyTooLarge, 413)
        let length = "l: \(standard.bodyBytes)"
        check(
            message("A sip:b SIP/2.0", length) + body,
            message("A sip:b SIP/2.0", "l: \(standard.bodyBytes + 1)") + body + [0x62], .bodyTooLarge, 413)
    }

    private func check(_ fitting: [UInt8], _ tooMuch: [UInt8], _ code: SIPParseError.Code, _ status: Int) {
        #expect(throws: Never.self, "\(code)") { try SIPMessage(fitting) }
        #expect(throws: SIPParseError(code, "")) { try SIPMessage(tooMuch) }
        #expect(SIPParseError(code, "").status == status)
    }

    @Test("limits of values: Via, Call-ID, list elements; one more is refused with an answer")
    func valueLimits() {
        let standard = SIPLimits.standard
        let via = "Via: SIP/2.0/UDP h;branch=z9hG4bKa"
        let vias = [String](repeating: via, count: standard.viaValues - 1)
        #expect(verdict(lines: vias) == 0)
        #expect(verdict(lines: vias + [via]) == 513)
        let contacts = [String](repeating: "<sip:a@b>", count: SIPLimits.listValues)
        #expect(verdict(lines: ["m: " + contacts.joined(separator: ",")]) == 0)
        #expect(verdict(lines: ["m: " + (contacts + ["<sip:a@b>"]).joined(separator: ",")]) == 400)
        let callID = String(repeating: "c", count: standard.callIDBytes)
        #expect(verdict(callID: callID) == 0)
        #expect(verdict(callID: callID + "c") == 400)
    }

    @Test("limits can be set lower")
    func ownLimits() {
        var limits = SIPLimits()
        limits.headerLines = 6
        guard case .message = SIPMessage.judge(request(), limits: limits) else {
            Issue.record("six header lines are allowed")
            return
        }
        guard
            case .refuse(_, status: 513, _) = SIPMessage.judge(request("OPTIONS", uri: "sip:b", "X: y"), limits: limits)
        else {
            Issue.record("seven header lines are one too many")
            return
        }
    }

    private func verdict(callID: String = "c1", lines: [String] = []) -> Int {
        let base = [
            "OPTIONS sip:b SIP/2.0", "Via: SIP/2.0/UDP h;branch=z9hG4bKabc", "From: <sip:a@b>;tag=f", "To: <sip:b@b>",
            "Call-ID: \(callID)", "CSeq: 1 OPTIONS",
        ]
        switch SIPMessage.judge(Array(((base + lines).joined(separator: "\r\n") + "\r\n\r\n").utf8)) {
        case .message: return 0
        case .refuse(_, let status, _): return status
        case .drop: return -1
        }
    }
}
