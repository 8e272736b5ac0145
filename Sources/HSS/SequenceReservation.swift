/// The counter SEQ_HE of one subscriber (TS 33.102 §6.3.2), with numbers reserved ahead so that no vector waits for the
/// database and no number is used twice, not even after kill -9.
///
/// How: the store keeps a *generation*, raised durably once at every start, and per subscriber a *base* with the
/// generation it was written in. In that generation the numbers base+1 … base+length may be used without writing
/// anything; a later generation begins `length` higher for each generation that has passed. So a restart costs each
/// subscriber `length` numbers and no write, against a USIM's Δ of 2²⁸. When half of the range is used a new base is
/// written behind the answers; only who outruns that write waits for it.
public struct SequenceReservation: Hashable, Sendable {
    /// Numbers usable per written base.
    public static let length: UInt64 = 64

    /// SEQ_HE: the highest number used.
    public private(set) var last: UInt64
    /// The highest number that may be used now.
    public private(set) var limit: UInt64
    /// The base on its way to the store. Only its own completion counts: after a reset an earlier one means nothing.
    private(set) var pendingBase: UInt64?

    /// - Parameter base: what `begin(base:written:now:)` gives, or the number a fresh subscriber was provisioned with.
    public init(base: UInt64) {
        last = base
        limit = base + SequenceReservation.length
    }

    /// Where a subscriber's numbers begin in generation `now` if its base was written in generation `written`.
    ///
    /// Kept within bounds no counter reaches, so that a damaged database cannot stop the process.
    public static func begin(base: UInt64, written: UInt64, now: UInt64) -> UInt64 {
        let passed = min(now > written ? now - written : 0, 1 << 36)
        return min(base, 1 << 43 - 1) + passed * length
    }

    /// The next number, or nil if the range is used up and a new base has to be committed first.
    mutating func take() -> UInt64? {
        guard last < limit, last < highest else { return nil }
        last += 1
        return last
    }

    /// Whether `count` numbers are there to take.
    func has(_ count: Int) -> Bool { limit - last >= UInt64(count) }

    /// The base to write now, if half of the range is gone and none is being written.
    mutating func extensionDue() -> UInt64? {
        guard pendingBase == nil, limit - last <= SequenceReservation.length / 2 else { return nil }
        pendingBase = last
        return last
    }

    /// The base to write because the counter jumps to `seq` (resynchronisation).
    mutating func reset(to seq: UInt64) -> UInt64 {
        last = seq
        limit = seq
        pendingBase = seq
        return seq
    }

    /// The write of `base` came to an end. If it failed the old limit holds and the next call tries again.
    mutating func extended(to base: UInt64, isDurable: Bool) {
        guard pendingBase == base else { return }
        pendingBase = nil
        if isDurable { limit = max(limit, base + SequenceReservation.length) }
    }

    /// Provisioning wrote the same key again: the counter may only go on.
    mutating func advance(to base: UInt64) {
        guard base > last else { return }
        last = base
        limit = max(limit, base + SequenceReservation.length)
    }

    /// 43 bits; a counter that reaches them ends a USIM's life (TS 33.102 Annex C.3.2).
    private var highest: UInt64 { 1 << 43 - 1 }
}
