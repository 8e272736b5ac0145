import Diameter
import RoleKit
import TestSupport
import Testing

@testable import HSS

/// What the HSS says and what its store knows, with a store in memory that can be held and broken.
@Suite("HSS and its store")
struct DurabilityTests {
    let store = MemorySubscriberStore([Lab.subscriber, Lab.softphone])
    let bench: CxBench

    init() throws { bench = try CxBench(store: store) { $0.servers = [Lab.server] } }

    @Test("The answer to a SAR follows its commit, and many share one")
    func commitFirst() {
        store.hold()
        let before = store.commits
        let numbers = (0..<20).map { _ in
            bench.send(CxCommands.serverAssignment) { CxBench.fillSAR(&$0, .registration) }
        }
        #expect(numbers.allSatisfy { bench.answer($0) == nil })
        store.release()
        bench.world.settle()
        #expect(numbers.allSatisfy { bench.answer($0)?.result == .base(.success) })
        #expect(store.commits - before == 2, "the first alone, the others together")
        #expect(store.registration(of: 1) == Lab.assigned(.registered))
    }

    @Test("A MAR waits for no commit while numbers are reserved")
    func vectorsDoNotWait() {
        store.hold()
        for _ in 0..<Int(SequenceReservation.length) { #expect(bench.mar()?.result == .base(.success)) }
        // Whoever outruns the reservation waits for it, and is served when the database comes back.
        let late = bench.send(CxCommands.multimediaAuth) { CxBench.fillMAR(&$0) }
        #expect(bench.answer(late) == nil)
        store.release()
        bench.world.settle()
        #expect(bench.answer(late)?.challenges.count == 1)
    }

    @Test("A registration costs one transaction: what its MAR changed rides with its SAR, or follows within a second")
    func oneTransaction() {
        let before = store.commits
        #expect(bench.mar()?.result == .base(.success))
        #expect(store.commits == before)
        #expect(bench.sar(.registration)?.result == .base(.success))
        #expect(store.commits == before + 1)
        #expect(bench.sar(.userDeregistration)?.result == .base(.success))
        #expect(bench.mar()?.result == .base(.success))
        #expect(store.registration(of: 1) == Registration.none)
        bench.world.advance(milliseconds: 1_100)
        #expect(store.registration(of: 1) == Lab.assigned(.notRegistered, isAuthenticationPending: true))
        #expect(store.commits == before + 3)
    }

    @Test("A re-registration that changes nothing costs no transaction, but never overtakes one that does")
    func reRegistration() {
        #expect(bench.sar(.registration)?.result == .base(.success))
        let before = store.commits
        for _ in 0..<10 { #expect(bench.sar(.reRegistration)?.result == .base(.success)) }
        #expect(store.commits == before)
        #expect(bench.sar(.userDeregistration)?.result == .base(.success))
        store.hold()
        let first = bench.send(CxCommands.serverAssignment) { CxBench.fillSAR(&$0, .registration) }
        let second = bench.send(CxCommands.serverAssignment) { CxBench.fillSAR(&$0, .reRegistration) }
        #expect(bench.answer(first) == nil && bench.answer(second) == nil, "the store does not know it yet")
        store.release()
        bench.world.settle()
        #expect(bench.answer(second)?.result == .base(.success))
        #expect(store.registration(of: 1) == Lab.assigned(.registered))
    }

    @Test("Under load transactions keep a distance and carry more; no answer waits long for company")
    func pace() {
        let before = store.commits
        var slowest = 0
        for number in 0..<1_000 {
            let type: ServerAssignmentType = number % 2 == 0 ? .registration : .userDeregistration
            let asked = bench.send(CxCommands.serverAssignment) { CxBench.fillSAR(&$0, type) }
            let start = bench.world.clock.now
            if number % 50 == 0 {
                bench.world.advance(until: { bench.answer(asked) != nil }, withinMilliseconds: 100)
                slowest = max(slowest, bench.world.clock.now.milliseconds(since: start))
                #expect(bench.answer(asked)?.result == .base(.success))
            } else {
                bench.world.advance(milliseconds: 1)
            }
        }
        let commits = store.commits - before
        #expect(commits >= 50 && commits <= 80, "\(commits) transactions for 1,000 changes in a second")
        #expect(slowest <= 2 * CommitPace.intervalMilliseconds)
    }

    @Test("TS 29.228 §6.1.2.1: database trouble is UNABLE_TO_COMPLY, and nothing is remembered that was not written")
    func brokenDatabase() throws {
        store.fail(with: StoreError(.notWritable, "disk full"))
        let answer = try #require(bench.sar(.registration))
        #expect(answer.result == .base(.unableToComply))
        #expect(!answer.has(Cx.userData))
        #expect(bench.lir()?.result == .experimental(.identityNotRegistered))
        #expect(bench.hssNode.log.count("subscriber data could not be written") >= 1)
        store.fail(with: nil)
        #expect(bench.sar(.registration)?.result == .base(.success))
    }

    @Test("A lost batch takes back what it would have changed, last change first")
    func lostBatch() throws {
        #expect(bench.sar(.registration)?.result == .base(.success))
        store.hold()
        let first = bench.send(CxCommands.serverAssignment) { CxBench.fillSAR(&$0, .userDeregistration) }
        let second = bench.send(CxCommands.serverAssignment) { CxBench.fillSAR(&$0, .unregisteredUser) }
        store.fail(with: StoreError(.other, "input/output error"))
        store.release()
        bench.world.settle()
        #expect(bench.answer(first)?.result == .base(.unableToComply))
        #expect(bench.answer(second)?.result == .base(.unableToComply))
        #expect(bench.hss.assumeIsolated { $0.directory[0]?.registration } == Lab.assigned(.registered))
    }

    @Test("A database that fails while SQN runs out: UNABLE_TO_COMPLY, and vectors again when it is back")
    func exhausted() {
        store.fail(with: StoreError(.notWritable, "disk full"))
        for _ in 0..<Int(SequenceReservation.length) { #expect(bench.mar()?.result == .base(.success)) }
        #expect(bench.mar()?.result == .base(.unableToComply))
        store.fail(with: nil)
        #expect(bench.mar()?.result == .base(.success))
    }

    @Test("RFC 6733 §7.1.3: too many answers waiting for the database is TOO_BUSY")
    func tooBusy() {
        store.hold()
        let first = bench.send(CxCommands.serverAssignment) { CxBench.fillSAR(&$0, .registration) }
        bench.hss.assumeIsolated { hss in
            for _ in 0..<CommitQueue.highestDepth {
                hss.queue.add(
                    CommitQueue.Entry(change: .sequence(subscriber: 99, base: 1), slot: 0, id: 99), isUrgent: false)
            }
        }
        #expect(bench.lir()?.result == .base(.tooBusy))
        store.release()
        bench.world.settle()
        #expect(bench.answer(first)?.result == .base(.success))
        #expect(bench.lir()?.result == .base(.success))
    }
}
