import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("TS 24.229 §5.2.6.3.5: where a phone's requests in a dialog can go behind its P-CSCF")
struct DepartureTests {
    /// Ways past the P-CSCF's own next hop.
    enum Way: CaseIterable {
        case route, requestURI, entryPoint, entryPointOfThePCSCF
    }

    private static let victim = "<sip:\(Outsider.victim);lr>"
    private static let entry = "<sip:\(CoreWorld.icscfAddress);lr>"

    @Test(
        "A Route or Request-URI of a phone leads through S- and I-CSCF to nobody it has no dialog with",
        arguments: Way.allCases, ["BYE", "MESSAGE", "INVITE"])
    func elsewhere(_ way: Way, method: String) throws {
        let pair = try Pair()
        let call = try pair.establish()
        let outsider = try Outsider(pair.core)
        let (routes, target) = (call.routes, call.target)
        let ours = Array(routes.prefix(3))
        #expect(ours.last?.contains("@\(CoreWorld.scscfAddress(0))") == true)
        switch way {
        case .route: call.routes = ours + [Self.victim]
        case .requestURI:
            call.routes = ours
            call.target = "sip:x@\(Outsider.victim)"
        case .entryPoint: call.routes = ours + [Self.entry, Self.victim]
        case .entryPointOfThePCSCF: call.routes = ours.dropLast() + [Self.entry, Self.victim]
        }
        call.send(method)
        pair.core.world.settle()
        #expect(outsider.sentOn.isEmpty && pair.alice.responses.last?.status == 403)
        if method == "INVITE" { try call.acknowledgeFailure(try #require(pair.alice.responses.last)) }
        (call.routes, call.target) = (routes, target)
        call.send("BYE")
        pair.core.world.settle()
        #expect(pair.alice.responses.last?.status == 200 && pair.bob.count(.bye) == 1)
        let told = pair.core.scscfNodes[0].log.lines.filter { $0.event == "dialog leads to a host nobody has named" }
        let isTold = way == .route || way == .requestURI
        #expect(told.count == (isTold ? 1 : 0))
        #expect(told.allSatisfy { $0.fields.contains { $0.0 == .cure && $0.1.contains("`hosts:`") } })
    }

    @Test("An ACK, which nobody answers, does not get there either")
    func acknowledgement() throws {
        let pair = try Pair()
        let call = try pair.establish()
        let outsider = try Outsider(pair.core)
        let routes = call.routes
        call.routes = routes.prefix(3) + [Self.victim]
        call.acknowledge()
        pair.core.world.settle()
        #expect(outsider.sentOn.isEmpty)
        call.routes = routes
        try pair.hangUp(call)
    }

    /// A stranger calls Bob; gives Bob's side of the dialog.
    private func called(
        _ pair: Pair, by outsider: Outsider, through element: SocketAddress, _ more: [String] = []
    ) throws -> PhoneDialog {
        pair.bobAnswers()
        #expect(outsider.send("INVITE", pair.bob.tel, more, through: element) == [200])
        _ = outsider.heard()
        return try PhoneDialog(pair.bob, answering: try #require(pair.bob.last(.invite)))
    }

    @Test(
        "§5.4.3.3: a stranger that has called gets the requests of its dialog, and no other stranger does",
        arguments: [CoreWorld.scscfAddress(0), CoreWorld.icscfAddress], [false, true])
    func backToACaller(through element: SocketAddress, isRecorded: Bool) throws {
        let pair = try Pair()
        let outsider = try Outsider(pair.core)
        let recorded = isRecorded ? ["Record-Route: <sip:\(Outsider.address);lr>"] : []
        let call = try called(pair, by: outsider, through: element, recorded)
        let (routes, target) = (call.routes, call.target)
        #expect(target == "sip:x@\(Outsider.address)" && routes.count == (isRecorded ? 4 : 3))
        call.routes = routes.prefix(3) + [Self.victim]
        call.send("MESSAGE")
        pair.core.world.settle()
        (call.routes, call.target) = (Array(routes.prefix(3)), "sip:x@\(Outsider.victim)")
        call.send("MESSAGE")
        pair.core.world.settle()
        #expect(pair.bob.statuses(.message) == [403, 403])
        (call.routes, call.target) = (routes, target)
        call.send("BYE")
        pair.core.world.settle()
        #expect(outsider.heard().map(\.method) == [.bye])
        #expect(outsider.sentOn.isEmpty)
    }

    @Test("§5.4.3.3: what one stranger's dialog says of it holds in no other dialog")
    func anotherDialog() throws {
        let pair = try Pair()
        let outsider = try Outsider(pair.core)
        let proven = try called(pair, by: outsider, through: CoreWorld.scscfAddress(0))
        let call = try pair.establish()
        call.routes = call.routes.prefix(2) + [proven.routes[2]]
        call.target = proven.target
        call.send("MESSAGE")
        pair.core.world.settle()
        #expect(pair.alice.statuses(.message) == [403])
        #expect(outsider.heard().isEmpty)
    }

    @Test("§5.4.3.3: a stranger cannot make its callee send to somebody else", arguments: [true, false])
    func forgedWayBack(isRecorded: Bool) throws {
        let pair = try Pair()
        let outsider = try Outsider(pair.core)
        // Whom the stranger says it had the request from is not asked.
        let forged =
            isRecorded
            ? ["Record-Route: \(Self.victim)", "Via: SIP/2.0/UDP \(Outsider.victim);branch=z9hG4bKforged"]
            : ["Contact: <sip:x@\(Outsider.victim)>"]
        let call = try called(pair, by: outsider, through: CoreWorld.icscfAddress, forged)
        if !isRecorded { call.target = "sip:x@\(Outsider.victim)" }
        call.send("BYE")
        pair.core.world.settle()
        #expect(pair.bob.statuses(.bye) == [403])
        #expect(outsider.sentOn.isEmpty && outsider.heard().isEmpty)
    }

    @Test("§4.4: on one host no `hosts:` need name the P-CSCF for calls, nor after a restart of the S-CSCF")
    func oneHost() throws {
        let pair = try Pair { $0.sharesHost = true }
        var call = try pair.establish()
        pair.core.kill(.scscf)
        try pair.core.revive(.scscf)
        pair.core.world.advance(milliseconds: 40_000)
        call.send("BYE")
        pair.core.world.settle()
        #expect(pair.alice.statuses(.bye) == [200])
        for phone in [pair.alice, pair.bob] {
            phone.ue.puppet.onDatagram = nil
            try phone.register()
        }
        call = pair.alice.call(pair.bob.uri, callID: "second")
        try call.establish(try #require(pair.alice.responses.last { $0.status == 200 && $0.method == .invite }))
        call.acknowledge()
        pair.core.world.settle()
        call.send("BYE")
        pair.core.world.settle()
        #expect(pair.alice.statuses(.bye) == [200, 200] && pair.bob.count(.bye) == 2)
        try pair.finish()
        let strangers = [pair.core.icscfNode, pair.core.scscfNodes[0]].flatMap(\.log.lines).filter {
            $0.event.contains("stranger")
        }
        #expect(strangers.isEmpty)
    }
}
