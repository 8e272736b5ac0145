import Diameter
import HSS
import ICSCF
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("TS 24.229 §5.3.1: registration at the I-CSCF")
struct ICSCFTests {
    private let contact = "Contact: <sip:u@10.45.0.1:5090>\r\nExpires: 600\r\n"

    private func uarTypes(_ core: CoreWorld) -> [Int32] {
        core.requests(CxCommands.userAuthorization).map { $0[Cx.userAuthorizationType]?.rawValue ?? 0 }
    }

    @Test("§5.3.1.2: a stranger's REGISTER is 403, takes no place and asks no HSS; logged once a source, with the cure")
    func stranger() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        let peer = try MwPeer(core)
        for _ in 0..<3 {
            peer.register(as: ue.subscriber.impu, contact + MwPeer.authorization(ue.subscriber.impi))
            #expect(peer.finals().map(\.status) == [403])
        }
        #expect(core.requests(CxCommands.userAuthorization).isEmpty)
        guard case .object(let status) = core.icscf.assumeIsolated({ $0.snapshot(.status) }) else { return }
        let counts = ["refused": 3, "transactions": 0, "timers": 0]
        for (key, count) in counts { #expect(status.first { $0.key == key }?.value == .number(count), "\(key)") }
        let lines = core.icscfNode.log.lines.filter { $0.event == "REGISTER of a stranger refused" }
        #expect(lines.count == 1)
        #expect(lines.first?.fields.contains { $0.0 == .cure && $0.1.contains("`hosts:`") } == true)
        // The network's own P-CSCF is none.
        #expect(try ue.registerWithAKA().status == 200)
    }

    @Test(
        "RFC 7315 §5.3: Visited-Network-Identifier is the first P-Visited-Network-ID, without quotes and parameters",
        arguments: [
            ("P-Visited-Network-ID: visited.test\r\n", "visited.test"),
            ("P-Visited-Network-ID: \"visited network 1\"\r\n", "visited network 1"),
            ("P-Visited-Network-ID: \"a \\\"b\\\"\" ;x=1, other.test\r\n", "a \"b\""),
            ("P-Visited-Network-ID: visited.test, other.test\r\n", "visited.test"),
            ("P-Visited-Network-ID: one.test\r\nP-Visited-Network-ID: two.test\r\n", "one.test"),
            ("", CoreWorld.home),
        ])
    func visitedNetwork(_ row: (header: String, identifier: String)) throws {
        let core = try MwPeer.core()
        let user = try core.subscribe(1)
        let peer = try MwPeer(core)
        peer.register(as: user.impu, contact + row.header + MwPeer.authorization(user.impi))
        let uar = try #require(core.requests(CxCommands.userAuthorization).first)
        #expect(uar[Cx.visitedNetworkIdentifier] == Array(row.identifier.utf8))
        #expect(peer.finals().map(\.status) == [401])
    }

    @Test("§5.3.1.2: without Authorization the private identity is the public one without scheme, port and parameters")
    func derivedPrivateIdentity() throws {
        let core = try MwPeer.core()
        let user = try core.subscribe(1)
        let peer = try MwPeer(core)
        peer.register(as: user.impu + ":5060;user=phone", contact)
        let uar = try #require(core.requests(CxCommands.userAuthorization).first)
        #expect(uar[Base.userName] == user.impi)
        #expect(uar[Cx.publicIdentity] == user.impu)
    }

    @Test("TS 24.229 §5.1.6.2, TS 29.229 §6.3.44: a sos contact sets the emergency flag of UAR, another one does not")
    func emergency() throws {
        let core = try MwPeer.core()
        let user = try core.subscribe(1)
        let peer = try MwPeer(core)
        for contact in ["<sip:u@10.45.0.1;sos>", "<sip:u@10.45.0.1>;sos", "<sip:sos@10.45.0.1>"] {
            peer.register(as: user.impu, "Contact: \(contact)\r\n" + MwPeer.authorization(user.impi))
        }
        #expect(core.requests(CxCommands.userAuthorization).map { $0[Cx.uarFlags] } == [1, 1, nil])
    }

    @Test("RFC 3261 §20.7: Digest is found behind credentials of another scheme")
    func otherScheme() throws {
        let core = try MwPeer.core()
        let user = try core.subscribe(1)
        let peer = try MwPeer(core)
        // An identity the private one could not be derived from.
        let impu = "sip:+\(user.msisdn)@\(CoreWorld.home)"
        peer.register(as: impu, contact + "Authorization: Basic eDp5\r\n" + MwPeer.authorization(user.impi))
        #expect(core.requests(CxCommands.userAuthorization).first?[Base.userName] == user.impi)
    }

    @Test(
        "RFC 3261 §16.4: a Route that names the I-CSCF ends there, others go on",
        arguments: [
            ("<sip:10.0.1.2:4060;lr>, <sip:ibcf.test;lr>", ["<sip:ibcf.test;lr>"]),
            ("<sip:icscf.\(CoreWorld.home):4060;lr>, <sip:ibcf.test;lr>", ["<sip:ibcf.test;lr>"]),
            ("<sip:\(CoreWorld.home);lr>", []), ("<sip:ibcf.test;lr>", ["<sip:ibcf.test;lr>"]),
        ])
    func ownRoute(_ row: (routes: String, left: [String])) throws {
        let core = try MwPeer.core()
        let user = try core.subscribe(1)
        let peer = try MwPeer(core)
        peer.register(as: user.impu, contact + "Route: \(row.routes)\r\n" + MwPeer.authorization(user.impi))
        let sent = try #require(core.sent(by: core.icscfNode, containing: "REGISTER sip:").first)
        #expect(try SIPMessage(Array(sent.utf8)).texts(.route) == row.left)
    }

    @Test("TS 29.228 §6.1.1: de-registration of a set nobody registered: UAR type 1, 403, and no S-CSCF is troubled")
    func deregistrationOfTheUnregistered() throws {
        let core = try MwPeer.core()
        let user = try core.subscribe(1)
        let peer = try MwPeer(core)
        peer.register(as: user.impu, "Contact: *\r\nExpires: 0\r\n" + MwPeer.authorization(user.impi))
        #expect(peer.finals().map(\.status) == [403])
        #expect(uarTypes(core) == [1])
        #expect(core.sent(by: core.icscfNode, containing: "REGISTER sip:").isEmpty)
        core.expectNothingLeft()
    }

    @Test("§5.3.1.3: de-registration while the user's S-CSCF is silent: 504 with Retry-After, and it moves nowhere")
    func deregistrationAtADeadSCSCF() throws {
        var options = CoreWorld.Options()
        options.scscfs = 2
        let core = try CoreWorld(options)
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA().status == 200)
        core.scscfNodes[0].crash()
        let before = core.requests(CxCommands.userAuthorization).count
        ue.register(expires: 0, authorization: ue.initialAuthorization, settling: false)
        let answer = try #require(ue.waitForFinal(milliseconds: 32_000))
        #expect(answer.status == 504)
        #expect(try answer.integer(.retryAfter) != nil)
        #expect(core.requests(CxCommands.userAuthorization).count == before + 1)
        #expect(core.sent(by: core.icscfNode, containing: CoreWorld.scscfURI(1)).isEmpty)
    }

    @Test(
        "§5.3.1.3, RFC 3263 §4.3: an S-CSCF that redirects, is not available or has no service left: the next one serves",
        arguments: [(302, "<sip:elsewhere.test>"), (480, ""), (503, "")])
    func nextSCSCF(_ row: (status: Int, contact: String)) throws {
        let core = try MwPeer.core { $0.scscfs = 2 }
        let impostor = try core.impersonate(scscf: 0, status: row.status, extra: row.contact)
        let user = try core.subscribe(1)
        let peer = try MwPeer(core)
        peer.register(as: user.impu, contact + MwPeer.authorization(user.impi))
        #expect(peer.finals().map(\.status) == [401])
        #expect(impostor.takeDatagrams().count == 1)
        // The capabilities were known from the first answer.
        #expect(uarTypes(core) == [0])
    }

    @Test("§5.3.1.3: every S-CSCF refuses to serve: 504 with Retry-After, not what the last one said")
    func noneServes() throws {
        let core = try MwPeer.core()
        let impostor = try core.impersonate(scscf: 0, status: 480)
        let user = try core.subscribe(1)
        let peer = try MwPeer(core)
        peer.register(as: user.impu, contact + MwPeer.authorization(user.impi))
        let answer = try #require(peer.finals().first)
        #expect(answer.status == 504)
        #expect(try answer.integer(.retryAfter) == 30)
        #expect(impostor.takeDatagrams().count == 1)
        core.expectNothingLeft(withDiameter: false)
    }

    @Test("§5.3.1.3: an HSS that does not answer UAR: 480 with Retry-After")
    func silentHSS() throws {
        let core = try MwPeer.core()
        let user = try core.subscribe(1)
        core.hssNode.attach { _ in }
        let peer = try MwPeer(core)
        peer.register(as: user.impu, contact + MwPeer.authorization(user.impi))
        let (answer, after) = try #require(peer.waitForFinal(milliseconds: 32_000))
        #expect(answer.status == 480)
        #expect(try answer.integer(.retryAfter) == 30)
        #expect(after <= 5_000)
    }

    @Test("RFC 3261 §17.1.2.2: however many S-CSCFs are silent, the answer comes before the UE's timer F")
    func manySilentSCSCFs() throws {
        let core = try MwPeer.core { $0.ghosts = (1...6).map { "sip:10.0.9.\($0):6060" } }
        let user = try core.subscribe(1)
        core.scscfNodes[0].crash()
        let peer = try MwPeer(core)
        peer.register(as: user.impu, contact + MwPeer.authorization(user.impi))
        let (answer, after) = try #require(peer.waitForFinal(milliseconds: 120_000))
        #expect(answer.status == 504)
        #expect(after < 28_000)
    }

    @Test("B.1 pain 25: an I-CSCF without S-CSCFs of its own says so at start")
    func emptyList() throws {
        var options = CoreWorld.Options()
        options.scscfs = 0
        let core = try CoreWorld(options)
        #expect(core.icscfNode.log.count("no S-CSCF of our own") == 1)
        let ue = try core.ue(try core.subscribe(1))
        #expect(ue.register(authorization: ue.initialAuthorization)?.status == 600)
        #expect(try CoreWorld().icscfNode.log.count("no S-CSCF of our own") == 0)
    }

    @Test("RFC 3263 §4.1: an S-CSCF whose name leads nowhere is passed over, and the log says so once")
    func unknownSCSCF() throws {
        var options = CoreWorld.Options()
        options.ghosts = ["sip:nowhere.test", "sip:10.0.9.1:5061;transport=tls"]
        let core = try CoreWorld(options)
        for number in 1...2 {
            let ue = try core.ue(try core.subscribe(number), host: UInt8(number))
            #expect(try ue.registerWithAKA().status == 200)
        }
        let lines = core.icscfNode.log.lines.filter { $0.event == "S-CSCF name could not be resolved" }
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.fields.contains { $0.0 == .cure } })
    }

    @Test(
        "RFC 3261 §10.2: a To that can be no address of record is 400 without a question to the HSS; logged once a source",
        arguments: ["sip:\(CoreWorld.home)", "tel:+15550001", "urn:service:sos"])
    func unusableTo(_ identity: String) throws {
        let core = try MwPeer.core { $0.neighbours.append(MwPeer.address(2)) }
        let peers = [try MwPeer(core, host: 1), try MwPeer(core, host: 2)]
        for peer in peers {
            for _ in 0..<3 {
                peer.register(as: identity, contact + MwPeer.authorization("u@\(CoreWorld.home)"))
                #expect(peer.finals().map(\.status) == [400])
            }
        }
        #expect(core.requests(CxCommands.userAuthorization).isEmpty)
        #expect(core.icscfNode.log.count("REGISTER refused") == 2)
    }
}
