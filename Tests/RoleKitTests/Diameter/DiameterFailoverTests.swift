import Diameter
import RoleKit
import TestSupport
import Testing

@Suite("Diameter node: several peers")
struct DiameterFailoverTests {
    private func world(
        _ routes: [DiameterRealmRoute] = [], defaults: [DiameterDefaultRoute] = [], answering: ResultCode? = .success
    ) throws -> (VirtualWorld, a: Place, b: Place, client: Place) {
        let world = VirtualWorld()
        let a = try Place(world, Lab.server("a.home", at: 1, knowing: ["c.home"]), answering: answering)
        let b = try Place(world, Lab.server("b.home", at: 2, knowing: ["c.home"]), answering: answering)
        var settings = Lab.client("c.home", to: [("a.home", 1), ("b.home", 2)])
        settings.realmRoutes = routes
        settings.defaultRoutes = defaults
        let client = try Place(world, settings)
        #expect(client.isReady)
        return (world, a, b, client)
    }

    private let aFirst = [
        DiameterRealmRoute(realm: "home", peer: "b.home", metric: 20),
        DiameterRealmRoute(realm: "HOME", peer: "A.home", metric: 10),
    ]

    @Test("RFC 6733 §2.7: the lower metric is used while it is open, the higher when it is not")
    func metrics() throws {
        let (world, a, b, client) = try world(aFirst)
        for _ in 0..<3 { client.ask() }
        #expect(a.requests.count == 3 && b.requests.isEmpty)
        a.virtual.crash()
        world.settle()
        client.ask()
        #expect(b.requests.count == 1)
        #expect(client.outcomes.count { (try? $0.get().result) == .base(.success) } == 4)
    }

    @Test("equal metrics take turns")
    func turns() throws {
        let (_, a, b, client) = try world([
            DiameterRealmRoute(realm: "home", peer: "a.home"), DiameterRealmRoute(realm: "home", peer: "b.home"),
        ])
        for _ in 0..<10 { client.ask() }
        #expect(a.requests.count == 5 && b.requests.count == 5)
    }

    @Test("RFC 6733 §6.1.5: without any route, peers of the realm are used; other realms go by default routes")
    func implicitAndDefault() throws {
        let (_, a, b, client) = try world(defaults: [DiameterDefaultRoute(peer: "b.home", metric: 1)])
        client.ask { $0[Base.destinationRealm] = "elsewhere" }
        #expect(b.requests.isEmpty, "refused by the node, 3003, before the role sees it")
        #expect(try client.outcomes[0].get().result == .base(.realmNotServed))
        client.ask()
        #expect(b.requests.count == 1 && a.requests.isEmpty)
        let (_, c, d, other) = try world()
        for _ in 0..<4 { other.ask() }
        #expect(c.requests.count == 2 && d.requests.count == 2)
        other.ask { $0[Base.destinationRealm] = "elsewhere" }
        #expect(other.outcomes.last == .failure(.noPeer(realm: "elsewhere")))
    }

    @Test("RFC 6733 §6.1: Destination-Host goes to that peer whatever the routes say")
    func destinationHost() throws {
        let (_, a, b, client) = try world(aFirst)
        client.ask { $0[Base.destinationHost] = "B.home" }
        #expect(b.requests.count == 1 && a.requests.isEmpty)
    }

    @Test("RFC 6733 §5.5.4: requests of a lost peer go to the next with T and the same end-to-end identifier")
    func failover() throws {
        let (world, a, b, client) = try world(aFirst, answering: nil)
        for i in 0..<5 { client.ask { $0[Base.userName] = "user\(i)" } }
        #expect(a.requests.count == 5)
        let first = a.requests.map { $0.message }
        a.virtual.crash()
        world.settle()
        let second = b.requests.map { $0.message }
        #expect(second.map(\.endToEnd) == first.map(\.endToEnd), "in the order asked")
        #expect(first.allSatisfy { !$0.flags.contains(.retransmitted) })
        #expect(second.allSatisfy { $0.flags.contains(.retransmitted) })
        #expect(client.counts.failovers == 5 && client.counts.pending == 5)
        b.on { $0.answerAll(.success) }
        world.settle()
        #expect(client.outcomes.count { (try? $0.get().result) == .base(.success) } == 5)
    }

    @Test("with nobody left the asker hears of it at once")
    func nobodyLeft() throws {
        let (world, a, b, client) = try world(aFirst, answering: nil)
        client.ask()
        b.virtual.crash()
        a.virtual.crash()
        world.settle()
        #expect(client.outcomes == [.failure(.peerLost(peer: "a.home"))])
        #expect(client.counts.pending == 0)
    }

    @Test("RFC 3539: a peer gone silent loses its requests after two Tw, and gets none while another is well")
    func suspect() throws {
        let (world, a, b, client) = try world(aFirst, answering: nil)
        world.faults.dark = [Lab.address(1)]
        world.advance(milliseconds: 40_000)
        client.ask(within: 60_000)
        #expect(b.requests.isEmpty)
        #expect(world.advance(until: { b.requests.count == 1 }, withinMilliseconds: 30_000))
        #expect(client.peers[0].watchdog == "SUSPECT")
        client.ask()
        #expect(b.requests.count == 2 && a.requests.isEmpty)
        #expect(
            b.requests[0].message.flags.contains(.retransmitted)
                && !b.requests[1].message.flags.contains(.retransmitted))
    }

    @Test(
        "RFC 6733 §7.1.3: TOO_BUSY and UNABLE_TO_DELIVER try the next peer, without T",
        arguments: [ResultCode.tooBusy, .unableToDeliver])
    func busy(code: ResultCode) throws {
        let (_, a, b, client) = try world(aFirst)
        a.on { $0.result = code }
        client.ask()
        #expect(a.requests.count == 1 && b.requests.count == 1)
        #expect(!b.requests[0].message.flags.contains(.retransmitted))
        #expect(try client.outcomes[0].get().result == .base(.success))
        b.on { $0.result = code }
        client.ask()
        #expect(try client.outcomes[1].get().result == .base(code), "the last refusal is the answer")
    }

    @Test("one timer covers all failovers")
    func timeoutAfterFailover() throws {
        let (world, a, _, client) = try world(aFirst, answering: nil)
        client.ask()
        world.advance(milliseconds: 3_000)
        a.virtual.crash()
        world.advance(milliseconds: 2_000)
        #expect(client.outcomes == [.failure(.timeout(peer: "b.home"))])
    }

    @Test(
        "RFC 6733 §5.5.4: a request sent again is answered from memory and served once; without T it is another request"
    )
    func duplicates() throws {
        let world = VirtualWorld()
        let hss = try Place(world, Lab.server("hss.home", at: 1, knowing: ["p.home"]))
        let puppet = try DiameterPuppet(world, "p.home")
        let link = puppet.connect(to: Lab.address(1))
        puppet.send(puppet.cer(), on: link)
        puppet.send(puppet.uar(hopByHop: 10, endToEnd: 500), on: link)
        puppet.send(puppet.uar(hopByHop: 11, endToEnd: 500) { $0.flags.insert(.retransmitted) }, on: link)
        #expect(hss.requests.count == 1 && hss.counts.duplicates == 1)
        let answers = puppet.messages.filter { $0.shortName == "UAA" }
        #expect(answers.map(\.hopByHop) == [10, 11])
        #expect(Array(answers[0].bytes[20...]) == Array(answers[1].bytes[20...]))
        puppet.send(puppet.uar(hopByHop: 12, endToEnd: 500), on: link)
        #expect(hss.requests.count == 2)
        puppet.send(puppet.uar(hopByHop: 13, endToEnd: 501) { $0.flags.insert(.retransmitted) }, on: link)
        #expect(hss.requests.count == 3, "T alone makes no duplicate")
    }

    @Test("a duplicate of a request still being served takes its answer, on the new connection")
    func duplicateInProgress() throws {
        let world = VirtualWorld()
        let hss = try Place(world, Lab.server("hss.home", at: 1, knowing: ["p.home"]), answering: nil)
        let puppet = try DiameterPuppet(world, "p.home")
        let first = puppet.connect(to: Lab.address(1))
        puppet.send(puppet.cer(), on: first)
        puppet.send(puppet.uar(hopByHop: 10, endToEnd: 500), on: first)
        puppet.close(first)
        let second = puppet.connect(to: Lab.address(1))
        puppet.send(puppet.cer(), on: second)
        puppet.send(puppet.uar(hopByHop: 20, endToEnd: 500) { $0.flags.insert(.retransmitted) }, on: second)
        #expect(hss.requests.count == 1)
        hss.on { $0.answerAll(.success) }
        world.settle()
        #expect(puppet.messages.filter { $0.shortName == "UAA" }.map(\.hopByHop) == [20])
        #expect(hss.counts.unanswered == 0)
    }
}
