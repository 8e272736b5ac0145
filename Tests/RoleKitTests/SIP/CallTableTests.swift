import RoleKit
import SIP
import Testing

@Suite("The table of calls")
struct CallTableTests {
    private func message(_ start: String, _ callID: String, _ method: String, tag: String = "") throws -> SIPMessage {
        try SIPMessage(
            Array(
                ("\(start)\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\(tag)\r\n"
                    + "Call-ID: \(callID)\r\nCSeq: 1 \(method)\r\nContent-Length: 0\r\n\r\n").utf8))
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
        var table = CallTable()
        table.began(try invite("x"), unixSeconds: 90)
        table.began(try invite("x"), unixSeconds: 95)
        func row(_ state: String) -> [Report] {
            [.list([.text("x"), .text("sip:a@b"), .text("sip:c@d"), .text(state), .number(10)])]
        }
        #expect(states(table) == row("calling"))
        table.answered(try message("SIP/2.0 100 Trying", "x", "INVITE"))
        #expect(states(table) == row("calling"))
        table.answered(try message("SIP/2.0 180 Ringing", "x", "INVITE"))
        #expect(states(table) == row("ringing"))
        table.answered(try message("SIP/2.0 200 OK", "x", "INVITE"))
        table.answered(try message("SIP/2.0 487 Late", "x", "INVITE"))
        #expect(states(table) == row("answered"))
        table.ended(try message("BYE sip:c@d SIP/2.0", "x", "BYE"))
        #expect(table.count == 0)
    }

    @Test("A call that fails leaves no row, nor does one that was never made")
    func failure() throws {
        var table = CallTable()
        table.began(try message("MESSAGE sip:c@d SIP/2.0", "m", "MESSAGE"), unixSeconds: 0)
        table.began(try invite("x"), unixSeconds: 0)
        table.answered(try message("SIP/2.0 486 Busy", "x", "INVITE"))
        table.began(try invite("y"), unixSeconds: 0)
        table.failed(try invite("y"))
        #expect(table.count == 0)
    }

    @Test("One more than the limit: the oldest goes")
    func limit() throws {
        var table = CallTable()
        for number in 0...CallTable.limit { table.began(try invite("c\(number)"), unixSeconds: 0) }
        #expect(table.count == CallTable.limit)
        guard case .list(let first)? = states(table).first else { return }
        #expect(first.first == .text("c1"))
    }
}
