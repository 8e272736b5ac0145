import SIP
import Testing

/// Every message of the corpora with bytes changed, left out, doubled or cut: nothing may crash, and what is accepted
/// must hold together.
@Suite("RFC 4475 corpus, mutated")
struct MutationTests {
    /// A small generator with a seed (xorshift), so that a failure can be repeated.
    struct Dice {
        var state: UInt64
        mutating func roll(_ sides: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(max(sides, 1)))
        }
    }

    private static let telling = Array("\r\n\t ,;:<>\"\\%@=[]().*\0\u{7F}0919zZ".utf8) + [0x80, 0xFF]

    private func mutated(_ original: [UInt8], _ dice: inout Dice) -> [UInt8] {
        var bytes = original
        for _ in 0...dice.roll(4) where !bytes.isEmpty {
            let at = dice.roll(bytes.count)
            switch dice.roll(5) {
            case 0: bytes[at] = Self.telling[dice.roll(Self.telling.count)]
            case 1: bytes.remove(at: at)
            case 2: bytes.insert(Self.telling[dice.roll(Self.telling.count)], at: at)
            case 3:
                bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + dice.roll(60))], at: dice.roll(bytes.count))
            default: if dice.roll(8) == 0 { bytes.removeLast(bytes.count - at) }
            }
        }
        return bytes
    }

    @Test("judged, read, edited, answered and framed", arguments: 1...8)
    func mutations(_ seed: Int) {
        var dice = Dice(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15)
        let originals =
            Corpus.names("rfc4475").map { Corpus.bytes("rfc4475/" + $0) }
            + Corpus.names("rfc5118").map { Corpus.bytes("rfc5118/" + $0) }
        for _ in 0..<8 {
            for original in originals { exercise(mutated(original, &dice)) }
        }
    }

    private func exercise(_ bytes: [UInt8]) {
        var framer = SIPFramer()
        framer.push(bytes)
        while let framed = try? framer.next(), framed != .ping || framer.pending > 0 {}
        switch SIPMessage.judge(bytes) {
        case .drop: break
        case .refuse(let message, let status, _):
            #expect(
                SIPWriter.response(to: message, status: status, toTag: "t").finish().starts(
                    with: Array("SIP/2.0 ".utf8)))
        case .message(let message):
            readAll(message)
            hop(message)
        }
    }

    /// Whatever judge accepts has readable mandatory values.
    private func readAll(_ message: SIPMessage) {
        #expect(throws: Never.self) {
            _ = (
                try message.vias(), try message.from(), try message.to(), try message.cseq(), try message.contacts(),
                try message.addresses(.route)
            )
        }
        for id in HeaderID.allCases {
            _ = (message.texts(id), message.text(id), try? message.token(id), try? message.addresses(id))
        }
        if message.isRequest { #expect(throws: Never.self) { try message.requestURI() } }
    }

    /// After a proxy's edits it is still accepted, with the same Call-ID and the Via put on taken off again.
    private func hop(_ message: SIPMessage) {
        var edit = SIPEdit(message)
        edit.prepend(.via, "SIP/2.0/UDP proxy.example.org;branch=z9hG4bKp")
        edit.set(.maxForwards, "9")
        edit.prepend(.recordRoute, "<sip:proxy.example.org;lr>")
        guard case .message(let forwarded) = SIPMessage.judge(edit.serialize()) else {
            // One more Via or header line may be the one too many.
            #expect(message.headerCount > 60)
            return
        }
        #expect(forwarded.callID == message.callID)
        var back = SIPEdit(forwarded)
        back.removeFirstValue(.via)
        #expect((try? SIPMessage(back.serialize()))?.texts(.via) == message.texts(.via))
    }
}
