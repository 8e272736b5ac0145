import Glibc
import RoleKit
import Testing

@testable import Reactor

@Suite struct StreamTests {
    @Test("a peer connects, sends, is answered and closes", arguments: ["127.0.0.1", "::1"])
    func accept(_ host: String) async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            let (listener, address) = try await probe.listen(.tcp, host)
            await probe.react { probe, event in
                if case .network(.sip, .received(let bytes, let id)) = event { probe.send(bytes.reversed(), on: id) }
            }
            let peer = try Peer(.tcp, bind: host)
            try peer.connect(address)
            peer.send([1, 2, 3])
            #expect(peer.receive(exactly: 3) == [3, 2, 1])
            peer.finishSending()
            try await probe.wait("the end") { $0.closed.count == 1 }
            #expect(peer.receive()?.bytes == [])
            let accepted = await probe.accepted
            #expect(accepted.map(\.from) == [peer.address])
            #expect(await probe.closed.map(\.reason) == [.peer])
            #expect(await probe.closed.map(\.id) == accepted.map(\.id))
            guard case .accepted(_, on: listener, _)? = await probe.network.first else {
                Issue.record("the first event is not the acceptance")
                return
            }
        }
    }

    @Test("bytes sent before the connection is up wait for it", arguments: ["127.0.0.1", "::1"])
    func connect(_ host: String) async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            let listening = try Peer.listening(host)
            let id = await probe.run { probe in
                let id = probe.connect(listening.address)
                probe.send([1, 2], on: id)
                probe.send([3], on: id)
                #expect(probe.events.isEmpty, "no event within the call")
                return id
            }
            let peer = try listening.accept()
            #expect(peer.receive(exactly: 3) == [1, 2, 3])
            peer.send([4])
            try await probe.wait("the answer") { $0.received(id) == [4] }
            let connected = await probe.connected
            #expect(connected.count == 1)
            #expect(connected.first?.local.host == host)
            #expect(connected.first?.local.port != 0)
        }
    }

    @Test("a source address is kept, with its port if it has one")
    func source() async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            let listening = try Peer.listening()
            let free = try Peer(.tcp).address  // closed again at once
            for source in [SocketAddress(127, 0, 0, 3, port: 0), free] {
                let before = await probe.connected.count
                _ = await probe.connect(listening.address, from: source)
                try await probe.wait("the connection") { $0.connected.count == before + 1 }
                let local = try #require(await probe.connected.last?.local)
                #expect(local.host == source.host)
                #expect(source.port == 0 || local.port == source.port)
            }
            _ = await probe.connect(listening.address, from: SocketAddress(203, 0, 113, 1, port: 0))
            _ = await probe.connect(listening.address, from: SocketAddress(family: .v6, high: 0, low: 1, port: 0))
            try await probe.wait("two failures") { $0.closed.count == 2 }
            #expect(await probe.closed.map(\.reason) == [.failed(EADDRNOTAVAIL), .failed(EAFNOSUPPORT)])
        }
    }

    @Test("where nobody listens the connection is refused, after the call", arguments: ["127.0.0.1", "::1"])
    func refused(_ host: String) async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            let gone = try Peer(.tcp, bind: host).address
            let id = await probe.run { probe in
                let id = probe.connect(gone)
                #expect(probe.events.isEmpty)
                probe.send([1], on: id)
                return id
            }
            try await probe.wait("the refusal") { $0.closed.count == 1 }
            #expect(await probe.closed.first?.id == id)
            #expect(await probe.closed.first?.reason == .refused)
            await probe.close(id)
            await probe.send([1], on: id)
            #expect(await probe.network.count == 1)
        }
    }

    @Test("half a message, then silence, then the rest: pieces in order; the same for one byte at a time")
    func pieces() async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            let (_, address) = try await probe.listen(.tcp)
            let peer = try Peer(.tcp)
            try peer.connect(address)
            let message = (0..<200).map { UInt8($0) }
            peer.send(Array(message[..<90]))
            try await probe.wait("the first half") { probe in
                probe.accepted.first.map { probe.received($0.id).count == 90 } ?? false
            }
            for byte in message[90...] { peer.send([byte]) }
            try await probe.wait("the rest") { probe in
                probe.accepted.first.map { probe.received($0.id).count == 200 } ?? false
            }
            let id = try #require(await probe.accepted.first?.id)
            #expect(await probe.received(id) == message)
        }
    }

    @Test("megabytes arrive whole and in order in both directions")
    func bulk() async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            let (_, address) = try await probe.listen(.tcp)
            await probe.react { probe, event in
                if case .network(_, .received(let bytes, let id)) = event { probe.send(bytes, on: id) }
            }
            let peer = try Peer(.tcp)
            try peer.connect(address)
            let sent = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
            async let echoed = Task.detached { peer.receive(exactly: sent.count) }.value
            #expect(peer.send(sent) == sent.count)
            #expect(await echoed == sent)
        }
    }

    @Test("a peer that does not read is closed with overflow once too much waits; the loop stays responsive")
    func overflow() async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            let listening = try Peer.listening()
            let id = await probe.connect(listening.address)
            let peer = try listening.accept()
            try await probe.wait("the connection") { $0.connected.count == 1 }
            let piece = [UInt8](repeating: 7, count: 1 << 20)
            // What the kernel's buffers take comes on top of the limit.
            for _ in 0..<64 where await probe.closed.isEmpty { await probe.send(piece, on: id) }
            #expect(await probe.closed.map(\.reason) == [.overflow])
            #expect(await probe.run { _ in loop.counts.overflows } == 1)
            // The cut is a reset, not an orderly end: the peer must not take half a message for a whole one.
            var last = peer.receive()
            while let piece = last, !piece.bytes.isEmpty { last = peer.receive() }
            #expect(last == nil)
        }
    }

    @Test("a reset by the peer ends the connection once, also while we send")
    func reset() async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            let (_, address) = try await probe.listen(.tcp)
            let peer = try Peer(.tcp)
            try peer.connect(address)
            try await probe.wait("the connection") { $0.accepted.count == 1 }
            let id = try #require(await probe.accepted.first?.id)
            await probe.react { probe, event in
                // Sends into the closed connection must do nothing.
                if case .network(_, .closed(let id, _)) = event { probe.send([1], on: id) }
            }
            await probe.run { probe in
                probe.send([UInt8](repeating: 0, count: 2 << 20), on: id)
                peer.resetOnClose()
                shutdown(peer.descriptor, Int32(SHUT_RDWR))
                probe.send([UInt8](repeating: 0, count: 1 << 20), on: id)
            }
            try await probe.wait("the end") { $0.closed.count == 1 }
            #expect(await probe.closed.count == 1)
        }
    }

    @Test("close() lets what was sent leave first, and yields no event; later events of it are not delivered")
    func close() async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            let (_, address) = try await probe.listen(.tcp)
            await probe.react { probe, event in
                guard case .network(_, .received(let bytes, let id)) = event else { return }
                probe.send([UInt8](repeating: bytes[0], count: 1_000_000), on: id)
                probe.close(id)
                probe.send([9], on: id)
                probe.close(id)
            }
            let peer = try Peer(.tcp)
            try peer.connect(address)
            peer.send([5])
            peer.send([6])
            #expect(peer.receive(exactly: 1_000_000) == [UInt8](repeating: 5, count: 1_000_000))
            peer.send([7])
            #expect(peer.receive()?.bytes == [])
            #expect(await probe.closed.isEmpty)
            #expect(await probe.network.count { if case .received = $0 { true } else { false } } == 1)
        }
    }

    @Test("close() before the connection is up: sent bytes still leave, else the attempt ends; no events")
    func closeEarly() async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            let listening = try Peer.listening()
            await probe.run { probe in
                probe.close(probe.connect(listening.address))
                let id = probe.connect(listening.address)
                probe.send([1, 2, 3], on: id)
                probe.close(id)
            }
            var peer = try listening.accept()
            if peer.receive(exactly: 3).isEmpty { peer = try listening.accept() }
            _ = peer
            _ = await probe.run { $0.ports.start(afterMilliseconds: 10, TimerToken(.role, kind: 0, id: 0)) }
            try await probe.wait("the timer") { $0.tokens.count == 1 }
            #expect(await probe.network.isEmpty)
        }
    }

    @Test("a half-closed peer still gets the answer")
    func halfClosed() async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            let (_, address) = try await probe.listen(.tcp)
            await probe.react { probe, event in
                if case .network(_, .received(_, let id)) = event {
                    probe.send([UInt8](repeating: 8, count: 3_000_000), on: id)
                }
            }
            let peer = try Peer(.tcp)
            try peer.connect(address)
            peer.send([1])
            peer.finishSending()
            #expect(peer.receive(exactly: 3_000_000).count == 3_000_000)
        }
    }

    @Test("connection numbers are never reused, whatever happens to descriptors")
    func numbers() async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            let (_, address) = try await probe.listen(.tcp)
            for round in 1...50 {
                let peer = try Peer(.tcp)
                try peer.connect(address)
                peer.send([UInt8(round)])
                peer.finishSending()
                try await probe.wait("connection \(round)") { $0.closed.count == round }
            }
            let ids = await probe.accepted.map(\.id)
            #expect(Set(ids).count == 50)
            for (index, id) in ids.enumerated() { #expect(await probe.received(id) == [UInt8(index + 1)]) }
            #expect(await probe.closed.allSatisfy { $0.reason == .peer })
        }
    }

    @Test("an attempt nobody answers ends with a time-out")
    func timeout() async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            loop.connectMilliseconds = 200
            // A full backlog drops connection attempts, as a filtered host would.
            let listening = try Peer.listening(backlog: 0)
            let fillers = try (0..<2).map { _ in try Peer(.tcp) }
            for filler in fillers {
                _ = fcntl(filler.descriptor, F_SETFL, O_NONBLOCK)
                try? filler.connect(listening.address)
            }
            let id = await probe.connect(listening.address)
            await probe.send([1], on: id)
            try await probe.wait("the time-out") { !$0.closed.isEmpty || !$0.connected.isEmpty }
            #expect(await probe.closed.map(\.reason) == [.timeout])
        }
    }

    @Test("connections leave descriptors to the rest of the process: one more is reset, later ones accepted")
    func descriptorBudget() async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            let (_, address) = try await probe.listen(.tcp)
            await probe.run { _ in loop.descriptorLimit = 3 + ReactorLimits.outboundDescriptors }
            let first = try (0..<3).map { _ in try Peer(.tcp) }
            for peer in first { try peer.connect(address) }
            try await probe.wait("the first") { $0.accepted.count == 3 }
            let refused = try Peer(.tcp)
            try refused.connect(address)
            #expect(refused.receive()?.bytes ?? [] == [])
            #expect(await probe.accepted.count == 3)
            #expect(await probe.run { _ in loop.counts.connectionsRefused } == 1)
            // Those we open have some of their own.
            let target = try Peer.listening()
            let own = await probe.connect(target.address)
            try await probe.wait("our own") { $0.connected.map(\.id) == [own] }
            for peer in first[..<2] { peer.finishSending() }
            try await probe.wait("the end of two") { $0.closed.count == 2 }
            let next = try Peer(.tcp)
            try next.connect(address)
            try await probe.wait("the next") { $0.accepted.count == 4 }
            await probe.run { _ in loop.descriptorLimit = loop.descriptors }
            let late = await probe.connect(target.address)
            try await probe.wait("the refusal") { $0.closed.contains { $0.id == late } }
            #expect(await probe.closed.first { $0.id == late }?.reason == .failed(EMFILE))
        }
    }

    @Test("out of descriptors: accepting pauses and goes on, connecting fails, nothing spins or ends")
    func descriptors() async throws {
        await #expect(processExitsWith: .success) {
            try await withLoop { loop in
                let probe = attachProbe(loop)
                let (_, address) = try await probe.listen(.tcp)
                let target = try Peer.listening()
                let peers = try (0..<20).map { _ in try Peer(.tcp) }
                var limit = rlimit(rlim_cur: 0, rlim_max: 0)
                getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                let before = limit.rlim_cur
                limit.rlim_cur = rlim_t(peers[peers.count - 1].descriptor) + 3
                setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                for peer in peers { try peer.connect(address) }
                _ = await probe.run { $0.ports.start(afterMilliseconds: 350, TimerToken(.role, kind: 0, id: 0)) }
                try await probe.wait("some pauses") { $0.tokens.count == 1 && loop.counts.pauses > 1 }
                let turns = await probe.run { _ in loop.counts.turns }
                _ = await probe.connect(target.address)
                do {
                    _ = try await probe.listen(.udp)
                    throw Late(description: "a socket beyond the limit")
                } catch let error as NetworkError {
                    guard error.detail.contains("descriptor") else { throw error }
                }
                try await probe.wait("the failure") { $0.closed.first?.reason == .failed(EMFILE) }
                let accepted = await probe.accepted.count
                guard accepted < peers.count, turns < 500 else { throw Late(description: "spins: \(turns) turns") }
                limit.rlim_cur = before
                setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                try await probe.wait("all peers") { $0.accepted.count == 20 }
            }
        }
    }
}
