import SIP

/// The timers one transaction has running: never more than four at a time.
struct RunningTimers {
    private struct Entry {
        var timer: SIPTimer
        var id: TimerID
    }

    private var entries: (Entry?, Entry?, Entry?, Entry?) = (nil, nil, nil, nil)

    /// Notes a started timer; gives the one of the same letter it replaces.
    mutating func insert(_ timer: SIPTimer, _ id: TimerID) -> TimerID? {
        let old = remove(timer)
        let entry = Entry(timer: timer, id: id)
        if entries.0 == nil {
            entries.0 = entry
        } else if entries.1 == nil {
            entries.1 = entry
        } else if entries.2 == nil {
            entries.2 = entry
        } else {
            entries.3 = entry
        }
        return old
    }

    func isRunning(_ timer: SIPTimer) -> Bool {
        entries.0?.timer == timer || entries.1?.timer == timer || entries.2?.timer == timer
            || entries.3?.timer == timer
    }

    /// Forgets a timer; gives its handle if it was running.
    mutating func remove(_ timer: SIPTimer) -> TimerID? {
        Self.take(&entries.0, timer) ?? Self.take(&entries.1, timer) ?? Self.take(&entries.2, timer)
            ?? Self.take(&entries.3, timer)
    }

    private static func take(_ entry: inout Entry?, _ timer: SIPTimer) -> TimerID? {
        guard let found = entry, found.timer == timer else { return nil }
        entry = nil
        return found.id
    }

    /// Forgets all; gives the handles of those running.
    mutating func removeAll() -> [TimerID] {
        defer { entries = (nil, nil, nil, nil) }
        return [entries.0, entries.1, entries.2, entries.3].compactMap { $0?.id }
    }
}
