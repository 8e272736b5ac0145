/// The Milenage algorithm set, TS 35.206 §4.1, with AES-128 as kernel and the example constants r1…r5, c1…c5.
///
/// Checked against every set of TS 35.207 and TS 35.208 (AKATests). One object belongs to one thread.
final class Milenage {
    private let cipher: AESBlockCipher

    init() throws(CryptoError) { cipher = try AESBlockCipher() }

    /// OPc = OP ⊕ E_K(OP) (TS 35.206 §4.1).
    func opc(k: Block128, op: Block128) throws(CryptoError) -> Block128 {
        try cipher.setKey(k)
        return op ^ (try cipher.encrypt(op))
    }

    /// Everything a challenge needs: f1, f2, f3, f4 and f5 with one key schedule.
    func challenge(
        k: Block128, opc: Block128, rand: Block128, sqn: UInt64, amf: UInt16
    ) throws(CryptoError) -> AKAOutputs {
        try cipher.setKey(k)
        let temp = try cipher.encrypt(rand ^ opc)
        let mac = try out1(temp, opc, sqn, amf)
        let second = try out(temp, opc, rotation: 0, constant: 1)
        return AKAOutputs(
            macA: mac.high,
            res: Block128.octets(of: second.value, count: 8),
            ck: try out(temp, opc, rotation: 32, constant: 2),
            ik: try out(temp, opc, rotation: 64, constant: 4),
            ak: second.high >> 16
        )
    }

    /// f1* (MAC-S).
    func f1star(
        k: Block128, opc: Block128, rand: Block128, sqn: UInt64, amf: UInt16
    ) throws(CryptoError) -> UInt64 {
        try cipher.setKey(k)
        let temp = try cipher.encrypt(rand ^ opc)
        return try out1(temp, opc, sqn, amf).low
    }

    /// f5* (AK for resynchronisation).
    func f5star(k: Block128, opc: Block128, rand: Block128) throws(CryptoError) -> UInt64 {
        try cipher.setKey(k)
        let temp = try cipher.encrypt(rand ^ opc)
        return try out(temp, opc, rotation: 96, constant: 8).high >> 16
    }

    /// OUT1: IN1 = SQN ‖ AMF ‖ SQN ‖ AMF, r1 = 64, c1 = 0; its halves are MAC-A and MAC-S.
    private func out1(_ temp: Block128, _ opc: Block128, _ sqn: UInt64, _ amf: UInt16) throws(CryptoError) -> Block128 {
        let half = UInt128(sqn << 16 | UInt64(amf))
        let in1 = Block128(half << 64 | half)
        return try cipher.encrypt(temp ^ (in1 ^ opc).rotated(64)) ^ opc
    }

    /// OUT2 … OUT5 of TS 35.206 §4.1.
    private func out(
        _ temp: Block128, _ opc: Block128, rotation: Int, constant: UInt128
    ) throws(CryptoError) -> Block128 {
        try cipher.encrypt((temp ^ opc).rotated(rotation) ^ Block128(constant)) ^ opc
    }
}
