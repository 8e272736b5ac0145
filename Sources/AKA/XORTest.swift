/// The XOR test algorithm of TS 34.108 §8.1.2, which test USIMs carry. It protects nothing; it is for laboratories.
///
/// RES has the 128 bits the clause suggests. f1* equals f1 with AMF* and f5* equals f5.
enum XORTest {
    static func challenge(k: Block128, rand: Block128, sqn: UInt64, amf: UInt16) -> AKAOutputs {
        let xdout = k ^ rand
        return AKAOutputs(
            macA: mac(xdout, sqn, amf), res: xdout.octets, ck: xdout.rotated(8), ik: xdout.rotated(16), ak: ak(xdout))
    }

    static func f1star(k: Block128, rand: Block128, sqn: UInt64, amf: UInt16) -> UInt64 {
        mac(k ^ rand, sqn, amf)
    }

    static func f5star(k: Block128, rand: Block128) -> UInt64 { ak(k ^ rand) }

    /// XDOUT[0…63] ⊕ CDOUT, CDOUT = SQN ‖ AMF.
    private static func mac(_ xdout: Block128, _ sqn: UInt64, _ amf: UInt16) -> UInt64 {
        xdout.high ^ (sqn << 16 | UInt64(amf))
    }

    /// XDOUT[24…71].
    private static func ak(_ xdout: Block128) -> UInt64 {
        UInt64(truncatingIfNeeded: xdout.value >> 56) & SequenceNumber.mask
    }
}
