import RoleKit

/// A token bucket for each source of unauthenticated REGISTERs.
///
/// An IPv6 source is its /64: a host has all of it. Sources beyond the table's size share one bucket, so the table is
/// bounded and a flood of forged sources still costs the flood its allowance.
struct SourceLimiter: Sendable {
    private struct Bucket: Sendable {
        /// Thousandths of a token.
        var level: Int
        var updated: Moment
    }

    private struct Source: Hashable, Sendable {
        var high: UInt64
        var low: UInt64

        init(_ address: SocketAddress) {
            high = address.high
            low = address.family == .v4 ? address.low : 0
        }
    }

    private let perSecond: Int
    private let burst: Int
    private let capacity: Int
    private let limitsLoopback: Bool
    private var buckets: [Source: Bucket] = [:]
    private var shared: Bucket?
    /// When the full table was last gone through for room.
    private var tidied: Moment?
    /// Looks through a full table, as a flood of forged sources makes it, are at least so far apart.
    static let tidyMilliseconds = 1_000

    init(_ limit: PCSCFConfig.RegisterLimit) {
        perSecond = limit.perSecond
        burst = limit.burst
        capacity = limit.sources
        limitsLoopback = limit.limitsLoopback
    }

    var count: Int { buckets.count }

    /// Takes one token of this source; false if it has none left.
    mutating func admit(_ address: SocketAddress, at now: Moment) -> Bool {
        if perSecond == 0 || address.isLoopback && !limitsLoopback { return true }
        let source = Source(address)
        if buckets[source] == nil, buckets.count >= capacity { forgetRested(at: now) }
        let isListed = buckets[source] != nil || buckets.count < capacity
        let (bucket, isAdmitted) = taking(from: isListed ? buckets[source] : shared, at: now)
        if isListed { buckets[source] = bucket } else { shared = bucket }
        return isAdmitted
    }

    /// The bucket after one token was asked of it. Not in place: a method that reads the limits while it holds an entry
    /// of the table makes a copy of the whole table.
    private func taking(from bucket: Bucket?, at now: Moment) -> (Bucket, isAdmitted: Bool) {
        var current = bucket ?? Bucket(level: burst * 1000, updated: now)
        current.level = refilled(current, at: now)
        current.updated = now
        let isAdmitted = current.level >= 1000
        if isAdmitted { current.level -= 1000 }
        return (current, isAdmitted)
    }

    private func refilled(_ bucket: Bucket, at now: Moment) -> Int {
        let elapsed = min(now.milliseconds(since: bucket.updated), 1_000_000)
        return min(burst * 1000, bucket.level + elapsed * perSecond)
    }

    /// Drops sources whose bucket is full again: they are as good as unknown.
    private mutating func forgetRested(at now: Moment) {
        if let tidied, now.milliseconds(since: tidied) < Self.tidyMilliseconds { return }
        tidied = now
        buckets = buckets.filter { refilled($0.value, at: now) < burst * 1000 }
    }
}
