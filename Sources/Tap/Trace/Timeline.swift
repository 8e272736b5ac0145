import RoleKit

/// Picks what belongs to one subscriber or call out of what the instances saw, and joins what two of them saw of the
/// same message.
public enum Timeline {
    /// Rounds of following one identity to another; each adds the identities that rows of one subscriber name.
    private static let rounds = 4

    /// The rows that name one of `keys`, and the keys with what these rows add. No keys: every row.
    ///
    /// From an identity to its Call-IDs and Session-Ids, and from a registration or a Cx command of one subscriber to
    /// the subscriber's other identities.
    public static func select(_ rows: [TraceRow], keys: Set<String>) -> (rows: [TraceRow], keys: Set<String>) {
        guard !keys.isEmpty else { return (rows, keys) }
        var known = keys
        var picked: Set<Int> = []
        for _ in 0..<rounds {
            let before = (picked.count, known.count)
            for (index, row) in rows.enumerated() where !picked.contains(index) {
                guard known.contains(row.call) || row.identities.contains(where: known.contains) else { continue }
                picked.insert(index)
                if !row.call.isEmpty { known.insert(row.call) }
                if row.isOneSubscriber { known.formUnion(row.identities) }
            }
            if before == (picked.count, known.count) { break }
        }
        return (rows.indices.filter(picked.contains).map { rows[$0] }, known)
    }

    /// The keys a question means: the identity behind its spelling, and the text itself in case it is a Call-ID.
    public static func keys(of question: String) -> Set<String> {
        question.isEmpty ? [] : [question, TraceKey.of(question)]
    }

    /// One row per message: what one instance sent and another received is one arrow.
    ///
    /// In order of time; where a loop's clock stood still (it is read once per batch) in order of cause, each
    /// instance's rows as it saw them and nothing received before it was sent.
    public static func merge(_ rows: [TraceRow]) -> [TraceRow] {
        var lanes = Lanes(rows)
        var merged: [TraceRow] = []
        while let row = lanes.next() { merged.append(row) }
        return merged
    }
}

/// The instances' rows side by side, taken one at a time.
private struct Lanes {
    private struct Passage: Hashable {
        var from: SocketAddress
        var to: SocketAddress
        var bytes: [UInt8]

        init(_ row: TraceRow) {
            from = row.from
            to = row.to
            bytes = row.bytes
        }
    }

    private var lanes: [ArraySlice<TraceRow>]
    /// Sent rows still to be taken.
    private var unsent: [Passage: Int] = [:]
    /// Sent rows taken whose other half was not.
    private var underWay: [Passage: Int] = [:]

    init(_ rows: [TraceRow]) {
        var order: [String] = []
        var grouped: [String: [TraceRow]] = [:]
        for row in rows {
            if grouped[row.instance] == nil { order.append(row.instance) }
            grouped[row.instance, default: []].append(row)
            if row.kind != .event && !row.received { unsent[Passage(row), default: 0] += 1 }
        }
        lanes = order.compactMap { grouped[$0].map { $0[...] } }
    }

    /// The next row to show; nil at the end.
    mutating func next() -> TraceRow? {
        while let lane = nextLane(), let row = lanes[lane].popFirst() {
            guard row.kind != .event else { return row }
            let passage = Passage(row)
            if !row.received {
                unsent[passage, default: 0] -= 1
                underWay[passage, default: 0] += 1
                return row
            }
            guard let count = underWay[passage], count > 0 else { return row }
            underWay[passage] = count - 1
        }
        return nil
    }

    /// The lane whose first row is the earliest of those that do not wait for another's.
    private func nextLane() -> Int? {
        let filled = lanes.indices.filter { !lanes[$0].isEmpty }
        let free = filled.filter { lane in lanes[lane].first.map { !isBlocked($0) } ?? false }
        return (free.isEmpty ? filled : free).min { a, b in
            (lanes[a].first?.unixNanoseconds ?? 0) < (lanes[b].first?.unixNanoseconds ?? 0)
        }
    }

    private func isBlocked(_ row: TraceRow) -> Bool {
        guard row.kind != .event, row.received else { return false }
        let passage = Passage(row)
        return underWay[passage, default: 0] == 0 && unsent[passage, default: 0] > 0
    }
}
