package import Foundation

/// A moment by which something must have happened.
///
/// Nothing in these tests sleeps: every wait is for an event (a line, a datagram, an exit), and the deadline only bounds
/// it. Where there is no event to wait for, `wait` asks again and again.
package struct Deadline {
    package let date: Date

    package init(seconds: Double) {
        date = Date(timeIntervalSinceNow: seconds)
    }

    package var hasPassed: Bool { date.timeIntervalSinceNow <= 0 }

    /// Waits until `isSo`, asking every few milliseconds.
    package func wait(_ what: String, until isSo: () throws -> Bool) throws {
        while try !isSo() {
            if hasPassed { throw HarnessError("\(what): not in time") }
            poll(nil, 0, 10)
        }
    }

    /// What `poll(2)` wants: never negative, rounded up so that a millisecond left is not spun on.
    package var milliseconds: Int32 {
        Int32(max(0, (date.timeIntervalSinceNow * 1000).rounded(.up)))
    }
}

/// Why a wait or a step of a system test ended badly; `log` tells where to look.
package struct HarnessError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
