import HSS
import IMSCore
import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@testable import SCSCF

@Suite("TS 24.229 §5.4.3.4: the original dialog identifier")
struct ServiceIdentifierTests {
    @Test("§5.4.3.4: what is written is read; changed, cut, too old or of another run it is nothing")
    func roundTrip() throws {
        let chance = VirtualRandomness(seed: 7)
        let identifier = OriginalDialogIdentifier(chance)
        let user = try #require(IMPU("sip:+15550000001@\(CoreWorld.home)"))
        for sessionCase in SessionCase.allCases {
            let mark = OriginalDialogIdentifier.Mark(
                leg: 12345,
                chain: ServiceChain(
                    sessionCase: sessionCase, user: user, position: .init(priority: 70_000, ordinal: 2), length: 3),
                target: identifier.target(try AnyURI(parsing: "tel:+1555")))
            let text = identifier.text(mark, at: 1_000)
            #expect(identifier.mark(of: text, at: 1_000) == mark && identifier.mark(of: text, at: 4_600) == mark)
            #expect(identifier.mark(of: text, at: 4_601) == nil && identifier.mark(of: text, at: 999) == nil)
            #expect(OriginalDialogIdentifier(chance).mark(of: text, at: 1_000) == nil)
            let uri = try SIPURI(parsing: "sip:\(text)@h;lr")
            #expect(OriginalDialogIdentifier.isOne(uri) && uri.user == text)
            for end in text.indices { #expect(identifier.mark(of: String(text[..<end]), at: 1_000) == nil) }
            for index in text.indices.dropFirst(4).dropLast(1) {
                var wrong = text
                wrong.replaceSubrange(index...index, with: text[index] == "A" ? "B" : "A")
                #expect(identifier.mark(of: wrong, at: 1_000) == nil)
            }
        }
    }

    @Test("§5.4.3.4: one of before a restart is refused, and one of a stranger's making too")
    func restart() throws {
        let world = try ServicePair([Server.service(Server.on("MESSAGE"))])
        world.server.answer = { _ in .nothing }
        #expect(world.text().isEmpty)
        let request = try #require(world.server.last(.message))
        world.core.kill(.scscf)
        try world.core.revive(.scscf)
        world.core.world.advance(milliseconds: 3_000)
        world.server.puppet.send(world.server.onward(request, nil), to: CoreWorld.scscfAddress(0))
        world.core.world.settle()
        let statuses = world.server.puppet.datagrams.compactMap { try? SIPMessage($0.bytes) }.filter { !$0.isRequest }
            .map(\.status).filter { $0 >= 200 }
        #expect(statuses == [403] && world.bob.count(.message) == 0)
        #expect(world.core.scscfNodes[0].log.count("request of a stranger refused") == 1)
    }

    @Test("§4.4: with the identifier a server is believed whatever its address; without it a stranger is not")
    func believed() throws {
        let world = try ServicePair([Server.service(Server.on("MESSAGE", .originating))])
        world.server.answer = { _ in .nothing }
        #expect(world.text().isEmpty)
        let request = try #require(world.server.last(.message))
        let outsider = try Outsider(world.core)
        let routes = request.texts(.route).dropFirst().map { "Route: \($0)" }
        let identity = "P-Asserted-Identity: <\(world.alice.uri)>"
        #expect(outsider.send("MESSAGE", world.bob.uri, callID: "x", routes + [identity]) == [200])
        #expect(world.bob.last(.message)?.texts(.pAssertedIdentity).first == "<\(world.alice.uri)>")
        let forged = routes.map { $0.split(separator: "odi-").joined(separator: "odi-A") }
        #expect(outsider.send("MESSAGE", world.bob.uri, callID: "y", forged + [identity]) == [403])
    }

    @Test("A user without a service that fits gets the very bytes of one without any")
    func untouched() throws {
        func sent(_ services: [OperatorService]) throws -> [[UInt8]] {
            let world = try ServicePair(services, servers: 0)
            #expect(world.text() == [200])
            let call = try world.pair.establish()
            try world.pair.hangUp(call)
            return world.core.scscfNodes[0].tap.passages.filter { $0.layer == .sip && $0.direction == .sent }
                .map(\.bytes)
        }
        let plain = try sent([])
        #expect(try sent([Server.service(Server.on("PUBLISH"))]) == plain && plain.count > 20)
    }
}
