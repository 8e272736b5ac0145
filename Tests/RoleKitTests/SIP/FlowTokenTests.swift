import RoleKit
import SIP
import TestSupport
import Testing

@Suite("Flows in Record-Route")
struct FlowTokenTests {
    private static let flows = [
        SIPFlow(kind: .udp, listener: ListenerID(raw: 3), remote: SocketAddress(10, 45, 0, 2, port: 5090)),
        SIPFlow(
            kind: .tcp, listener: ListenerID(raw: .max), remote: SocketAddress(10, 45, 0, 2, port: 65_535),
            connection: ConnectionID(raw: 1 << 40)),
        SIPFlow(
            kind: .tcp, listener: ListenerID(raw: 0),
            remote: SocketAddress(family: .v6, high: 0x2001_0db8_0000_0001, low: .max, port: 1),
            connection: ConnectionID(raw: 7)),
    ]

    @Test("RFC 5626 §5.2: a flow comes back out of its token", arguments: flows)
    func roundTrip(flow: SIPFlow) {
        let tokens = FlowToken(VirtualWorld(seed: 3).node("p").random)
        let text = tokens.text(of: flow)
        #expect(tokens.flow(of: text) == flow)
        #expect(text.utf8.count <= 78)
    }

    @Test("RFC 5626 §5.2: a token that was changed, cut or made by another is none", arguments: flows)
    func tampered(flow: SIPFlow) {
        let tokens = FlowToken(VirtualWorld(seed: 3).node("p").random)
        let text = Array(tokens.text(of: flow))
        for index in text.indices {
            var changed = text
            changed[index] = changed[index] == "0" ? "1" : "0"
            #expect(tokens.flow(of: String(changed)) == nil)
            #expect(tokens.flow(of: String(text[..<index])) == nil)
        }
        #expect(tokens.flow(of: String(text) + "00") == nil)
        #expect(FlowToken(VirtualWorld(seed: 4).node("p").random).flow(of: String(text)) == nil)
        #expect(tokens.flow(of: "bob") == nil)
        #expect(tokens.flow(of: String(repeating: "0", count: 100_000)) == nil)
    }
}
