import Diameter
import HSS
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("TS 24.229 §5.4.1: what the S-CSCF does with REGISTERs of any P-CSCF")
struct SCSCFRegistrationTests {
    private let yes = ",integrity-protected=\"yes\""
    private let path = "Path: <sip:t@10.0.3.1;lr>\r\n"

    /// A registered UE, and a P-CSCF with IPsec that forwards what comes inside its association.
    private func registered() throws -> (CoreWorld, TestUE, MwPeer) {
        let core = try MwPeer.core()
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA().status == 200)
        return (core, ue, try MwPeer(core))
    }

    private func send(_ peer: MwPeer, _ ue: TestUE, _ headers: String) throws -> SIPMessage {
        peer.register(
            to: CoreWorld.scscfAddress(0), uri: CoreWorld.scscfURI(0), as: ue.subscriber.impu,
            headers + MwPeer.authorization(ue.subscriber.impi, yes))
        return try #require(peer.finals().first)
    }

    @Test("§5.4.1.2.2: inside its association a UE renews a registered contact without a challenge; another one is 403")
    func unknownContactInsideAssociation() throws {
        let (core, ue, peer) = try registered()
        let strange = "Contact: <sip:thief@10.0.0.66>\r\nExpires: 600\r\n"
        #expect(try send(peer, ue, strange + path).status == 403)
        #expect(core.registrations().map { $0["contact"] } == [.text("sip:\(ue.user)@\(ue.address)")])
        let renewed = try send(peer, ue, "Contact: \(ue.contact)\r\nExpires: 600\r\n" + path)
        #expect(renewed.status == 200)
        #expect(core.registrations().first?["expires"] == .number(600))
        // A flow of RFC 5626 is another matter: it stands beside the first.
        let flow = "Contact: <sip:b@10.0.0.2>;+sip.instance=\"<urn:x>\";reg-id=2\r\nExpires: 600\r\n"
        #expect(try send(peer, ue, flow + path).status == 200)
        #expect(core.assignments == [1, 2, 2])
    }

    @Test("RFC 3327 §5.3: every 200 brings Path back as it came, that to a de-registration too")
    func pathOfDeregistration() throws {
        let (_, ue, peer) = try registered()
        let gone = try send(peer, ue, "Contact: *\r\nExpires: 0\r\n" + path)
        #expect(gone.status == 200)
        #expect(gone.texts(.path) == ["<sip:t@10.0.3.1;lr>"])
        #expect(!gone.has(.serviceRoute))
    }

    @Test("§5.4.1.2.2F, TS 29.228 §6.6: where charging records go is told a P-CSCF of the home network, and no UE")
    func chargingFunctions() throws {
        let core = try MwPeer.core {
            $0.charging = ChargingInformation(
                primaryEventCharging: "aaa://ocs.test:3868", primaryCollection: "aaa://ccf.test:3868;transport=tcp")
        }
        let ue = try core.ue(try core.subscribe(1))
        #expect(try !ue.registerWithAKA().has(.pChargingFunctionAddresses))
        let inside = try #require(core.sent(by: core.scscfNodes[0], containing: "200 OK").first)
        let expected = "ccf=\"aaa://ccf.test:3868;transport=tcp\";ecf=\"aaa://ocs.test:3868\""
        #expect(try SIPMessage(Array(inside.utf8)).text(.pChargingFunctionAddresses) == expected)
        // A later SAA without them changes nothing; another network is not told.
        let peer = try MwPeer(core)
        let contact = "Contact: \(ue.contact)\r\nExpires: 600\r\n"
        let home = try send(peer, ue, contact + path + "P-Visited-Network-ID: \"\(CoreWorld.home)\"\r\n")
        #expect(home.text(.pChargingFunctionAddresses) == expected)
        let abroad = try send(peer, ue, contact + path + "P-Visited-Network-ID: visited.test\r\n")
        #expect(abroad.status == 200 && !abroad.has(.pChargingFunctionAddresses))
    }

    @Test("RFC 2617 §3.2.3: the 200 to a de-registration proves the password too")
    func authenticationInfo() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(digest: "alice", password: "wonderland"))
        #expect(try ue.registerWithDigest().status == 200)
        let gone = ue.register(expires: 0, authorization: try ue.answer())
        #expect(gone?.status == 200)
        #expect(gone?.text(.authenticationInfo)?.contains("rspauth=") == true)
    }

    @Test("§5.4.1.2.3: a re-registration whose challenge nobody answers leaves S-CSCF and HSS as they were")
    func unansweredReregistration() throws {
        let (core, ue, _) = try registered()
        core.world.advance(milliseconds: 600_000)
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 401)
        core.world.advance(milliseconds: 241_000)
        #expect(core.assignments == [1, 10])
        #expect(core.registrations().count == 1 && core.registrationsAtPCSCF().count == 1)
        #expect(core.store.registration(of: 1)?.state == .registered)
        #expect(try ue.registerWithAKA().status == 200)
        #expect(core.assignments == [1, 10, 2])
    }

    @Test("RFC 3261 §10.2: a tel URI is no address of record, whatever Authorization says; logged once a source")
    func unusable() throws {
        let core = try MwPeer.core()
        let user = try core.subscribe(1)
        let peer = try MwPeer(core)
        for _ in 0..<3 {
            peer.register(
                to: CoreWorld.scscfAddress(0), uri: CoreWorld.scscfURI(0), as: "tel:+\(user.msisdn)",
                "Contact: <sip:u@10.45.0.1>\r\n" + MwPeer.authorization(user.impi))
            #expect(peer.finals().map(\.status) == [400])
        }
        #expect(core.requests(CxCommands.multimediaAuth).isEmpty)
        #expect(core.scscfNodes[0].log.count("REGISTER refused") == 1)
    }
}
