import Testing

@testable import AKA

@Suite("Sequence numbers")
struct SequenceNumberTests {
    @Test("TS 33.102 Annex C.1.1: SQN = SEQ ‖ IND with five bits of IND")
    func layout() throws {
        let sqn = try #require(SequenceNumber(0x0000_0000_0C75))
        #expect(sqn.seq == 0x63)
        #expect(sqn.index == 0x15)
        #expect(SequenceNumber(1 << 48) == nil)
        #expect(SequenceNumber(seq: SequenceNumber.highestSEQ, for: .ims).value == 0xFFFF_FFFF_FFFF)
    }

    @Test("TS 33.102 Annex C.1.2: EPS and IMS never share an index", arguments: 0..<64)
    func partitions(seq: Int) {
        #expect((0...15).contains(SequenceNumber(seq: UInt64(seq), for: .eps).index))
        #expect((16...31).contains(SequenceNumber(seq: UInt64(seq), for: .ims).index))
    }

    @Test("TS 33.102 Annex C.1.1: SQN grows with SEQ, across partitions too")
    func monotonic() {
        var last = SequenceNumber(seq: 0, for: .ims)
        for seq in 1...200 {
            let next = SequenceNumber(seq: UInt64(seq), for: seq % 3 == 0 ? .eps : .ims)
            #expect(last < next)
            last = next
        }
    }

    @Test("TS 33.102 Annex H: AMF separation bit is 0 for IMS and 1 for EPS, whatever is subscribed")
    func separationBit() {
        #expect(SequenceNumberUser.ims.amf(0xB9B9) == 0x39B9)
        #expect(SequenceNumberUser.ims.amf(0x3939) == 0x3939)
        #expect(SequenceNumberUser.eps.amf(0x3939) == 0xB939)
    }
}
