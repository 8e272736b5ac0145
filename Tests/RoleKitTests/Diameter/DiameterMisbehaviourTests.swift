import Diameter
import RoleKit
import TestSupport
import Testing

@Suite("Diameter node: peers that are not by the book")
struct DiameterMisbehaviourTests {
    let world = VirtualWorld()
    let limits = DiameterNodeLimits()

    private func server(_ edit: (inout DiameterSettings) -> Void = { _ in }) throws -> (Place, DiameterPuppet) {
        var settings = Lab.server("hss.home", at: 1, knowing: ["p.home"])
        edit(&settings)
        return (try Place(world, settings), try DiameterPuppet(world, "p.home"))
    }

    /// A client of a puppet that listens.
    private func client(_ prepare: (DiameterPuppet) -> Void = { _ in }) throws -> (Place, DiameterPuppet) {
        let puppet = try DiameterPuppet(world, "p.home", listeningAt: Lab.address(9))
        prepare(puppet)
        return (try Place(world, Lab.client("c.home", to: [("p.home", 9)])), puppet)
    }

    private func isOpen(_ host: Place) -> Bool { host.state("p.home") == "R-Open" }

    /// The next good peer is served: nothing that went before has hurt the node.
    private func stillWorks(_ host: Place) throws {
        let good = try DiameterPuppet(world, "p.home")
        let link = good.connect(to: Lab.address(1))
        good.send(good.cer(), on: link)
        good.send(good.uar(hopByHop: 1, endToEnd: 424_242), on: link)
        #expect(good.last("UAA")?.result == .base(.success))
    }

    // MARK: Capabilities exchange

    @Test("RFC 6733 §5.6: a request before CER closes")
    func requestBeforeCER() throws {
        let (host, puppet) = try server()
        for message in [puppet.uar(hopByHop: 1, endToEnd: 1), puppet.base(BaseCommands.deviceWatchdog)] {
            let link = puppet.connect(to: Lab.address(1))
            puppet.send(message, on: link)
            #expect(puppet.closed.contains(link))
        }
        #expect(puppet.messages.isEmpty && host.requests.isEmpty)
        #expect(host.virtual.log.count("Diameter connection did not begin with CER") == 1, "logged once")
        try stillWorks(host)
    }

    @Test("RFC 6733 §5.3: an unknown peer is told 3010 with the E bit and closed; the log says what to do")
    func unknownPeer() throws {
        let (host, _) = try server()
        let stranger = try DiameterPuppet(world, "stranger.home")
        let link = stranger.connect(to: Lab.address(1))
        stranger.send(stranger.cer(), on: link)
        let cea = try #require(stranger.last("CEA"))
        #expect(cea.result == .base(.unknownPeer) && cea.isError)
        #expect(stranger.closed == [link])
        #expect(host.peers.count == 1 && host.counts.connections == 0)
        let line = try #require(host.virtual.log.lines.first { $0.event == "Diameter peer was refused" })
        #expect(line.description.contains("add stranger.home to"))
    }

    @Test("unknown peers are taken where the file says so, and forgotten when they leave, or not")
    func acceptUnknown() throws {
        for drops in [true, false] {
            let world = VirtualWorld()
            var settings = Lab.server("hss.home", at: 1)
            settings.acceptUnknownPeers = true
            settings.dropUnknownOnDisconnect = drops
            let host = try Place(world, settings)
            let stranger = try DiameterPuppet(world, "stranger.home")
            let link = stranger.connect(to: Lab.address(1))
            stranger.send(stranger.cer(), on: link)
            #expect(host.state("stranger.home") == "R-Open")
            #expect(host.peers.first?.isConfigured == false)
            stranger.send(stranger.uar(hopByHop: 1, endToEnd: 1), on: link)
            #expect(stranger.last("UAA")?.result == .base(.success))
            stranger.close(link)
            #expect(host.state("stranger.home") == (drops ? "none" : "Closed"))
            let again = stranger.connect(to: Lab.address(1))
            stranger.send(stranger.cer(), on: again)
            #expect(host.state("stranger.home") == "R-Open")
        }
    }

    @Test("5010 without a common application, and an unknown peer so refused is not kept")
    func noCommonApplication() throws {
        let (host, puppet) = try server { $0.acceptUnknownPeers = true }
        let stranger = try DiameterPuppet(world, "stranger.home")
        for peer in [puppet, stranger] {
            let link = peer.connect(to: Lab.address(1))
            peer.send(peer.cer([DiameterApplication(id: Application.sh, vendor: .threeGPP)]), on: link)
            #expect(peer.last("CEA")?.result == .base(.noCommonApplication))
            #expect(peer.last("CEA")?.isError == false)
            #expect(peer.closed == [link])
        }
        #expect(host.peers.map(\.host) == ["p.home"] && host.peers.first?.isOpen == false)
    }

    @Test("RFC 6733 §6.10: a peer that insists on TLS inside the connection is told 5017")
    func inbandSecurity() throws {
        let (host, puppet) = try server()
        let link = puppet.connect(to: Lab.address(1))
        puppet.send(puppet.cer { $0.add(Base.inbandSecurityID, 1) }, on: link)
        #expect(puppet.last("CEA")?.result == .base(.noCommonSecurity))
        #expect(!isOpen(host) && puppet.closed == [link])
    }

    @Test("RFC 6733 §7.5: a CER that lacks an AVP is told which, and closed")
    func incompleteCER() throws {
        let (host, puppet) = try server()
        let link = puppet.connect(to: Lab.address(1))
        puppet.send(puppet.cer { $0[Base.productName] = nil }, on: link)
        let cea = try #require(puppet.last("CEA"))
        #expect(cea.result == .base(.missingAVP))
        #expect(cea[Base.failedAVP]?.has(Base.productName) == true)
        #expect(!isOpen(host) && puppet.closed == [link])
    }

    @Test("RFC 6733 §5.3.1: a CER without Host-IP-Address (Kamailio's first) is taken; the log says so once")
    func noAddress() throws {
        let (host, puppet) = try server()
        for (address, lines) in [(true, 0), (false, 1), (false, 1)] {
            let link = puppet.connect(to: Lab.address(1))
            puppet.send(puppet.cer { if !address { $0[Base.hostIPAddress] = nil } }, on: link)
            #expect(puppet.last("CEA")?.result == .base(.success) && isOpen(host))
            #expect(host.virtual.log.count("Diameter peer's CER was not by the book") == lines)
            puppet.close(link)
        }
    }

    @Test("a peer with our own name is refused")
    func ownName() throws {
        let (host, _) = try server { $0.acceptUnknownPeers = true }
        let twin = try DiameterPuppet(world, "HSS.home")
        let link = twin.connect(to: Lab.address(1))
        twin.send(twin.cer(), on: link)
        #expect(twin.last("CEA")?.result == .base(.unableToComply))
        #expect(twin.closed == [link] && host.peers.count == 1)
    }

    @Test("CER twice is answered twice; under another name it ends the connection")
    func cerTwice() throws {
        let (host, puppet) = try server()
        let link = puppet.connect(to: Lab.address(1))
        puppet.send(puppet.cer(), on: link)
        puppet.send(puppet.cer(), on: link)
        #expect(puppet.count("CEA") == 2 && isOpen(host))
        puppet.send(puppet.uar(hopByHop: 1, endToEnd: 1), on: link)
        #expect(puppet.last("UAA")?.result == .base(.success))
        puppet.send(puppet.cer { $0[Base.originHost] = "other.home" }, on: link)
        #expect(puppet.closed == [link] && !isOpen(host))
        try stillWorks(host)
    }

    @Test("RFC 6733 §5.6: a second connection of an open peer is rejected, the first stays")
    func secondConnection() throws {
        let (host, puppet) = try server()
        let first = puppet.connect(to: Lab.address(1))
        puppet.send(puppet.cer(), on: first)
        let second = puppet.connect(to: Lab.address(1))
        puppet.send(puppet.cer(), on: second)
        #expect(puppet.closed == [second] && isOpen(host))
        puppet.send(puppet.uar(hopByHop: 1, endToEnd: 1), on: first)
        #expect(puppet.last("UAA") != nil)
    }

    @Test("RFC 6733 §8.16: a higher Origin-State-Id says the peer started anew: the dead connection gives way")
    func peerStartedAnew() throws {
        let (host, puppet) = try server()
        let first = puppet.connect(to: Lab.address(1))
        puppet.send(puppet.cer(originState: 100), on: first)
        let second = puppet.connect(to: Lab.address(1))
        puppet.send(puppet.cer(originState: 101), on: second)
        #expect(puppet.closed == [first] && isOpen(host))
        puppet.send(puppet.uar(hopByHop: 1, endToEnd: 1), on: second)
        #expect(puppet.last("UAA") != nil)
        #expect(host.counts.connections == 1 && host.counts.timers == 1)
    }

    @Test("a connection that says nothing is closed after a while, or at once where one more than the limit comes")
    func silentConnections() throws {
        let (host, puppet) = try server()
        let silent = (0..<limits.strangers).map { _ in puppet.connect(to: Lab.address(1)) }
        #expect(puppet.closed.isEmpty && host.counts.connections == limits.strangers)
        // The oldest gives way: however many there are, a peer that speaks gets in.
        let peer = puppet.connect(to: Lab.address(1))
        #expect(puppet.closed == [silent[0]])
        puppet.send(puppet.cer(), on: peer)
        #expect(isOpen(host))
        world.advance(milliseconds: 5_000)
        #expect(puppet.closed == silent)
        puppet.close(peer)
        #expect(host.counts.connections == 0 && host.counts.timers == 0)
        try stillWorks(host)
    }

    @Test("one unknown peer more than the limit is refused while all are there, taken when one has left")
    func unknownPeersAreBounded() throws {
        let (host, _) = try server {
            $0.peers = []
            $0.acceptUnknownPeers = true
            $0.dropUnknownOnDisconnect = false
        }
        var strangers: [(DiameterPuppet, ConnectionID)] = []
        for i in 0...limits.unknownPeers {
            let stranger = try DiameterPuppet(world, "s\(i).home")
            let link = stranger.connect(to: Lab.address(1))
            stranger.send(stranger.cer(), on: link)
            strangers.append((stranger, link))
        }
        let (last, _) = strangers[limits.unknownPeers]
        #expect(last.last("CEA")?.result == .base(.unknownPeer))
        strangers[3].0.close(strangers[3].1)
        let link = last.connect(to: Lab.address(1))
        last.send(last.cer(), on: link)
        #expect(last.last("CEA")?.result == .base(.success))
        #expect(host.peers.count == limits.unknownPeers)
    }

    // MARK: What a server does to its client

    @Test("a CEA that refuses, or names another host, closes; the log says why; attempts slow down")
    func badCEA() throws {
        let (client, puppet) = try client()
        puppet.onMessage = { puppet, message, id in
            guard message.shortName == "CER" else { return }
            var cea = puppet.cea(to: message)
            cea[Base.resultCode] = ResultCode.unknownPeer.rawValue
            cea.flags.insert(.error)
            puppet.virtual.network.send(cea.encode(), on: id)
        }
        world.advance(milliseconds: 10_000)
        #expect(!client.isReady)
        #expect(client.peers[0].lastProblem.contains("DIAMETER_UNKNOWN_PEER"))
        #expect(client.virtual.log.lines.contains { $0.description.contains("the peer must know c.home") })
        #expect(puppet.count("CER") <= 9)
        puppet.onMessage = { puppet, message, id in
            guard message.shortName == "CER" else { return }
            var cea = puppet.cea(to: message)
            cea[Base.originHost] = "impostor.home"
            puppet.virtual.network.send(cea.encode(), on: id)
        }
        world.advance(milliseconds: 40_000)
        #expect(!client.isReady && client.peers[0].lastProblem == "it calls itself impostor.home")
        puppet.behave()
        #expect(world.advance(until: { client.isReady }, withinMilliseconds: 60_000))
    }

    @Test("a server that accepts and never says CEA is given up and tried again")
    func silentServer() throws {
        let (client, puppet) = try client()
        world.advance(milliseconds: 4_900)
        #expect(client.state("p.home") == "Wait-I-CEA")
        world.advance(milliseconds: 200)
        #expect(puppet.closed.count == 1)
        #expect(client.peers[0].lastProblem == "no answer in Wait-I-CEA")
        world.advance(milliseconds: 10_000)
        #expect(puppet.count("CER") >= 2)
    }

    @Test("RFC 6733 §2.1: a server that opens and closes at once is called less and less")
    func flapping() throws {
        let (_, puppet) = try client {
            $0.onMessage = { puppet, message, id in
                guard message.shortName == "CER" else { return }
                puppet.virtual.network.send(puppet.cea(to: message).encode(), on: id)
                puppet.virtual.network.close(id)
            }
        }
        world.advance(milliseconds: 10_000)
        #expect((5...9).contains(puppet.count("CER")), "\(puppet.count("CER")) attempts")
    }

    @Test("a server that sends something else before CEA is closed")
    func notCEA() throws {
        let (client, puppet) = try client {
            $0.onMessage = { puppet, message, id in
                guard message.shortName == "CER" else { return }
                puppet.virtual.network.send(puppet.uar(hopByHop: 1, endToEnd: 1).encode(), on: id)
            }
        }
        #expect(!puppet.closed.isEmpty && client.requests.isEmpty && !client.isReady)
    }

    @Test("an answer with a wrong application and command is matched by its hop-by-hop identifier")
    func wrongApplicationInAnswer() throws {
        let (client, puppet) = try client { $0.behave(nil) }
        client.ask()
        let request = try #require(puppet.last("UAR"))
        var answer = DiameterMessage(
            306, application: Application.sh, flags: [], hopByHop: request.hopByHop, endToEnd: request.endToEnd)
        answer.add(Base.resultCode, 5012)
        puppet.send(answer, on: puppet.connections[0])
        #expect(try client.outcomes[0].get().result == .base(.unableToComply))
        #expect(client.virtual.log.count("Diameter answer named another command") == 1)
    }

    @Test("answers nobody asked for are dropped, counted, logged once; an answer twice counts as one")
    func strayAnswers() throws {
        let (client, puppet) = try client { $0.behave() }
        client.ask()
        let answer = try #require(puppet.last("UAR")).answer(.success, from: puppet.origin)
        for _ in 0..<5 { puppet.send(answer, on: puppet.connections[0]) }
        #expect(client.counts.strayAnswers == 5 && client.outcomes.count == 1)
        #expect(client.virtual.log.count("Diameter answer nobody asked for was dropped") == 1)
        client.ask()
        #expect(client.outcomes.count == 2 && client.isReady)
    }

    @Test("an answer from another peer than the one asked is none")
    func answerFromAnotherPeer() throws {
        let one = try DiameterPuppet(world, "p.home", listeningAt: Lab.address(9))
        let two = try DiameterPuppet(world, "q.home", listeningAt: Lab.address(8))
        one.behave(nil)
        two.behave(nil)
        let client = try Place(world, Lab.client("c.home", to: [("p.home", 9), ("q.home", 8)]))
        client.ask { $0[Base.destinationHost] = "p.home" }
        let request = try #require(one.last("UAR"))
        two.send(request.answer(.success, from: two.origin), on: two.connections[0])
        #expect(client.outcomes.isEmpty && client.counts.strayAnswers == 1)
        one.send(request.answer(.success, from: one.origin), on: one.connections[0])
        #expect(try client.outcomes[0].get()[Base.originHost] == "p.home")
    }

    // MARK: Messages

    @Test("garbage on a connection closes it, and is logged once")
    func garbage() throws {
        let (host, puppet) = try server()
        for bytes in [Array("GET / HTTP/1.1\r\n\r\n".utf8), [1, 0, 0, 3, 9, 9], [1, 0xFF, 0xFF, 0xFF], [0x16, 3, 1]] {
            let link = puppet.connect(to: Lab.address(1))
            puppet.send(bytes, on: link)
            #expect(puppet.closed.contains(link))
            let open = puppet.connect(to: Lab.address(1))
            puppet.send(puppet.cer(), on: open)
            #expect(isOpen(host))
            puppet.send(bytes, on: open)
            #expect(puppet.closed.contains(open) && !isOpen(host))
        }
        #expect(host.virtual.log.count("Diameter connection carried something else") == 2, "once for each source name")
        try stillWorks(host)
    }

    @Test("half a message is waited for, and the watchdog ends a peer that never sends the rest")
    func halfAMessage() throws {
        let (host, puppet) = try server()
        let link = puppet.connect(to: Lab.address(1))
        puppet.send(puppet.cer(), on: link)
        let uar = puppet.uar(hopByHop: 1, endToEnd: 1).encode()
        puppet.send(Array(uar[..<40]), on: link)
        #expect(host.requests.isEmpty && isOpen(host))
        puppet.send(Array(uar[40...]), on: link)
        #expect(puppet.last("UAA") != nil)
        puppet.send(Array(uar[..<40]), on: link)
        world.advance(milliseconds: 110_000)
        #expect(!isOpen(host) && host.counts.watchdogFailures == 1)
    }

    @Test(
        "requests that are not for us or not by the book get the code of the book",
        arguments: [
            (3007, "application"), (3001, "command"), (3003, "realm"), (3002, "host"), (3005, "loop"),
            (3008, "error bit"),
            (5001, "unknown"), (5005, "missing"), (5009, "twice"), (5004, "value"), (5014, "length"),
        ])
    func refusals(code: Int, what: String) throws {
        let (host, puppet) = try server()
        let link = puppet.connect(to: Lab.address(1))
        puppet.send(puppet.cer(), on: link)
        var request = puppet.uar(hopByHop: 71, endToEnd: 72)
        switch what {
        case "application": request = DiameterMessage(306, application: Application.sh, flags: [.request], hopByHop: 71)
        case "command": request = DiameterMessage(399, application: Application.cx, flags: [.request], hopByHop: 71)
        case "realm": request[Base.destinationRealm] = "elsewhere"
        case "host": request[Base.destinationHost] = "other.home"
        case "loop": request.add(Base.routeRecord, "HSS.home")
        case "error bit": request.flags.insert(.error)
        case "unknown": request.add(code: 29_999, vendor: .ietf, flags: [.m], data: [1])
        case "missing": request[Cx.publicIdentity] = nil
        case "twice": request.add(Base.userName, "again")
        case "value": request[Cx.userAuthorizationType] = 9
        case "length": request.add(code: Cx.uarFlags.code, vendor: .threeGPP, flags: [], data: [1])
        default: Issue.record("no such case")
        }
        puppet.send(request, on: link)
        let answer = try #require(puppet.messages.last { !$0.isRequest && $0.hopByHop == 71 })
        #expect(answer.result == .base(ResultCode(rawValue: UInt32(code))))
        #expect(answer.isError == (code / 1000 == 3))
        #expect(answer.has(Base.failedAVP) == (code / 1000 == 5))
        #expect(host.requests.isEmpty && isOpen(host) && host.counts.refused == 1)
        puppet.send(puppet.uar(hopByHop: 80, endToEnd: 81), on: link)
        #expect(puppet.last("UAA")?.result == .base(.success), "the next good request works")
    }

    @Test("Kamailio's habits are accepted: quotes in the visited network, its own AVP without M, vendor 0 applications")
    func kamailio() throws {
        let (host, puppet) = try server()
        let link = puppet.connect(to: Lab.address(1))
        puppet.send(puppet.cer([DiameterApplication(id: Application.cx, vendor: .ietf)]), on: link)
        puppet.send(
            puppet.uar(hopByHop: 1, endToEnd: 1) {
                $0.add(code: 494, vendor: 50, flags: [.v], data: Array("1-22700@127.0.0.1".utf8))
            }, on: link)
        #expect(puppet.last("UAA")?.result == .base(.success))
        #expect(host.requests.first?.message[Cx.visitedNetworkIdentifier] == Array("\"home\"".utf8))
    }

    @Test("DPR with each cause is answered and the peer closed")
    func farewells() throws {
        for cause in [DisconnectCause.rebooting, .busy, .doNotWantToTalkToYou] {
            let world = VirtualWorld()
            let host = try Place(world, Lab.server("hss.home", at: 1, knowing: ["p.home"]))
            let puppet = try DiameterPuppet(world, "p.home")
            let link = puppet.connect(to: Lab.address(1))
            puppet.send(puppet.cer(), on: link)
            puppet.send(puppet.base(BaseCommands.disconnectPeer) { $0.add(Base.disconnectCause, cause) }, on: link)
            let dpa = try #require(puppet.last("DPA"))
            #expect(dpa.result == .base(.success) && dpa.hopByHop == 3)
            #expect(host.state("p.home") == "Closing")
            puppet.close(link)
            #expect(host.state("p.home") == "Closed")
            #expect(host.counts.timers == 0)
        }
    }

    @Test("who says DPR and then neither closes nor speaks is closed by us; so is who never says DPA")
    func hangingFarewells() throws {
        let (host, puppet) = try server()
        let link = puppet.connect(to: Lab.address(1))
        puppet.send(puppet.cer(), on: link)
        puppet.send(puppet.base(BaseCommands.disconnectPeer) { $0.add(Base.disconnectCause, .rebooting) }, on: link)
        world.advance(milliseconds: 5_000)
        #expect(puppet.closed == [link] && host.state("p.home") == "Closed")
        let second = puppet.connect(to: Lab.address(1))
        puppet.send(puppet.cer(), on: second)
        host.on { $0.node.drain() }
        world.settle()
        #expect(puppet.count("DPR") == 1 && !host.on { $0.isDrained })
        world.advance(milliseconds: 5_000)
        #expect(host.on { $0.isDrained } && world.runningTimers == 0)
    }

    @Test("a request whose connection is gone when it is answered costs nothing")
    func answerWithoutWayBack() throws {
        let world = VirtualWorld()
        let host = try Place(world, Lab.server("hss.home", at: 1, knowing: ["p.home"]), answering: nil)
        let puppet = try DiameterPuppet(world, "p.home")
        let link = puppet.connect(to: Lab.address(1))
        puppet.send(puppet.cer(), on: link)
        puppet.send(puppet.uar(hopByHop: 1, endToEnd: 1), on: link)
        puppet.close(link)
        host.on { $0.answerAll(.success) }
        host.on { $0.answerAll(.success) }
        world.settle()
        #expect(host.counts.unanswered == 0 && host.counts.answersSent == 0)
    }

    @Test(
        "peers cut off at every moment leave no connection, timer or request behind", arguments: 0..<25 as Range<UInt64>
    )
    func randomCuts(seed: UInt64) throws {
        let world = VirtualWorld(seed: seed)
        world.faults.latencyMilliseconds = 7
        var a = Lab.client("a.home", to: [("b.home", 2)])
        a.listen = [Lab.address(1)]
        var b = Lab.client("b.home", to: [("a.home", 1)])
        b.listen = [Lab.address(2)]
        let one = try Place(world, a)
        let two = try Place(world, b)
        let random = VirtualRandomness(seed: seed)
        for _ in 0..<60 {
            world.advance(milliseconds: Int(random.next() % 400))
            let place = random.next() % 2 == 0 ? one : two
            switch random.next() % 3 {
            case 0: place.ask()
            case 1:
                let open = place.virtual.network.connections
                if !open.isEmpty {
                    place.virtual.network.breakConnection(open[Int(random.next() % UInt64(open.count))])
                }
            default: break
            }
        }
        #expect(world.advance(until: { one.isReady && two.isReady }, withinMilliseconds: 120_000))
        world.advance(milliseconds: 6_000)
        #expect(world.openConnections == 1)
        for place in [one, two] {
            #expect(place.counts.pending == 0 && place.counts.unanswered == 0 && place.counts.connections == 1)
            #expect(place.virtual.timers.running == place.counts.timers)
        }
        one.on { $0.node.drain() }
        two.on { $0.node.drain() }
        world.advance(milliseconds: 10_000)
        #expect(one.on { $0.isDrained } && two.on { $0.isDrained })
        #expect(world.openConnections == 0 && world.runningTimers == 0)
    }
}
