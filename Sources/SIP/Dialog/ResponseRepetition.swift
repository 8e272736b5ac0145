/// A response to an INVITE that is sent again until the peer confirms it: a 2xx until its ACK (RFC 3261 §13.3.1.4), a
/// reliable provisional until its PRACK (RFC 3262 §3). The interval begins at T1 and doubles, for a 2xx up to T2.
///
/// Both are repeated over TCP too: the hops behind the next one may be UDP's.
struct ResponseRepetition: Sendable {
    private var interval: Int
    private let ceiling: Int

    /// The first repetition, and the patience of 64·T1.
    static func begin(_ timers: SIPTimers, isFinal: Bool) -> (ResponseRepetition, Effects<CallEffect>) {
        let repetition = ResponseRepetition(interval: timers.t1, ceiling: isFinal ? timers.t2 : .max)
        return (
            repetition,
            Effects(
                .start(.repetition, milliseconds: repetition.interval), .start(.patience, milliseconds: timers.times64))
        )
    }

    /// The timer fired: once more, and again later.
    mutating func fire() -> Effects<CallEffect> {
        interval = min(2 * interval, ceiling)
        return Effects(.repeatResponse, .start(.repetition, milliseconds: interval))
    }

    static var stop: Effects<CallEffect> { Effects(.stop(.repetition), .stop(.patience)) }
}
