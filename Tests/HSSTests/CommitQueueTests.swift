import RoleKit
import Testing

@testable import HSS

@Suite("Batches for the store: one transaction for many answers")
struct CommitQueueTests {
    func moment(_ milliseconds: Int) -> Moment { Moment(nanoseconds: 0).advanced(byMilliseconds: 1_000 + milliseconds) }

    func entry(_ id: Int64 = 1, _ registration: Registration = .none) -> CommitQueue.Entry {
        CommitQueue.Entry(change: .registration(subscriber: id, registration), slot: Int(id), id: id)
    }

    @Test("A few transactions need no distance; after them one begins every twenty milliseconds")
    func pace() {
        var pace = CommitPace()
        let interval = CommitPace.intervalMilliseconds
        for _ in 0..<CommitPace.burst {
            #expect(pace.pause(at: moment(0)) == 0)
            pace.note(at: moment(0))
        }
        #expect(pace.pause(at: moment(0)) == interval)
        #expect(pace.pause(at: moment(4)) == interval - 4)
        #expect(pace.pause(at: moment(interval)) == 0)
        pace.note(at: moment(interval))
        #expect(pace.pause(at: moment(interval)) == interval)
        // A quiet time gives the burst back, and not more.
        for _ in 0..<CommitPace.burst {
            #expect(pace.pause(at: moment(10_000)) == 0)
            pace.note(at: moment(10_000))
        }
        #expect(pace.pause(at: moment(10_000)) == interval)
    }

    @Test("What nobody waits for gathers; what somebody waits for takes it along")
    func leisure() {
        var queue = CommitQueue()
        #expect(queue.begin(at: moment(0)) == .nothing)
        queue.add(entry(1), isUrgent: false)
        #expect(queue.begin(at: moment(0)) == .later(CommitQueue.leisureMilliseconds))
        queue.add(entry(2), isUrgent: true)
        #expect(queue.begin(at: moment(0)) == .now)
        #expect(queue.begin(at: moment(0)) == .nothing, "one batch at a time")
        #expect(queue.take().entries.count == 2)
        queue.add(entry(3), isUrgent: true)
        #expect(queue.begin(at: moment(0)) == .nothing)
        queue.end()
        #expect(queue.begin(at: moment(0)) == .now)
    }

    @Test("A full batch does not wait for its turn")
    func full() {
        var queue = CommitQueue()
        for _ in 0..<CommitPace.burst {
            queue.add(entry(), isUrgent: true)
            #expect(queue.begin(at: moment(0)) == .now)
            _ = queue.take()
            queue.end()
        }
        queue.add(entry(), isUrgent: true)
        #expect(queue.begin(at: moment(0)) == .later(CommitPace.intervalMilliseconds))
        for id in 1..<Int64(CommitQueue.fullBatch) { queue.add(entry(id), isUrgent: false) }
        #expect(queue.begin(at: moment(0)) == .now)
    }

    @Test("Of several changes of one thing the last is written, in the order of the last ones")
    func overwritten() {
        let registered = Lab.assigned(.registered)
        let entries = [
            entry(1, Lab.assigned(.notRegistered, isAuthenticationPending: true)), entry(2, registered),
            CommitQueue.Entry(change: .sequence(subscriber: 1, base: 32), slot: 1, id: 1), entry(1, registered),
            CommitQueue.Entry(change: .sequence(subscriber: 1, base: 5_000), slot: 1, id: 1),
        ]
        #expect(
            CommitQueue.changes(entries) == [
                .registration(subscriber: 2, registered), .registration(subscriber: 1, registered),
                .sequence(subscriber: 1, base: 5_000),
            ])
    }
}
