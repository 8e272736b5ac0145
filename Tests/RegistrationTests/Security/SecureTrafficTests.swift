import IPsec
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@testable import PCSCF

/// Rows 3 to 12 of the field's table of pains: what goes over sets, and by which ports.
@Suite("TS 33.203 §7.1, §7.4: calls and texts over security associations")
struct SecureTrafficTests {
    @Test("B.1 rows 4, 6: calls and texts in both directions, over UDP and over TCP", arguments: [LinkKind.udp, .tcp])
    func bothWays(_ kind: LinkKind) throws {
        let pair = try SecurePair(kind)
        let (call, back) = try pair.establish()
        call.send("UPDATE")
        back.send("INFO")
        pair.core.world.settle()
        #expect(pair.alice.phone.statuses(.update) == [200] && pair.bob.phone.statuses(.info) == [200])
        #expect(pair.texts() == [200, 200])
        back.send("BYE")
        pair.core.world.settle()
        #expect(pair.bob.phone.statuses(.bye) == [200])
        #expect(pair.clearTraffic == 0)
        pair.world.expectAgreement()
    }

    @Test(
        "B.1 rows 5, 6: requests come from port-pc to port-us, Via and Record-Route name port-ps",
        arguments: [LinkKind.udp, .tcp])
    func portsOfRequests(_ kind: LinkKind) throws {
        let pair = try SecurePair(kind)
        _ = try pair.establish()
        let set = try #require(pair.bob.secure.set)
        for arrival in pair.bob.arrivals where arrival.message.isRequest {
            #expect(arrival.from == CoreWorld.pcscfAddress.with(port: set.pcscf.endpoints.clientPort))
            #expect(arrival.to == pair.bob.secure.host.with(port: set.ue.endpoints.serverPort))
            let via = try arrival.message.via()
            #expect("\(via)".contains("10.0.1.1:5100"), "\(via)")
        }
        let invite = try #require(pair.bob.requests(.invite).first?.message)
        #expect(invite.texts(.recordRoute).first?.contains("10.0.1.1:5100;lr") == true)
        #expect(invite.texts(.recordRoute).first?.contains("transport=tcp") == (kind == .tcp))
    }

    @Test("B.4: over UDP every response leaves port-pc for port-us: 100, 403, 401 and 200 of all methods")
    func portsOfResponses() throws {
        let pair = try SecurePair()
        let (call, _) = try pair.establish()
        for method in ["OPTIONS", "MESSAGE", "UPDATE"] { _ = call.send(method) }
        _ = pair.alice.phone.initial("PUBLISH", to: pair.alice.phone.uri, extra: ["Event: presence"])
        call.send("BYE")
        // Nobody answers: 100 after 200 ms (RFC 3261 §17.2.1).
        pair.bob.phone.answers = nil
        _ = pair.alice.phone.call(pair.bob.phone.uri, callID: "unanswered")
        pair.core.world.advance(milliseconds: 300)
        try pair.world.restartSCSCF()
        let challenge = try #require(try pair.alice.secure.registerAgain())
        #expect(challenge.status == 401)
        let first = try #require(pair.alice.secure.set)
        try pair.alice.settleIn()
        let responses = pair.alice.arrivals.filter { !$0.message.isRequest }
        #expect(Set(responses.map(\.message.status)).isSuperset(of: [100, 180, 200, 401]))
        for arrival in responses {
            #expect(arrival.from.port == first.pcscf.endpoints.clientPort, "\(arrival.message.status)")
            #expect(arrival.to.port == first.ue.endpoints.serverPort)
        }
        for port in [first.ue.endpoints.clientPort] { #expect(try pair.alice.secure.outlet(port).datagrams.isEmpty) }
    }

    @Test("RFC 3329 §2.3.1, C.2: nothing of the security agreement crosses to the core or to the other phone")
    func stripped() throws {
        let pair = try SecurePair()
        #expect(pair.texts() == [200, 200])
        let messages = pair.core.sent(by: pair.core.pcscfNode, containing: "MESSAGE sip").filter {
            $0.hasPrefix("MESSAGE ")
        }
        #expect(messages.count == 4)
        for text in messages { #expect(!text.contains("Security-") && !text.contains("sec-agree")) }
    }

    @Test("B.1 row 12: a call one second after the end of what was pending", arguments: [LinkKind.udp, .tcp])
    func pendingIsOver(_ kind: LinkKind) throws {
        let pair = try SecurePair(kind)
        pair.core.world.advance(milliseconds: SALifecycle.awaitAuthMilliseconds + 1_000)
        #expect(pair.texts() == [200, 200])
        let (call, _) = try pair.establish()
        pair.core.world.advance(milliseconds: SALifecycle.graceMilliseconds + 1_000)
        call.send("BYE")
        pair.core.world.settle()
        #expect(pair.alice.phone.statuses(.bye) == [200] && pair.clearTraffic == 0)
    }

    @Test("B.1 row 4: TCP closed between INVITE and 200: a stream from port-pc to port-us carries the 200")
    func streamClosedInCall() throws {
        let pair = try SecurePair(.tcp)
        pair.bob.phone.answers = { [pair.bob.phone.response(180, to: $0)] }
        let call = pair.alice.phone.call(pair.bob.phone.uri)
        #expect(pair.alice.phone.statuses(.invite) == [180])
        try pair.alice.closeStreams()
        try pair.bob.closeStreams()
        pair.bobAnswers()
        let invite = try #require(pair.bob.requests(.invite).last?.message)
        pair.bob.phone.send(pair.bob.phone.response(200, to: invite))
        pair.core.world.settle()
        let answer = try #require(pair.alice.phone.responses.last { $0.status == 200 && $0.method == .invite })
        let set = try #require(pair.alice.secure.set)
        #expect(
            pair.alice.arrivals.last?.from == CoreWorld.pcscfAddress.with(port: set.pcscf.endpoints.clientPort))
        try call.establish(answer)
        call.acknowledge()
        call.send("BYE")
        pair.core.world.settle()
        #expect(pair.alice.phone.statuses(.bye) == [200] && pair.clearTraffic == 0)
    }

    @Test("B.1 row 28: SUBSCRIBE to reg right after the 200 is the registered user's, whatever its Contact says")
    func subscribesAtOnce() throws {
        let pair = try SecurePair()
        let alice = pair.alice.phone
        let dialog = PhoneDialog(alice, callID: "reg", target: alice.impu, peer: "<\(alice.impu)>")
        dialog.routes = ["<sip:\(pair.alice.ue.pcscf);lr>"] + alice.serviceRoute
        let contact = pair.alice.ue.contact
        pair.alice.ue.contact = "<sip:whoever@192.0.2.9:5060>"
        dialog.send("SUBSCRIBE", extra: ["Event: reg", "Expires: 600000"])
        pair.alice.ue.contact = contact
        pair.core.world.settle()
        #expect(alice.statuses(.subscribe) == [200])
        #expect(pair.alice.requests(.notify).count == 1 && pair.clearTraffic == 0)
    }

    // MARK: Re-registration

    @Test(
        "B.4, TS 33.203 §7.4.2a: after a challenged re-registration requests stay on the old set until the UE sends on the new one",
        arguments: [LinkKind.udp, .tcp])
    func oldUntilUsed(_ kind: LinkKind) throws {
        let pair = try SecurePair(kind)
        let first = try #require(pair.bob.secure.set).pcscf.endpoints.clientPort
        try pair.reauthenticate()
        let second = try #require(pair.bob.secure.set).pcscf.endpoints.clientPort
        #expect(first != second && pair.world.phases(pair.bob.secure) == [.old, .established])
        pair.core.world.advance(milliseconds: 300_000)
        #expect(pair.text(pair.alice, pair.bob) == 200 && pair.ports(.message) == [first])
        // Over UDP Bob's answer is the first message over the new set; over TCP it takes the stream of the old one.
        let next = kind == .udp ? second : first
        #expect(pair.text(pair.alice, pair.bob) == 200 && pair.ports(.message) == [first, next])
        // Bob sends: from now on it is the new one, and the old one has 64·T1.
        #expect(pair.text(pair.bob, pair.alice) == 200)
        #expect(pair.text(pair.alice, pair.bob) == 200 && pair.ports(.message) == [first, next, second])
        pair.core.world.advance(milliseconds: SALifecycle.graceMilliseconds)
        #expect(pair.world.phases(pair.bob.secure) == [.established])
        #expect(pair.texts() == [200, 200] && pair.clearTraffic == 0)
        pair.world.expectAgreement()
    }

    @Test("§5.2.2.2: about to end, the old set is left though the UE has not sent on the new one")
    func oldEnds() throws {
        let pair = try SecurePair()
        let second = try {
            try pair.reauthenticate()
            return try #require(pair.bob.secure.set).pcscf.endpoints.clientPort
        }()
        pair.core.world.advance(milliseconds: 7_080_000)
        #expect(pair.world.phases(pair.bob.secure) == [.old, .established])
        #expect(pair.text(pair.alice, pair.bob) == 200 && pair.ports(.message) == [second])
    }

    @Test(
        "B.1 rows 7, 9: a dialog goes on after re-registration with new ports, and when the old set is gone",
        arguments: [LinkKind.udp, .tcp])
    func dialogGoesOn(_ kind: LinkKind) throws {
        let pair = try SecurePair(kind)
        let (call, back) = try pair.establish()
        try pair.reauthenticate()
        call.send("INFO")
        pair.core.world.settle()
        back.send("INFO")
        pair.core.world.settle()
        #expect(pair.alice.phone.statuses(.info) == [200] && pair.bob.phone.statuses(.info) == [200])
        pair.core.world.advance(milliseconds: SALifecycle.graceMilliseconds + 1_000)
        #expect(pair.world.phases(pair.bob.secure) == [.established])
        call.send("INFO")
        back.send("INFO")
        pair.core.world.settle()
        #expect(pair.alice.phone.statuses(.info) == [200, 200] && pair.bob.phone.statuses(.info) == [200, 200])
        let arrivals = pair.bob.requests(.info)
        #expect(Set(arrivals.map { $0.from.port }).count == 2)
        call.send("BYE")
        pair.core.world.settle()
        #expect(pair.alice.phone.statuses(.bye) == [200] && pair.clearTraffic == 0)
    }

    @Test("B.1 row 9: re-authenticated again and again: three sets at most, a client port for each, none left over")
    func forEver() throws {
        let pair = try SecurePair()
        for _ in 0..<6 {
            try pair.reauthenticate()
            #expect(pair.world.phases(pair.bob.secure).count <= 3)
            #expect(pair.texts() == [200, 200])
            pair.world.expectAgreement()
        }
        #expect(pair.clearTraffic == 0)
        pair.world.expectNothingLeft()
    }
}
