import Testing

@testable import Diameter

@Suite("Realm routing, RFC 6733 §2.7")
struct RealmTableTests {
    private func table() -> RealmTable {
        RealmTable(
            routes: [
                .init(realm: "Home", application: nil, peer: "any2", metric: 20),
                .init(realm: "home", application: nil, peer: "any1", metric: 10),
                .init(realm: "home", application: 5, peer: "own", metric: 90),
                .init(realm: "home", application: nil, peer: "any1b", metric: 10),
                .init(realm: "away", application: nil, peer: "far", metric: 1),
            ], defaults: [("last2", 7), ("last1", 3), ("any1", 1)])
    }

    @Test("the application's routes first, then the realm's by metric, then the default routes")
    func order() {
        let hops = table().hops(realm: "HOME", application: 5)
        #expect(hops.map(\.peer) == ["own", "any1", "any1b", "any2", "last1", "last2"])
        #expect(hops.map(\.rank) == [0, 1, 1, 2, 3, 4])
    }

    @Test func otherRealmsAndApplications() {
        #expect(table().hops(realm: "home", application: 9).map(\.peer).first == "any1")
        #expect(table().hops(realm: "away", application: 5).map(\.peer) == ["far", "any1", "last1", "last2"])
        #expect(table().hops(realm: "nowhere", application: 5).map(\.peer) == ["any1", "last1", "last2"])
        #expect(RealmTable(routes: [], defaults: []).hops(realm: "home", application: 5).isEmpty)
    }
}

@Suite("Pending requests, RFC 6733 §5.5.4")
struct PendingRequestsTests {
    @Test("identifiers are unique, skip what is in use, and only the asked peer's answer matches")
    func identifiers() {
        var pending = PendingRequests<String>(start: .max)
        let first = pending.add(Samples.uar(), peer: 1, context: "a")
        let second = pending.add(Samples.uar(), peer: 1, context: "b")
        #expect(first.hopByHop == .max && second.hopByHop == 0)
        let takes = ([2, 1, 1] as [UInt64]).map { pending.take(.max, from: $0)?.context }
        #expect(takes == [nil, "a", nil])
        #expect(pending.count == 1)
    }

    @Test("a failed-over request keeps its end-to-end identifier, gets T and a new hop-by-hop identifier")
    func failover() throws {
        var pending = PendingRequests<String>(start: 100)
        let sent = pending.add(Samples.uar(endToEnd: 4711), peer: 1, context: "a")
        let taken = pending.take(sent.hopByHop)
        let entry = try #require(taken)
        let again = pending.readd(entry, peer: 2, maybeServed: true)
        #expect(again.endToEnd == 4711)
        #expect(again.flags == [.request, .proxiable, .retransmitted])
        #expect(again.hopByHop != sent.hopByHop)
        #expect(pending[again.hopByHop]?.tried == [1])
        let refused = pending.take(again.hopByHop)
        var fresh = try #require(refused)
        fresh.message.flags.remove(.retransmitted)
        #expect(!pending.readd(fresh, peer: 3, maybeServed: false).flags.contains(.retransmitted))
    }

    @Test func whatWaitsForAPeerComesInTheOrderAsked() {
        var pending = PendingRequests<Int>(start: .max - 3)
        for i in 0..<8 { _ = pending.add(Samples.uar(), peer: UInt64(i % 2), context: i) }
        #expect(pending.identifiers(peer: 1).compactMap { pending[$0]?.context } == [1, 3, 5, 7])
        #expect(pending.count(peer: 0) == 4)
        #expect(pending.takeAll().map(\.entry.context) == Array(0..<8))
        #expect(pending.count == 0)
    }
}

@Suite("Duplicate detection, RFC 6733 §3")
struct DuplicateTableTests {
    private func key(_ host: String, _ id: UInt32) -> DuplicateTable.Key { .init(originHost: host, endToEnd: id) }

    @Test func aRequestIsKnownFromItsArrivalForFourMinutes() {
        var table = DuplicateTable(capacity: 10)
        #expect(table.find(key("a", 1), now: 0) == nil)
        table.begin(key("a", 1), number: 5, now: 1_000)
        #expect(table.find(key("a", 1), now: 2_000) == .inProgress(5))
        #expect(table.find(key("b", 1), now: 2_000) == nil)
        table.finish(key("a", 1), answer: [1, 2])
        #expect(table.find(key("a", 1), now: 241_000) == .answered([1, 2]))
        #expect(table.find(key("a", 1), now: 241_001) == nil)
    }

    @Test("one more than it holds pushes out the oldest; a flood of one key does not grow it")
    func bounded() {
        var table = DuplicateTable(capacity: 3)
        for i in 0..<4 as Range<UInt32> { table.begin(key("a", i), number: 1, now: 0) }
        #expect(table.count == 3)
        #expect(table.find(key("a", 0), now: 0) == nil && table.find(key("a", 3), now: 0) != nil)
        for i in 0..<10_000 as Range<UInt64> { table.begin(key("a", 3), number: i, now: 0) }
        #expect(table.count <= 3)
        #expect(table.find(key("a", 3), now: 0) == .inProgress(9_999))
    }
}
