import IPsec
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@testable import PCSCF

/// Who is who at the protected ports: the set says it, whoever else speaks from that address.
@Suite("TS 33.203 §7.1, TS 24.229 §5.2.6.3: one address, many claims")
struct SecureIdentityTests {
    /// Words of a phone that starts anew: other SPIs, and the ports it had.
    private func reboot(_ phone: SecurePhone, sameSPIs: Bool = false) {
        phone.ue.restart()
        phone.secure.kernel.removeAll()
        if !sameSPIs {
            phone.secure.offered.clientSPI += 100
            phone.secure.offered.serverSPI += 100
        }
    }

    @Test(
        "B.4: a second unprotected REGISTER from one address, by the same or by another IMSI, gets its own set and completes",
        arguments: [true, false], [true, false])
    func secondRegister(bySame: Bool, samePorts: Bool) throws {
        let pair = try SecurePair()
        let first = try #require(pair.alice.secure.set)
        if !bySame { pair.alice.ue.subscriber = try pair.core.subscribe(7) }
        reboot(pair.alice)
        if !samePorts {
            pair.alice.secure.offered.clientPort += 10
            pair.alice.secure.offered.serverPort += 10
        }
        try pair.alice.register()
        let second = try #require(pair.alice.secure.set)
        #expect(Set(first.stateIDs).isDisjoint(with: second.stateIDs))
        #expect(second.ue.endpoints == pair.alice.secure.offered)
        #expect(pair.texts() == [200, 200])
        let expected = bySame ? 2 : 3
        #expect(pair.core.registrationsAtPCSCF().count == expected)
        #expect(pair.clearTraffic == 0)
        pair.world.expectAgreement()
        pair.world.expectNothingLeft()
    }

    @Test(
        "B.5: REGISTERs forged between a phone's challenge and its answer, in others' names, do not keep it out",
        arguments: [LinkKind.udp, .tcp], [1, 6])
    func forgedMeanwhile(kind: LinkKind, forgeries: Int) throws {
        let pair = try SecurePair(kind)
        try pair.alice.closeStreams()
        reboot(pair.alice)
        let others = try (0..<forgeries).map { try pair.core.subscribe(30 + $0) }
        try pair.alice.register {
            for (number, other) in others.enumerated() {
                SecurePhoneForger(pair.alice.secure, as: other).send(to: pair.core, spis: UInt32(50_000 + 10 * number))
            }
        }
        #expect(pair.texts() == [200, 200] && pair.clearTraffic == 0)
        pair.world.expectAgreement()
    }

    @Test("TS 24.229 §5.2.8: a REGISTER forged while a set closes does not take what ends the phone's dialogs from it")
    func forgedWhileClosing() throws {
        let pair = try SecurePair()
        let (call, _) = try pair.establish()
        try pair.endByNetwork(pair.bob)
        #expect(pair.world.phases(pair.bob.secure) == [.closing])
        SecurePhoneForger(pair.bob.secure, as: try pair.core.subscribe(9)).send(to: pair.core, spis: 50_000)
        call.send("BYE")
        pair.core.world.settle()
        #expect(pair.bob.requests(.bye).count == 1 && pair.alice.phone.statuses(.bye) == [200])
        pair.world.expectAgreement()
    }

    @Test("TS 33.203 §7.1: a set is proven by what the kernel has taken over it, not by what a header says")
    func provenByKernel() throws {
        let pair = try SecurePair()
        let live = try #require(pair.alice.secure.set)
        let forger = SecurePhoneForger(pair.alice.secure, as: pair.alice.ue.subscriber)
        let overheard = try #require(forger.send(to: pair.core, spis: live.ue.endpoints.clientSPI))
        // Over the set that lives, in the other's words.
        let answer = try #require(try pair.alice.secure.registerAgain(verify: overheard))
        #expect((400..<500).contains(answer.status), "\(answer.status)")
        #expect(pair.world.table?.disputed.count == 1)
        #expect(Set(live.stateIDs).isSubset(of: pair.world.kernel.held.keys))
        #expect(pair.texts() == [200, 200])
        pair.world.expectAgreement()
    }

    @Test(
        "TS 33.203 §7.1: who had the place before is not taken for who has it now: those sets end at the 200",
        arguments: [true, false])
    func placeOfOne(sameSPIs: Bool) throws {
        let pair = try SecurePair()
        let first = pair.alice.ue.subscriber
        let keys = pair.alice.secure.kernel.held
        pair.alice.ue.subscriber = try pair.core.subscribe(7)
        reboot(pair.alice, sameSPIs: sameSPIs)
        try pair.alice.register()
        #expect(pair.world.table?.life(of: first.impi) == nil && pair.world.kernel.held.count == 8)
        // The one before still has the keys, and sends with them from that very place.
        let (kernel, rules) = (ModelKernel(), pair.alice.secure.kernel.rules)
        _ = kernel.perform(keys.values.map(XFRMRequest.addState))
        for rule in rules.values {
            let state = keys.values.first { $0.selector == rule.selector }
            _ = kernel.perform([
                .addPolicy(
                    XFRMPolicy(
                        selector: rule.selector, direction: rule.direction,
                        action: .protect(requestID: state?.requestID ?? 0)))
            ])
        }
        pair.core.world.ipsec.kernels[pair.alice.secure.host.hostAddress] = kernel
        let before = pair.bob.arrivals.count
        _ = pair.text(pair.alice, pair.bob)
        #expect(pair.bob.arrivals.count == before)
        pair.core.world.ipsec.kernels[pair.alice.secure.host.hostAddress] = pair.alice.secure.kernel
        #expect(pair.texts() == [200, 200])
        pair.world.expectAgreement()
    }

    @Test(
        "B.5: a phone that started anew on the same ports, with the same or other SPIs, is reached at once over its new set",
        arguments: [true, false], [LinkKind.udp, .tcp])
    func rebooted(sameSPIs: Bool, kind: LinkKind) throws {
        let pair = try SecurePair(kind)
        try pair.alice.closeStreams()
        reboot(pair.alice, sameSPIs: sameSPIs)
        try pair.alice.register()
        #expect(pair.world.phases(pair.alice.secure) == [.established])
        #expect(pair.texts() == [200, 200])
        #expect(pair.clearTraffic == 0)
        pair.world.expectAgreement()
    }

    @Test(
        "B.5: a forged REGISTER with the ports of a live set does not disturb that set's traffic",
        arguments: [true, false])
    func forged(asVictim: Bool) throws {
        let pair = try SecurePair()
        let victim = pair.alice.secure
        let (call, back) = try pair.establish()
        let other = try pair.core.subscribe(9)
        // Somebody who can send with Alice's address, and does not see what is answered.
        let liar = SecurePhoneForger(victim, as: asVictim ? victim.ue.subscriber : other)
        for spi in [50_000, 51_000, 52_000] as [UInt32] {
            liar.send(to: pair.core, spis: spi)
            #expect(pair.texts() == [200, 200])
            pair.world.expectAgreement()
        }
        #expect(pair.world.phases(victim).contains(.established))
        call.send("INFO")
        back.send("INFO")
        pair.core.world.settle()
        #expect(pair.alice.phone.statuses(.info) == [200] && pair.bob.phone.statuses(.info) == [200])
        pair.core.world.advance(milliseconds: SALifecycle.awaitAuthMilliseconds + 1_000)
        #expect(pair.texts() == [200, 200] && pair.world.phases(victim) == [.established])
        #expect(pair.world.kernel.held.count == 8)
    }

    @Test(
        "B.5: a forged REGISTER with the ports and SPIs of a live set leaves that set and its streams as they are",
        arguments: [LinkKind.udp, .tcp])
    func forgedSPIs(kind: LinkKind) throws {
        let pair = try SecurePair(kind)
        let victim = pair.alice.secure
        let set = try #require(victim.set)
        let (call, back) = try pair.establish()
        let liar = SecurePhoneForger(victim, as: victim.ue.subscriber)
        for _ in 0..<3 {
            liar.send(to: pair.core, spis: set.ue.endpoints.clientSPI)
            #expect(pair.texts() == [200, 200])
            #expect(pair.world.phases(victim) == [.established, .temporary])
            #expect(Set(set.stateIDs).isSubset(of: pair.world.kernel.held.keys))
            pair.world.expectAgreement()
        }
        for side in [call, back] { side.send("INFO") }
        pair.core.world.settle()
        #expect(pair.alice.phone.statuses(.info) == [200] && pair.bob.phone.statuses(.info) == [200])
        // What was held back goes with its end, and none of what is the live set's.
        pair.core.world.advance(milliseconds: SALifecycle.awaitAuthMilliseconds + 1_000)
        #expect(pair.world.phases(victim) == [.established] && pair.texts() == [200, 200])
        #expect(pair.world.kernel.held.count == 8 && pair.clearTraffic == 0)
        pair.world.expectAgreement()
        try pair.reauthenticate()
        #expect(pair.texts() == [200, 200])
    }

    @Test("B.5: forged REGISTERs of many users toward one phone's port do not use up the ports of its next set")
    func forgedByMany() throws {
        let pair = try SecurePair()
        for number in 11...20 {
            let liar = SecurePhoneForger(pair.alice.secure, as: try pair.core.subscribe(number))
            liar.send(to: pair.core, spis: UInt32(50_000 + 10 * number))
        }
        try pair.reauthenticate()
        #expect(pair.world.phases(pair.alice.secure) == [.old, .established])
        #expect(pair.texts() == [200, 200])
        pair.world.expectAgreement()
    }

    @Test("TS 33.203 §7.1: a contact the user had registered in the clear before is no way for what comes over a set")
    func contactOfBefore() throws {
        let pair = try SecurePair()
        let impi = pair.alice.ue.subscriber.impi
        try pair.core.pcscf.assumeIsolated { pcscf in
            var secure = try #require(pcscf.registrations.of(impi: impi).first)
            var clear = secure
            clear.id = pcscf.registrations.nextID()
            clear.authentication = .aka
            clear.listener = 0
            clear.flow.listener = try #require(pcscf.stack.socket(of: 0, .udp))
            clear.flow.remote = clear.flow.remote.with(port: 5_060)
            clear.timer = pcscf.ports.timers.start(afterMilliseconds: 1_000_000, TimerToken(.role, kind: 0, id: 0))
            pcscf.registrations.store(clear)
            _ = pcscf.registrations.remove(secure.id)
            secure.id = pcscf.registrations.nextID()
            pcscf.registrations.store(secure)
        }
        let (call, back) = try pair.establish()
        for side in [call, back] { side.send("INFO") }
        pair.core.world.settle()
        #expect(pair.alice.phone.statuses(.info) == [200] && pair.bob.phone.statuses(.info) == [200])
        #expect(pair.clearTraffic == 0)
    }

    @Test("TS 33.203 §7.1: who a request is from is said by the set it came over, and by no header")
    func identityOfSet() throws {
        let pair = try SecurePair()
        let (alice, bob) = (pair.alice.phone, pair.bob.phone)
        let dialog = PhoneDialog(alice, callID: "forged", target: bob.uri, peer: "<\(bob.uri)>")
        dialog.routes = ["<sip:\(pair.alice.ue.pcscf);lr>"] + alice.serviceRoute
        pair.alice.ue.contact = pair.bob.ue.contact
        dialog.send(
            "MESSAGE",
            extra: [
                "P-Preferred-Identity: <\(bob.uri)>", "P-Asserted-Identity: <\(bob.uri)>",
                "Authorization: \(pair.bob.ue.initialAuthorization)", "P-Served-User: <\(bob.uri)>",
            ])
        pair.core.world.settle()
        #expect(alice.statuses(.message) == [200])
        let passed = try #require(pair.bob.requests(.message).last?.message)
        let asserted = try passed.addresses(.pAssertedIdentity).map(\.uri.description)
        #expect(!asserted.isEmpty && asserted.allSatisfy { $0.contains(alice.ue.subscriber.msisdn) }, "\(asserted)")
        #expect(!passed.has(.pServedUser))
    }

    @Test(
        "B.4, TS 33.203 §7.1: in the clear from the host and port of a phone with a set: refused, never asserted",
        arguments: ["MESSAGE", "INVITE", "SUBSCRIBE", "OPTIONS", "BYE"])
    func clearText(method: String) throws {
        let pair = try SecurePair()
        let (call, _) = try pair.establish()
        // What the phone says in the clear leaves the very ports of its set: its kernel is out of the way.
        pair.core.world.ipsec.kernels[pair.alice.secure.host.hostAddress] = nil
        defer { pair.core.world.ipsec.kernels[pair.alice.secure.host.hostAddress] = pair.alice.secure.kernel }
        let set = try #require(pair.alice.secure.set)
        let ports = [set.ue.endpoints.clientPort, set.ue.endpoints.serverPort]
        let before = pair.bob.arrivals.count
        for port in ports {
            let puppet = port == ports[0] ? try pair.alice.secure.outlet(port) : try pair.alice.secure.inlet(port)
            puppet.onDatagram = nil
            _ = puppet.takeDatagrams()
            for route in [[], call.routes] {
                let dialog = PhoneDialog(
                    pair.alice.phone, callID: call.callID, target: route.isEmpty ? pair.bob.phone.uri : call.target,
                    peer: route.isEmpty ? "<\(pair.bob.phone.uri)>" : call.peer)
                dialog.routes = route
                pair.alice.ue.viaHost = "\(pair.alice.secure.host.with(port: port))"
                pair.alice.ue.carry = { puppet.send($0, to: CoreWorld.pcscfAddress) }
                dialog.send(method, cseq: 900)
                pair.core.world.settle()
                let statuses = puppet.takeDatagrams().compactMap { try? SIPMessage($0.bytes).status }.filter {
                    $0 > 100
                }
                #expect(Set(statuses) == [403], "\(port) \(route.count)")
            }
        }
        #expect(pair.bob.arrivals.count == before)
    }

    @Test("B.5: clear text to the protected ports is not heard, from wherever", arguments: [5_100, 5_101] as [UInt16])
    func clearToProtected(port: UInt16) throws {
        let pair = try SecurePair()
        pair.core.world.ipsec.kernels[pair.alice.secure.host.hostAddress] = nil
        let before = pair.core.pcscfNode.tap.passages.count
        let client = try #require(pair.alice.secure.set).ue.endpoints.clientPort
        let puppets = [
            try pair.alice.secure.outlet(client),
            try Puppet(pair.core.world, at: pair.alice.secure.host.with(port: 7_000)),
        ]
        for puppet in puppets {
            puppet.send("MESSAGE \(pair.bob.phone.uri) SIP/2.0\r\n\r\n", to: CoreWorld.pcscfAddress.with(port: port))
            let stream = puppet.connect(to: CoreWorld.pcscfAddress.with(port: port))
            pair.core.world.advance(milliseconds: 200_000)
            #expect(puppet.closed[stream] != nil)
        }
        #expect(pair.core.pcscfNode.tap.passages.count == before)
    }

    @Test("C.7: a whole protected REGISTER that is sent again, by whoever, changes nothing", arguments: [true, false])
    func replay(inTheClear: Bool) throws {
        let pair = try SecurePair()
        var taken: [(text: String, from: SocketAddress, to: SocketAddress)] = []
        pair.core.world.faults.rule = { flight in
            if flight.text.hasPrefix("REGISTER"), flight.from.hostAddress == pair.alice.secure.host.hostAddress {
                taken.append((flight.text, flight.from, flight.to))
            }
            return nil
        }
        try pair.alice.registerAgain()
        pair.core.world.faults.rule = nil
        let states = Set(pair.world.kernel.held.keys)
        pair.core.world.advance(milliseconds: 200_000)
        if inTheClear { pair.core.world.ipsec.kernels[pair.alice.secure.host.hostAddress] = nil }
        for register in taken {
            let puppet = try pair.alice.secure.outlet(register.from.port)
            puppet.send(register.text, to: inTheClear ? CoreWorld.pcscfAddress : register.to)
        }
        pair.core.world.settle()
        pair.core.world.ipsec.kernels[pair.alice.secure.host.hostAddress] = pair.alice.secure.kernel
        #expect(!taken.isEmpty && pair.texts() == [200, 200])
        #expect(pair.world.phases(pair.alice.secure).first == .established)
        pair.core.world.advance(milliseconds: SALifecycle.awaitAuthMilliseconds + 1_000)
        #expect(pair.world.phases(pair.alice.secure) == [.established])
        #expect(Set(pair.world.kernel.held.keys) == states)
        #expect(pair.core.registrationsAtPCSCF().count == 2)
    }
}

/// Sends REGISTERs with the ports of somebody's set, from that one's address, and does not hear what comes back.
final class SecurePhoneForger {
    private let victim: SecureUE
    private var serial = 0
    private let subscriber: TestSubscriber

    init(_ victim: SecureUE, as subscriber: TestSubscriber) {
        self.victim = victim
        self.subscriber = subscriber
    }

    /// - Returns: the Security-Server of the challenge, as somebody on the way may read it.
    @discardableResult
    func send(to core: CoreWorld, spis: UInt32) -> String? {
        serial += 1
        let (ends, branch) = (victim.offered, "\(subscriber.impi.prefix(15))-\(spis)-\(serial)")
        let offer =
            "ipsec-3gpp;alg=hmac-sha-1-96;ealg=aes-cbc;spi-c=\(spis);spi-s=\(spis + 1);port-c=\(ends.clientPort);port-s=\(ends.serverPort)"
        let credentials = DigestCredentials(
            username: subscriber.impi, realm: CoreWorld.home, uri: "sip:\(CoreWorld.home)")
        let text = [
            "REGISTER sip:\(CoreWorld.home) SIP/2.0",
            "Via: SIP/2.0/UDP \(victim.host.with(port: 5060));branch=z9hG4bK-forged-\(branch)", "Max-Forwards: 70",
            "From: <\(subscriber.impu)>;tag=forged", "To: <\(subscriber.impu)>", "Call-ID: forged-\(branch)",
            "CSeq: 1 REGISTER", "Contact: <sip:x@\(victim.host.with(port: ends.serverPort))>", "Expires: 600000",
            "Authorization: \(credentials.text)", victim.agreement(client: offer) + "Content-Length: 0\r\n\r\n",
        ].joined(separator: "\r\n")
        victim.ue.puppet.send(text, to: CoreWorld.pcscfAddress)
        core.world.settle()
        let answers = victim.ue.puppet.takeDatagrams().compactMap { try? SIPMessage($0.bytes) }
        return answers.last?.texts(.securityServer).joined(separator: ", ")
    }
}
