import Diameter
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("TS 24.229 §4.4: whose REGISTER an S-CSCF believes")
struct SCSCFTrustTests {
    private static let yes = ",integrity-protected=\"yes\""

    /// Sends from a host nobody has named; gives the statuses.
    private func send(_ peer: MwPeer, _ ue: TestUE, _ headers: String) -> [Int] {
        peer.register(
            to: CoreWorld.scscfAddress(0), uri: CoreWorld.scscfURI(0), as: ue.subscriber.impu,
            headers + MwPeer.authorization(ue.subscriber.impi, Self.yes))
        return peer.finals().map(\.status)
    }

    @Test("§5.4.1: a stranger's REGISTER is 403, whatever it says of its protection; logged once, with the cure")
    func forged() throws {
        let core = try CoreWorld()
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA().status == 200)
        let asked = core.requests(CxCommands.multimediaAuth).count
        let peer = try MwPeer(core)
        for _ in 0..<3 { #expect(send(peer, ue, "Contact: *\r\nExpires: 0\r\n") == [403]) }
        #expect(send(peer, ue, "Contact: \(ue.contact)\r\nExpires: 600\r\nPath: <sip:10.0.3.1;lr>\r\n") == [403])
        #expect(core.registrations().count == 1 && core.requests(CxCommands.multimediaAuth).count == asked)
        #expect(core.assignments == [1])
        let lines = core.scscfNodes[0].log.lines.filter { $0.event == "request of a stranger refused" }
        #expect(lines.count == 1)
        #expect(lines.first?.fields.contains { $0.0 == .cure && $0.1.contains("`hosts:`") } == true)
        #expect(try ue.registerWithAKA(expires: 0).status == 200)
        core.expectNothingLeft()
    }

    @Test("§5.4.1, RFC 3327 §5.2: the host of the topmost Path value is believed while a contact is bound through it")
    func neighbourOfPath() throws {
        let core = try MwPeer.core(host: 9)
        let ue = try core.ue(try core.subscribe(1))
        #expect(try ue.registerWithAKA().status == 200)
        let named = try MwPeer(core, host: 9)
        let nearest = try MwPeer(core, host: 1)
        let behind = try MwPeer(core, host: 2)
        let none = "Expires: 600\r\n"
        func statuses() -> [[Int]] { [nearest, behind].map { send($0, ue, none) } }
        #expect(statuses() == [[403], [403]])
        let flow = "Contact: <sip:b@10.0.0.2>;+sip.instance=\"<urn:x>\";reg-id=2\r\n"
        let path = "Path: <sip:t@10.0.3.1:5099;lr>, <sip:u@10.0.3.2;lr>\r\n"
        #expect(send(named, ue, flow + path + "Expires: 600\r\n") == [200])
        #expect(statuses() == [[200], [403]])
        // Renewed by another way: the first is none any more.
        #expect(send(named, ue, flow + "Path: <sip:u@10.0.3.2;lr>\r\nExpires: 600\r\n") == [200])
        #expect(statuses() == [[403], [200]])
        #expect(send(named, ue, flow + path + "Expires: 0\r\n") == [200])
        #expect(statuses() == [[403], [403]])
    }
}
