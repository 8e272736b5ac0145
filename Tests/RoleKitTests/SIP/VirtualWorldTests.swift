import RoleKit
import TestSupport
import Testing

@Suite("Virtual world")
struct VirtualWorldTests {
    let a = SocketAddress(10, 1, 0, 1, port: 1000)
    let b = SocketAddress(10, 1, 0, 2, port: 1000)

    @Test("Timers fire in order of time, then of starting; cancelled ones never")
    func timers() {
        let world = VirtualWorld()
        let node = world.node("n")
        var fired: [UInt64] = []
        node.attach { if case .timer(let token) = $0 { fired.append(token.id) } }
        for (id, milliseconds) in [(1, 30), (2, 10), (3, 30), (4, 20)] {
            let timer = node.timers.start(afterMilliseconds: milliseconds, TimerToken(.role, kind: 0, id: UInt64(id)))
            if id == 4 { node.timers.cancel(timer) }
        }
        #expect(world.runningTimers == 3)
        world.advance(milliseconds: 10)
        #expect(fired == [2])
        world.advance(milliseconds: 19)
        #expect(fired == [2])
        world.advance(milliseconds: 1)
        #expect(fired == [2, 1, 3])
        #expect(world.runningTimers == 0)
    }

    @Test("Datagrams can be lost, delayed and duplicated by rule; a dark address hears and says nothing")
    func datagrams() throws {
        let world = VirtualWorld()
        let one = try Puppet(world, at: a)
        let two = try Puppet(world, at: b)
        world.faults.rule = { flight in
            switch flight.text {
            case "lost": .lose
            case "late": .delay(milliseconds: 10)
            case "twice": .duplicate(afterMilliseconds: 5)
            default: nil
            }
        }
        for text in ["lost", "late", "twice", "plain"] { one.send(text, to: b) }
        world.settle()
        #expect(two.takeDatagrams().map(\.text) == ["twice", "plain"])
        world.advance(milliseconds: 10)
        #expect(two.takeDatagrams().map(\.text) == ["twice", "late"])
        world.faults.dark = [b.with(port: 0)]
        one.send("plain", to: b)
        let connection = one.connect(to: b)
        world.advance(milliseconds: 4_999)
        #expect(two.takeDatagrams().isEmpty)
        #expect(one.closed[connection] == nil)
        world.advance(milliseconds: 1)
        #expect(one.closed[connection] == .timeout)
    }

    @Test("Streams keep their order, arrive in pieces, and end for both")
    func streams() throws {
        let world = VirtualWorld()
        let one = try Puppet(world, at: a)
        let two = try Puppet(world, at: b)
        world.faults.segmentBytes = 3
        let near = one.connect(to: b)
        one.send("abcdefgh", on: near)
        world.settle()
        let far = try #require(two.accepted.first)
        #expect(two.takeText(on: far) == "abcdefgh")
        #expect(world.openConnections == 1)
        one.send("last", on: near)
        one.close(near)
        world.settle()
        #expect(two.takeText(on: far) == "last")
        #expect(two.closed[far] == .peer)
        #expect(one.closed[near] == nil)
        #expect(world.openConnections == 0)
        let nobody = one.connect(to: b.with(port: 9))
        world.settle()
        #expect(one.closed[nobody] == .refused)
    }

    @Test("A crashed node's timers, sockets and connections are gone")
    func crash() throws {
        let world = VirtualWorld()
        let one = try Puppet(world, at: a)
        let two = try Puppet(world, at: b)
        let near = one.connect(to: b)
        world.settle()
        _ = two.node.timers.start(afterMilliseconds: 5, TimerToken(.role, kind: 0, id: 1))
        two.node.crash()
        world.settle()
        #expect(one.closed[near] == .peer)
        #expect(world.runningTimers == 0)
        one.send("x", to: b)
        world.advance(milliseconds: 10)
        #expect(two.takeDatagrams().isEmpty)
    }

    @Test("The same seed gives the same numbers, node by node; another seed others")
    func seeds() {
        func numbers(_ seed: UInt64, _ name: String) -> [UInt64] {
            let node = VirtualWorld(seed: seed).node(name)
            return (0..<4).map { _ in node.random.next() }
        }
        #expect(numbers(1, "x") == numbers(1, "x"))
        #expect(numbers(1, "x") != numbers(1, "y"))
        #expect(numbers(1, "x") != numbers(2, "x"))
    }
}
