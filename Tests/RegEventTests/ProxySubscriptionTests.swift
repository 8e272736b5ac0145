import IMSCore
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("TS 24.229 §5.2.3, §5.2.5: the P-CSCF watches who registers through it")
struct ProxySubscriptionTests {
    private func world() throws -> (CoreWorld, Phone) {
        let core = try CallWorld.core()
        return (core, try CallWorld.phone(1, in: core))
    }

    private func subscribes(_ core: CoreWorld) -> [SIPMessage] {
        core.sent(by: core.pcscfNode, containing: "SUBSCRIBE sip").compactMap { try? SIPMessage(Array($0.utf8)) }
    }

    @Test("§5.2.3: after the 200, for longer than the registration, asserting itself")
    func subscribes() throws {
        let (core, phone) = try world()
        let subscribe = try #require(subscribes(core).first)
        #expect(subscribes(core).count == 1)
        #expect(subscribe.requestURIText == phone.uri)
        #expect(subscribe.text(.event) == "reg")
        #expect(try #require(try subscribe.integer(.expires)) > 7_200)
        let path = try #require(core.registrations().first?["path"])
        let own = try #require(try subscribe.address(.pAssertedIdentity)?.uri.sip)
        #expect("\(path)".contains("@\(own.host):\(own.port ?? 0);lr"))
        #expect(subscribe.has(.pChargingVector))
        #expect(core.subscriptionsAtPCSCF == 1 && core.subscriptionsAtSCSCF == 1)
        #expect(phone.count(.notify) == 0)
    }

    @Test("RFC 6665 §4.1.2.2: a re-registration prolongs it, within the dialog")
    func prolongs() throws {
        let (core, phone) = try world()
        core.world.advance(milliseconds: 6_600_000)
        try phone.register()
        let last = try #require(subscribes(core).last)
        #expect(subscribes(core).count == 2)
        #expect(last.toTag != nil)
        #expect(try last.cseq().number == 2)
        core.world.advance(milliseconds: 6_600_000)
        #expect(core.subscriptionsAtPCSCF == 1 && core.subscriptionsAtSCSCF == 1)
    }

    @Test("de-registration ends it on both sides; nothing is left behind", arguments: [true, false])
    func ends(byPhone: Bool) throws {
        let (core, phone) = try world()
        if byPhone { try phone.deregister() } else { core.world.advance(milliseconds: 7_201_000) }
        core.world.settle()
        #expect(core.subscriptionsAtPCSCF == 0 && core.subscriptionsAtSCSCF == 0)
        if byPhone { #expect(core.pcscfNode.tap.events.last == "de-registered") }
        core.expectNothingLeft()
    }

    @Test("two phones, two subscriptions; each goes with its phone")
    func two() throws {
        let (core, phone) = try world()
        let other = try CallWorld.phone(2, in: core)
        #expect(core.subscriptionsAtPCSCF == 2 && core.subscriptionsAtSCSCF == 2)
        try phone.deregister()
        #expect(core.subscriptionsAtPCSCF == 1 && core.subscriptionsAtSCSCF == 1)
        try other.deregister()
        core.expectNothingLeft()
    }

    @Test("§5.2.10.1: an emergency registration is not watched")
    func emergency() throws {
        let core = try CallWorld.core()
        let phone = try CallWorld.phone(1, in: core, contact: "<sip:001010000000001@10.45.0.1:5090;sos>")
        #expect(core.registrationsAtPCSCF().count == 1)
        #expect(core.subscriptionsAtPCSCF == 0)
        withExtendedLifetime(phone) {}
    }

    /// A NOTIFY in the P-CSCF's dialog, as the S-CSCF would send it.
    private func notify(
        _ core: CoreWorld, _ document: RegInfo, tag: String? = nil, step: UInt32 = 1, state: String = "active"
    ) throws -> [Int] {
        let subscribe = try #require(subscribes(core).first)
        let sent = core.sent(by: core.scscfNodes[0], containing: "NOTIFY sip").compactMap {
            try? SIPMessage(Array($0.utf8))
        }
        let told = try #require(sent.last)
        let address = SocketAddress(10, 0, 9, UInt8(step), port: 5060)
        let puppet = try Puppet(core.world, at: address, listensTCP: false, name: "voice\(step)")
        var writer = SIPWriter.request(.notify, uri: told.requestURIText)
        writer.add(.via, "SIP/2.0/UDP \(address);branch=z9hG4bKvoice\(step)")
        writer.add(.maxForwards, "70")
        writer.copy(.from, from: told)
        writer.add(.to, tag.map { "<sip:x@y>;tag=\($0)" } ?? told.text(.to) ?? "")
        writer.add(.callID, try #require(subscribe.callID))
        writer.add(.cseq, "\(try told.cseq().number + step) NOTIFY")
        writer.add(.contact, "<sip:\(address)>")
        writer.add(.event, "reg")
        writer.add(.subscriptionState, state)
        writer.setBody(document.xml, type: RegInfo.contentType)
        let target = try #require(try subscribe.contacts().first?.address?.uri.sip)
        puppet.send(
            writer.finish(), to: CoreWorld.pcscfAddress.with(port: UInt16(try #require(target.port))))
        core.world.settle()
        return puppet.takeDatagrams().compactMap { try? SIPMessage($0.bytes).status }
    }

    /// What the S-CSCF has told, with every contact ended by the network.
    private func ended(_ core: CoreWorld, version: UInt32) throws -> RegInfo {
        let sent = core.sent(by: core.scscfNodes[0], containing: "NOTIFY sip").compactMap {
            try? SIPMessage(Array($0.utf8))
        }
        var document = try RegInfo(parsing: Array(try #require(sent.last).body))
        document.version = version
        for index in document.registrations.indices {
            document.registrations[index].state = .terminated
            for contact in document.registrations[index].contacts.indices {
                document.registrations[index].contacts[contact].state = .terminated
                document.registrations[index].contacts[contact].event = .deactivated
            }
        }
        return document
    }

    @Test("§5.2.5: a contact the network ends is forgotten; then nothing is watched any more")
    func obeys() throws {
        let (core, phone) = try world()
        defer { withExtendedLifetime(phone) {} }
        #expect(try notify(core, ended(core, version: 1)) == [200])
        #expect(core.registrationsAtPCSCF().isEmpty)
        #expect(core.pcscfNode.tap.events.last == "registration ended by the network: deactivated")
        core.world.advance(milliseconds: 33_000)
        #expect(core.subscriptionsAtPCSCF == 0)
    }

    @Test("RFC 3680 §5.1: a document that is not newer changes nothing")
    func stale() throws {
        let (core, phone) = try world()
        defer { withExtendedLifetime(phone) {} }
        #expect(try notify(core, RegInfo(version: 5, registrations: [])) == [200])
        #expect(try notify(core, ended(core, version: 5), step: 2) == [200])
        #expect(core.registrationsAtPCSCF().count == 1)
        #expect(try notify(core, ended(core, version: 6), step: 3) == [200])
        #expect(core.registrationsAtPCSCF().isEmpty)
    }

    @Test("RFC 3261 §12.2.2: a NOTIFY out of order is 500 and changes nothing")
    func outOfOrder() throws {
        let (core, phone) = try world()
        defer { withExtendedLifetime(phone) {} }
        #expect(try notify(core, RegInfo(version: 5, registrations: []), step: 3) == [200])
        #expect(try notify(core, ended(core, version: 6), step: 2) == [500])
        #expect(core.registrationsAtPCSCF().count == 1)
    }

    @Test(
        "RFC 3261 §20.19: a time no clock can hold is the longest there is; none that can be read is none",
        arguments: ["9223372036854775807", "18446744073709551616", "9223372036854775", "-1", "0", "x"])
    func endless(expires: String) throws {
        let (core, phone) = try world()
        defer { withExtendedLifetime(phone) {} }
        #expect(try notify(core, RegInfo(version: 5, registrations: []), state: "active;expires=\(expires)") == [200])
        #expect(core.subscriptionsAtPCSCF == (expires == "0" ? 0 : 1))
    }

    @Test("RFC 3261 §12.2.2: a NOTIFY of a dialog we do not have is 481")
    func unknownDialog() throws {
        let (core, phone) = try world()
        defer { withExtendedLifetime(phone) {} }
        #expect(try notify(core, ended(core, version: 1), tag: "odd") == [481])
        #expect(core.registrationsAtPCSCF().count == 1)
    }
}
