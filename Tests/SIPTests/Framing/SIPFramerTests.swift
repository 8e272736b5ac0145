import SIP
import Testing

@Suite("RFC 3261 §18.3, RFC 5626 §4.4.1: messages on a stream")
struct SIPFramerTests {
    private static let first = Array(
        "OPTIONS sip:a@b.org SIP/2.0\r\nContent-Length: 5\r\nSubject: x\r\n\r\nab\r\n\r".utf8)
    private static let second = Array("SIP/2.0 200 OK\r\nl:\r\n 0\r\n\r\n".utf8)
    private static let ping = Array("\r\n\r\n".utf8)

    private func all(_ framer: inout SIPFramer) throws -> [Framed] {
        var out: [Framed] = []
        while let framed = try framer.next() { out.append(framed) }
        return out
    }

    @Test("several messages and keep-alives in one chunk")
    func severalInOneChunk() throws {
        var framer = SIPFramer()
        framer.push(Self.first + Self.second + Self.ping + Self.ping + Self.first)
        #expect(try all(&framer) == [.message(Self.first), .message(Self.second), .ping, .ping, .message(Self.first)])
        #expect(framer.pending == 0)
    }

    @Test("byte by byte gives the same, and nothing early")
    func byteByByte() throws {
        let stream = Self.ping + Self.first + Self.second + Self.first + Self.ping + Self.second
        var framer = SIPFramer()
        var out: [Framed] = []
        for byte in stream {
            framer.push([byte])
            out += try all(&framer)
        }
        #expect(
            out == [
                .ping, .message(Self.first), .message(Self.second), .message(Self.first), .ping, .message(Self.second),
            ])
    }

    @Test("every cut of a stream into two chunks gives the same")
    func everyCut() throws {
        let stream = Self.first + Self.ping + Self.second + Self.first
        for cut in 0...stream.count {
            var framer = SIPFramer()
            framer.push(Array(stream[..<cut]))
            var out = try all(&framer)
            framer.push(Array(stream[cut...]))
            out += try all(&framer)
            #expect(out == [.message(Self.first), .ping, .message(Self.second), .message(Self.first)], "cut at \(cut)")
        }
    }

    @Test("half a message gives nothing and counts as pending")
    func half() throws {
        var framer = SIPFramer()
        framer.push(Array(Self.first.dropLast()))
        #expect(try framer.next() == nil)
        #expect(framer.pending == Self.first.count - 1)
        framer.push([Self.first[Self.first.count - 1]])
        #expect(try framer.next() == .message(Self.first))
    }

    @Test("RFC 3261 §7.5: a single CRLF before a start line is skipped")
    func singleLineEnd() throws {
        var framer = SIPFramer()
        framer.push(Array("\r\n".utf8) + Self.second)
        #expect(try all(&framer) == [.message(Self.second)])
    }

    @Test("RFC 3261 §18.3: without Content-Length a stream is refused with 400 and stays so")
    func missingContentLength() throws {
        var framer = SIPFramer()
        framer.push(request())
        #expect(throws: SIPParseError(.missingContentLength, "")) { try framer.next() }
        #expect(SIPParseError(.missingContentLength, "").status == 400)
        // What broke the stream can still be answered.
        guard case .message(let message) = SIPMessage.judge(framer.faulty) else {
            Issue.record("the faulty request cannot be read")
            return
        }
        #expect(message.callID == "c1@192.0.2.1")
        framer.push(Self.second)
        #expect(throws: SIPParseError(.missingContentLength, "")) { try framer.next() }
    }

    @Test(
        "a Content-Length that is no single number breaks the stream", arguments: ["-999", "x", "", "5\r\nl: 6", "1 2"])
    func brokenContentLength(_ value: String) {
        var framer = SIPFramer()
        framer.push(Array("OPTIONS sip:a@b.org SIP/2.0\r\nContent-Length: \(value)\r\n\r\n".utf8))
        #expect(throws: SIPParseError(.contentLength, "")) { try framer.next() }
    }

    @Test("the same Content-Length twice is one")
    func equalContentLengths() throws {
        var framer = SIPFramer()
        let bytes = Array("OPTIONS sip:a@b.org SIP/2.0\r\nContent-Length: 1\r\nl: 1\r\n\r\nx".utf8)
        framer.push(bytes)
        #expect(try framer.next() == .message(bytes))
    }

    @Test("limits: one byte more of headers, with and without an end, and one more of body")
    func limits() throws {
        var limits = SIPLimits()
        limits.headerBytes = 60
        limits.bodyBytes = 3
        let head = "OPTIONS sip:a@b.org SIP/2.0\r\nl: 3\r\nX: "
        let fitting = Array((head + String(repeating: "x", count: 60 - 4 - head.utf8.count) + "\r\n\r\nabc").utf8)
        var framer = SIPFramer(limits: limits)
        framer.push(fitting)
        #expect(try framer.next() == .message(fitting))
        framer.push(Array((head + String(repeating: "x", count: 60 - 3 - head.utf8.count) + "\r\n\r\nabc").utf8))
        #expect(throws: SIPParseError(.tooLarge, "")) { try framer.next() }
        var endless = SIPFramer(limits: limits)
        endless.push(Array(repeating: UInt8(ascii: "x"), count: 60))
        #expect(try endless.next() == nil)
        endless.push([UInt8(ascii: "x")])
        #expect(throws: SIPParseError(.tooLarge, "")) { try endless.next() }
        var body = SIPFramer(limits: limits)
        body.push(Array("OPTIONS sip:a@b.org SIP/2.0\r\nl: 4\r\n\r\n".utf8))
        #expect(throws: SIPParseError(.bodyTooLarge, "")) { try body.next() }
    }

    @Test("line ends that are none break the stream", arguments: ["\n", "\rX", "\r\n\rX", "\n\n"])
    func looseLineEnds(_ text: String) {
        var framer = SIPFramer()
        framer.push(Array(text.utf8))
        #expect(throws: SIPParseError(.startLine, "")) { try framer.next() }
    }

    @Test("a long stream does not make the buffer grow")
    func bufferIsReused() throws {
        var framer = SIPFramer()
        for _ in 0..<2_000 {
            framer.push(Self.first + Self.second)
            #expect(try framer.next() == .message(Self.first))
            #expect(try framer.next() == .message(Self.second))
            #expect(framer.pending == 0)
        }
    }
}
