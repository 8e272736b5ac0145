/// What a USIM's AUTS means for the counter of the authentication centre (TS 33.102 §6.3.5).
public enum Resynchronisation: Hashable, Sendable {
    /// SEQ_HE would already be accepted: it stays. Going back to SEQ_MS would use numbers twice.
    case inRange
    /// SEQ_HE becomes this SEQ_MS; the next vector takes the number after it.
    case reset(seq: UInt64)
    /// MAC-S is wrong: this AUTS did not come from the subscriber's USIM. The counter stays.
    case forged
}

extension AKAFunctions {
    /// Length of AUTS = SQN_MS ⊕ AK ‖ MAC-S.
    public static let autsOctets = 14

    /// Steps 1 to 5 of TS 33.102 §6.3.5. AMF* is all zeros (§6.3.3). nil if AUTS has not fourteen octets.
    ///
    /// - Parameters:
    ///   - rand: the RAND of the challenge the USIM answered.
    ///   - lastSEQ: SEQ_HE, the highest number used so far.
    ///   - isRepeated: this USIM has refused a number we held to be in range a moment ago, so its limits are tighter than
    ///     Annex C.3.2's: its SEQ_MS is followed even where that goes back, or it would be refused for ever.
    public func resynchronise(
        _ keys: AKAKeys, rand: Block128, auts: [UInt8], lastSEQ: UInt64, isRepeated: Bool = false
    ) throws(CryptoError) -> Resynchronisation? {
        guard auts.count == AKAFunctions.autsOctets else { return nil }
        let concealed = auts[..<6].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let ak = try f5star(keys, rand: rand)
        guard let sqnMS = SequenceNumber(concealed ^ ak) else { return nil }
        let next = lastSEQ + 1
        if !isRepeated, next > sqnMS.seq, next - sqnMS.seq <= SequenceNumber.highestLead { return .inRange }
        let macS = try f1star(keys, rand: rand, sqn: sqnMS.value, amf: 0)
        guard Secrets.equal(Block128.octets(of: UInt128(macS), count: 8), Array(auts[6...])) else { return .forged }
        return .reset(seq: sqnMS.seq)
    }
}
