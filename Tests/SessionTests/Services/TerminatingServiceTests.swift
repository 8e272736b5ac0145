import HSS
import IMSCore
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("TS 24.229 §5.4.3.3: application servers of the user who is called")
struct TerminatingServiceTests {
    private static let messages = Server.on("MESSAGE", .terminating)

    @Test("§5.4.3.3: the server of the called user gets the request, and sent back it reaches the contact")
    func returned() throws {
        let world = try ServicePair([Server.service(Self.messages)])
        world.server.answer = { _ in .back() }
        #expect(world.text() == [200] && world.server.count(.message) == 1)
        let seen = try #require(world.server.last(.message))
        #expect(seen.text(.pServedUser) == "<\(world.bob.tel)>;sescase=term;regstate=reg")
        let request = try #require(world.bob.last(.message))
        #expect(request.text(.pCalledPartyID) == "<\(world.bob.tel)>" && !request.has(.pServedUser))
        try world.pair.finish()
    }

    @Test("§5.4.3.3: another Request-URI ends the user's services, and the request goes to whom it names")
    func retargeted() throws {
        let services = [
            Server.service(Self.messages, host: 1, priority: 1),
            Server.service(Self.messages, host: 2, priority: 2),
            Server.service(Server.on("MESSAGE", .originatingCDIV), host: 3, priority: 3),
        ]
        let world = try ServicePair(services, servers: 3)
        let carol = try CallWorld.phone(3, in: world.core)
        carol.answers = { [unowned carol] in [carol.response(200, to: $0)] }
        world.servers[0].answer = { $0.requestURIText.contains("0000002") ? .back(to: carol.uri) : .back() }
        world.servers[1].answer = { _ in .back() }
        world.servers[2].answer = { _ in .back() }
        #expect(world.text() == [200])
        #expect(world.bob.count(.message) == 0 && carol.count(.message) == 1)
        // The second server is Carol's alone; the diverting user's own service sees the diversion.
        #expect(world.servers[1].requests.filter { $0.method == .message }.map(\.requestURIText) == [carol.tel])
        #expect(world.servers[2].last(.message)?.text(.pServedUser) == "<\(world.bob.tel)>;orig-cdiv")
        #expect(carol.last(.message)?.text(.pCalledPartyID) == "<\(carol.tel)>")
    }

    @Test("§5.4.3.3: another identity of the same user is no other target")
    func alias() throws {
        let world = try ServicePair([Server.service(Self.messages)])
        world.server.answer = { [uri = world.bob.uri] _ in .back(to: uri) }
        #expect(world.text() == [200])
        #expect(world.server.count(.message) == 1 && world.server.last(.message)?.requestURIText == world.bob.tel)
        #expect(world.bob.last(.message)?.text(.pCalledPartyID) == "<\(world.bob.uri)>")
    }

    @Test("§5.4.3.3: servers that divert in circles are ended, by Max-Forwards or by their number")
    func circle() throws {
        let world = try ServicePair([Server.service(Self.messages)])
        let carol = try CallWorld.phone(3, in: world.core)
        world.server.answer = { [bob = world.bob.uri] in
            .back(to: $0.requestURIText.contains("0000002") ? carol.uri : bob)
        }
        let statuses = world.text(after: 2_000)
        #expect(statuses.count == 1 && [482, 483].contains(statuses[0]))
        #expect(world.server.count(.message) < 40 && world.bob.count(.message) + carol.count(.message) == 0)
    }

    @Test("§5.4.3.3: a request a server makes up for a user reaches it through the I-CSCF, and its phone")
    func serverCalls() throws {
        let world = try ServicePair([Server.service(Server.on("MESSAGE", .originating))]) {
            $0.neighbours = [Server.address(1)]
        }
        let lines = [
            "MESSAGE \(world.bob.uri) SIP/2.0",
            "Via: SIP/2.0/UDP \(world.server.address);branch=z9hG4bKmt", "Max-Forwards: 70",
            "From: <sip:ipsmgw@\(CoreWorld.home)>;tag=as", "To: <\(world.bob.uri)>", "Call-ID: mt", "CSeq: 1 MESSAGE",
            "P-Asserted-Identity: <sip:ipsmgw@\(CoreWorld.home)>", "Content-Type: application/vnd.3gpp.sms",
            "Content-Length: 3", "", "abc",
        ]
        world.server.puppet.send(lines.joined(separator: "\r\n"), to: CoreWorld.icscfAddress)
        world.core.world.advance(milliseconds: 100)
        let request = try #require(world.bob.last(.message))
        #expect(request.callID == "mt" && request.text(.contentType) == "application/vnd.3gpp.sms")
        #expect(world.server.count(.message) == 0)
    }
}
