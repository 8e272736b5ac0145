import SIP
import Testing

@Suite("RFC 3261 §8.1.1, §8.2, §16.3: judging messages")
struct JudgeTests {
    private func status(_ bytes: [UInt8]) -> Int {
        switch SIPMessage.judge(bytes) {
        case .message: 0
        case .refuse(_, let status, _): status
        case .drop: -1
        }
    }

    private func replacing(_ old: String, _ new: String, in bytes: [UInt8] = request()) -> [UInt8] {
        let changed = bytes.replacing(old, new)
        if changed == nil { Issue.record("\(old) is not in the message") }
        return changed ?? []
    }

    @Test("a plain request is accepted; noise and keep-alives are dropped")
    func plain() {
        #expect(status(request()) == 0)
        for noise in ["", "\r\n\r\n", "\0", " \r\n", "jaK", "GET / HTTP/1.1\r\n\r\n"] {
            #expect(status(Array(noise.utf8)) == -1)
        }
        #expect(status([UInt8](repeating: 0xFF, count: 2_000)) == -1)
    }

    @Test(
        "RFC 3261 §8.1.1: a missing header is answered with 400 if the response can be sent",
        arguments: [
            ("From: <sip:alice@example.org>;tag=f1\r\n", 400), ("To: <sip:bob@example.org>\r\n", 400),
            ("Call-ID: c1@192.0.2.1\r\n", 400),
            ("CSeq: 1 OPTIONS\r\n", 400), ("Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKabc\r\n", -1),
            ("Max-Forwards: 70\r\n", 0), (";tag=f1", 0), (";branch=z9hG4bKabc", 0),
        ])
    func missing(_ part: String, _ expected: Int) { #expect(status(replacing(part, "")) == expected) }

    @Test(
        "RFC 4475 §3.3.8: a second line of a single header",
        arguments: [
            "From: <sip:x@b>", "t: <sip:x@b>", "i: 2", "CSeq: 1 OPTIONS", "Max-Forwards: 70",
            "c: text/plain\r\nc: text/plain", "Expires: 1\r\nExpires: 1",
        ])
    func repeated(_ line: String) { #expect(status(request("OPTIONS", uri: "sip:b", line)) == 400) }

    @Test(
        "a broken value of a header everybody reads",
        arguments: [
            "m: <sip:a@b", "Contact: ,", "Route: <sip:a@b>,,<sip:c@d>", "Route: nobody", "Via: SIP/2.0/UDP", "m: \"x",
            "l: 1",
        ])
    func brokenValue(_ line: String) { #expect(status(request("OPTIONS", uri: "sip:b", line)) == 400) }

    @Test(
        "Request-URI, Max-Forwards, CSeq",
        arguments: [
            ("sip:bob@example.org SIP", "sip:b@b@b SIP", 400), ("sip:bob@example.org SIP", "sip:b?Subject=x SIP", 400),
            ("sip:bob@example.org SIP", "x SIP", 400),
            ("sip:bob@example.org SIP", "tel:+1555 SIP", 0), ("sip:bob@example.org SIP", "urn:service:sos SIP", 0),
            ("Max-Forwards: 70", "Max-Forwards: 255", 0),
            ("Max-Forwards: 70", "Max-Forwards: 256", 400), ("Max-Forwards: 70", "Max-Forwards: x", 400),
            ("Max-Forwards: 70", "Max-Forwards:", 400),
            ("CSeq: 1 OPTIONS", "CSeq: 1 INVITE", 400), ("CSeq: 1 OPTIONS", "CSeq: 1 options", 400),
            ("CSeq: 1 OPTIONS", "CSeq: 4294967296 OPTIONS", 400),
            ("CSeq: 1 OPTIONS", "CSeq: 1 OPTIONS x", 400), ("CSeq: 1 OPTIONS", "CSeq: 1OPTIONS", 400),
            ("Call-ID: c1@192.0.2.1", "Call-ID:", 400), ("Call-ID: c1@192.0.2.1", "Call-ID: a b", 400),
            ("SIP/2.0\r", "SIP/2.1\r", 505),
        ])
    func parts(_ old: String, _ new: String, _ expected: Int) { #expect(status(replacing(old, new)) == expected) }

    @Test("RFC 3261 §17.1.1.3: a broken ACK gets no answer")
    func brokenACK() { #expect(status(request("ACK", uri: "sip:b", "l: 1")) == -1) }

    @Test("a broken response is dropped")
    func brokenResponse() {
        let good = replacing("OPTIONS sip:bob@example.org SIP/2.0", "SIP/2.0 200 OK")
        #expect(status(good) == 0)
        #expect(status(replacing("To: <", "To: x,y <", in: good)) == -1)
        #expect(status(replacing("CSeq: 1 OPTIONS\r\n", "", in: good)) == -1)
    }

    @Test(
        "RFC 4475 §3.3.10: a response that would go on to a group or broadcast address",
        arguments: [
            ("255.255.255.255", -1), ("0.0.0.0", -1), ("224.0.1.75", -1), ("[ff02::1]", -1), ("[::]", -1),
            ("192.0.2.7", 0), ("[2001:db8::1]", 0), ("p.example.org", 0),
        ])
    func groupAddress(_ host: String, _ expected: Int) {
        let response = replacing("OPTIONS sip:bob@example.org SIP/2.0", "SIP/2.0 200 OK")
        #expect(
            status(replacing("Max-Forwards: 70", "Via: SIP/2.0/UDP \(host);branch=z9hG4bKb", in: response)) == expected)
    }

    @Test("a Via broken behind its sent-by still says where the answer goes")
    func responseVia() throws {
        guard case .refuse(let message, 400, _) = SIPMessage.judge(replacing(";branch=z9hG4bKabc", ";;x")) else {
            Issue.record("not refused")
            return
        }
        let via = try #require(message.responseVia())
        #expect(via.host == "192.0.2.1" && via.port == 5_060 && via.transport == "UDP" && via.branch == nil)
    }

    @Test("RFC 3261 §16.3: what a proxy refuses, first fault first")
    func proxy() throws {
        func refusal(_ uri: String, _ lines: String) throws -> SIPRefusal? {
            try SIPMessage(replacing("Max-Forwards: 70", lines, in: request("OPTIONS", uri: uri))).refusalByProxy(
                supporting: ["Path", "sec-agree"])
        }
        #expect(try refusal("sip:b", "Max-Forwards: 1") == nil)
        #expect(try refusal("http://b", "Max-Forwards: 0")?.status == 416)
        #expect(try refusal("sip:b", "Max-Forwards: 0\r\nProxy-Require: foo")?.status == 483)
        #expect(try refusal("sip:b", "Proxy-Require: path, SEC-AGREE\r\nRequire: x") == nil)
        let options = try #require(try refusal("sip:b", "Proxy-Require: path, foo\r\nProxy-Require: bar"))
        #expect(options.status == 420 && options.reason == "Bad Extension")
        #expect(options.headers.map { "\($0.id.name): \($0.value)" } == ["Unsupported: foo, bar"])
    }

    @Test("RFC 3261 §8.2.2, §8.2.3: what a user agent server refuses")
    func userAgent() throws {
        func refusal(_ method: String, _ lines: String, body: String = "") throws -> SIPRefusal? {
            let bytes = replacing("Max-Forwards: 70", lines, in: request(method))
            return try SIPMessage(bytes + Array(body.utf8)).refusalByUserAgent(
                supporting: ["100rel"], accepting: ["application/sdp"])
        }
        #expect(try refusal("INVITE", "Require: 100REL") == nil)
        #expect(try refusal("INVITE", "Require: foo")?.status == 420)
        #expect(try refusal("ACK", "Require: foo") == nil)
        #expect(try refusal("CANCEL", "Require: foo") == nil)
        #expect(try refusal("INVITE", "c: Application/SDP;v=1", body: "v=0") == nil)
        let type = try #require(try refusal("INVITE", "c: text/plain", body: "x"))
        #expect(type.status == 415 && type.headers.first?.id == .accept)
        #expect(try refusal("INVITE", "X: y", body: "x")?.status == 415)
        #expect(try refusal("INVITE", "c: text/plain\r\nContent-Disposition: x;handling=optional", body: "x") == nil)
        #expect(try refusal("INVITE", "c: application/sdp\r\ne: gzip", body: "x")?.headers.first?.id == .acceptEncoding)
        #expect(try refusal("INVITE", "c: text/plain") == nil)
    }
}
