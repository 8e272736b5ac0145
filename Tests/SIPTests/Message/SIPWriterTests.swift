import SIP
import Testing

@Suite("RFC 3261 §8.1.1, §8.2.6: writing messages")
struct SIPWriterTests {
    @Test("a request with headers, body and Content-Length")
    func request() throws {
        var writer = SIPWriter.request(.message, uri: "sip:b@c.org")
        writer.add(.from, "<sip:a@c.org>;tag=1")
        writer.add(name: "X-Own", "y")
        writer.setBody(Array("hi".utf8), type: "text/plain")
        #expect(writer.has(.from) && !writer.has(.to))
        #expect(
            writer.finish().text
                == "MESSAGE sip:b@c.org SIP/2.0\r\nFrom: <sip:a@c.org>;tag=1\r\nX-Own: y\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi"
        )
    }

    private static let invite = [
        "INVITE sip:b SIP/2.0", "Via: SIP/2.0/UDP  a ;branch=z9hG4bK1,SIP/2.0/UDP b", "Record-Route: <sip:r1;lr>",
        "v: SIP/2.0/UDP c", "f: <sip:a@b>;tag=1",
        "To: \"B\" <sip:b@b>\r\n ;x=y", "i: id", "CSEQ: 7   INVITE", "Timestamp: 54", "Contact: <sip:a@a>",
        "Record-Route: <sip:r2;lr>", "Content-Length: 0",
    ]

    private func response(_ status: Int, toTag: String? = "tt", _ lines: [String] = invite) throws -> String {
        let request = try SIPMessage(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
        return SIPWriter.response(to: request, status: status, toTag: toTag).finish().text
    }

    @Test("RFC 3261 §8.2.6.2: what a response copies, byte for byte and in order; the To tag is added")
    func response() throws {
        let expected =
            "SIP/2.0 486 Busy Here\r\nVia: SIP/2.0/UDP  a ;branch=z9hG4bK1,SIP/2.0/UDP b\r\nv: SIP/2.0/UDP c\r\nf: <sip:a@b>;tag=1\r\n"
            + "To: \"B\" <sip:b@b>\r\n ;x=y;tag=tt\r\ni: id\r\nCSEQ: 7   INVITE\r\nContent-Length: 0\r\n\r\n"
        #expect(try response(486) == expected)
        #expect(try SIPMessage(Array(response(486).utf8)).to().tag == "tt")
    }

    @Test("RFC 3261 §8.2.6.1: a 100 copies Timestamp and adds no tag")
    func trying() throws {
        let text = try response(100)
        #expect(text.contains("Timestamp: 54\r\n") && !text.contains("tag=tt") && !text.contains("Record-Route"))
    }

    @Test("RFC 3261 §12.1.1: Record-Route goes into answers that make a dialog")
    func recordRoute() throws {
        for status in [180, 200] {
            #expect(try SIPMessage(Array(response(status).utf8)).texts(.recordRoute) == ["<sip:r1;lr>", "<sip:r2;lr>"])
        }
        #expect(try !response(486).contains("Record-Route"))
        let options = Self.invite.map { $0.replacing("INVITE", with: "OPTIONS") }
        #expect(try !response(200, options).contains("Record-Route"))
    }

    private func response(_ status: Int, _ lines: [String]) throws -> String {
        try response(status, toTag: "tt", lines)
    }

    @Test("a To tag that is there stays, and is not doubled")
    func toTag() throws {
        let lines = Self.invite.map { $0.hasPrefix("To") ? "To: <sip:b@b;tag=no>;tag=yes" : $0 }
        #expect(try response(200, lines).contains("To: <sip:b@b;tag=no>;tag=yes\r\n"))
        let none = Self.invite.map { $0.hasPrefix("To") ? "To: <sip:b@b;tag=no>" : $0 }
        #expect(try response(200, none).contains("To: <sip:b@b;tag=no>;tag=tt\r\n"))
        #expect(try response(200, toTag: nil, none).contains("To: <sip:b@b;tag=no>\r\n"))
    }

    @Test("a refused request's spare lines and loose line ends do not come back as headers")
    func refusedRequest() throws {
        let bytes = message(
            "OPTIONS sip:b SIP/2.0", "Via: SIP/2.0/UDP h;branch=z9hG4bK1\nEvil: 1", "no colon here",
            "From: <sip:a@b>\rEvil: 2", "From: <sip:c@d>", "To: <sip:b@b>", "Call-ID: x", "CSeq: 1 OPTIONS")
        guard case .refuse(let request, 400, _) = SIPMessage.judge(bytes) else {
            Issue.record("not refused")
            return
        }
        let answer = try SIPMessage(SIPWriter.response(to: request, status: 400, toTag: "t").finish())
        #expect(answer.first("Evil") == nil && answer.count(.from) == 1 && answer.count(.via) == 1)
    }

    @Test("line ends in values become spaces")
    func noSmuggling() {
        var writer = SIPWriter.request(.options, uri: "sip:b")
        writer.add(.subject, "a\r\nEvil: 1")
        writer.add(name: "X", "b\nc\rd")
        #expect(
            writer.finish().text
                == "OPTIONS sip:b SIP/2.0\r\nSubject: a  Evil: 1\r\nX: b c d\r\nContent-Length: 0\r\n\r\n")
    }

    @Test("headers copied from another message keep their bytes")
    func copied() throws {
        let source = try SIPMessage(message("A sip:b SIP/2.0", "PATH:   <sip:p1;lr>", "Path:<sip:p2>"))
        var writer = SIPWriter.request(.options, uri: "sip:b")
        writer.copy(.path, from: source)
        #expect(writer.finish().text.contains("\r\nPATH:   <sip:p1;lr>\r\nPath:<sip:p2>\r\n") && writer.has(.path))
    }

    @Test("RFC 3261 §21: reason phrases, unknown codes by class")
    func reasons() {
        #expect(
            SIPReason.phrase(200) == "OK" && SIPReason.phrase(504) == "Server Time-out"
                && SIPReason.phrase(423) == "Interval Too Brief")
        #expect(
            SIPReason.phrase(299) == "Success" && SIPReason.phrase(699) == "Global Failure"
                && SIPReason.phrase(999) == "Unknown")
    }
}

extension String {
    fileprivate func replacing(_ old: String, with new: String) -> String {
        Array(utf8).replacing(old, new)?.text ?? self
    }
}
