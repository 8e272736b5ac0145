import SIP
import Testing

@testable import PCSCF

@Suite("Decision table of preconditions: mode by heading by line")
struct PreconditionDecisionTests {
    /// What becomes of a line, in the modes that change anything, from the UE and to it.
    private static let rows: [(line: String, assistFrom: String, assistTo: String, strip: String)] = [
        ("a=curr:qos local none", "a=curr:qos local sendrecv", "=", ""),
        ("a=curr:qos remote none", "=", "a=curr:qos remote sendrecv", ""),
        ("a=curr:qos remote recv", "=", "a=curr:qos remote sendrecv", ""),
        ("a=curr:qos local send", "a=curr:qos local sendrecv", "=", ""),
        ("a=curr:qos e2e none", "=", "=", ""), ("a=curr:sec e2e none", "=", "=", ""),
        ("a=curr:conn local none", "=", "=", ""), ("a=des:qos mandatory local sendrecv", "=", "=", ""),
        ("a=des:qos optional remote send", "=", "=", ""), ("a=conf:qos remote sendrecv", "=", "=", ""),
        ("a=curr:qos local", "=", "=", "="), ("a=rtpmap:97 AMR/8000/1", "=", "=", "="), ("a=sendrecv", "=", "=", "="),
    ]

    private func passed(_ line: String, _ mode: PreconditionMode, _ heading: GmHeading) throws -> String {
        let text =
            "SIP/2.0 183 X\r\nContent-Type: application/sdp\r\nContent-Length: \(line.utf8.count + 2)\r\n\r\n\(line)\r\n"
        var edit = SIPEdit(try SIPMessage(Array(text.utf8)))
        GmCrossing(preconditions: mode).settle(&edit, heading)
        let body = try SIPMessage(edit.serialize()).body
        return body.isEmpty ? "" : String(decoding: body.dropLast(2), as: UTF8.self)
    }

    @Test(
        "RFC 3312 §4: of the UE's own access all is met, of the other nothing is said; a stripped body has no line left"
    )
    func table() throws {
        for row in Self.rows {
            for (mode, heading, wanted) in [
                (PreconditionMode.assist, GmHeading.fromUE, row.assistFrom), (.assist, .toUE, row.assistTo),
                (.strip, .fromUE, row.strip), (.strip, .toUE, row.strip), (.pass, .fromUE, "="), (.pass, .toUE, "="),
            ] {
                let result = try passed(row.line, mode, heading)
                #expect(result == (wanted == "=" ? row.line : wanted), "\(row.line) \(mode) \(heading)")
            }
        }
    }

    @Test("RFC 3312 §11: the option tag, by mode and header")
    func tags() {
        func tag(_ header: HeaderID, _ mode: PreconditionMode, _ isRequest: Bool, _ isRequired: Bool = true) -> String {
            "\(PreconditionDecision.tag(in: header, mode, isRequest: isRequest, isRequired: isRequired))"
        }
        for header in [HeaderID.require, .supported] {
            for isRequest in [true, false] {
                #expect(tag(header, .pass, isRequest) == "keep" && tag(header, .strip, isRequest) == "drop")
                #expect(tag(header, .assist, isRequest) == (!isRequest ? "keep" : header == .require ? "drop" : "add"))
            }
        }
        #expect(tag(.supported, .assist, true, false) == "keep")
    }
}
