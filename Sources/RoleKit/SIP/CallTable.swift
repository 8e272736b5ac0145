public import SIP

/// The calls that pass an element, for `imsbox calls`: one row a Call-ID, from INVITE to BYE.
///
/// It is only looked at: no request depends on it. Over its limit the oldest row goes, so calls whose BYE never came do
/// not pile up.
public struct CallTable: Sendable {
    public enum State: String, Sendable { case calling, ringing, answered }

    private struct Row: Sendable {
        var from: String
        var to: String
        var state = State.calling
        /// Unix time of the INVITE.
        var since: Int64
        var order: UInt64
    }

    /// Calls shown and remembered at most.
    public static let limit = 10_000

    private var rows: [String: Row] = [:]
    /// Call-IDs in the order they came, with those that have ended.
    private var arrivals: [(callID: String, order: UInt64)] = []
    private var oldest = 0
    private var serial: UInt64 = 0

    public init() {}

    public var count: Int { rows.count }

    /// An INVITE that makes a dialog passes.
    public mutating func began(_ invite: SIPMessage, unixSeconds: Int64) {
        guard invite.method == .invite, let callID = invite.callID, rows[callID] == nil else { return }
        while rows.count >= Self.limit, dropOldest() {}
        serial += 1
        rows[callID] = Row(
            from: Self.party(try? invite.from()), to: Self.party(try? invite.to()), since: unixSeconds, order: serial)
        arrivals.append((callID, serial))
    }

    /// A response to the INVITE that made the row passes.
    public mutating func answered(_ response: SIPMessage) {
        guard response.method == .invite, response.status > 100, let callID = response.callID,
            let row = rows[callID], row.state != .answered
        else { return }
        switch response.status {
        case ..<200: rows[callID]?.state = .ringing
        case ..<300: rows[callID]?.state = .answered
        default: remove(callID)
        }
    }

    /// The INVITE that made the row came to nothing.
    public mutating func failed(_ invite: SIPMessage) {
        guard invite.method == .invite, invite.toTag == nil, let callID = invite.callID else { return }
        remove(callID)
    }

    /// A BYE passes.
    public mutating func ended(_ bye: SIPMessage) {
        guard bye.method == .bye, let callID = bye.callID else { return }
        remove(callID)
    }

    private mutating func remove(_ callID: String) {
        rows[callID] = nil
        while oldest < arrivals.count, rows[arrivals[oldest].callID]?.order != arrivals[oldest].order { oldest += 1 }
        // Ended calls behind a long one: swept when they are the most of the list.
        if arrivals.count > 64, arrivals.count > 2 * rows.count {
            arrivals = arrivals[oldest...].filter { rows[$0.callID]?.order == $0.order }
            oldest = 0
        }
    }

    private mutating func dropOldest() -> Bool {
        guard oldest < arrivals.count else { return false }
        remove(arrivals[oldest].callID)
        return true
    }

    private static func party(_ address: NameAddress?) -> String { address?.uri.description ?? "" }

    /// One row a call, the oldest first.
    public func report(unixSeconds: Int64) -> Report {
        .list(
            rows.sorted { $0.value.order < $1.value.order }.map { callID, row in
                .object([
                    ("call-id", .text(callID)), ("from", .text(row.from)), ("to", .text(row.to)),
                    ("state", .text(row.state.rawValue)), ("seconds", .number(Int(max(0, unixSeconds - row.since)))),
                ])
            })
    }
}
