import IMSCore
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("TS 24.229 §5.2.10: emergency requests at the P-CSCF")
struct EmergencyTests {
    private static let psap = SocketAddress(10, 0, 8, 1, port: 5060)

    private func phone(_ keys: [(String, SettingsNode)] = [], contact: String? = nil) throws -> Phone {
        let core = try CallWorld.core { $0.pcscf = keys.isEmpty ? [] : [("emergency", .map(keys))] }
        return try CallWorld.phone(1, in: core, contact: contact)
    }

    /// A PSAP that answers every request with 200, or with nothing.
    private func psap(_ phone: Phone, isThere: Bool = true) throws -> Puppet {
        let puppet = try Puppet(phone.core.world, at: Self.psap, listensTCP: false, name: "psap")
        puppet.onDatagram = { puppet, datagram in
            guard isThere, let request = try? SIPMessage(datagram.bytes), request.isRequest, request.method != .ack
            else {
                return
            }
            var writer = SIPWriter.response(to: request, status: 200, toTag: "psap")
            writer.add(.contact, "<sip:desk@\(Self.psap)>")
            puppet.send(writer.finish(), to: datagram.from)
        }
        return puppet
    }

    @Test(
        "§5.2.10.4, §7.6: without a route 380 with the alternative service, asserted by our Path; never a 404",
        arguments: [
            "urn:service:sos", "urn:service:sos.fire", "tel:112;phone-context=\(CoreWorld.home)",
            "sip:911@\(CoreWorld.home);user=phone", "sip:911@10.0.1.1",
        ])
    func alternative(_ uri: String) throws {
        let phone = try phone()
        let call = phone.call(uri)
        let response = try #require(phone.responses.last { $0.status >= 200 })
        #expect(response.status == 380)
        #expect(response.text(.contentType) == "application/3gpp-ims+xml")
        let path = try #require(phone.core.registrations().first?["path"])
        let asserted = try #require(response.text(.pAssertedIdentity))
        #expect("\(path)".contains(asserted))
        #expect(response.text(.contact)?.hasPrefix("<urn:service:sos") == true)
        #expect(
            String(decoding: response.body, as: UTF8.self).contains(
                "<ims-3gpp version=\"1\"><alternative-service><type>emergency</type><reason>"))
        try call.acknowledgeFailure(response)
        try phone.deregister()
        phone.core.expectNothingLeft()
    }

    @Test("§5.2.10.2: somebody who is not registered is told too", arguments: [1, 2])
    func anonymous(_ number: Int) throws {
        let core = try CallWorld.core()
        let phone = try Phone(core.subscribe(number), host: UInt8(number), in: core)
        phone.listen()
        let call = phone.call("urn:service:sos")
        let response = try #require(phone.responses.last { $0.status >= 200 })
        #expect(response.status == 380)
        #expect(response.text(.pAssertedIdentity)?.hasPrefix("<sip:10.0.1.1:") == true)
        try call.acknowledgeFailure(response)
        core.expectNothingLeft()
    }

    @Test("§5.2.10.3: a phone as the route gets the call at its own address, and the call ends as calls do")
    func routedToPhone() throws {
        let phone = try phone([("route", .text("sip:desk@\(Self.psap)"))])
        let help = try psap(phone)
        let call = phone.call("tel:112;phone-context=\(CoreWorld.home)")
        let invite = try #require(help.takeDatagrams().compactMap { try? SIPMessage($0.bytes) }.first)
        #expect(invite.requestURIText == "sip:desk@\(Self.psap)")
        #expect(!invite.has(.route))
        #expect(invite.text(.pAssertedIdentity) == "<\(phone.uri)>")
        #expect(invite.has(.pChargingVector) && !invite.has(.pPreferredIdentity))
        #expect(phone.statuses(.invite) == [200])
        try call.establish(try #require(phone.responses.last))
        call.acknowledge()
        call.send("BYE")
        phone.core.world.settle()
        #expect(help.takeDatagrams().compactMap { try? SIPMessage($0.bytes).method } == [.ack, .bye])
        #expect(phone.statuses(.bye) == [200])
        try phone.deregister()
        phone.core.expectNothingLeft()
    }

    @Test("§5.2.6.3.5: in an emergency call, too, a phone sends into the network or where the call went, nowhere else")
    func leadsNowhereElse() throws {
        let phone = try phone([("route", .text("sip:desk@\(Self.psap)"))])
        let help = try psap(phone)
        let victim = try Puppet(
            phone.core.world, at: SocketAddress(10, 0, 9, 9, port: 5060), listensTCP: false, name: "victim")
        let call = phone.call("urn:service:sos")
        try call.establish(try #require(phone.responses.last))
        let desk = call.target
        call.target = "sip:x@10.0.9.9:5060"
        call.send("BYE")
        phone.core.world.settle()
        #expect(phone.statuses(.bye) == [403])
        #expect(victim.takeDatagrams().isEmpty)
        call.target = desk
        call.send("BYE")
        phone.core.world.settle()
        #expect(phone.statuses(.bye) == [403, 200])
        withExtendedLifetime(help) {}
    }

    @Test(
        "§5.2.10.3: an E-CSCF gets the service URN, by Route",
        arguments: [
            ("sip:110@\(CoreWorld.home)", "urn:service:sos.police"), ("urn:service:sos.fire", "urn:service:sos.fire"),
        ])
    func routedToECSCF(_ row: (String, String)) throws {
        let phone = try phone([
            ("numbers", .list([.text("110=sos.police")])), ("route", .text("sip:\(Self.psap);lr")),
        ])
        let help = try psap(phone)
        _ = phone.call(row.0)
        let invite = try #require(help.takeDatagrams().compactMap { try? SIPMessage($0.bytes) }.first)
        #expect(invite.requestURIText == row.1)
        #expect(invite.texts(.route) == ["<sip:\(Self.psap);lr>"])
        #expect(phone.statuses(.invite) == [200])
    }

    @Test("§5.2.10.2: who is not registered is helped, with no identity asserted")
    func anonymousIsRouted() throws {
        let core = try CallWorld.core { $0.pcscf = [("emergency", .map([("route", .text("sip:desk@\(Self.psap)"))]))] }
        let phone = try Phone(core.subscribe(1), host: 1, in: core)
        phone.listen()
        let help = try psap(phone)
        _ = phone.call("urn:service:sos")
        let invite = try #require(help.takeDatagrams().compactMap { try? SIPMessage($0.bytes) }.first)
        #expect(!invite.has(.pAssertedIdentity))
        #expect(phone.statuses(.invite) == [200])
    }

    @Test("§5.2.10: nobody answers where help should be: 380, so that the phone tries another way")
    func nobodyThere() throws {
        let phone = try phone([("route", .text("sip:desk@\(Self.psap)"))])
        let help = try psap(phone, isThere: false)
        let call = phone.call("urn:service:sos")
        phone.core.world.advance(milliseconds: 33_000)
        let response = try #require(phone.responses.last { $0.status >= 200 })
        #expect(response.status == 380)
        try call.acknowledgeFailure(response)
        withExtendedLifetime(help) {}
        try phone.deregister()
        phone.core.expectNothingLeft()
    }

    @Test("§5.2.10.3: a call from an emergency contact is an emergency call")
    func emergencyContact() throws {
        let phone = try phone(contact: "<sip:001010000000001@10.45.0.1:5090;sos>")
        let uri = "sip:bob@\(CoreWorld.home)"
        for (number, contact) in ["", ";sos"].enumerated() {
            let lines = [
                "MESSAGE \(uri) SIP/2.0", "Via: SIP/2.0/UDP \(phone.address);branch=z9hG4bKsos\(number)",
                "Max-Forwards: 70", "From: <\(phone.uri)>;tag=1", "To: <\(uri)>", "Call-ID: sos\(number)",
                "CSeq: 1 MESSAGE", "Contact: <sip:001010000000001@\(phone.address)\(contact)>",
            ]
            phone.send(lines.joined(separator: "\r\n") + "\r\nContent-Length: 0\r\n\r\n")
            phone.core.world.settle()
        }
        #expect(phone.statuses(.message) == [404, 380])
    }
}
