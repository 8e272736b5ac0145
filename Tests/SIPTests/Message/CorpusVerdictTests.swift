import SIP
import Testing

/// The verdict RFC 4475 and RFC 5118 state for each of their messages, one row each.
///
/// Where the RFC leaves a choice ("acceptable to reject", "could choose to be liberal") the row holds the choice made
/// here and says so.
@Suite("RFC 4475 and RFC 5118: every message reaches its verdict")
struct CorpusVerdictTests {
    enum Verdict: Equatable, Sendable {
        case accept
        case refuse(Int)
        case drop
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let file: String
        let clause: String
        let verdict: Verdict
        /// What a proxy answers instead of forwarding; nil: it forwards.
        var proxy: Int?
        /// What a user agent server (a registrar for REGISTER) answers for the reason the RFC names; nil: it processes.
        var server: Int?
        var testDescription: String { "\(file) (\(clause))" }
    }

    static let rfc4475: [Row] = [
        Row(file: "wsinv", clause: "3.1.1.1", verdict: .accept),
        Row(file: "intmeth", clause: "3.1.1.2", verdict: .accept),
        Row(file: "esc01", clause: "3.1.1.3", verdict: .accept),
        Row(file: "escnull", clause: "3.1.1.4", verdict: .accept),
        Row(file: "esc02", clause: "3.1.1.5", verdict: .accept),
        Row(file: "lwsdisp", clause: "3.1.1.6", verdict: .accept),
        Row(file: "longreq", clause: "3.1.1.7", verdict: .accept),
        Row(file: "dblreq", clause: "3.1.1.8", verdict: .accept),
        Row(file: "semiuri", clause: "3.1.1.9", verdict: .accept),
        Row(file: "transports", clause: "3.1.1.10", verdict: .accept),
        Row(file: "mpart01", clause: "3.1.1.11", verdict: .accept),
        Row(file: "unreason", clause: "3.1.1.12", verdict: .accept),
        Row(file: "noreason", clause: "3.1.1.13", verdict: .accept),
        Row(file: "badinv01", clause: "3.1.2.1", verdict: .refuse(400)),
        Row(file: "clerr", clause: "3.1.2.2", verdict: .refuse(400)),
        Row(file: "ncl", clause: "3.1.2.3", verdict: .refuse(400)),
        Row(file: "scalar02", clause: "3.1.2.4", verdict: .refuse(400)),
        Row(file: "scalarlg", clause: "3.1.2.5", verdict: .drop),
        Row(file: "quotbal", clause: "3.1.2.6", verdict: .refuse(400)),
        Row(file: "ltgtruri", clause: "3.1.2.7", verdict: .refuse(400)),
        Row(file: "lwsruri", clause: "3.1.2.8", verdict: .refuse(400)),
        // Choice: rejected, as the clause allows; a liberal element would have to repair the line before forwarding.
        Row(file: "lwsstart", clause: "3.1.2.9", verdict: .refuse(400)),
        Row(file: "trws", clause: "3.1.2.10", verdict: .refuse(400)),
        Row(file: "escruri", clause: "3.1.2.11", verdict: .refuse(400)),
        // Choice: accepted; the clause advises against rejecting a Date nobody here reads.
        Row(file: "baddate", clause: "3.1.2.12", verdict: .accept),
        Row(file: "regbadct", clause: "3.1.2.13", verdict: .refuse(400)),
        Row(file: "badaspec", clause: "3.1.2.14", verdict: .refuse(400)),
        Row(file: "baddn", clause: "3.1.2.15", verdict: .refuse(400)),
        Row(file: "badvers", clause: "3.1.2.16", verdict: .refuse(505)),
        Row(file: "mismatch01", clause: "3.1.2.17", verdict: .refuse(400)),
        Row(file: "mismatch02", clause: "3.1.2.18", verdict: .refuse(501)),
        Row(file: "bigcode", clause: "3.1.2.19", verdict: .drop),
        // Choice: accepted and matched by RFC 2543's rules, one of the two ways the clause names.
        Row(file: "badbranch", clause: "3.2.1", verdict: .accept),
        Row(file: "insuf", clause: "3.3.1", verdict: .refuse(400)),
        Row(file: "unkscm", clause: "3.3.2", verdict: .accept, proxy: 416, server: 416),
        Row(file: "novelsc", clause: "3.3.3", verdict: .accept, proxy: 416, server: 416),
        Row(file: "unksm2", clause: "3.3.4", verdict: .accept, server: 400),
        Row(file: "bext01", clause: "3.3.5", verdict: .accept, proxy: 420, server: 420),
        Row(file: "invut", clause: "3.3.6", verdict: .accept, server: 415),
        Row(file: "regaut01", clause: "3.3.7", verdict: .accept),
        Row(file: "multi01", clause: "3.3.8", verdict: .refuse(400)),
        Row(file: "mcl01", clause: "3.3.9", verdict: .refuse(400)),
        Row(file: "bcast", clause: "3.3.10", verdict: .drop),
        Row(file: "zeromf", clause: "3.3.11", verdict: .accept, proxy: 483),
        Row(file: "cparam01", clause: "3.3.12", verdict: .accept),
        Row(file: "cparam02", clause: "3.3.13", verdict: .accept),
        Row(file: "regescrt", clause: "3.3.14", verdict: .accept),
        // The clause lets the server answer without a body instead of 406, which is what ours do.
        Row(file: "sdp01", clause: "3.3.15", verdict: .accept),
        Row(file: "inv2543", clause: "3.4.1", verdict: .accept),
    ]

    static let rfc5118: [Row] = [
        Row(file: "ipv6-good", clause: "4.1", verdict: .accept),
        Row(file: "ipv6-bad", clause: "4.2", verdict: .refuse(400)),
        Row(file: "port-ambiguous", clause: "4.3", verdict: .accept),
        Row(file: "port-unambiguous", clause: "4.4", verdict: .accept),
        Row(file: "via-received-param-with-delim", clause: "4.5", verdict: .accept),
        Row(file: "via-received-param-no-delim", clause: "4.5", verdict: .accept),
        Row(file: "ipv6-in-sdp", clause: "4.6", verdict: .accept),
        Row(file: "mult-ip-in-header", clause: "4.7", verdict: .accept),
        Row(file: "mult-ip-in-sdp", clause: "4.8", verdict: .accept),
        Row(file: "ipv4-mapped-ipv6", clause: "4.9", verdict: .accept),
        Row(file: "ipv6-bug-abnf-3-colons", clause: "4.10", verdict: .accept),
        Row(file: "ipv6-correct-abnf-2-colons", clause: "4.10", verdict: .accept),
    ]

    @Test("the tables list every file of the corpora, once")
    func tablesAreComplete() {
        #expect(Self.rfc4475.map(\.file).sorted() == Corpus.names("rfc4475"))
        #expect(Self.rfc5118.map(\.file).sorted() == Corpus.names("rfc5118"))
        #expect(Self.rfc4475.count == 49 && Self.rfc5118.count == 12)
    }

    @Test("RFC 4475", arguments: rfc4475)
    func torture(_ row: Row) { check(row, "rfc4475") }

    @Test("RFC 5118", arguments: rfc5118)
    func ipv6Torture(_ row: Row) { check(row, "rfc5118") }

    private func check(_ row: Row, _ corpus: String) {
        let bytes = Corpus.bytes("\(corpus)/\(row.file)")
        switch SIPMessage.judge(bytes) {
        case .message(let message):
            #expect(row.verdict == .accept)
            checkRoles(message, row)
        case .refuse(let message, let status, let reason):
            #expect(row.verdict == .refuse(status))
            #expect(reason == SIPReason.phrase(status))
            checkAnswer(message, status)
        case .drop: #expect(row.verdict == .drop)
        }
    }

    /// What a proxy, a user agent and a registrar that know no extension and only SDP do with an accepted request.
    private func checkRoles(_ message: SIPMessage, _ row: Row) {
        guard message.isRequest else { return }
        #expect(message.refusalByProxy(supporting: [])?.status == row.proxy)
        let types = ["application/sdp", "multipart/mixed"]
        let server =
            message.method == .register
            ? message.refusalByRegistrar(supporting: [])?.status
            : message.refusalByUserAgent(supporting: [], accepting: types)?.status
        #expect(server == row.server)
    }

    /// A refused request can be answered, and the answer is itself a message anybody accepts when the request had the
    /// headers.
    private func checkAnswer(_ message: SIPMessage, _ status: Int) {
        #expect(message.responseVia() != nil)
        let answer = SIPWriter.response(to: message, status: status, toTag: "t").finish()
        #expect(answer.text.hasPrefix("SIP/2.0 \(status) "))
        #expect((try? SIPMessage(answer))?.status == status)
    }
}
