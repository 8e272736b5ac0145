import LabUE
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("RFC 3261 §8.2: what a UE answers a scripted peer")
struct UserAgentServerTests {
    private struct Scene {
        let world = VirtualWorld()
        let ue: FleetUnderTest
        let peer: Puppet

        init() throws {
            let config = FleetConfig(pcscf: UEPair.a, local: UEPair.b)
            ue = try FleetUnderTest(
                world, config, [UEIdentity(user: "b", password: "p", domain: "example.org")], name: "b")
            peer = try Puppet(world, at: UEPair.a)
        }

        /// Sends a request and gives the first final response.
        func ask(_ method: String, extra: String = "", toTag: String? = nil, body: String = "") throws -> SIPMessage {
            let to = "<sip:b@10.0.0.3>\(toTag.map { ";tag=" + $0 } ?? "")"
            let text =
                "\(method) sip:b@10.0.0.3:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK\(method)\r\n"
                + "Max-Forwards: 70\r\nFrom: <sip:a@example.org>;tag=a1\r\nTo: \(to)\r\nCall-ID: c-\(method)\r\n"
                + "CSeq: 1 \(method)\r\nContact: <sip:a@10.0.0.2:5060>\r\n\(extra)"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            peer.send(text, to: UEPair.b)
            world.settle()
            let answers = try peer.takeDatagrams().map { try SIPMessage($0.bytes) }
            return try #require(answers.first { $0.isFinal })
        }
    }

    @Test("RFC 3428 §7: a text is answered 200 and shown")
    func message() throws {
        let scene = try Scene()
        let answer = try scene.ask("MESSAGE", extra: "Content-Type: text/plain\r\n", body: "hello")
        #expect(answer.status == 200)
        #expect(scene.ue.story == ["message sip:a@example.org hello"])
    }

    @Test("§8.2.3: a body of an unknown type is refused with what would do")
    func unknownBody() throws {
        let scene = try Scene()
        let text = try scene.ask("MESSAGE", extra: "Content-Type: image/png\r\n", body: "x")
        #expect(text.status == 415 && text.text(.accept) == "text/plain, application/vnd.3gpp.sms")
        let invite = try scene.ask("INVITE", extra: "Content-Type: text/html\r\n", body: "x")
        #expect(invite.status == 415 && invite.text(.accept) == "application/sdp")
    }

    @Test("§8.2.2.3: an extension it does not know is refused by name")
    func unknownExtension() throws {
        let answer = try Scene().ask("INVITE", extra: "Require: 100rel, precondition\r\n")
        #expect(answer.status == 420 && answer.text(.unsupported) == "precondition")
    }

    @Test("§8.2.1: a method it does not serve is answered 405 with Allow")
    func unknownMethod() throws {
        let answer = try Scene().ask("REFER", extra: "Refer-To: <sip:c@example.org>\r\n")
        #expect(answer.status == 405)
        #expect(answer.texts(.allow).contains("INVITE"))
    }

    @Test("§11.2: OPTIONS is answered with what it can do")
    func options() throws {
        let answer = try Scene().ask("OPTIONS")
        #expect(answer.status == 200)
        #expect(answer.texts(.supported) == ["100rel"])
    }

    @Test("§12.2.2: a request of a dialog it does not know is answered 481", arguments: ["BYE", "INFO", "UPDATE"])
    func unknownDialog(_ method: String) throws {
        #expect(try Scene().ask(method, toTag: "nobody").status == 481)
        #expect(try Scene().ask(method).status == 481)
    }

    @Test("RFC 6665 §4.1.3: a NOTIFY without subscription is answered 481")
    func notify() throws {
        let extra = "Event: reg\r\nSubscription-State: active\r\n"
        #expect(try Scene().ask("NOTIFY", extra: extra).status == 481)
    }
}
