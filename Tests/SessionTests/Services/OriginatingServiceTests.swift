import HSS
import IMSCore
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("TS 24.229 §5.4.3.2: application servers of the user who calls")
struct OriginatingServiceTests {
    private static let messages = Server.on("MESSAGE", .originating)

    @Test(
        "§5.4.3.2, RFC 5502: the server gets the request with its Route, ours with the identifier, and the served user")
    func answered() throws {
        let world = try ServicePair([Server.service(Self.messages)])
        world.server.answer = { _ in .say([202]) }
        #expect(world.text() == [202] && world.bob.count(.message) == 0)
        let request = try #require(world.server.last(.message))
        let routes = try request.addresses(.route)
        #expect(routes.count == 2 && routes[0].uri.sip?.isLooseRoute == true)
        #expect(routes[0].uri.description == "\(Server.uri());lr")
        #expect(routes[1].uri.sip?.user?.hasPrefix("odi-") == true)
        #expect(routes[1].uri.description.contains("@\(CoreWorld.scscfAddress(0))"))
        #expect(request.text(.pServedUser) == "<\(world.alice.uri)>;sescase=orig;regstate=reg")
        #expect(request.requestURIText == world.bob.uri && request.has(.pChargingVector))
        #expect(!request.has(.recordRoute))
        try world.pair.finish()
    }

    @Test("§5.4.3.2: sent back it goes on to the called user, without what was for the server")
    func returned() throws {
        let world = try ServicePair([Server.service(Self.messages)])
        world.server.answer = { _ in .back() }
        #expect(world.text() == [200])
        let request = try #require(world.bob.last(.message))
        #expect(world.bob.count(.message) == 1 && !request.has(.pServedUser) && !request.has(.route))
        #expect(request.texts(.pAssertedIdentity) == ["<\(world.alice.uri)>", "<\(world.alice.tel)>"])
        try world.pair.finish()
    }

    @Test("§5.4.3.2: a call through a server that stays in its route, and one that does not", arguments: [true, false])
    func call(recordsRoute: Bool) throws {
        let world = try ServicePair([Server.service(Server.on("INVITE", .originating))])
        world.server.answer = { _ in .back() }
        world.server.recordsRoute = recordsRoute
        let call = try world.pair.establish()
        #expect(world.server.count(.invite) == 1 && world.bob.count(.invite) == 1 && world.bob.count(.ack) == 1)
        let routes = try #require(world.bob.last(.invite)).texts(.recordRoute)
        #expect(routes.contains { $0.contains("\(world.server.address)") } == recordsRoute)
        try world.pair.hangUp(call)
        #expect(world.server.count(.bye) == (recordsRoute ? 1 : 0) && world.bob.count(.bye) == 1)
    }

    @Test("§5.4.3.2: servers in the order of priority, each once; the second sees what the first has made of it")
    func two() throws {
        let services = [
            Server.service(Self.messages, host: 2, priority: 2), Server.service(Self.messages, host: 1, priority: 1),
        ]
        let world = try ServicePair(services, servers: 2)
        var order: [UInt8] = []
        for (index, server) in world.servers.enumerated() {
            server.answer = { _ in
                order.append(UInt8(index + 1))
                return .back()
            }
        }
        #expect(world.text() == [200] && order == [1, 2] && world.bob.count(.message) == 1)
        #expect(world.servers[1].last(.message)?.text(.via)?.contains("\(CoreWorld.scscfAddress(0))") == true)
    }

    @Test(
        "§5.4.3.2: one that does not work is passed over, or ends the request, as its criterion says",
        arguments: [
            ([Int](), false), ([100], false), ([408], false), ([500], false), ([503], false), ([100, 500], false),
            ([403], true), ([486], true), ([302], true), ([604], true),
        ])
    func defaultHandling(statuses: [Int], isDecision: Bool) throws {
        for handling in [ApplicationServer.DefaultHandling.sessionContinued, .sessionTerminated, nil] {
            let world = try ServicePair([Server.service(Self.messages, handling: handling)])
            world.server.answer = { _ in statuses.isEmpty ? .nothing : .say(statuses) }
            let got = world.text(after: 6_000)
            let last = statuses.last ?? 100
            if isDecision {
                #expect(got == [last] && world.bob.count(.message) == 0)
            } else if handling == .sessionTerminated {
                // A 503 goes upstream as 500 (RFC 3261 §16.7), a 408 to no request but INVITE (RFC 4320 §4.2).
                let told = [100: 504, 408: 504, 503: 500][last] ?? last
                #expect(got == [told] && world.bob.count(.message) == 0)
            } else {
                #expect(got == [200] && world.bob.count(.message) == 1)
                #expect(world.core.scscfNodes[0].log.count("application server does not work") == 1)
            }
            try world.pair.finish()
        }
    }

    @Test(
        "§5.4.3.2: an INVITE waits for a sign of life, which 100 is none, and no longer than as-timeout",
        arguments: [
            [Int](), [100], [183],
        ])
    func liveness(statuses: [Int]) throws {
        for handling in [ApplicationServer.DefaultHandling.sessionContinued, .sessionTerminated] {
            let world = try ServicePair([Server.service(Server.on("INVITE", .originating), handling: handling)])
            world.server.answer = { _ in statuses.isEmpty ? .nothing : .say(statuses) }
            let call = world.alice.call(world.bob.uri)
            world.core.world.advance(milliseconds: 4_900)
            #expect(world.bob.count(.invite) == 0 && world.server.count(.cancel) == 0)
            world.core.world.advance(milliseconds: 300)
            if statuses == [183] {
                // It is alive: it has all the time there is, until the caller gives up.
                world.core.world.advance(milliseconds: 30_000)
                #expect(world.alice.statuses(.invite) == [183] && world.bob.count(.invite) == 0)
                call.cancel()
                world.core.world.advance(milliseconds: 40_000)
                #expect(world.server.count(.cancel) == 1 && world.alice.statuses(.invite).last ?? 0 >= 408)
                #expect(world.bob.count(.invite) == 0)
                continue
            }
            #expect(world.server.count(.cancel) == (statuses.isEmpty ? 0 : 1))
            if handling == .sessionTerminated {
                #expect(world.alice.statuses(.invite) == [408] && world.bob.count(.invite) == 0)
                try call.acknowledgeFailure(try #require(world.alice.responses.last))
                try world.pair.finish()
            } else {
                #expect(world.alice.statuses(.invite) == [180, 200] && world.bob.count(.invite) == 1)
                try call.establish(try #require(world.alice.responses.last { $0.status == 200 }))
                call.acknowledge()
                world.core.world.settle()
                try world.pair.hangUp(call)
            }
        }
    }

    @Test("§5.4.3.2: after a sign of life its failure is its answer: 183 and then 500, or sent back and then 500")
    func aliveThenFailed() throws {
        let world = try ServicePair([Server.service(Server.on("INVITE", .originating))])
        world.server.answer = { _ in .say([183, 500]) }
        let call = world.alice.call(world.bob.uri)
        #expect(world.alice.statuses(.invite) == [183, 500] && world.bob.count(.invite) == 0)
        try call.acknowledgeFailure(try #require(world.alice.responses.last))

        let other = try ServicePair([Server.service(Self.messages)])
        other.server.answer = { _ in .back() }
        other.bob.answers = { [bob = other.bob] in [bob.response(500, to: $0)] }
        #expect(other.text() == [500] && other.bob.count(.message) == 1)
    }

    @Test("§5.4.3.2: a server that has sent the request back is alive however long the called phone takes")
    func slowCallee() throws {
        let world = try ServicePair([Server.service(Self.messages)])
        world.server.answer = { _ in .back() }
        world.bob.answers = { _ in [] }
        #expect(world.text(after: 12_000).isEmpty)
        let request = try #require(world.bob.last(.message))
        world.bob.send(world.bob.response(200, to: request))
        world.core.world.advance(milliseconds: 100)
        #expect(world.alice.statuses(.message) == [200])
        #expect(Set(world.bob.requests.compactMap { $0.text(.via) }).count == 1)
    }

    @Test("§5.4.3.2: a server nobody has named an address of is passed over, and told of once")
    func unknownHost() throws {
        var service = Server.service(Self.messages)
        service.criterion.applicationServer.serverName = "sip:as.nowhere.example"
        let world = try ServicePair([service])
        #expect(world.text() == [200])
        #expect(world.text(callID: "again") == [200, 200])
        #expect(world.core.scscfNodes[0].log.count("application server could not be resolved") == 1)
    }

    @Test("§5.4.3.2: a server that makes two of a request has two, and the caller one answer")
    func forks() throws {
        let world = try ServicePair([Server.service(Self.messages)])
        world.server.answer = { _ in .back(times: 2) }
        #expect(world.text() == [200] && world.bob.count(.message) == 2)
    }

    @Test("§5.4.3.2: a server that answers a call has it: ACK and BYE reach it, and nobody else")
    func answersCall() throws {
        let world = try ServicePair([Server.service(Server.on("INVITE", .originating))])
        world.server.answer = { _ in .say([180, 200]) }
        let call = world.alice.call(world.bob.uri)
        #expect(world.alice.statuses(.invite) == [180, 200])
        try call.establish(try #require(world.alice.responses.last { $0.status == 200 }))
        call.acknowledge()
        call.send("BYE")
        world.core.world.settle()
        #expect(world.alice.statuses(.bye) == [200] && world.server.count(.ack) == 1 && world.server.count(.bye) == 1)
        #expect(world.bob.requests.isEmpty)
        try world.pair.finish()
    }

    @Test(
        "§5.4.3.2: CANCEL while a server has the call ends it there, and no other is asked", arguments: [true, false])
    func cancelled(isAlive: Bool) throws {
        let world = try ServicePair([Server.service(Server.on("INVITE", .originating))])
        world.server.answer = { _ in isAlive ? .say([183]) : .say([100]) }
        let call = world.alice.call(world.bob.uri)
        call.cancel()
        // The P-CSCF may pass it on once it has an answer, be it 100 (RFC 3261 §9.1).
        world.core.world.advance(milliseconds: 1_000)
        #expect(world.server.count(.cancel) == 1)
        let invite = try #require(world.server.last(.invite))
        world.server.puppet.send(
            SIPWriter.response(to: invite, status: 487, toTag: "as").finish(), to: CoreWorld.scscfAddress(0))
        world.core.world.advance(milliseconds: 6_000)
        #expect(world.alice.statuses(.invite).last == 487 && world.bob.count(.invite) == 0)
        try call.acknowledgeFailure(try #require(world.alice.responses.last { $0.method == .invite }))
        try world.pair.finish()
    }

    @Test("§5.4.3.2: SUBSCRIBE and PUBLISH go to the server that wants them; the registration state is the S-CSCF's")
    func events() throws {
        let world = try ServicePair([
            Server.service(Server.on("SUBSCRIBE", .originating), priority: 1),
            Server.service(Server.on("PUBLISH", .originating), priority: 2),
        ])
        world.server.answer = { _ in .say([202]) }
        _ = world.alice.initial(
            "SUBSCRIBE", to: world.alice.uri, callID: "s", extra: ["Event: presence", "Expires: 600"])
        _ = world.alice.initial(
            "PUBLISH", to: world.alice.uri, callID: "p", extra: ["Event: presence", "Expires: 600"])
        world.core.world.settle()
        #expect(world.alice.statuses(.subscribe) == [202] && world.alice.statuses(.publish) == [202])
        _ = world.alice.initial("SUBSCRIBE", to: world.alice.uri, callID: "r", extra: ["Event: reg", "Expires: 600"])
        world.core.world.settle()
        #expect(world.alice.statuses(.subscribe) == [202, 200] && world.server.count(.subscribe) == 1)
        let plain = try ServicePair([Server.service(Self.messages)])
        _ = plain.alice.initial("SUBSCRIBE", to: plain.alice.uri, extra: ["Event: presence", "Expires: 600"])
        plain.core.world.settle()
        #expect(plain.alice.statuses(.subscribe) == [489])
    }

    @Test("§5.4.3.2: a server may be a user agent for the user: orig and P-Served-User")
    func originatingServer() throws {
        let world = try ServicePair([Server.service(Self.messages)])
        _ = world.text()
        let lines = [
            "MESSAGE \(world.bob.uri) SIP/2.0",
            "Via: SIP/2.0/UDP \(world.server.address);branch=z9hG4bKown", "Max-Forwards: 70",
            "Route: <sip:\(CoreWorld.scscfAddress(0));lr;orig>", "From: <\(world.alice.uri)>;tag=as",
            "To: <\(world.bob.uri)>", "Call-ID: own", "CSeq: 1 MESSAGE",
            "P-Asserted-Identity: <\(world.alice.uri)>",
            "P-Served-User: <\(world.alice.uri)>;sescase=orig;regstate=reg",
            "Content-Length: 0", "", "",
        ]
        world.server.answer = { _ in .back() }
        world.server.puppet.send(lines.joined(separator: "\r\n"), to: CoreWorld.scscfAddress(0))
        world.core.world.advance(milliseconds: 100)
        let request = try #require(world.bob.last(.message))
        #expect(request.callID == "own" && request.texts(.pAssertedIdentity).first == "<\(world.alice.uri)>")
    }
}
