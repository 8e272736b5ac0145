public import SIP

/// Server transactions with a final answer, oldest first, so that they can make room.
///
/// Those that end by themselves stay in the list until they are met or the list is tidied.
struct AnsweredTransactions {
    private var ids: [UInt64] = []
    private var head = 0

    /// Those listed, ended ones included.
    var count: Int { ids.count - head }

    mutating func append(_ id: UInt64) { ids.append(id) }

    /// Takes the oldest one out of the list.
    mutating func takeOldest() -> UInt64? {
        guard head < ids.count else { return nil }
        defer {
            head += 1
            if head >= 4_096, head > ids.count / 2 {
                ids.removeFirst(head)
                head = 0
            }
        }
        return ids[head]
    }

    /// Leaves out those that have ended.
    mutating func tidy(_ isAlive: (UInt64) -> Bool) {
        ids = ids[head...].filter(isAlive)
        head = 0
    }
}

/// The table of server transactions: its room, and how they leave it.
extension SIPStack {
    /// Whether a new request finds room; answered transactions, the oldest first, make it.
    func hasRoom(for bytes: Int) -> Bool {
        while servers.count >= limits.transactions || heldBytes + bytes > limits.heldBytes {
            guard dropOldestAnswered() else { return false }
        }
        return true
    }

    /// Counts what a transaction holds now.
    func hold(_ bytes: Int, _ id: UInt64) {
        let before = servers.update(id) { record in
            defer { record.heldBytes = bytes }
            return record.heldBytes
        }
        if let before { heldBytes += bytes - before }
    }

    /// A final answer has come; true if it is the first. From now on the transaction holds the answer alone.
    func markAnswered(_ id: UInt64, holding bytes: Int) -> Bool {
        hold(bytes, id)
        let isFirst = servers.update(id) { record -> Bool in
            defer { record.isAnswered = true }
            record.request = nil
            return !record.isAnswered
        }
        if isFirst == true { tallies.unanswered -= 1 }
        return isFirst == true
    }

    /// Lists a transaction that now only repeats its answer, if it still stands.
    func queueAnswered(_ id: UInt64) {
        guard servers.contains(id) else { return }
        answered.append(id)
        if servers.count - tallies.unanswered > limits.answered { _ = dropOldestAnswered() }
        if answered.count > 2 * limits.answered { answered.tidy { servers.contains($0) } }
    }

    /// Ends the oldest transaction that only repeats its answer; false if there is none.
    private func dropOldestAnswered() -> Bool {
        while let id = answered.takeOldest() {
            guard servers.contains(id) else { continue }
            removeServer(id)
            return true
        }
        return false
    }

    /// Answers like `respond` and forgets the request at once: should it come again it is judged anew. For refusals a
    /// flood could cause, which are not worth a place in the table.
    public func turnAway(
        _ request: IncomingRequest, _ status: Int, _ fill: (inout SIPWriter) -> Void = { _ in }
    ) {
        respond(request, status, nil, fill)
        removeServer(request.transaction.raw)
    }

    func removeServer(_ id: UInt64) {
        _ = markAnswered(id, holding: 0)
        guard var record = servers.remove(id) else { return }
        serverKeys[record.key] = nil
        for timer in record.timers.removeAll() { stop(timer) }
        if let connection = record.path.connection { _ = connections.update(connection) { $0.servers.remove(id) } }
    }
}
