/// A point on the loop's monotonic clock, in nanoseconds since an arbitrary start.
///
/// The loop reads its clock once per batch of events; within a batch `now` stands still.
public struct Moment: Comparable, Hashable, Sendable {
    public var nanoseconds: UInt64

    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    public static func < (a: Moment, b: Moment) -> Bool { a.nanoseconds < b.nanoseconds }

    /// Whole milliseconds from `earlier` to this moment; 0 if `earlier` is later.
    public func milliseconds(since earlier: Moment) -> Int {
        nanoseconds > earlier.nanoseconds ? Int((nanoseconds - earlier.nanoseconds) / 1_000_000) : 0
    }

    public func advanced(byMilliseconds ms: Int) -> Moment {
        Moment(nanoseconds: nanoseconds &+ UInt64(max(0, ms)) &* 1_000_000)
    }
}
