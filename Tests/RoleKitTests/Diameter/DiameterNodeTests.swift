import Diameter
import RoleKit
import TestSupport
import Testing

@Suite("Diameter node: two by the book")
struct DiameterNodeTests {
    private func pair(
        answering result: ResultCode? = .success, seed: UInt64 = 1
    ) throws -> (VirtualWorld, hss: Place, icscf: Place) {
        let world = VirtualWorld(seed: seed)
        let hss = try Place(world, Lab.server("hss.home", at: 1, knowing: ["icscf.home"]), answering: result)
        let icscf = try Place(world, Lab.client("icscf.home", to: [("hss.home", 1)]))
        world.settle()
        return (world, hss, icscf)
    }

    @Test("RFC 6733 §5.3: CER, CEA, open on both sides, ready")
    func capabilitiesExchange() throws {
        let (_, hss, icscf) = try pair()
        #expect(icscf.isReady && hss.isReady)
        #expect(icscf.state("hss.home") == "I-Open" && hss.state("icscf.home") == "R-Open")
        #expect(icscf.tapped(.sent) == ["CER"] && icscf.tapped(.received) == ["CEA"])
        #expect(icscf.peers.first?.applications == [Application.cx])
        let cer = try DiameterMessage.decode(icscf.virtual.tap.passages[0].bytes).0
        #expect(cer.all(Base.hostIPAddress).count == 1)
        #expect(cer.all(Base.supportedVendorID) == [10415])
        #expect(CommandTable.standard.check(cer) == nil)
    }

    @Test("a request goes there and its answer comes back")
    func ask() throws {
        let (_, hss, icscf) = try pair()
        icscf.ask()
        let answer = try #require(icscf.outcomes.first).get()
        #expect(answer.result == .base(.success))
        #expect(answer[Base.originHost] == "hss.home")
        let request = try #require(hss.requests.first)
        #expect(request.peer == "icscf.home")
        #expect(request.message[Base.sessionID]?.hasPrefix("icscf.home;") == true)
        #expect(request.message[Base.destinationRealm] == "home")
        #expect(request.message.places.first?.code == Base.sessionID.code)
        #expect(CommandTable.standard.check(answer) == nil)
        #expect(icscf.counts.pending == 0 && hss.counts.unanswered == 0)
    }

    @Test("many at once, the last asked answered first: each gets its own answer")
    func interleaved() throws {
        let (world, hss, icscf) = try pair(answering: nil)
        for i in 0..<50 { icscf.ask { $0[Base.userName] = "user\(i)" } }
        #expect(icscf.counts.pending == 50 && hss.requests.count == 50)
        hss.on { host in
            for request in host.requests.reversed() {
                var answer = request.message.answer(.success, from: host.node.origin)
                answer[Base.userName] = request.message[Base.userName]
                host.node.answer(request, answer)
            }
        }
        world.settle()
        #expect(try icscf.outcomes.map { try $0.get()[Base.userName] ?? "" } == (0..<50).reversed().map { "user\($0)" })
        #expect(Set(hss.requests.map { $0.message.endToEnd }).count == 50)
        #expect(Set(hss.requests.compactMap { $0.message[Base.sessionID] }).count == 50)
    }

    @Test("no answer in time is a timeout; the late answer is dropped, counted and logged once")
    func timeout() throws {
        let (world, hss, icscf) = try pair(answering: nil)
        icscf.ask()
        icscf.ask(within: 100)
        world.advance(milliseconds: 100)
        #expect(icscf.outcomes == [.failure(.timeout(peer: "hss.home"))])
        world.advance(milliseconds: 4_900)
        #expect(icscf.outcomes.count == 2 && icscf.counts.timeouts == 2 && icscf.counts.pending == 0)
        hss.on { $0.answerAll(.success) }
        world.settle()
        #expect(icscf.counts.strayAnswers == 2)
        #expect(icscf.virtual.log.count("Diameter answer nobody asked for was dropped") == 1)
        hss.on { $0.result = .success }
        icscf.ask()
        #expect(try icscf.outcomes[2].get().result == .base(.success))
    }

    @Test("without an open peer the failure comes at once, and names the realm")
    func noPeer() throws {
        let world = VirtualWorld()
        let icscf = try Place(world, Lab.client("icscf.home", to: [("hss.home", 1)]))
        #expect(!icscf.isReady)
        icscf.ask()
        #expect(icscf.outcomes == [.failure(.noPeer(realm: "home"))])
    }

    @Test("RFC 6733 §2.1: who is not there yet is tried again, soon at first")
    func reconnect() throws {
        let world = VirtualWorld()
        let icscf = try Place(world, Lab.client("icscf.home", to: [("hss.home", 1)]))
        world.advance(milliseconds: 5_000)
        let attempts = icscf.counts.connectionAttempts
        #expect(attempts >= 5 && attempts <= 8)
        #expect(icscf.virtual.log.count("Diameter peer could not be reached") == 1)
        _ = try Place(world, Lab.server("hss.home", at: 1, knowing: ["icscf.home"]))
        #expect(world.advance(until: { icscf.isReady }, withinMilliseconds: 10_000))
        #expect(icscf.counts.timers == 1, "the watchdog alone")
    }

    @Test("an HSS that dies and comes back is used at once again")
    func restart() throws {
        let (world, hss, icscf) = try pair()
        hss.virtual.crash()
        world.settle()
        #expect(!icscf.isReady && icscf.peers.first?.watchdog == "INITIAL")
        icscf.ask()
        #expect(icscf.outcomes == [.failure(.noPeer(realm: "home"))])
        let again = try Place(world, Lab.server("hss.home", at: 1, knowing: ["icscf.home"]))
        #expect(world.advance(until: { icscf.isReady }, withinMilliseconds: 1_000))
        icscf.ask()
        #expect(again.requests.count == 1)
        #expect(try icscf.outcomes[1].get().result == .base(.success))
    }

    @Test("RFC 3539: Tw of 30 s with ±2 s, DWR answered, and traffic makes DWR needless")
    func watchdog() throws {
        let (world, hss, icscf) = try pair()
        world.advance(milliseconds: 27_900)
        #expect(!icscf.tapped(.sent).contains("DWR") && !hss.tapped(.sent).contains("DWR"))
        world.advance(milliseconds: 4_200)
        // Whoever's timer ran out first spoke; hearing it put the other's back.
        #expect(icscf.tapped(.sent).count { $0 == "DWR" } + hss.tapped(.sent).count { $0 == "DWR" } == 1)
        #expect(icscf.tapped(.sent).contains("DWA") || hss.tapped(.sent).contains("DWA"))
        let before = icscf.tapped(.sent).count { $0 == "DWR" } + hss.tapped(.sent).count { $0 == "DWR" }
        for _ in 0..<20 {
            world.advance(milliseconds: 10_000)
            icscf.ask()
        }
        #expect(icscf.tapped(.sent).count { $0 == "DWR" } + hss.tapped(.sent).count { $0 == "DWR" } == before)
        #expect(icscf.isReady && icscf.counts.watchdogFailures == 0)
    }

    @Test("RFC 3539: a silent path is suspected, closed, and must prove itself with three DWAs")
    func silence() throws {
        let (world, _, icscf) = try pair()
        world.faults.dark = [Lab.address(1)]
        world.advance(milliseconds: 66_000)
        #expect(icscf.peers.first?.watchdog == "SUSPECT")
        #expect(icscf.isReady, "suspected, not closed")
        world.advance(milliseconds: 32_000)
        #expect(!icscf.isReady && icscf.peers.first?.watchdog == "DOWN")
        world.faults.dark = []
        #expect(world.advance(until: { icscf.isReady }, withinMilliseconds: 60_000))
        #expect(icscf.peers.first?.watchdog == "REOPEN")
        // Deviation: with nobody else to ask, a reopening peer is better than none.
        icscf.ask()
        #expect(try icscf.outcomes[0].get().result == .base(.success))
        #expect(world.advance(until: { icscf.peers.first?.watchdog == "OKAY" }, withinMilliseconds: 100_000))
    }

    @Test("draining: what is under way ends, then DPR, DPA, and all is closed")
    func drain() throws {
        let (world, hss, icscf) = try pair(answering: nil)
        icscf.ask()
        icscf.on { $0.node.drain() }
        hss.on { $0.node.drain() }
        world.settle()
        #expect(!icscf.on { $0.isDrained } && !hss.on { $0.isDrained })
        hss.on { $0.answerAll(.success) }
        world.settle()
        #expect(try icscf.outcomes[0].get().result == .base(.success))
        #expect(icscf.on { $0.isDrained } && hss.on { $0.isDrained })
        #expect((icscf.tapped(.sent) + hss.tapped(.sent)).contains("DPR"))
        #expect((icscf.tapped(.sent) + hss.tapped(.sent)).contains("DPA"))
        #expect(world.runningTimers == 0 && world.openConnections == 0)
        icscf.ask()
        #expect(icscf.outcomes[1] == .failure(.closing))
    }

    @Test("draining: new requests are told DIAMETER_TOO_BUSY")
    func drainRefuses() throws {
        let (world, hss, icscf) = try pair(answering: nil)
        icscf.ask()
        hss.on { $0.node.drain() }
        icscf.ask()
        world.settle()
        #expect(try icscf.outcomes[0].get().result == .base(.tooBusy))
        #expect(hss.requests.count == 1)
    }

    @Test("a procedure may go on asking while its instance drains, if the peers are kept")
    func drainKeepingPeers() throws {
        let (world, hss, icscf) = try pair()
        icscf.on { $0.node.drain(keepingPeers: true) }
        icscf.ask()
        #expect(try icscf.outcomes[0].get().result == .base(.success))
        icscf.on { $0.node.drain() }
        world.settle()
        #expect(icscf.on { $0.isDrained })
        #expect(hss.state("icscf.home") == "Closed")
        world.advance(milliseconds: 100_000)
        #expect(icscf.counts.connectionAttempts == 1, "who said DPR does not come back")
    }

    @Test("RFC 6733 §5.4: after the peer's DPR it is tried again after a pause")
    func peersDPR() throws {
        let (world, hss, icscf) = try pair()
        hss.on { $0.node.drain() }
        world.settle()
        #expect(icscf.state("hss.home") == "Closed")
        #expect(icscf.peers.first?.lastProblem == "the peer said DPR, REBOOTING")
        _ = try Place(world, Lab.server("hss.home", at: 1, knowing: ["icscf.home"]))
        world.advance(milliseconds: 900)
        #expect(!icscf.isReady)
        world.advance(milliseconds: 200)
        #expect(icscf.isReady)
    }

    @Test(
        "RFC 6733 §5.6.4: both connect at once, one connection stays, whoever's name is greater accepts it",
        arguments: [("a.home", "b.home"), ("b.home", "a.home")])
    func election(first: String, second: String) throws {
        let world = VirtualWorld()
        world.faults.latencyMilliseconds = 20
        func settings(_ own: String, _ at: UInt8, _ peer: String, _ peerAt: UInt8) -> DiameterSettings {
            var settings = Lab.client(own, to: [(peer, peerAt)])
            settings.listen = [Lab.address(at)]
            return settings
        }
        let one = try Place(world, settings(first, 1, second, 2))
        let two = try Place(world, settings(second, 2, first, 1))
        world.advance(milliseconds: 2_000)
        #expect(one.isReady && two.isReady)
        #expect(world.openConnections == 1)
        #expect(Set([one.state(second), two.state(first)]) == ["I-Open", "R-Open"])
        #expect((one.state(second) == "R-Open") == (first > second))
        one.ask()
        two.ask()
        world.advance(milliseconds: 100)
        #expect(one.outcomes.count == 1 && two.outcomes.count == 1)
        #expect(try one.outcomes[0].get().result == .base(.success))
        #expect(try two.outcomes[0].get().result == .base(.success))
    }

    @Test("the same seed is the same run, byte for byte")
    func deterministic() throws {
        func run() throws -> [[UInt8]] {
            let (world, hss, icscf) = try pair(seed: 42)
            for _ in 0..<5 {
                icscf.ask()
                world.advance(milliseconds: 13_000)
            }
            hss.virtual.crash()
            world.advance(milliseconds: 20_000)
            return icscf.virtual.tap.passages.map(\.bytes)
        }
        #expect(try run() == run())
    }

    @Test("messages cut into single bytes by the network are put together")
    func segments() throws {
        let world = VirtualWorld()
        world.faults.segmentBytes = 1
        _ = try Place(world, Lab.server("hss.home", at: 1, knowing: ["icscf.home"]))
        let icscf = try Place(world, Lab.client("icscf.home", to: [("hss.home", 1)]))
        icscf.ask()
        #expect(try icscf.outcomes[0].get().result == .base(.success))
    }

    @Test("one request more than a role may have unanswered is refused with 3004")
    func unansweredLimit() throws {
        let world = VirtualWorld()
        var limits = DiameterNodeLimits()
        limits.unanswered = 3
        let hss = try Place(world, Lab.server("hss.home", at: 1, knowing: ["icscf.home"]), limits, answering: nil)
        let icscf = try Place(world, Lab.client("icscf.home", to: [("hss.home", 1)]))
        for _ in 0..<3 { icscf.ask() }
        #expect(icscf.outcomes.isEmpty && hss.requests.count == 3)
        icscf.ask()
        #expect(try icscf.outcomes[0].get().result == .base(.tooBusy))
        hss.on { host in if let first = host.requests.first { host.node.answer(first, .success) } }
        world.settle()
        for _ in 0..<2 { icscf.ask() }
        #expect(hss.requests.count == 4, "the freed place was used once")
        #expect(icscf.outcomes.count == 3 && icscf.counts.pending == 3)
    }

    @Test("one pending request more than the limit fails without being sent")
    func pendingLimit() throws {
        let world = VirtualWorld()
        var limits = DiameterNodeLimits()
        limits.pending = 2
        let hss = try Place(world, Lab.server("hss.home", at: 1, knowing: ["icscf.home"]), answering: nil)
        let icscf = try Place(world, Lab.client("icscf.home", to: [("hss.home", 1)]), limits)
        for _ in 0..<3 { icscf.ask() }
        #expect(icscf.outcomes == [.failure(.tooManyPending)] && hss.requests.count == 2)
        hss.on { $0.answerAll(.success) }
        world.settle()
        icscf.ask()
        #expect(hss.requests.count == 3)
    }

    @Test func theReportNamesStateAndProblem() throws {
        let (world, hss, icscf) = try pair()
        hss.virtual.crash()
        world.settle()
        guard case .list(let rows) = icscf.on({ $0.snapshot(.peers) }), case .object(let row)? = rows.first else {
            Issue.record("not a list of objects")
            return
        }
        #expect(row.first { $0.key == "peer" }?.value == .text("hss.home"))
        #expect(row.first { $0.key == "state" }?.value == .text("Closed"))
        #expect(row.first { $0.key == "problem" }?.value == .text("the peer closed the connection"))
    }
}
