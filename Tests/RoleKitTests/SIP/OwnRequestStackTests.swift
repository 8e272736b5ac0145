import RoleKit
import SIP
import TestSupport
import Testing

@Suite("SIP stack: requests that end here")
struct OwnRequestStackTests {
    @Test("RFC 4320 §4.1, §4.2: a request that is ignored holds nothing and hears nothing; sent again it is new")
    func ignored() throws {
        let scene = try Scene { element, request in
            element.notes.append(request.message.method.name)
            element.stack.ignore(request)
        }
        for _ in 0..<2 { scene.send(Wire.request("MESSAGE")) }
        scene.send(Wire.request("INVITE", branch: "z9hG4bKi"))
        #expect(scene.notes == ["MESSAGE", "MESSAGE", "INVITE"])
        #expect(scene.counts.serverTransactions == 0)
        scene.world.advance(milliseconds: 40_000)
        #expect(scene.client.takeDatagrams().isEmpty)
        #expect(scene.isClean(afterMilliseconds: 0))
    }

    private func stack(_ advertise: String, _ address: SocketAddress, _ world: VirtualWorld) throws -> SIPStack {
        let node = world.node("own")
        node.network.home = address.with(port: 0)
        let stack = SIPStack(
            SIPStackSettings(listeners: [SIPListenerSettings(name: "a", address: address, advertise: advertise)]),
            node.ports)
        try stack.open()
        return stack
    }

    @Test("RFC 3261 §16.4: own are a listener's address and advertised name, at its port or none, and the domains")
    func own() throws {
        func isOwn(_ uri: String, _ stack: SIPStack) throws -> Bool {
            stack.isOwn(try SIPURI(parsing: uri), names: ["home.test"])
        }
        let world = VirtualWorld()
        let named = try stack("p.test", SocketAddress(10, 0, 0, 1, port: 5060), world)
        for uri in ["sip:p.test", "sip:u@P.Test.:5060", "sip:10.0.0.1", "sip:10.0.0.1:5060;lr", "sip:HOME.test:7"] {
            #expect(try isOwn(uri, named), "\(uri)")
        }
        for uri in ["sip:p.test:5061", "sip:10.0.0.1:5061", "sip:10.0.0.2", "sip:x.p.test", "sip:home.test.evil"] {
            #expect(try !isOwn(uri, named), "\(uri)")
        }
        let moved = try stack("p.test:7000", SocketAddress(10, 0, 0, 2, port: 5060), world)
        #expect(try isOwn("sip:p.test:7000", moved) && isOwn("sip:10.0.0.2:5060", moved))
        #expect(try !isOwn("sip:p.test:5060", moved))
        let six = try stack("", try #require(SocketAddress("2001:db8::1", port: 5060)), world)
        #expect(try isOwn("sip:[2001:DB8:0::1]:5060", six))
        #expect(world.openConnections == 0)
    }
}
