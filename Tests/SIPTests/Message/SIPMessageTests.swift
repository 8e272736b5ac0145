import SIP
import Testing

@Suite("RFC 3261 §7: reading a message")
struct SIPMessageTests {
    static let register = Array(
        """
        REGISTER sip:ims.mnc001.mcc001.3gppnetwork.org SIP/2.0\r
        v: SIP/2.0/UDP 10.45.0.2:5060;branch=z9hG4bK77;rport, SIP/2.0/TCP p.example.org\r
        Route: <sip:a@p1;lr>,<sip:p2;lr>;x="a,b"\r
        f: "A, B" <sip:1@ims.org>;tag=ft\r
        TO: <sip:1@ims.org>\r
        i: call-1\r
        CSeq: 7 REGISTER\r
        Supported: path, gruu\r
        Subject:\r
        k:  sec-agree  \r
        m: <sip:1@10.45.0.2>;expires=600\r
        Authorization: Digest username="u", realm="r, s"\r
        X-Unknown: one\r
         two\t\r
        \tthree\r
        Expires: 600000\r
        Content-Length: 3\r
        \r
        abcTAIL
        """.utf8)

    @Test("start line, body, tail cut off")
    func parts() throws {
        let message = try SIPMessage(Self.register)
        #expect(message.isRequest && message.status == 0 && message.method == .register && message.reason == "")
        #expect(message.requestURIText == "sip:ims.mnc001.mcc001.3gppnetwork.org")
        #expect(try message.requestURI().sip?.host == "ims.mnc001.mcc001.3gppnetwork.org")
        #expect(Array(message.body).text == "abc")
        #expect(message.bytes == Array(Self.register.dropLast(4)))
        #expect(message.firstLine == "REGISTER sip:ims.mnc001.mcc001.3gppnetwork.org SIP/2.0")
    }

    @Test("a response: status, reason, the method of its CSeq")
    func response() throws {
        let message = try SIPMessage(message("SIP/2.0 183 Session  Progress", "CSeq: 1 INVITE"))
        #expect(
            !message.isRequest && message.status == 183 && message.reason == "Session  Progress"
                && message.method == .invite)
        #expect(message.isProvisional && !message.isFinal && message.firstLine == "SIP/2.0 183 Session  Progress")
        #expect(throws: SIPParseError.self) { try message.requestURI() }
    }

    @Test("RFC 3261 §7.3.1: compact names, folds, order, lists")
    func headers() throws {
        let message = try SIPMessage(Self.register)
        #expect(message.text(.subject) == "" && message.text(.expires) == "600000" && message.text(.date) == nil)
        #expect(message.texts(.supported) == ["path", "gruu", "sec-agree"])
        #expect(message.texts(.route) == ["<sip:a@p1;lr>", "<sip:p2;lr>;x=\"a,b\""])
        #expect(message.texts(.authorization) == ["Digest username=\"u\", realm=\"r, s\""])
        #expect(message.first("x-unknown") == "one two three" && message.first("M") == "<sip:1@10.45.0.2>;expires=600")
        #expect(message.count(.supported) == 2 && message.headerCount == 14)
        #expect(message.header(at: 0).name == "v" && message.header(at: 0).id == .via)
        #expect(message.lists("PATH", in: .supported) && !message.lists("outbound", in: .supported))
    }

    @Test("typed values")
    func values() throws {
        let message = try SIPMessage(Self.register)
        #expect(try message.via().branch == "z9hG4bK77")
        #expect(try message.vias().map(\.transport) == ["UDP", "TCP"])
        #expect(try message.from().display == "A, B")
        #expect(try message.to().tag == nil)
        #expect(try message.cseq() == CSeq(number: 7, method: .register))
        #expect(try message.contacts().first?.expires == 600)
        #expect(try message.addresses(.route).map { $0.uri.sip?.host } == ["p1", "p2"])
        #expect(try message.address(.route)?.uri.sip?.isLooseRoute == true)
        #expect(try message.integer(.expires) == 600_000)
        #expect(try message.integer(.minExpires) == nil)
        #expect(message.callID == "call-1")
    }

    @Test("RFC 3261 §20.19: numbers too large are the largest, what is no number is an error")
    func integers() throws {
        let message = try SIPMessage(
            message(
                "A sip:b SIP/2.0", "Expires: 99999999999999999999999", "Retry-After: 18 (busy);duration=3",
                "Min-Expires: 1x"))
        #expect(try message.integer(.expires) == Int(UInt32.max))
        #expect(try message.integer(.retryAfter) == 18)
        #expect(throws: SIPParseError.self) { try message.integer(.minExpires) }
    }

    @Test("a token with parameters")
    func token() throws {
        let message = try SIPMessage(
            message("A sip:b SIP/2.0", "Event: reg;id=1", "c: application/reginfo+xml ; charset=x", "Privacy: ;"))
        #expect(try message.token(.event)?.token == "reg")
        #expect(try message.token(.event)?.params["id"] == "1")
        #expect(try message.token(.contentType)?.token == "application/reginfo+xml")
        #expect(try message.token(.reason) == nil)
        #expect(throws: SIPParseError.self) { try message.token(.privacy) }
    }

    @Test(
        "methods: known ones by name, case counts, others as written",
        arguments: [
            "INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS", "MESSAGE", "SUBSCRIBE", "NOTIFY", "PUBLISH",
            "REFER", "INFO", "PRACK", "UPDATE",
        ])
    func methods(_ name: String) throws {
        let known = SIPMethod(name)
        #expect(known.name == name && known != .other(name))
        #expect(try SIPMessage(message("\(name) sip:b SIP/2.0", "CSeq: 1 \(name)")).method == known)
        #expect(SIPMethod(name.lowercased()) == .other(name.lowercased()))
        #expect(SIPMethod(name + "X") == .other(name + "X"))
        #expect(try SIPMessage(message("\(name)X sip:b SIP/2.0")).method == .other(name + "X"))
    }

    @Test("RFC 3261 §7.1: the version in any case")
    func versionCase() throws {
        #expect(try SIPMessage(message("A sip:b sip/2.0")).method == .other("A"))
        #expect(try SIPMessage(message("Sip/2.0 200 OK")).status == 200)
    }

    @Test("RFC 3261 §7.5: CRLFs before the start line are skipped")
    func leadingLineEnds() throws {
        #expect(try SIPMessage(Array("\r\n\r\n".utf8) + Self.register).bytes == Array(Self.register.dropLast(4)))
    }

    @Test("without Content-Length a datagram's body goes to its end")
    func noContentLength() throws {
        let message = try SIPMessage(message("A sip:b SIP/2.0", "X: y") + Array("body\r\n".utf8))
        #expect(Array(message.body).text == "body\r\n")
    }
}
