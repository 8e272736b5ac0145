public import SIP

/// The calls that pass an element, for `imsbox calls`: one row a Call-ID, from INVITE to BYE.
///
/// It is only looked at: no request depends on it. A call whose BYE never came ends by itself when its session timer runs
/// out (RFC 4028 §8.3: a proxy may then forget it), and where it has none after `longestSeconds`. Over its limit the
/// oldest row goes.
public struct CallTable: Sendable {
    public enum State: String, Sendable { case calling, ringing, answered }

    private struct Row: Sendable {
        var callID: String
        var from: String
        var to: String
        var state = State.calling
        /// Unix time of the INVITE.
        var since: Int64
        /// Unix time from which nothing more is known of it.
        var until: Int64
        var order: UInt64
    }

    /// Calls shown and remembered at most.
    public static let limit = 10_000
    /// Seconds a call without a session timer is shown: 12 hours, which few calls reach.
    public static let longestSeconds: Int64 = 43_200

    /// By the keyed hash of the Call-ID, so that no request of a dialog costs a `String`.
    private var rows: [TransactionKey: Row] = [:]
    /// Calls in the order they came, with those that have ended.
    private var arrivals: [(key: TransactionKey, order: UInt64)] = []
    private var oldest = 0
    private var serial: UInt64 = 0
    private let seed: (UInt64, UInt64)

    public init(_ random: any Randomness) { seed = (random.next(), random.next()) }

    public var count: Int { rows.count }

    /// An INVITE that makes a dialog passes.
    public mutating func began(_ invite: SIPMessage, unixSeconds now: Int64) {
        guard invite.method == .invite, let key = key(invite) else { return }
        if let row = rows[key] {
            guard row.until <= now else { return }
            remove(key)
        }
        while rows.count >= Self.limit, dropOldest() {}
        serial += 1
        rows[key] = Row(
            callID: invite.callID ?? "", from: Self.party(try? invite.from()), to: Self.party(try? invite.to()),
            since: now, until: now + Self.longestSeconds, order: serial)
        arrivals.append((key, serial))
    }

    /// A response passes: to the INVITE that made the row, or a 2xx that refreshes the session (RFC 4028 §8.2).
    public mutating func answered(_ response: SIPMessage, unixSeconds now: Int64) {
        let method = response.method
        guard method == .invite || method == .update, response.status > 100, let key = key(response),
            let row = rows[key]
        else { return }
        switch response.status {
        case 200..<300:
            if method == .invite { rows[key]?.state = .answered }
            rows[key]?.until = now + (Self.sessionInterval(response) ?? Self.longestSeconds)
        case _ where row.state == .answered || method == .update: break
        case ..<200: rows[key]?.state = .ringing
        default: remove(key)
        }
    }

    /// The INVITE that made the row came to nothing.
    public mutating func failed(_ invite: SIPMessage) {
        guard invite.method == .invite, invite.toTag == nil, let key = key(invite) else { return }
        remove(key)
    }

    /// A BYE passes.
    public mutating func ended(_ bye: SIPMessage) {
        guard bye.method == .bye, let key = key(bye) else { return }
        remove(key)
    }

    /// Forgets the calls whose time is over.
    public mutating func expire(unixSeconds now: Int64) {
        for (key, row) in rows where row.until <= now { remove(key) }
    }

    private func key(_ message: SIPMessage) -> TransactionKey? {
        message.callIDRange.map { range in
            var hash = KeyHash(seed: seed)
            hash.add(message.bytes, range)
            return hash.finish()
        }
    }

    /// Seconds of Session-Expires (RFC 4028 §4), read in place; nil where there is none.
    private static func sessionInterval(_ message: SIPMessage) -> Int64? {
        guard let range = message.bytes(.sessionExpires) else { return nil }
        var seconds: Int64?
        for index in range.prefix(10) {
            let digit = message.bytes[index] &- 0x30
            guard digit < 10 else { break }
            seconds = (seconds ?? 0) * 10 + Int64(digit)
        }
        return seconds
    }

    private mutating func remove(_ key: TransactionKey) {
        rows[key] = nil
        while oldest < arrivals.count, rows[arrivals[oldest].key]?.order != arrivals[oldest].order { oldest += 1 }
        // Ended calls behind a long one: swept when they are the most of the list.
        if arrivals.count > 64, arrivals.count > 2 * rows.count {
            arrivals = arrivals[oldest...].filter { rows[$0.key]?.order == $0.order }
            oldest = 0
        }
    }

    private mutating func dropOldest() -> Bool {
        guard oldest < arrivals.count else { return false }
        remove(arrivals[oldest].key)
        return true
    }

    private static func party(_ address: NameAddress?) -> String { address?.uri.description ?? "" }

    /// One row a call, the oldest first.
    public func report(unixSeconds now: Int64) -> Report {
        .list(
            rows.values.filter { $0.until > now }.sorted { $0.order < $1.order }.map { row in
                .object([
                    ("call-id", .text(row.callID)), ("from", .text(row.from)), ("to", .text(row.to)),
                    ("state", .text(row.state.rawValue)), ("seconds", .number(Int(max(0, now - row.since)))),
                ])
            })
    }
}
