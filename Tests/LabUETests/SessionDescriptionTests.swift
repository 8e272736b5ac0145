import Testing

@testable import LabUE

@Suite("RFC 3264: minimal offers and answers")
struct SessionDescriptionTests {
    private func answer(_ offer: [String]) -> [String] {
        let body = Array(offer.joined(separator: "\r\n").utf8)
        let text = String(
            decoding: SessionDescription.answer(
                to: body[...], host: "10.0.0.3", isV6: false, port: 20_000, session: 1, version: 1), as: UTF8.self)
        return text.split(separator: "\r\n").map(String.init)
    }

    @Test("§6: one format of the first audio stream is taken, other streams are refused with port 0, in order")
    func streams() {
        let answer = answer([
            "v=0", "m=video 5000 RTP/AVP 99", "a=rtpmap:99 H264/90000", "m=audio 6000 RTP/AVP 96 0",
            "a=rtpmap:96 AMR/8000/1", "a=fmtp:96 octet-align=1", "a=rtpmap:0 PCMU/8000", "m=audio 7000 RTP/AVP 8",
        ])
        #expect(
            answer.suffix(5) == [
                "m=video 0 RTP/AVP 99", "m=audio 20000 RTP/AVP 96", "a=rtpmap:96 AMR/8000/1",
                "a=fmtp:96 octet-align=1", "m=audio 0 RTP/AVP 8",
            ])
    }

    @Test("§8.4: a hold is answered in kind", arguments: [("sendonly", "recvonly"), ("inactive", "inactive")])
    func hold(_ offered: String, _ answered: String) {
        #expect(answer(["v=0", "m=audio 6000 RTP/AVP 0", "a=\(offered)"]).last == "a=\(answered)")
    }

    @Test("RFC 4566 §5: an offer has the lines every description must have, in order")
    func offer() {
        let body = SessionDescription.offer(host: "::1", isV6: true, port: 20_000, session: 7, version: 2)
        let lines = String(decoding: body, as: UTF8.self).split(separator: "\r\n").map(String.init)
        #expect(lines.prefix(5) == ["v=0", "o=- 7 2 IN IP6 ::1", "s=-", "c=IN IP6 ::1", "t=0 0"])
        #expect(lines[5].hasPrefix("m=audio 20000 "))
    }
}
