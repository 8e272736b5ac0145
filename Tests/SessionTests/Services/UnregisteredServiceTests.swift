import HSS
import IMSCore
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("TS 24.229 §5.4.3.3: application servers of users who are not registered")
struct UnregisteredServiceTests {
    private static let away = Server.on("MESSAGE", .terminatingUnregistered)

    /// A world in which Bob has gone.
    private func world(_ services: [OperatorService], isServed: Bool = true) throws -> ServicePair {
        let world = try ServicePair(services) { $0.hasUnregisteredServices = isServed }
        try world.bob.deregister()
        world.core.world.settle()
        return world
    }

    @Test("§5.4.3.3: the server gets the request, of a user who is not registered; the HSS is asked once")
    func answered() throws {
        let world = try world([Server.service(Self.away)])
        world.server.answer = { _ in .say([202]) }
        #expect(world.text() == [202])
        #expect(world.server.last(.message)?.text(.pServedUser) == "<\(world.bob.tel)>;sescase=term;regstate=unreg")
        #expect(world.text(callID: "again") == [202, 202])
        // 3: UNREGISTERED_USER.
        #expect(world.core.assignments.filter { $0 == 3 }.count == 1)
    }

    @Test("§5.4.3.3: sent back it is nobody's, and passed over likewise: 480")
    func unreachable() throws {
        let world = try world([Server.service(Self.away)])
        world.server.answer = { _ in .back() }
        #expect(world.text() == [480] && world.server.count(.message) == 1)
        world.server.answer = { _ in .say([500]) }
        #expect(world.text(callID: "again") == [480, 480] && world.server.count(.message) == 2)
        // The kind of service that is for registered users alone is not asked.
        let other = try self.world([Server.service(Server.on("MESSAGE", .terminating))])
        #expect(other.text() == [480] && other.server.count(.message) == 0)
    }

    @Test("§5.4.3.3: a user who registers while the server has the request gets it")
    func returns() throws {
        let world = try world([Server.service(Self.away)])
        var kept: SIPMessage?
        world.server.answer = {
            kept = $0
            return .nothing
        }
        #expect(world.text().isEmpty)
        try world.bob.register()
        world.bob.answers = { [unowned bob = world.bob] in [bob.response(200, to: $0)] }
        world.server.puppet.send(world.server.onward(try #require(kept), nil), to: CoreWorld.scscfAddress(0))
        world.core.world.settle()
        #expect(world.alice.statuses(.message) == [200] && world.bob.count(.message) == 1)
    }

    @Test("TS 29.228 §6.1.4: where the HSS serves nobody who is not registered, no S-CSCF is asked")
    func unserved() throws {
        let world = try world([Server.service(Self.away)], isServed: false)
        #expect(world.text() == [480] && world.server.count(.message) == 0)
        #expect(!world.core.assignments.contains(3))
    }

    @Test("§5.4.3.2: a server calls for a user who is not registered, and a stranger does not")
    func originates() throws {
        let world = try world([Server.service(Server.on("MESSAGE", .originatingUnregistered))])
        world.server.answer = { _ in .back() }
        func lines(_ branch: String) -> String {
            [
                "MESSAGE \(world.alice.uri) SIP/2.0",
                "Via: SIP/2.0/UDP \(world.server.address);branch=z9hG4bK\(branch)",
                "Max-Forwards: 70", "Route: <sip:\(CoreWorld.scscfAddress(0));lr;orig>",
                "From: <\(world.bob.uri)>;tag=as", "To: <\(world.alice.uri)>", "Call-ID: \(branch)", "CSeq: 1 MESSAGE",
                "P-Asserted-Identity: <\(world.bob.uri)>", "P-Served-User: <\(world.bob.uri)>", "Content-Length: 0",
                "", "",
            ].joined(separator: "\r\n")
        }
        world.alice.answers = { [unowned alice = world.alice] in [alice.response(200, to: $0)] }
        // Nobody has been sent to that server yet, so it is a stranger.
        world.server.puppet.send(lines("a"), to: CoreWorld.scscfAddress(0))
        world.core.world.settle()
        #expect(world.alice.count(.message) == 0)
        world.core.options.neighbours = [Server.address(1)]
        world.core.kill(.scscf)
        try world.core.revive(.scscf)
        world.core.world.advance(milliseconds: 3_000)
        world.server.puppet.send(lines("b"), to: CoreWorld.scscfAddress(0))
        world.core.world.advance(milliseconds: 100)
        #expect(world.server.last(.message)?.text(.pServedUser) == "<\(world.bob.uri)>;sescase=orig;regstate=unreg")
        #expect(world.core.assignments.last == 3)
    }
}
