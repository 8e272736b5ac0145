import Diameter
import RoleKit
import Tap
import Testing

/// From a ring's entries to one subscriber's timeline.
@Suite struct TimelineTests {
    static let ue = SocketAddress(127, 0, 0, 9, port: 5090)
    static let pcscf = SocketAddress(127, 0, 0, 1, port: 5060)
    static let icscf = SocketAddress(127, 0, 0, 1, port: 4060)
    static let icscfDiameter = SocketAddress(127, 0, 0, 1, port: 40_001)
    static let hss = SocketAddress(127, 0, 0, 1, port: 3868)

    static func row(
        _ role: Role, _ time: Int64, _ direction: TapDirection, _ local: SocketAddress, _ remote: SocketAddress,
        sip: String
    ) -> TraceRow {
        let text = sip.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n") + "\r\n\r\n"
        let entry = TapEntry(
            time: Moment(nanoseconds: UInt64(time)), content: .sip(Array(text.utf8)), direction: direction, link: .udp,
            local: local, remote: remote)
        return TraceRow(entry, TraceSource(instance: role.rawValue, role: role, epochOffset: 0))
    }

    static func row(
        _ role: Role, _ time: Int64, _ direction: TapDirection, _ local: SocketAddress, _ remote: SocketAddress,
        diameter: DiameterMessage
    ) -> TraceRow {
        let entry = TapEntry(
            time: Moment(nanoseconds: UInt64(time)), content: .diameter(diameter.bytes), direction: direction,
            link: .tcp, local: local, remote: remote)
        return TraceRow(entry, TraceSource(instance: role.rawValue, role: role, epochOffset: 0))
    }

    static func register(_ imsi: String, call: String) -> String {
        """
        REGISTER sip:ims SIP/2.0
        Via: SIP/2.0/UDP 127.0.0.9:5090;branch=z9hG4bK1
        From: <sip:\(imsi)@ims>;tag=1
        To: <sip:\(imsi)@ims>
        Call-ID: \(call)
        CSeq: 1 REGISTER
        Authorization: Digest username="\(imsi)@ims", realm="ims", nonce="", uri="sip:ims", response=""
        Content-Length: 0
        """
    }

    static func ok(_ imsi: String, call: String, number: String) -> String {
        """
        SIP/2.0 200 OK
        Via: SIP/2.0/UDP 127.0.0.9:5090;branch=z9hG4bK1
        From: <sip:\(imsi)@ims>;tag=1
        To: <sip:\(imsi)@ims>;tag=2
        Call-ID: \(call)
        CSeq: 1 REGISTER
        P-Associated-URI: <sip:+\(number)@ims>, <tel:+\(number)>
        Content-Length: 0
        """
    }

    static func uar(_ imsi: String, session: String) -> DiameterMessage {
        var message = DiameterMessage(300, application: Application.cx, flags: [.request, .proxiable])
        message.add(Base.sessionID, session)
        message.add(Base.userName, "\(imsi)@ims")
        message.add(Cx.publicIdentity, "sip:\(imsi)@ims")
        return message
    }

    /// Two subscribers registering at once, seen by P-CSCF, I-CSCF and HSS.
    static let rows: [TraceRow] = {
        var answer = DiameterMessage(300, application: Application.cx, flags: [.proxiable])
        answer.add(Base.sessionID, "s;1")
        answer.add(Base.resultCode, 2001)
        let one = register("001010000000001", call: "call-1")
        return [
            row(.pcscf, 1, .received, pcscf, ue, sip: one),
            row(.pcscf, 2, .sent, pcscf, icscf, sip: one),
            row(.icscf, 3, .received, icscf, pcscf, sip: one),
            row(.pcscf, 3, .received, pcscf, ue, sip: register("001010000000002", call: "call-2")),
            row(.icscf, 4, .sent, icscfDiameter, hss, diameter: uar("001010000000001", session: "s;1")),
            row(.hss, 5, .received, hss, icscfDiameter, diameter: uar("001010000000001", session: "s;1")),
            row(.icscf, 5, .sent, icscfDiameter, hss, diameter: uar("001010000000002", session: "s;2")),
            row(.icscf, 6, .received, icscfDiameter, hss, diameter: answer),
            row(.pcscf, 7, .sent, pcscf, ue, sip: ok("001010000000001", call: "call-1", number: "15550000001")),
        ]
    }()

    @Test(
        "A question by IMSI, IMPI, IMPU, number or Call-ID finds the same subscriber's SIP and Diameter",
        arguments: [
            "001010000000001", "001010000000001@ims", "sip:001010000000001@ims:5060;transport=udp",
            "tel:+1-555-000-0001",
            "sip:+15550000001@ims", "15550000001", "call-1",
        ])
    func questions(question: String) {
        let (found, keys) = Timeline.select(Self.rows, keys: Timeline.keys(of: question))
        #expect(found.map(\.unixNanoseconds) == [1, 2, 3, 4, 5, 6, 7])
        #expect(found.allSatisfy { !$0.identities.contains("001010000000002") })
        #expect(keys.contains("15550000001"))
    }

    @Test("A question nobody knows finds nothing; no question finds everything")
    func emptyAnswers() {
        #expect(Timeline.select(Self.rows, keys: Timeline.keys(of: "nobody")).rows.isEmpty)
        #expect(Timeline.select(Self.rows, keys: []).rows.count == Self.rows.count)
    }

    @Test("A call between two subscribers does not pull in the other one's registration")
    func callsDoNotLinkSubscribers() {
        let invite = """
            INVITE sip:+15550000002@ims SIP/2.0
            Via: SIP/2.0/UDP 127.0.0.9:5090;branch=z9hG4bK2
            From: <sip:001010000000001@ims>;tag=1
            To: <sip:001010000000002@ims>
            Call-ID: call-3
            CSeq: 1 INVITE
            Content-Length: 0
            """
        let rows = Self.rows + [Self.row(.pcscf, 9, .received, Self.pcscf, Self.ue, sip: invite)]
        let found = Timeline.select(rows, keys: Timeline.keys(of: "001010000000001")).rows
        #expect(found.last?.call == "call-3")
        #expect(!found.contains { $0.call == "call-2" })
    }

    @Test("What one instance sent and another received is one row; equal messages sent twice stay two")
    func merging() {
        #expect(Timeline.merge(Self.rows).map(\.unixNanoseconds) == [1, 2, 3, 4, 5, 6, 7])
        #expect(Timeline.merge(Self.rows + Self.rows).count == 14)
        #expect(Timeline.merge(Self.rows.filter { $0.role == .icscf }).count == 4)
    }

    @Test("Within one reading of the clock the order is that of cause")
    func causality() {
        let still = Self.rows.map { row in
            var row = row
            row.unixNanoseconds = 7
            return row
        }
        let backwards = ["hss", "icscf", "pcscf"].flatMap { name in still.filter { $0.instance == name } }
        let one = Timeline.select(backwards, keys: ["001010000000001"]).rows
        let order = Timeline.merge(one).map(\.summary)
        #expect(order.filter { $0 != "200 OK" } == ["REGISTER", "REGISTER", "UAR", "UAA 2001"])
        #expect(order.count == 5)
    }

    @Test("Rows survive the way over the control socket")
    func transfer() throws {
        for row in Self.rows { #expect(TraceRow(reading: row.transfer) == row) }
        #expect(TraceRow(reading: .object([("time", .text("1"))])) == nil)
    }

    @Test("Messages that are no messages still get a row")
    func malformed() {
        let row = Self.row(.pcscf, 1, .received, Self.pcscf, Self.ue, sip: "garbage \u{1}")
        #expect(row.summary.hasPrefix("malformed: garbage"))
        let entry = TapEntry(
            time: Moment(nanoseconds: 1), content: .diameter([1, 2]), direction: .sent, link: .tcp, local: Self.hss,
            remote: Self.icscfDiameter)
        let source = TraceSource(instance: "hss", role: .hss, epochOffset: 0)
        #expect(TraceRow(entry, source).summary == "malformed Diameter message of 2 bytes")
    }

    @Test(
        "Every spelling of an identity has one key",
        arguments: [
            ("sip:+15550000001@ims.example;user=phone", "15550000001"), ("\"A\" <tel:+1-555-000-0001>", "15550000001"),
            ("tel:+1-555-000-0001;phone-context=x", "15550000001"), ("sip:Alice@IMS.example:5060", "alice@ims.example"),
            ("alice@ims.example", "alice@ims.example"), ("sip:ims.example", "ims.example"), ("", ""),
        ])
    func keys(identity: String, key: String) {
        #expect(TraceKey.of(identity) == key)
    }
}
