import Glibc
import RoleKit
import Testing

@testable import Reactor

/// The same conversation over a link (both ends on one loop), between loops, and over sockets must read the same.
@Suite struct LinkTests {
    private static func onBoth(_ scenario: (EventLoop, EventLoop, _ isLinked: Bool) async throws -> [String])
        async throws
    {
        let linked = try await withLoop { loop in try await scenario(loop, loop, true) }
        let away = try await withLoop { a in try await withLoop { b in try await scenario(a, b, true) } }
        let sockets = try await withLoop(linked: false) { a in
            try await withLoop(linked: false) { b in try await scenario(a, b, false) }
        }
        #expect(linked == sockets)
        #expect(away == sockets)
        #expect(linked.count > 2)
    }

    /// A loop knows the listeners of others from its next turn on.
    private static func settle(_ probe: Probe) async throws {
        let before = await probe.tokens.count
        _ = await probe.run { $0.ports.start(afterMilliseconds: 1, TimerToken(.role, kind: 9, id: 9)) }
        try await probe.wait("a turn") { $0.tokens.count > before }
    }

    @Test("datagrams: bytes, order, source addresses", arguments: ["127.0.0.1", "::1"])
    func datagrams(_ host: String) async throws {
        try await Self.onBoth { loopA, loopB, isLinked in
            let a = attachProbe(loopA, "a")
            let b = attachProbe(loopB, "b")
            let (idA, addressA) = try await a.listen(.udp, host)
            let (_, addressB) = try await b.listen(.udp, host)
            await b.react { b, event in
                if case .network(_, .datagram(let bytes, let id, let from)) = event {
                    b.send([0] + bytes, from: id, to: from)
                }
            }
            try await Self.settle(a)
            try await Self.settle(b)
            await a.run { a in
                for index in 1...100 {
                    a.send([UInt8](repeating: UInt8(index), count: index * 13), from: idA, to: addressB)
                }
                a.send([], from: idA, to: addressB)
                #expect(a.network.isEmpty, "nothing happens within the call")
            }
            try await a.wait("the echoes") { $0.datagrams.count == 101 }
            #expect(await b.datagrams.allSatisfy { $0.from == addressA })
            #expect(await a.datagrams.allSatisfy { $0.from == addressB })
            let linked = await a.run { _ in loopA.counts.datagramsLinked }
            #expect(linked == (isLinked ? loopA === loopB ? 202 : 101 : 0))
            return await a.datagrams.map { "\($0.bytes)" } + b.datagrams.map { "\($0.bytes)" }
        }
    }

    @Test(
        "a listener on all addresses is reached through any of the host's, and answers from the right one",
        arguments: [("0.0.0.0", ["127.0.0.1", "127.0.0.9"]), ("::", ["::1"])])
    func wildcard(_ any: String, _ hosts: [String]) async throws {
        try await Self.onBoth { loopA, loopB, isLinked in
            let a = attachProbe(loopA, "a")
            let b = attachProbe(loopB, "b")
            let (idA, _) = try await a.listen(.udp, any)
            let (_, addressB) = try await b.listen(.udp, any)
            let (_, streamB) = try await b.listen(.tcp, any)
            await b.react { b, event in
                if case .network(_, .datagram(let bytes, let id, let from)) = event {
                    b.send(bytes, from: id, to: from)
                }
            }
            var trace: [String] = []
            try await Self.settle(a)
            for host in hosts {
                let target = try #require(SocketAddress(host, port: addressB.port))
                let before = await a.datagrams.count
                await a.send([1], from: idA, to: target)
                try await a.wait("the echo via \(host)") { $0.datagrams.count == before + 1 }
                trace.append("\(await a.datagrams.last?.from.host ?? "") \(await b.datagrams.last?.from.host ?? "")")
                let accepted = await b.accepted.count
                _ = await a.connect(try #require(SocketAddress(host, port: streamB.port)))
                try await b.wait("the connection via \(host)") { $0.accepted.count == accepted + 1 }
                try await a.wait("the connection via \(host)") { $0.connected.count == accepted + 1 }
                trace.append("\(await a.connected.last?.local.host ?? "") \(await b.accepted.last?.from.host ?? "")")
            }
            return [any] + trace
        }
    }

    @Test("streams: early bytes, answers, order, the end of either side", arguments: ["127.0.0.1", "::1"])
    func streams(_ host: String) async throws {
        try await Self.onBoth { loopA, loopB, isLinked in
            let a = attachProbe(loopA, "a")
            let b = attachProbe(loopB, "b")
            let (_, address) = try await b.listen(.tcp, host)
            await b.react { b, event in
                guard case .network(_, .received(let bytes, let id)) = event else { return }
                b.send(bytes, on: id)
                if bytes.last == 255 { b.close(id) }
            }
            try await Self.settle(a)
            let first = await a.run { a in
                let id = a.connect(address)
                a.send([1, 2, 3], on: id)
                #expect(a.network.isEmpty)
                return id
            }
            try await a.wait("the echo") { $0.received(first) == [1, 2, 3] }
            await a.send([4, 255], on: first)
            try await a.wait("the end") { $0.closed.count == 1 }
            let second = await a.run { a in
                let id = a.connect(address)
                a.send([9, 9], on: id)
                a.close(id)
                a.send([8], on: id)
                return id
            }
            try await b.wait("the end of the second") { $0.closed.count == 1 }
            #expect(await a.accepted.isEmpty)
            #expect(await b.accepted.first?.from == a.connected.first?.local)
            let linked = await a.run { _ in loopA.counts.connectionsLinked }
            #expect(linked == (isLinked ? 2 : 0))
            let bs = await b.accepted.map(\.id)
            return [
                "\(await a.received(first))", "\(await a.received(second))", "\(await b.received(bs[0]))",
                "\(await b.received(bs[1]))", "\(await a.closed.map(\.reason))", "\(await b.closed.map(\.reason))",
                "\(await a.connected.count)", "\(await b.closed.first?.id == bs[1])",
            ]
        }
    }

    @Test("a closed listener refuses; what was on its way to it is gone")
    func closedListener() async throws {
        try await Self.onBoth { loopA, loopB, isLinked in
            let a = attachProbe(loopA, "a")
            let b = attachProbe(loopB, "b")
            let (idB, address) = try await b.listen(.tcp)
            let (udpB, udpAddress) = try await b.listen(.udp)
            let (udpA, _) = try await a.listen(.udp)
            try await Self.settle(a)
            await b.close(idB)
            await b.close(udpB)
            // Within the turn in which it was closed a still knows the listener, and its stream would be reset instead.
            try await Self.settle(a)
            let id = await a.connect(address)
            await a.send([1], on: id)
            await a.send([1], from: udpA, to: udpAddress)
            try await a.wait("the refusal") { $0.closed.count == 1 }
            return ["\(await a.closed.map(\.reason))", "\(await b.events.count)", "\(await a.datagrams.count)"]
        }
    }

    @Test("accepted and forgotten: a listener closed before its connection was delivered resets it")
    func abandoned() async throws {
        try await withLoop { loop in
            let a = attachProbe(loop, "a")
            let (id, address) = try await a.listen(.tcp)
            await a.run { a in
                a.send([1], on: a.connect(address))
                a.close(id)
            }
            try await a.wait("the reset") { $0.closed.count == 1 }
            #expect(await a.closed.map(\.reason) == [.failed(ECONNRESET)])
            #expect(await a.accepted.isEmpty)
            #expect(await a.run { _ in loop.openConnections } == 0)
        }
    }

    @Test("queues are bounded: datagrams beyond the bound are lost, streams beyond it are closed")
    func bounds() async throws {
        try await withLoop { loop in
            let a = attachProbe(loop, "a")
            let b = attachProbe(loop, "b")
            let (from, _) = try await a.listen(.udp)
            let (_, to) = try await b.listen(.udp)
            let (_, stream) = try await b.listen(.tcp)
            await a.run { a in
                for _ in 0..<5_000 { a.send([1], from: from, to: to) }
            }
            try await b.wait("the datagrams") { $0.datagrams.count == 4_096 }
            #expect(await a.run { _ in loop.counts.linkDrops } == 904)
            await a.run { a in
                let id = a.connect(stream)
                for _ in 0..<5 { a.send([UInt8](repeating: 0, count: 1 << 20), on: id) }
            }
            try await b.wait("the end") { $0.closed.count == 1 }
            #expect(await a.closed.map(\.reason) == [.overflow])
            #expect(await b.closed.map(\.reason) == [.failed(ECONNRESET)])
            #expect(await b.received(b.accepted[0].id).count == 4 << 20)
            // Room again after delivery.
            await a.send([2], from: from, to: to)
            try await b.wait("one more") { $0.datagrams.last?.bytes == [2] }
        }
    }

    @Test("between loops: an attempt given up early, a listener gone meanwhile, an overflow, and a loop that ends")
    func betweenLoops() async throws {
        try await withLoop { loopA in
            let a = attachProbe(loopA, "a")
            let b = try await withLoop { loopB in
                let b = attachProbe(loopB, "b")
                let (_, address) = try await b.listen(.tcp)
                let (other, otherAddress) = try await b.listen(.tcp)
                try await Self.settle(a)
                await a.run { a in a.close(a.connect(address)) }
                try await b.wait("the given up") { $0.closed.count == 1 }
                #expect(await b.closed.map(\.reason) == [.peer])

                let refused = await a.run { a in
                    // Both loops act at once: whoever is first, the attempt ends.
                    loopB.execute { b.assumeIsolated { $0.close(other) } }
                    return a.connect(otherAddress)
                }
                try await a.wait("the refusal") { $0.closed.contains { $0.id == refused } }

                let slow = await a.connect(address)
                try await a.wait("the connection") { $0.connected.contains { $0.id == slow } }
                await a.run { a in
                    for _ in 0..<5 { a.send([UInt8](repeating: 0, count: 1 << 20), on: slow) }
                }
                try await a.wait("the overflow") { $0.closed.contains { $0.id == slow && $0.reason == .overflow } }
                try await b.wait("the cut") { $0.closed.contains { $0.reason == .failed(ECONNRESET) } }

                // Much more than the bound in all, but never more than it at once.
                let steady = await a.connect(address)
                try await b.wait("the connection") { $0.accepted.count >= 3 }
                let server = try #require(await b.accepted.last?.id)
                for round in 1...20 {
                    await a.send([UInt8](repeating: 1, count: 1 << 20), on: steady)
                    try await b.wait("round \(round)") { $0.received(server).count == round << 20 }
                }
                #expect(await a.closed.allSatisfy { $0.id != steady })
                return (b, steady)
            }
            try await a.wait("the end with the other loop") { $0.closed.last?.id == b.1 }
            #expect(await a.closed.last?.reason == .peer)
            #expect(await a.run { _ in loopA.openConnections } == 0)
        }
    }

    @Test("ports of streams in memory are unique while in use, and free again")
    func ports() async throws {
        try await withLoop { loop in
            let a = attachProbe(loop, "a")
            let (_, address) = try await a.listen(.tcp)
            for round in 1...3 {
                await a.run { a in
                    for _ in 0..<1_000 { _ = a.connect(address) }
                }
                try await a.wait("connections") { $0.events.count == round * 3_000 - 1_000 }
                let locals = await a.connected.suffix(1_000).map(\.local)
                #expect(Set(locals).count == 1_000)
                await a.run { a in
                    for connection in a.connected.suffix(1_000) { a.close(connection.id) }
                }
                try await a.wait("ends") { $0.events.count == round * 3_000 }
                #expect(await a.closed.count == round * 1_000)
                #expect(await a.run { _ in loop.openConnections } == 0)
            }
        }
    }
}
