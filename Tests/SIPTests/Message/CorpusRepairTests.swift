import SIP
import Testing

/// The verdicts are reached for the reason the RFC names: with that one fault repaired, and nothing else changed, each
/// refused message is accepted.
@Suite("RFC 4475 §3: the refused messages have one fault each")
struct CorpusRepairTests {
    struct Repair: Sendable, CustomTestStringConvertible {
        let file: String
        let changes: [(String, String)]
        init(_ file: String, _ changes: (String, String)...) { (self.file, self.changes) = (file, changes) }
        var testDescription: String { file }
    }

    static let repairs: [Repair] = [
        Repair("rfc4475/badinv01", ("192.0.2.15;;,;,,", "192.0.2.15"), ("org>;;;;", "org>")),
        Repair("rfc4475/clerr", ("9999", "150")),
        Repair("rfc4475/ncl", ("-999", "150")),
        Repair("rfc4475/scalar02", ("36893488147419103232", "3689"), ("Max-Forwards: 300", "Max-Forwards: 30")),
        Repair("rfc4475/scalarlg", ("9292394834772304023312", "9292")),
        Repair("rfc4475/quotbal", ("Mr. J. User <", "Mr. J. User\" <")),
        Repair("rfc4475/ltgtruri", ("<sip:user@example.com> SIP", "sip:user@example.com SIP")),
        Repair("rfc4475/lwsruri", ("com; lr", "com;lr")),
        Repair("rfc4475/lwsstart", ("INVITE  sip:user@example.com  SIP", "INVITE sip:user@example.com SIP")),
        Repair("rfc4475/trws", ("SIP/2.0  \r", "SIP/2.0\r")),
        Repair("rfc4475/escruri", ("?Route=%3Csip:example.com%3E", "")),
        Repair("rfc4475/regbadct", ("?Route=%3Csip:sip.example.com%3E", "")),
        Repair("rfc4475/badaspec", ("< sip:t.watson@example.org >", "<sip:t.watson@example.org>")),
        Repair("rfc4475/baddn", ("Bell, Alexander", "Bell Alexander"), ("Watson, Thomas", "Watson Thomas")),
        Repair("rfc4475/badvers", ("org SIP/7.0", "org SIP/2.0"), ("Via:     SIP/7.0", "Via: SIP/2.0")),
        Repair("rfc4475/mismatch01", ("8 INVITE", "8 OPTIONS")),
        Repair("rfc4475/mismatch02", ("8 INVITE", "8 NEWMETHOD")),
        Repair("rfc4475/bigcode", ("4294967301", "301")),
        Repair(
            "rfc4475/insuf", ("CSeq", "To: <sip:a@b>\r\nFrom: <sip:c@d>\r\nCall-ID: x\r\nCSeq"), ("l: 152", "l: 150")),
        Repair(
            "rfc4475/multi01", ("CSeq: 5 INVITE\r\nCall-ID: multi01.98asdh@192.0.2.1\r\n", ""),
            ("From: sip:caller@example.com;tag=3413415\r\n", ""),
            ("To: sip:user@example.com\r\n", ""), ("Max-Forwards: 70\r\n", "")),
        Repair("rfc4475/mcl01", ("Content-Length: 13\r\n", "")),
        Repair("rfc4475/bcast", ("255.255.255.255", "192.0.2.255")),
        Repair("rfc5118/ipv6-bad", ("sip:2001:db8::10", "sip:[2001:db8::10]")),
    ]

    @Test("repaired, it is accepted", arguments: repairs)
    func repaired(_ repair: Repair) {
        let original = Corpus.bytes(repair.file)
        if case .message = SIPMessage.judge(original) { Issue.record("accepted unrepaired") }
        var bytes = original
        for (fault, cure) in repair.changes {
            guard let changed = bytes.replacing(fault, cure) else {
                Issue.record("\(fault) is not in \(repair.file)")
                return
            }
            bytes = changed
        }
        let verdict = SIPMessage.judge(bytes)
        guard case .message = verdict else {
            Issue.record("refused although repaired: \(verdict)")
            return
        }
    }

    @Test("there is a repair for every refused or dropped message")
    func complete() {
        let refused =
            CorpusVerdictTests.rfc4475.filter { $0.verdict != .accept }.map { "rfc4475/\($0.file)" }
            + CorpusVerdictTests.rfc5118.filter { $0.verdict != .accept }.map { "rfc5118/\($0.file)" }
        #expect(refused.sorted() == Self.repairs.map(\.file).sorted())
    }
}
