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
        guard buckets[source] != nil || buckets.count < capacity else { return take(from: &shared, at: now) }
        return take(from: &buckets[source], at: now)
    }

    private func take(from bucket: inout Bucket?, at now: Moment) -> Bool {
        var current = bucket ?? Bucket(level: burst * 1000, updated: now)
        current.level = refilled(current, at: now)
        current.updated = now
        let isAdmitted = current.level >= 1000
        if isAdmitted { current.level -= 1000 }
        bucket = current
        return isAdmitted
    }

    private func refilled(_ bucket: Bucket, at now: Moment) -> Int {
        let elapsed = min(now.milliseconds(since: bucket.updated), 1_000_000)
        return min(burst * 1000, bucket.level + elapsed * perSecond)
    }

    /// Drops sources whose bucket is full again: they are as good as unknown.
    private mutating func forgetRested(at now: Moment) {
        buckets = buckets.filter { refilled($0.value, at: now) < burst * 1000 }
    }
}
