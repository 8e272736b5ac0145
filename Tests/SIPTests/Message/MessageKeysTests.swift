import SIP
import Testing

@Suite("RFC 3261 §17.1.3, §17.2.3, §12.2.2: keys as ranges of the bytes")
struct MessageKeysTests {
    private func text(_ message: SIPMessage, _ range: Range<Int>?) -> String? { range.map(message.string) }

    @Test("every key of a request with all the trimmings")
    func trimmings() throws {
        let message = try SIPMessage(
            message(
                "INVITE sip:b SIP/2.0",
                "v: SIP / 2.0 / UDP\r\n  [2001:db8::1] : 5070  ;x=\";branch=no\" ; BRANCH = z9hG4bKyes ;rport, SIP/2.0/UDP p;branch=z9hG4bKother",
                "f: \"A;tag=no\\\" <\" <sip:a@b;tag=no>;x=1 ; Tag\r\n =\r\n f1", "t: sip:b@b;tag=t1", "i:  the-id ",
                "CSeq: 0042\r\n INVITE"))
        #expect(text(message, message.topViaBranch) == "z9hG4bKyes")
        #expect(text(message, message.topViaSentBy) == "[2001:db8::1] : 5070")
        #expect(text(message, message.fromTag) == "f1" && text(message, message.toTag) == "t1")
        #expect(text(message, message.callIDRange) == "the-id")
        #expect(message.cseqNumber == 42 && text(message, message.cseqMethod) == "INVITE")
        #expect(text(message, message.requestURIRange) == "sip:b" && text(message, message.methodRange) == "INVITE")
        #expect(text(message, message.bytes(.via))?.hasSuffix(";rport") == true)
    }

    @Test("what is absent is nil, and never taken from the next value or from a quoted part")
    func absent() throws {
        let message = try SIPMessage(
            message(
                "SIP/2.0 200 OK", "Via: SIP/2.0/UDP h;x=\";branch=1\",SIP/2.0/UDP p;branch=2", "From: <sip:a@b;tag=1>",
                "To: \";tag=1\" <sip:b>;tagged=1"))
        #expect(
            message.topViaBranch == nil && message.fromTag == nil && message.toTag == nil && message.callIDRange == nil)
        #expect(
            message.cseqNumber == nil && message.cseqMethod == nil && message.requestURIRange == nil
                && message.methodRange == nil)
        #expect(message.bytes(.contact) == nil && message.line(.route) == nil)
    }

    @Test("the keys agree with the typed values on every good message of the corpora")
    func agree() throws {
        for name in Corpus.names("rfc4475").map({ "rfc4475/" + $0 }) + Corpus.names("rfc5118").map({ "rfc5118/" + $0 })
        {
            guard case .message(let message) = SIPMessage.judge(Corpus.bytes(name)) else { continue }
            #expect(try text(message, message.topViaBranch) == message.via().branch, "\(name)")
            #expect(try text(message, message.fromTag) == message.from().tag, "\(name)")
            #expect(try text(message, message.toTag) == message.to().tag, "\(name)")
            #expect(
                try message.cseqNumber == message.cseq().number
                    && text(message, message.cseqMethod) == message.cseq().method.name, "\(name)")
            #expect(text(message, message.callIDRange) == message.callID, "\(name)")
            #expect(
                try text(message, message.topViaSentBy).map { $0.filter { $0 != " " } } == message.via().sentBy,
                "\(name)")
        }
    }

    @Test("bytes of a range compare with bytes")
    func equality() throws {
        let message = try SIPMessage(message("A sip:b SIP/2.0", "Call-ID: xyz"))
        let range = try #require(message.callIDRange)
        #expect(
            message.equals(range, Array("xyz".utf8)) && !message.equals(range, Array("xyz0".utf8))
                && !message.equals(range, Array("xy".utf8)))
    }
}
