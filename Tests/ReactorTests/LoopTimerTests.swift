import Reactor
import RoleKit
import Testing

@Suite struct LoopTimerTests {
    private static func token(_ id: UInt64) -> TimerToken { TimerToken(.sip, kind: 65, id: id) }

    @Test("timers come in order, not early, with their token; cancelled ones do not come")
    func order() async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            await probe.run { probe in
                let start = probe.ports.now
                probe.react { probe, event in
                    guard case .timer(let token) = event else { return }
                    #expect(probe.ports.now >= start.advanced(byMilliseconds: Int(token.id)))
                }
                for delay in [30, 10, 20, 0, 10] {
                    _ = probe.ports.start(afterMilliseconds: delay, Self.token(UInt64(delay)))
                }
                let cancelled = probe.ports.start(afterMilliseconds: 15, Self.token(99))
                probe.ports.cancel(cancelled)
                #expect(probe.ports.running == 5)
            }
            try await probe.wait("the timers") { $0.tokens.count == 5 }
            #expect(await probe.tokens == [0, 10, 10, 20, 30].map(Self.token))
            #expect(await probe.run { $0.ports.running } == 0)
        }
    }

    @Test("a timer cancelled by an earlier event of the same batch never comes")
    func cancelInBatch() async throws {
        try await withLoop { loop in
            let probe = attachProbe(loop)
            await probe.run { probe in
                let ids = (0..<50).map { probe.ports.start(afterMilliseconds: 5, Self.token(UInt64($0))) }
                probe.react { probe, event in
                    guard case .timer(let token) = event, token.id == 0 else { return }
                    for id in ids { probe.ports.cancel(id) }
                    _ = probe.ports.start(afterMilliseconds: 20, Self.token(1_000))
                }
            }
            try await probe.wait("the last timer") { $0.tokens.last?.id == 1_000 }
            #expect(await probe.tokens.map(\.id) == [0, 1_000])
            #expect(await probe.run { $0.ports.running } == 0)
        }
    }

    @Test("100,000 timers of two instances: each gets its own")
    func many() async throws {
        try await withLoop { loop in
            let probes = [attachProbe(loop, "a"), attachProbe(loop, "b")]
            for (index, probe) in probes.enumerated() {
                await probe.run { probe in
                    for number in 0..<50_000 {
                        let token = TimerToken(.diameter, kind: UInt8(index), id: UInt64(number))
                        _ = probe.ports.start(afterMilliseconds: 1 + number % 97, token)
                    }
                    #expect(probe.ports.running == 50_000)
                }
            }
            for (index, probe) in probes.enumerated() {
                try await probe.wait("the timers") { $0.events.count == 50_000 }
                let tokens = await probe.tokens
                #expect(tokens.allSatisfy { $0.kind == UInt8(index) && $0.component == .diameter })
                #expect(Set(tokens.map(\.id)).count == 50_000)
                let slots = tokens.map { $0.id % 97 }
                #expect(slots == slots.sorted())
            }
        }
    }

    @Test("a detached instance hears nothing more and leaves nothing behind")
    func detach() async throws {
        try await withLoop { loop in
            let gone = attachProbe(loop, "gone")
            let other = attachProbe(loop, "other")
            let (_, address) = try await gone.listen(.udp)
            let (from, _) = try await other.listen(.udp)
            await other.run { _ in
                loop.detach(gone.ports)
                loop.execute {
                    // Runs after the instance has gone.
                    other.assumeIsolated { $0.send([1], from: from, to: address) }
                }
                gone.assumeIsolated { _ = $0.ports.start(afterMilliseconds: 1, Self.token(1)) }
                gone.assumeIsolated { _ = $0.connect(address) }
            }
            #expect(await other.run { _ in loop.openConnections } == 0)
            _ = await other.run { $0.ports.start(afterMilliseconds: 20, Self.token(2)) }
            try await other.wait("the timer") { $0.tokens.count == 1 }
            #expect(await gone.events.isEmpty)
            _ = try await other.listen(.udp, "127.0.0.1", port: address.port)
        }
    }

    @Test("the host's own addresses: loopback's, with port 0, and nothing else's")
    func hostAddresses() async throws {
        try await withLoop { loop in
            let own = LoopPorts(loop: loop).hostAddresses
            #expect(own.contains(SocketAddress(127, 0, 0, 1, port: 0)))
            #expect(own.allSatisfy { $0.port == 0 && !$0.isUnspecified })
            #expect(!own.contains(SocketAddress(192, 0, 2, 1, port: 0)))
        }
    }

    @Test("random numbers: as many as asked for, and different ones")
    func random() async throws {
        try await withLoop { loop in
            let ports = LoopPorts(loop: loop)
            #expect([0, 1, 16, 127, 128, 129, 600].map { ports.bytes($0).count } == [0, 1, 16, 127, 128, 129, 600])
            #expect(Set((0..<1_000).map { _ in ports.next() }).count == 1_000)
            #expect(Set((0..<200).map { _ in ports.bytes(16) }).count == 200)
            #expect(ports.bytes(-1).isEmpty)
        }
    }
}
