/// Long timers share their moments: from a second on a timer may be up to 1.6 % and 64 ms late, so that thousands that
/// end within the same moment wake the loop once. "No sooner than" is what protocols ask of such timers.
///
/// Measured: the transactions of 300 registrations a second end in their timers J and K (RFC 3261 §17.1.2.2, §17.2.2) at
/// some 3,000 different milliseconds; without this the loop woke for nearly every millisecond, 20 ms of CPU a second
/// long after the last message.
enum TimerSlack {
    /// Shorter timers are exact: retransmissions and time-outs of single requests.
    static let exactBelow = 1_000
    /// The largest step: one slot of the wheel's second level, so that such a timer never moves to the first.
    static let largestStep: UInt64 = 64

    /// The tick at which a timer goes off: at or after its deadline, a multiple of a power of two of 1/64 of its delay
    /// at most. Of timers started together the longer one never goes off before the shorter.
    static func shared(_ deadline: UInt64, delay: Int) -> UInt64 {
        guard delay >= exactBelow else { return deadline }
        let part = UInt64(delay) / 64
        let step = min(largestStep, 1 << UInt64(UInt64.bitWidth - 1 - part.leadingZeroBitCount))
        return (deadline + step - 1) & ~(step - 1)
    }
}
