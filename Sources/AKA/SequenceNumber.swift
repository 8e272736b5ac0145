/// A 48-bit sequence number SQN = SEQ ‖ IND (TS 33.102 Annex C.1.1).
///
/// The scheme is the one of Annex C.3.2, not based on time: IND has 5 bits, SEQ has 43 and grows by one with every
/// vector, whoever asks. Time-based schemes (C.1.1.3, C.3.3) were left out because a laboratory's clock jumps, and a
/// sequence number that follows a wrong clock locks the USIM for good.
public struct SequenceNumber: Hashable, Comparable, Sendable {
    /// Bits of IND.
    public static let indexBits: UInt64 = 5
    static let mask: UInt64 = 1 << 48 - 1
    /// The largest SEQ: 43 bits.
    public static let highestSEQ: UInt64 = 1 << 43 - 1
    /// Δ of Annex C.2.1 and C.3.2: a USIM refuses a SEQ that leads its own by more, so that no single wrong vector
    /// wears out the counter.
    public static let highestLead: UInt64 = 1 << 28

    /// The 48 bits as a number.
    public let value: UInt64

    /// nil if the number has more than 48 bits.
    public init?(_ value: UInt64) {
        guard value <= SequenceNumber.mask else { return nil }
        self.value = value
    }

    /// SEQ with the index its user's partition gives it. `seq` beyond 43 bits is cut, as the counter itself is.
    public init(seq: UInt64, for user: SequenceNumberUser) {
        value = (seq & SequenceNumber.highestSEQ) << SequenceNumber.indexBits | user.index(for: seq)
    }

    public var seq: UInt64 { value >> SequenceNumber.indexBits }
    public var index: UInt64 { value & (1 << SequenceNumber.indexBits - 1) }

    public static func < (a: SequenceNumber, b: SequenceNumber) -> Bool { a.value < b.value }
}

/// Who will use a vector. EPS and IMS share one USIM and so one SQN array: each has half of the 32 indices, so that a
/// vector of one never makes an unused vector of the other stale (TS 33.102 Annex C.1.2, C.2.2).
///
/// Within its half the index follows SEQ, so up to sixteen vectors of one user may be used in any order. 0…15 for EPS
/// is what EPC products that step SQN by 32 from zero use as well, which keeps a separate EPC's HSS out of our half.
public enum SequenceNumberUser: Hashable, Sendable {
    case eps, ims

    func index(for seq: UInt64) -> UInt64 {
        switch self {
        case .eps: seq & 15
        case .ims: 16 | seq & 15
        }
    }

    /// TS 33.102 Annex H: the AMF separation bit is 1 in EPS vectors and 0 in all others, whatever the subscription says.
    func amf(_ subscribed: UInt16) -> UInt16 {
        switch self {
        case .eps: subscribed | 0x8000
        case .ims: subscribed & 0x7FFF
        }
    }
}
