import RoleKit
import SIP
import TestSupport
import Testing

@Suite("The table of calls")
struct CallTableTests {
    private func message(
        _ start: String, _ callID: String, _ method: String, tag: String = "", extra: String = ""
    ) throws -> SIPMessage {
        try SIPMessage(
            Array(
                ("\(start)\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\(tag)\r\n"
                    + "Call-ID: \(callID)\r\nCSeq: 1 \(method)\r\n\(extra)Content-Length: 0\r\n\r\n").utf8))
    }

    private func invite(_ callID: String) throws -> SIPMessage {
        try message("INVITE sip:c@d SIP/2.0", callID, "INVITE")
    }

    private func states(_ table: CallTable) -> [Report] {
        guard case .list(let rows) = table.report(unixSeconds: 100) else { return [] }
        return rows.map { row in
            guard case .object(let pairs) = row else { return .text("") }
            return .list(pairs.map(\.value))
        }
    }

    @Test("INVITE, 180, 200 and BYE change the row; it ends with the call")
    func life() throws {
        var table = CallTable(VirtualRandomness(seed: 1))
        table.began(try invite("x"), unixSeconds: 90)
        table.began(try invite("x"), unixSeconds: 95)
        func row(_ state: String) -> [Report] {
            [.list([.text("x"), .text("sip:a@b"), .text("sip:c@d"), .text(state), .number(10)])]
        }
        #expect(states(table) == row("calling"))
        table.answered(try message("SIP/2.0 100 Trying", "x", "INVITE"), unixSeconds: 92)
        #expect(states(table) == row("calling"))
        table.answered(try message("SIP/2.0 180 Ringing", "x", "INVITE"), unixSeconds: 92)
        #expect(states(table) == row("ringing"))
        table.answered(try message("SIP/2.0 200 OK", "x", "INVITE"), unixSeconds: 92)
        table.answered(try message("SIP/2.0 487 Late", "x", "INVITE"), unixSeconds: 92)
        #expect(states(table) == row("answered"))
        table.ended(try message("BYE sip:c@d SIP/2.0", "x", "BYE"))
        #expect(table.count == 0)
    }

    @Test("A call that fails leaves no row, nor does one that was never made")
    func failure() throws {
        var table = CallTable(VirtualRandomness(seed: 1))
        table.began(try message("MESSAGE sip:c@d SIP/2.0", "m", "MESSAGE"), unixSeconds: 0)
        table.began(try invite("x"), unixSeconds: 0)
        table.answered(try message("SIP/2.0 486 Busy", "x", "INVITE"), unixSeconds: 92)
        table.began(try invite("y"), unixSeconds: 0)
        table.failed(try invite("y"))
        #expect(table.count == 0)
    }

    @Test("One more than the limit: the oldest goes")
    func limit() throws {
        var table = CallTable(VirtualRandomness(seed: 1))
        for number in 0...CallTable.limit { table.began(try invite("c\(number)"), unixSeconds: 0) }
        #expect(table.count == CallTable.limit)
        guard case .list(let first)? = states(table).first else { return }
        #expect(first.first == .text("c1"))
    }

    @Test("RFC 4028 §8.3: a call that is not refreshed ends when its session timer runs out")
    func sessionTimer() throws {
        var table = CallTable(VirtualRandomness(seed: 1))
        table.began(try invite("x"), unixSeconds: 0)
        let timer = "Session-Expires: 90;refresher=uac\r\n"
        table.answered(try message("SIP/2.0 200 OK", "x", "INVITE", extra: timer), unixSeconds: 5)
        // A refresh, and one that is refused.
        table.answered(try message("SIP/2.0 200 OK", "x", "UPDATE", extra: timer), unixSeconds: 50)
        table.answered(try message("SIP/2.0 491 Pending", "x", "UPDATE"), unixSeconds: 60)
        table.expire(unixSeconds: 139)
        #expect(table.count == 1 && states(table).count == 1)
        guard case .list(let shown) = table.report(unixSeconds: 140) else { return }
        #expect(shown.isEmpty)
        table.expire(unixSeconds: 140)
        #expect(table.count == 0)
    }

    @Test("A call without a session timer, or without an answer, is forgotten after `longestSeconds`")
    func noSessionTimer() throws {
        var table = CallTable(VirtualRandomness(seed: 1))
        table.began(try invite("x"), unixSeconds: 0)
        table.began(try invite("y"), unixSeconds: 7)
        table.answered(try message("SIP/2.0 200 OK", "x", "INVITE"), unixSeconds: 10)
        table.expire(unixSeconds: CallTable.longestSeconds + 6)
        #expect(table.count == 2)
        table.expire(unixSeconds: CallTable.longestSeconds + 7)
        #expect(table.count == 1)
        // The same Call-ID once more, before anybody has looked.
        table.began(try invite("x"), unixSeconds: 2 * CallTable.longestSeconds)
        #expect(
            states(table) == [.list([.text("x"), .text("sip:a@b"), .text("sip:c@d"), .text("calling"), .number(0)])])
    }
}
