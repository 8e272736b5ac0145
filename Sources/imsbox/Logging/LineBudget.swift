/// How many lines of one level an instance may write: a burst, then so many a second. What strangers send must not fill
/// the disk, whatever line it leads to.
struct LineBudget {
    static let burst = 500
    static let perSecond = 20

    private var thousandths = burst * 1000
    private var updated: Int64?
    private var leftOut = 0

    /// Takes a line out of the budget.
    ///
    /// - Parameter now: milliseconds of a clock that does not jump.
    /// - Returns: nil if this line is one too many; else how many were left out since the last one that was written.
    mutating func take(at now: Int64) -> Int? {
        let elapsed = min(max(0, now - (updated ?? now)), 1_000_000)
        updated = now
        thousandths = min(Self.burst * 1000, thousandths + Int(elapsed) * Self.perSecond)
        guard thousandths >= 1000 else {
            leftOut += 1
            return nil
        }
        thousandths -= 1000
        defer { leftOut = 0 }
        return leftOut
    }
}
