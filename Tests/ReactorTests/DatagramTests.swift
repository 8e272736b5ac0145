import Glibc
import Reactor
import RoleKit
import Testing

@Suite struct DatagramTests {
    @Test("a datagram is answered from the bound address", arguments: ["127.0.0.1", "::1"])
    func echo(_ host: String) async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            let (_, address) = try await probe.listen(.udp, host)
            #expect(address.port != 0)
            await probe.react { probe, event in
                guard case .network(.sip, .datagram(let bytes, let id, let from)) = event else { return }
                probe.send(bytes.reversed(), from: id, to: from)
            }
            let peer = try Peer(.udp, bind: host)
            peer.send([1, 2, 3], to: address)
            let answer = try #require(peer.receive())
            #expect(answer.bytes == [3, 2, 1])
            #expect(answer.from == address)
            #expect(await probe.datagrams.map(\.from) == [peer.address])
        }
    }

    @Test("many datagrams come and go in order, empty and large ones included")
    func batch() async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            let (_, address) = try await probe.listen(.udp)
            await probe.react { probe, event in
                guard case .network(_, .datagram(let bytes, let id, let from)) = event else { return }
                probe.send(bytes, from: id, to: from)
            }
            let peer = try Peer(.udp)
            for round in 0..<10 {
                for index in 0..<50 { peer.send([UInt8](repeating: UInt8(round), count: index * 3), to: address) }
                for index in 0..<50 {
                    #expect(peer.receive()?.bytes == [UInt8](repeating: UInt8(round), count: index * 3))
                }
            }
            let large = [UInt8](repeating: 9, count: 65_507)
            peer.send(large, to: address)
            #expect(peer.receive()?.bytes == large)
            #expect(await probe.run { _ in loop.counts.datagramsSent } == 501)
        }
    }

    @Test("what cannot be sent is dropped and counted, and the socket lives on")
    func refused() async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            let (id, address) = try await probe.listen(.udp)
            let gone = try Peer(.udp).address
            let peer = try Peer(.udp)
            await probe.run { probe in
                probe.send([1], from: id, to: gone)  // nobody there: ICMP port unreachable
                probe.send([1], from: id, to: SocketAddress(127, 0, 0, 1, port: 0))
                probe.send([1], from: id, to: SocketAddress(family: .v6, high: 0, low: 1, port: 9))
                probe.send([UInt8](repeating: 0, count: 65_508), from: id, to: peer.address)
                probe.send([1], from: id, to: SocketAddress(255, 255, 255, 255, port: 9))  // EACCES
                probe.send([2], from: id, to: peer.address)
                probe.send([3], from: ListenerID(raw: 4_000), to: peer.address)
            }
            #expect(peer.receive()?.bytes == [2])
            peer.send([4], to: address)
            try await probe.wait("the datagram") { $0.datagrams.count == 1 }
            #expect(await probe.run { _ in loop.counts.datagramsRefused } == 4)
            #expect(await probe.run { _ in loop.counts.strays } == 1)
        }
    }

    @Test("a taken port is refused in words; a closed one is free again")
    func taken() async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            for kind in [LinkKind.udp, .tcp] {
                let (id, address) = try await probe.listen(kind)
                do {
                    _ = try await probe.listen(kind, "127.0.0.1", port: address.port)
                    Issue.record("a port was bound twice")
                } catch let error as NetworkError {
                    #expect(error.code == .addressInUse)
                    #expect(error.detail.contains("\(address)"))
                }
                await probe.close(id)
                let (again, _) = try await probe.listen(kind, "127.0.0.1", port: address.port)
                #expect(again != id, "listener numbers are not reused")
                let forgotten = await probe.run { $0.ports.localAddress(of: id) }
                #expect(forgotten.port == 0)
            }
            await #expect(throws: NetworkError(.addressNotAvailable, "")) {
                try await probe.listen(.udp, "203.0.113.1")
            }
        }
    }

    @Test("a flood on one socket starves neither timers nor another socket")
    func fairness() async throws {
        try await withLoop { loop in
            let victim = attachProbe(loop, "victim")
            let (_, address) = try await victim.listen(.udp)
            let flooded = attachProbe(loop, "flooded")
            let (id, floodAddress) = try await flooded.listen(.udp)
            // The flooded instance feeds itself through the link: there is always more.
            await flooded.react { flooded, event in
                guard case .network(_, .datagram(let bytes, _, _)) = event else { return }
                flooded.send(bytes, from: id, to: floodAddress)
            }
            await flooded.run { flooded in
                for _ in 0..<100 { flooded.send([0], from: id, to: floodAddress) }
            }
            _ = await victim.run { $0.ports.start(afterMilliseconds: 20, TimerToken(.role, kind: 1, id: 1)) }
            try Peer(.udp).send([1], to: address)
            try await victim.wait("timer and datagram") { $0.tokens.count == 1 && $0.datagrams.count == 1 }
            await flooded.close(id)
        }
    }

    @Test("a listener closed by the first datagram of a batch gets none of the rest")
    func closedInBatch() async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            let (_, address) = try await probe.listen(.udp)
            await probe.react { probe, event in
                if case .network(_, .datagram(_, let id, _)) = event { probe.close(id) }
            }
            let peer = try Peer(.udp)
            // The loop is held up until all have arrived, so that they come in one batch.
            await probe.run { _ in
                for _ in 0..<20 { peer.send([1], to: address) }
            }
            _ = await probe.run { $0.ports.start(afterMilliseconds: 20, TimerToken(.role, kind: 1, id: 1)) }
            try await probe.wait("the timer") { $0.tokens.count == 1 }
            #expect(await probe.datagrams.count == 1)
        }
    }
}
