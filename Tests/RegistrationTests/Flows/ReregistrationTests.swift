import Diameter
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("TS 24.229 §5.4.1.2: re-registration")
struct ReregistrationTests {
    @Test("§5.4.1.2.1: an unprotected re-registration is challenged anew, the old binding stays until it succeeds")
    func challengedAgain() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA().status == 200)
        core.world.advance(milliseconds: 3_600_000)
        let challenge = try #require(ue.register(authorization: ue.initialAuthorization))
        #expect(challenge.status == 401)
        #expect(core.registrations().first?["expires"] == .number(3_600))
        let accepted = try #require(ue.register(authorization: try ue.answer()))
        #expect(accepted.status == 200)
        #expect(core.registrations().count == 1)
        #expect(core.registrations().first?["expires"] == .number(7_200))
        #expect(core.assignments == [1, 2])
        let last = try #require(core.requests(CxCommands.serverAssignment).last)
        #expect(last[Cx.userDataAlreadyAvailable] == .alreadyAvailable)
    }

    @Test("RFC 3261 §10.2.4: a refreshed registration lives from its refresh on, in every role, on one timer")
    func refreshedLifetime() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA(expires: 600).status == 200)
        core.world.advance(milliseconds: 400_000)
        #expect(try ue.registerWithAKA(expires: 600).status == 200)
        core.world.advance(milliseconds: 180_000)
        // Past the transactions' linger: the expiry timer, and two of the subscription to reg.
        #expect(core.pcscfNode.timers.running == 3)
        core.world.advance(milliseconds: 400_000)
        #expect(core.registrations().count == 1 && core.registrationsAtPCSCF().count == 1)
        core.world.advance(milliseconds: 30_000)
        #expect(core.registrations().isEmpty && core.registrationsAtPCSCF().isEmpty)
        core.expectNothingLeft()
    }

    @Test("§5.4.1.2.2F: Service-Route and Path stay as they were")
    func routesStay() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        let first = try ue.registerWithAKA()
        let second = try ue.registerWithAKA()
        #expect(second.texts(.serviceRoute) == first.texts(.serviceRoute))
        #expect(second.texts(.path) == first.texts(.path))
        #expect(second.texts(.pAssociatedURI) == first.texts(.pAssociatedURI))
    }

    @Test("§5.4.1.2.2: inside an association a registered UE is not challenged (the P-CSCF said yes)")
    func protected() throws {
        let core = try MwPeer.core()
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA().status == 200)
        // As a P-CSCF with IPsec would forward it.
        let peer = try Puppet(core.world, at: MwPeer.address())
        func forward(_ cseq: Int, expires: Int) throws -> SIPMessage? {
            let credentials =
                "Digest username=\"\(ue.subscriber.impi)\",realm=\"\(CoreWorld.home)\",nonce=\"\","
                + "uri=\"sip:\(CoreWorld.home)\",response=\"\",integrity-protected=\"yes\""
            peer.send(
                "REGISTER \(CoreWorld.scscfURI(0)) SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.3.1:5060;branch=z9hG4bKp\(cseq)\r\n"
                    + "Max-Forwards: 69\r\nFrom: <\(ue.subscriber.impu)>;tag=1\r\nTo: <\(ue.subscriber.impu)>\r\n"
                    + "Call-ID: protected\r\nCSeq: \(cseq) REGISTER\r\nContact: \(ue.contact)\r\nExpires: \(expires)\r\n"
                    + "Path: <sip:t@10.0.3.1;lr>\r\nRequire: path\r\nAuthorization: \(credentials)\r\nContent-Length: 0\r\n\r\n",
                to: CoreWorld.scscfAddress(0))
            core.world.settle()
            return try peer.takeDatagrams().last.map { try SIPMessage($0.bytes) }
        }
        #expect(try forward(1, expires: 600)?.status == 200)
        #expect(core.registrations().first?["expires"] == .number(600))
        #expect(core.registrations().first?["path"] == .list([.text("<sip:t@10.0.3.1;lr>")]))
        #expect(try forward(2, expires: 0)?.status == 200)
        #expect(core.registrations().isEmpty)
        // Not registered any more: the association alone does not make a registration.
        #expect(try forward(3, expires: 600)?.status == 401)
    }

    @Test("§7.2A.2: a UE cannot say that of itself")
    func forgedIntegrity() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA().status == 200)
        let forged = ue.initialAuthorization + ",integrity-protected=\"yes\""
        #expect(ue.register(authorization: forged)?.status == 401)
        let other = try core.ue(ue.subscriber, host: 66)
        #expect(other.register(expires: 0, contact: "*", authorization: forged)?.status == 401)
        #expect(core.registrations().count == 1)
    }

    @Test("§5.4.1.2.2F: a phone that comes back with another address replaces its contact")
    func replacesContact() throws {
        let core = try CoreWorld()
        let subscriber = try core.subscribe(1)
        let old = try core.ue(subscriber)
        #expect(try old.registerWithAKA().status == 200)
        let new = try core.ue(old.subscriber, host: 2)
        let accepted = try new.registerWithAKA()
        #expect(accepted.status == 200)
        #expect(try accepted.contacts().count == 1)
        #expect(core.registrations().map { $0["contact"] } == [.text("sip:\(new.user)@\(new.address)")])
        // The P-CSCF sees it in the 200's Contact list.
        #expect(core.registrationsAtPCSCF().map { $0["source"] } == [.text("\(new.address)")])
        #expect(core.assignments == [1, 2])
    }

    @Test("§5.4.1.2.2F: several phones with their own private identities are several registrations")
    func severalSubscribers() throws {
        let core = try CoreWorld()
        for number in 1...3 {
            let ue = try core.ue(try core.subscribe(number), host: UInt8(number))
            #expect(try ue.registerWithAKA().status == 200)
        }
        #expect(core.registrations().count == 3)
        #expect(
            Set(
                core.registrations().compactMap { row in
                    if case .text(let impi)? = row["impi"] { impi } else { nil }
                }
            ).count == 3)
    }

    @Test("RFC 3261 §10.3: several contacts of one UE, each with its own expiry")
    func severalContacts() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        let two = "<sip:a@10.45.0.1:5090>;expires=600, <sip:b@10.45.0.1:5090>;expires=1200;q=0.5"
        let accepted = try ue.registerWithAKA(contact: two)
        #expect(accepted.status == 200)
        #expect(try accepted.contacts().compactMap(\.expires) == [600, 1_200])
        #expect(core.registrationsAtPCSCF().count == 2)
        core.world.advance(milliseconds: 601_000)
        #expect(core.registrations().count == 1)
        #expect(core.assignments == [1])
        core.world.advance(milliseconds: 600_000)
        #expect(core.assignments == [1, 4])
        core.expectNothingLeft()
    }

    @Test("RFC 5626 §6: two flows of one instance stand side by side")
    func outboundFlows() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        func contact(_ regID: Int) -> String {
            "<sip:a@10.45.0.\(regID):5090>;+sip.instance=\"<urn:gsma:imei:35-0>\";reg-id=\(regID)"
        }
        #expect(try ue.registerWithAKA(contact: contact(1)).status == 200)
        let second = try ue.registerWithAKA(contact: contact(2))
        #expect(try second.contacts().count == 2)
        #expect(core.registrations().count == 2)
        // Feature tags come back as they were sent.
        #expect(second.texts(.contact).contains { $0.contains("+sip.instance=\"<urn:gsma:imei:35-0>\"") })
    }
}
