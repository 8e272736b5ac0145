import Glibc
import Reactor
import RoleKit
import Testing

/// The same conversation over a link (both ends on one loop) and over sockets (each on its own) must read the same.
@Suite struct LinkTests {
    private static func onBoth(_ scenario: (EventLoop, EventLoop) async throws -> [String]) async throws {
        let linked = try await withLoop { loop in try await scenario(loop, loop) }
        let sockets = try await withLoop { a in try await withLoop { b in try await scenario(a, b) } }
        #expect(linked == sockets)
        #expect(linked.count > 2)
    }

    @Test("datagrams: bytes, order, source addresses", arguments: ["127.0.0.1", "::1"])
    func datagrams(_ host: String) async throws {
        try await Self.onBoth { loopA, loopB in
            let a = attachProbe(loopA, "a")
            let b = attachProbe(loopB, "b")
            let (idA, addressA) = try await a.listen(.udp, host)
            let (_, addressB) = try await b.listen(.udp, host)
            await b.react { b, event in
                if case .network(_, .datagram(let bytes, let id, let from)) = event { b.send([0] + bytes, from: id, to: from) }
            }
            await a.run { a in
                for index in 1...100 { a.send([UInt8](repeating: UInt8(index), count: index * 13), from: idA, to: addressB) }
                a.send([], from: idA, to: addressB)
                #expect(a.events.isEmpty, "nothing happens within the call")
            }
            try await a.wait("the echoes") { $0.datagrams.count == 101 }
            #expect(await b.datagrams.allSatisfy { $0.from == addressA })
            #expect(await a.datagrams.allSatisfy { $0.from == addressB })
            let linked = await a.run { _ in loopA.counts.datagramsLinked }
            #expect(linked == (loopA === loopB ? 202 : 0))
            return await a.datagrams.map { "\($0.bytes)" } + b.datagrams.map { "\($0.bytes)" }
        }
    }

    @Test("a listener on all addresses is reached through any of the host's, and answers from the right one")
    func wildcard() async throws {
        try await Self.onBoth { loopA, loopB in
            let a = attachProbe(loopA, "a")
            let b = attachProbe(loopB, "b")
            let (idA, _) = try await a.listen(.udp, "0.0.0.0")
            let (_, addressB) = try await b.listen(.udp, "0.0.0.0")
            let (_, streamB) = try await b.listen(.tcp, "0.0.0.0")
            await b.react { b, event in
                if case .network(_, .datagram(let bytes, let id, let from)) = event { b.send(bytes, from: id, to: from) }
            }
            var trace: [String] = []
            for host in ["127.0.0.1", "127.0.0.9"] {
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
            return trace
        }
    }

    @Test("streams: early bytes, answers, order, the end of either side", arguments: ["127.0.0.1", "::1"])
    func streams(_ host: String) async throws {
        try await Self.onBoth { loopA, loopB in
            let a = attachProbe(loopA, "a")
            let b = attachProbe(loopB, "b")
            let (_, address) = try await b.listen(.tcp, host)
            await b.react { b, event in
                guard case .network(_, .received(let bytes, let id)) = event else { return }
                b.send(bytes, on: id)
                if bytes.last == 255 { b.close(id) }
            }
            let first = await a.run { a in
                let id = a.connect(address)
                a.send([1, 2, 3], on: id)
                #expect(a.events.isEmpty)
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
            #expect(linked == (loopA === loopB ? 2 : 0))
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
        try await Self.onBoth { loopA, loopB in
            let a = attachProbe(loopA, "a")
            let b = attachProbe(loopB, "b")
            let (idB, address) = try await b.listen(.tcp)
            let (udpB, udpAddress) = try await b.listen(.udp)
            let (udpA, _) = try await a.listen(.udp)
            await b.close(idB)
            await b.close(udpB)
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
