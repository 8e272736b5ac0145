import RoleKit

/// How often a transaction may begin. Each costs the same whatever it carries (some 300 µs of CPU, one flush of the
/// disk), so when they come faster than `intervalMilliseconds` one after the other, the next one waits and more changes
/// join it. The first `burst` of them never wait: a few phones that register do not notice.
///
/// The generic cell rate algorithm (ITU-T I.371 Annex A): one moment is all there is to remember.
struct CommitPace {
    /// 50 transactions a second in the long run; an answer then waits 10 ms longer on average.
    static let intervalMilliseconds = 20
    /// Transactions that may begin without any distance after a quiet time.
    static let burst = 10

    /// When the next transaction would begin if all kept their distance.
    private var due = Moment(nanoseconds: 0)

    /// Milliseconds until the next transaction may begin; 0 if it may now.
    func pause(at now: Moment) -> Int {
        let ahead = due > now ? due.milliseconds(since: now) : 0
        return max(0, ahead - (CommitPace.burst - 1) * CommitPace.intervalMilliseconds)
    }

    /// A transaction begins.
    mutating func note(at now: Moment) {
        due = (due > now ? due : now).advanced(byMilliseconds: CommitPace.intervalMilliseconds)
    }
}
