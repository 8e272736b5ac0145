import LabWorld
import RoleKit
import SIP
import TestSupport
import Testing

@Suite("Numbers no header should have: an answer or silence, and the next call works")
struct ExtremeNumberTests {
    private static let numbers = [
        "0", "65536", "4294967296", "9223372036854775807", "18446744073709551616", "-1", "",
    ]

    /// Header lines of requests and responses with a number in them.
    private static let lines = [
        "Expires: #", "Min-Expires: #", "Max-Breadth: #", "Session-Expires: #;refresher=uac", "Min-SE: #",
        "Retry-After: # (soon);duration=#", "RSeq: #", "RAck: # # INVITE", "Timestamp: # #", "Event: reg;id=#",
        "Subscription-State: active;expires=#;retry-after=#", "Via: SIP/2.0/UDP 10.45.9.9:#;rport=#;ttl=#",
        "Route: <sip:10.0.1.1:#;lr>", "Record-Route: <sip:10.45.9.9:#;lr;ttl=#>", "Reason: SIP;cause=#",
        "P-Charging-Vector: icid-value=#;icid-generated-at=#", "Priority: #", "Content-Length: #",
    ]

    private func settle(_ pair: Pair) { pair.core.world.advance(milliseconds: 300) }

    /// Both ends still register and call each other.
    private func expectAlive(_ pair: Pair) throws {
        pair.alice.answers = nil
        let call = try pair.establish()
        pair.bobAnswers()
        call.send("BYE")
        pair.core.world.settle()
        #expect(pair.alice.statuses(.bye).last == 200)
    }

    @Test("in requests, of whatever method, outside a dialog and in one", arguments: lines)
    func requests(line: String) throws {
        let pair = try Pair()
        pair.bobAnswers()
        for (index, number) in Self.numbers.enumerated() {
            let extra = [line.replacing("#", with: number)]
            for method in ["INVITE", "MESSAGE", "SUBSCRIBE", "REGISTER"] {
                let dialog = pair.alice.initial(method, to: pair.bob.uri, callID: "\(method)\(index)", extra: extra)
                settle(pair)
                guard method == "INVITE", let answer = pair.alice.responses.last, answer.status == 200 else { continue }
                try dialog.establish(answer)
                for later in ["ACK", "PRACK", "UPDATE", "INVITE", "BYE"] {
                    dialog.send(later, extra: extra)
                    settle(pair)
                }
            }
        }
        try expectAlive(pair)
    }

    @Test("in responses, of whatever status", arguments: lines)
    func responses(line: String) throws {
        let pair = try Pair()
        for (index, number) in Self.numbers.enumerated() {
            let extra = [line.replacing("#", with: number)]
            for status in [183, 200, 423, 503] {
                pair.bob.answers = { [bob = pair.bob] request in
                    request.method == .ack ? [] : [bob.response(status, to: request, extra: extra)]
                }
                _ = pair.alice.initial("MESSAGE", to: pair.bob.uri, callID: "m\(status)-\(index)")
                let call = pair.alice.call(pair.bob.uri, callID: "i\(status)-\(index)")
                settle(pair)
                call.cancel()
                settle(pair)
            }
        }
        try expectAlive(pair)
    }
}
