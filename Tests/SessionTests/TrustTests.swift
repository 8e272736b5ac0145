import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("TS 24.229 §4.4, RFC 3325: what an S-CSCF believes of a request")
struct TrustTests {
    private static let orig = "Route: <sip:orig@\(CoreWorld.scscfAddress(0));lr>"

    /// The way to Bob in a call of Alice's: the S-CSCF's values of Route, then the P-CSCF's.
    private func way(_ call: PhoneDialog) throws -> (ours: [String], rest: [String]) {
        let routes = call.routes.map { "Route: \($0)" }
        let isOurs = { (route: String) in route.contains("@\(CoreWorld.scscfAddress(0))") }
        let first = try #require(routes.firstIndex(where: isOurs), "\(routes)")
        return (routes.filter(isOurs), routes[first...].filter { !isOurs($0) })
    }

    @Test("§5.4.3.2: an originating request of a stranger is 403, whoever it says it is; one of a neighbour goes on")
    func originating() throws {
        for isNamed in [false, true] {
            let pair = try Pair { $0.neighbours = isNamed ? [Outsider.address.with(port: 0)] : [] }
            pair.bobAnswers()
            let outsider = try Outsider(pair.core)
            let statuses = outsider.send(
                "MESSAGE", pair.bob.tel, [Self.orig] + Outsider.assertions(pair.alice))
            #expect(statuses == [isNamed ? 200 : 403])
            #expect(pair.bob.count(.message) == (isNamed ? 1 : 0))
            #expect(pair.core.scscfNodes[0].log.count("request of a stranger refused") == (isNamed ? 0 : 1))
        }
    }

    @Test("§5.4.3.3: a stranger reaches a user of ours, but what it asserts does not", arguments: [false, true])
    func terminating(isNamed: Bool) throws {
        let pair = try Pair { $0.neighbours = isNamed ? [Outsider.address.with(port: 0)] : [] }
        pair.bobAnswers()
        let outsider = try Outsider(pair.core)
        #expect(outsider.send("MESSAGE", pair.bob.tel, Outsider.assertions(pair.alice)) == [200])
        let sent = try #require(pair.core.sent(by: pair.core.scscfNodes[0], containing: "MESSAGE sip:").last)
        let message = try SIPMessage(Array(sent.utf8))
        let asserted = [HeaderID.pAssertedIdentity, .pChargingVector, .pChargingFunctionAddresses, .pAssertedService]
        for header in asserted { #expect(message.has(header) == isNamed, "\(header.name)") }
        #expect(!message.has(.pServedUser) && message.text(.pCalledPartyID) == "<\(pair.bob.tel)>")
        #expect(pair.bob.last(.message)?.has(.pAssertedIdentity) == isNamed)
        #expect(
            pair.core.scscfNodes[0].log.count("assertions of a stranger not believed") == (isNamed ? 0 : 1))
    }

    @Test(
        "§5.4.3: a stranger's request in a dialog goes on only with the Record-Route we wrote for that dialog",
        arguments: ["BYE", "INVITE", "ACK", "MESSAGE"])
    func inDialog(method: String) throws {
        let pair = try Pair()
        let call = try pair.establish()
        let outsider = try Outsider(pair.core)
        let way = try way(call)
        let wrong = ["", "orig@", String(repeating: "0", count: 16) + "@"].map {
            "Route: <sip:\($0)\(CoreWorld.scscfAddress(0));lr>"
        }
        let heard = pair.bob.requests.count
        let refused = method == "ACK" ? [] : [403]
        for own in wrong + [""] {
            let routes = (own.isEmpty ? [] : [own]) + way.rest
            #expect(outsider.send(method, call.target, to: call.peer, callID: call.callID, routes) == refused)
        }
        // The right one, in another dialog.
        #expect(outsider.send(method, call.target, to: call.peer, callID: "other", way.ours + way.rest) == refused)
        #expect(pair.bob.requests.count == heard)
        try pair.hangUp(call)
    }

    @Test("§5.4.3: with that Record-Route it goes on to the P-CSCF, without what it asserts, and nowhere else")
    func provenDialog() throws {
        let pair = try Pair()
        let call = try pair.establish()
        let outsider = try Outsider(pair.core)
        let way = try way(call)
        let victim = "Route: <sip:\(Outsider.victim);lr>"
        for onward in [[victim], [], ["Route: <sip:\(CoreWorld.icscfAddress);lr>", victim]] {
            let statuses = outsider.send(
                "MESSAGE", "sip:x@\(Outsider.victim)", to: call.peer, callID: call.callID, way.ours + onward)
            #expect(statuses == [403])
        }
        #expect(outsider.sentOn.isEmpty)
        let statuses = outsider.send(
            "MESSAGE", call.target, to: call.peer, callID: call.callID,
            way.ours + way.rest + Outsider.assertions(pair.alice))
        #expect(statuses == [200])
        #expect(pair.bob.last(.message)?.has(.pAssertedIdentity) == false)
        try pair.hangUp(call)
    }

    @Test("§4.4: a P-CSCF is believed for the contacts registered through it: registration, call, BYE, end")
    func learntByPath() throws {
        let pair = try Pair { $0.namesPCSCF = false }
        try pair.hangUp(try pair.establish())
        #expect(pair.core.scscfNodes[0].log.count("request of a stranger refused") == 0)
    }

    @Test(
        "§5.4.3.2, RFC 3263 §4.3: an I-CSCF that is silent or answers 503 makes the S-CSCF try the next",
        arguments: [0, 503])
    func nextEntryPoint(status: Int) throws {
        let first = SocketAddress(10, 0, 1, 22, port: 4060)
        let pair = try Pair {
            $0.scscf = [("icscf", .list([.text("\(first)"), .text("icscf.\(CoreWorld.home)")]))]
        }
        var asked = 0
        let other = try Puppet(pair.core.world, at: first, name: "entry")
        other.onDatagram = { puppet, datagram in
            guard let request = try? SIPMessage(datagram.bytes), request.method != .ack else { return }
            asked += 1
            guard status > 0 else { return }
            puppet.send(SIPWriter.response(to: request, status: status, toTag: "e").finish(), to: datagram.from)
        }
        pair.bobAnswers()
        _ = pair.alice.initial("MESSAGE", to: pair.bob.uri, callID: "text")
        pair.core.world.advance(milliseconds: 20_000)
        #expect(pair.alice.statuses(.message) == [200] && asked > 0)
        let call = pair.alice.call(pair.bob.uri)
        pair.core.world.advance(milliseconds: 20_000)
        #expect(pair.alice.statuses(.invite).suffix(2) == [180, 200])
        try call.establish(try #require(pair.alice.responses.last { $0.method == .invite && $0.status == 200 }))
        call.acknowledge()
        pair.core.world.settle()
        try pair.hangUp(call)
    }

    @Test("§5.4.3.2: what an I-CSCF refuses, the next one is not asked for; a busy user stays busy")
    func answered() throws {
        let second = SocketAddress(10, 0, 1, 22, port: 4060)
        let pair = try Pair {
            $0.scscf = [("icscf", .list([.text("icscf.\(CoreWorld.home)"), .text("\(second)")]))]
        }
        let other = try Puppet(pair.core.world, at: second, name: "entry")
        pair.bob.answers = { [bob = pair.bob] in $0.method == .invite ? [bob.response(486, to: $0)] : [] }
        let call = pair.alice.call(pair.bob.uri)
        #expect(pair.alice.statuses(.invite) == [486])
        try call.acknowledgeFailure(try #require(pair.alice.responses.last))
        #expect(other.takeDatagrams().isEmpty)
        try pair.finish()
    }
}
