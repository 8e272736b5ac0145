/// The USIM's side of AKA (TS 33.102 §6.3.3, Annex C.2), for the software phone and for tests.
///
/// Keeps the array of SEQ_MS per index of Annex C.2.2; an index accepts only what is newer than what it accepted last.
public struct USIM: Sendable {
    public enum Answer: Sendable {
        case authenticated(res: [UInt8], ck: Block128, ik: Block128)
        /// MAC-A is wrong: not our home network. IMS answers with an empty response (TS 24.229 §5.1.1.5.3).
        case macFailure
        /// SQN is not fresh; AUTS goes to the network.
        case synchronisationFailure(auts: [UInt8])
    }

    public private(set) var keys: AKAKeys
    /// Highest SEQ accepted, per index.
    private var accepted: [UInt64]

    /// - Parameter highest: the SQN accepted last, in every index, e.g. of a card that has seen service elsewhere.
    public init(_ keys: AKAKeys, highest: SequenceNumber? = nil) {
        self.keys = keys
        accepted = Array(repeating: highest?.seq ?? 0, count: 1 << Int(SequenceNumber.indexBits))
    }

    /// The answer to RAND and AUTN.
    public mutating func answer(
        rand: Block128, autn: Block128, _ functions: AKAFunctions
    ) throws(CryptoError) -> Answer {
        let amf = UInt16(truncatingIfNeeded: autn.high)
        let ak = try functions.challenge(keys, rand: rand, sqn: 0, amf: amf).ak
        guard let sqn = SequenceNumber(autn.high >> 16 ^ ak) else { return .macFailure }
        let outputs = try functions.challenge(keys, rand: rand, sqn: sqn.value, amf: amf)
        guard outputs.macA == autn.low else { return .macFailure }
        guard isFresh(sqn) else {
            return .synchronisationFailure(auts: try auts(rand: rand, functions))
        }
        accepted[Int(sqn.index)] = sqn.seq
        return .authenticated(res: outputs.res, ck: outputs.ck, ik: outputs.ik)
    }

    /// Annex C.2.1 and C.2.2: newer than this index's last, and not more than Δ ahead of the highest.
    private func isFresh(_ sqn: SequenceNumber) -> Bool {
        let highest = accepted.max() ?? 0
        let leads = sqn.seq > highest && sqn.seq - highest > SequenceNumber.highestLead
        return sqn.seq > accepted[Int(sqn.index)] && !leads
    }

    /// AUTS = SQN_MS ⊕ AK ‖ MAC-S with AMF* = 0, SQN_MS being the highest number accepted.
    private func auts(rand: Block128, _ functions: AKAFunctions) throws(CryptoError) -> [UInt8] {
        let highest = accepted.max() ?? 0
        let index = accepted.firstIndex(of: highest) ?? 0
        let sqnMS = highest << SequenceNumber.indexBits | UInt64(index)
        let macS = try functions.f1star(keys, rand: rand, sqn: sqnMS, amf: 0)
        let concealed = sqnMS ^ (try functions.f5star(keys, rand: rand))
        return Block128.octets(of: UInt128(concealed), count: 6) + Block128.octets(of: UInt128(macS), count: 8)
    }
}
