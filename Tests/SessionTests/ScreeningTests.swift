import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("What the P-CSCF lets through, and as whom")
struct ScreeningTests {
    @Test(
        "TS 24.229 §5.2.6.3.1: a UE that is not registered gets 403, whatever it asks",
        arguments: ["INVITE", "MESSAGE"])
    func unregistered(method: String) throws {
        let core = try CallWorld.core()
        let stranger = try Phone(core.subscribe(1), host: 1, in: core)
        stranger.listen()
        _ = stranger.initial(method, to: "tel:+15550000002")
        core.world.settle()
        #expect(stranger.responses.map(\.status).filter { $0 > 100 } == [403])
    }

    @Test("TS 24.229 §5.2.6.3.1: nor does somebody else's port on a registered UE's host help")
    func otherPort() throws {
        let pair = try Pair()
        let thief = try Phone(pair.core.subscribe(3), host: 1, port: 6666, in: pair.core)
        thief.listen()
        _ = thief.initial("MESSAGE", to: pair.bob.uri)
        pair.core.world.settle()
        #expect(thief.statuses(.message) == [403])
        #expect(pair.bob.requests.isEmpty)
    }

    @Test("RFC 3325 §5: a forged P-Asserted-Identity and charging vector are dropped; the default identity is asserted")
    func forgedIdentity() throws {
        let pair = try Pair()
        pair.bobAnswers()
        _ = pair.alice.initial(
            "MESSAGE", to: pair.bob.uri,
            extra: [
                "P-Asserted-Identity: <sip:president@\(CoreWorld.home)>", "P-Charging-Vector: icid-value=forged",
                "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;network-provided", "Security-Verify: ipsec-3gpp;alg=x",
                "P-Called-Party-ID: <sip:x@y>", "P-Served-User: <sip:z@y>",
            ])
        pair.core.world.settle()
        let received = try #require(pair.bob.last(.message))
        #expect(received.texts(.pAssertedIdentity) == ["<\(pair.alice.uri)>", "<\(pair.alice.tel)>"])
        let core = pair.core.sent(by: pair.core.pcscfNode, containing: "MESSAGE sip:+")
        let onMw = try #require(core.first)
        for forged in ["president", "forged", "network-provided", "Security-Verify", "sip:x@y", "sip:z@y"] {
            #expect(!onMw.contains(forged), "\(forged)")
        }
        #expect(onMw.contains("icid-value=") && onMw.contains("orig-ioi=\"Type 1"))
    }

    @Test("TS 24.229 §5.2.6.3.3: P-Preferred-Identity that is registered is asserted, another is not")
    func preferredIdentity() throws {
        let pair = try Pair()
        pair.bobAnswers()
        for (preferred, asserted) in [
            (pair.alice.tel, [pair.alice.tel, pair.alice.uri]), (pair.bob.uri, [pair.alice.uri, pair.alice.tel]),
            (pair.alice.impu, [pair.alice.uri, pair.alice.tel]),
        ] {
            _ = pair.alice.initial(
                "MESSAGE", to: pair.bob.uri, callID: preferred.filter { $0 != ":" },
                extra: ["P-Preferred-Identity: <\(preferred)>"])
            pair.core.world.settle()
            let received = try #require(pair.bob.last(.message))
            #expect(received.texts(.pAssertedIdentity) == asserted.map { "<\($0)>" })
            #expect(!received.has(.pPreferredIdentity))
        }
    }

    @Test("TS 24.229 §5.2.6.3.3: a preloaded Route other than the Service-Route is replaced by it")
    func forgedRoute() throws {
        let pair = try Pair()
        pair.bobAnswers()
        pair.alice.serviceRoute = ["<sip:evil.example.org;lr>", "<sip:orig@10.9.9.9;lr>"]
        _ = pair.alice.initial("MESSAGE", to: pair.bob.uri)
        pair.core.world.settle()
        #expect(pair.alice.statuses(.message) == [200])
        #expect(pair.core.sent(by: pair.core.pcscfNode, containing: "evil").isEmpty)
    }

    @Test("TS 24.229 §5.2.6.3.9: a request that claims a dialog which did not pass here gets 481, a stranger's 403")
    func forgedDialog() throws {
        let pair = try Pair()
        let dialog = PhoneDialog(
            pair.alice, callID: "forged", target: "sip:victim@10.9.9.9", peer: "<\(pair.bob.uri)>;tag=made-up")
        dialog.routes = ["<sip:\(CoreWorld.pcscfAddress);lr>"] + pair.alice.serviceRoute
        dialog.send("MESSAGE")
        pair.core.world.settle()
        #expect(pair.alice.statuses(.message) == [481])
        let stranger = try Phone(pair.core.subscribe(4), host: 4, in: pair.core)
        stranger.listen()
        let other = PhoneDialog(
            stranger, callID: "o", target: "sip:victim@10.9.9.9", peer: "<\(pair.bob.uri)>;tag=made-up")
        other.routes = dialog.routes
        other.send("MESSAGE")
        pair.core.world.settle()
        #expect(stranger.statuses(.message) == [403])
    }

    @Test("TS 24.229 §5.2.6.3.9: another UE cannot use a dialog's Record-Route")
    func stolenDialog() throws {
        let pair = try Pair()
        let call = try pair.establish()
        let thief = try CallWorld.phone(3, in: pair.core)
        let stolen = PhoneDialog(
            thief, callID: call.callID, target: call.target, peer: call.peer, localTag: call.localTag)
        stolen.routes = call.routes
        stolen.send("BYE")
        pair.core.world.settle()
        #expect(thief.statuses(.bye) == [481])
        #expect(pair.bob.count(.bye) == 0)
    }

    @Test(
        "TS 24.229 §5.2.6.3.5: a UE cannot send through the core side to whom it likes", arguments: ["BYE", "MESSAGE"])
    func routeOutOfTheNetwork(method: String) throws {
        let pair = try Pair()
        let call = try pair.establish()
        let address = SocketAddress(10, 0, 9, 9, port: 5060)
        let victim = try Puppet(pair.core.world, at: address, listensTCP: false, name: "victim")
        let routes = call.routes
        call.routes = Array(routes.prefix(2)) + ["<sip:10.0.9.9:5060;lr>"]
        call.send(method)
        pair.core.world.settle()
        #expect(victim.takeDatagrams().isEmpty)
        #expect(pair.alice.responses.last?.status == 403)
        call.routes = routes
        call.send("BYE")
        pair.core.world.settle()
        #expect(pair.alice.responses.last?.status == 200 && pair.bob.count(.bye) == 1)
    }

    @Test("TS 24.229 §5.2.6.4: what is the network's own does not reach the called UE; P-Called-Party-ID does")
    func towardTheCalledUE() throws {
        let pair = try Pair()
        let call = try pair.establish(
            extra: ["P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000001"])
        let invite = try #require(pair.bob.last(.invite))
        for header in [HeaderID.pChargingVector, .pAccessNetworkInfo, .pServedUser, .route] {
            #expect(!invite.has(header), "\(header.name)")
        }
        #expect(invite.text(.pCalledPartyID) == "<\(pair.bob.tel)>")
        #expect(invite.requestURIText == "sip:\(pair.bob.ue.user)@\(pair.bob.address)")
        #expect(invite.texts(.recordRoute).count == 6)
        let answer = try #require(pair.alice.responses.last { $0.status == 200 })
        #expect(answer.texts(.pAssertedIdentity) == ["<\(pair.bob.tel)>"])
        #expect(!answer.has(.pChargingVector))
        try pair.hangUp(call)
    }

    @Test("RFC 3325 §7: with Privacy: id the called UE does not learn who calls")
    func privacy() throws {
        let pair = try Pair()
        let call = try pair.establish(extra: ["Privacy: id"])
        #expect(pair.bob.last(.invite)?.has(.pAssertedIdentity) == false)
        #expect(pair.bob.last(.invite)?.text(.privacy) == "id")
        try pair.hangUp(call)
    }
}
