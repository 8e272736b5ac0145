import Foundation
import LabHarness

/// Two sipps that text: octets as they are, `\xNN` in a scenario's body. sipp puts a line end behind a body and counts it,
/// so the lengths stand there as numbers.
struct SippTexter {
    let lab: Lab

    private static let home = Subscriber.domain
    /// SMS-SUBMIT to +15550000002, "hello", in an RP-DATA with reference 1 to +15559999999.
    private static let submit: [UInt8] =
        [0x00, 0x01, 0x00, 0x07, 0x91, 0x51, 0x55, 0x99, 0x99, 0x99, 0xF9, 0x12]
        + [0x01, 0x01, 0x0B, 0x91, 0x51, 0x55, 0x00, 0x00, 0x00, 0xF2, 0x00, 0x00, 0x05]
        + [0xE8, 0x32, 0x9B, 0xFD, 0x06]
    /// RP-ACK of the gateway's first message, with an SMS-DELIVER-REPORT.
    private static let acknowledgement: [UInt8] = [0x02, 0x01, 0x41, 0x02, 0x00, 0x00]

    /// Sends, and takes the service centre's RP-ACK, which is no part of that call.
    func send(_ phone: SippPhone, to peer: Subscriber) throws -> Child {
        let request = Self.message(phone, "tel:+15559999999", callID: "[call_id]", Self.submit)
        let scenario =
            request + #"<recv response="100" optional="true"/><recv response="202"/><pause milliseconds="4000"/>"#
        let report = #"<recv request="MESSAGE"/>"# + Self.ok
        return try start(phone, scenario, outOfCall: report)
    }

    /// Takes one message and acknowledges it.
    func receive(_ phone: SippPhone) throws -> Child {
        let taken = #"""
            <recv request="MESSAGE"><action>
            <ereg regexp="[^ ]+" search_in="hdr" header="Call-ID:" assign_to="id"/>
            </action></recv>
            """#
        let report = Self.message(
            phone, "sip:ipsmgw.\(Self.home):7060", callID: "report///[call_id]", more: "In-Reply-To: [$id]\n",
            Self.acknowledgement)
        let end = #"<recv response="100" optional="true"/><recv response="202"/>"#
        return try start(phone, taken + Self.ok + report + end, outOfCall: nil)
    }

    private static let ok = """
        <send><![CDATA[
        SIP/2.0 200 OK
        [last_Via:]
        [last_From:]
        [last_To:];tag=[pid]t[call_number]
        [last_Call-ID:]
        [last_CSeq:]
        Content-Length: 0

        ]]></send>
        """

    private static func message(
        _ phone: SippPhone, _ uri: String, callID: String, more: String = "", _ body: [UInt8]
    ) -> String {
        let octets = body.map { String(format: "\\x%02X", $0) }.joined()
        let identity = "sip:+\(phone.subscriber.msisdn)@\(home)"
        let proxy = "\(phone.lab.pcscf)"
        return """
            <send retrans="500"><![CDATA[
            MESSAGE \(uri) SIP/2.0
            Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
            Route: <sip:\(proxy);lr>
            Max-Forwards: 70
            From: <\(identity)>;tag=[pid]f[call_number]
            To: <\(uri)>
            Call-ID: \(callID)
            CSeq: 7 MESSAGE
            \(more)P-Preferred-Identity: <\(identity)>
            Content-Type: application/vnd.3gpp.sms
            Content-Length: \(body.count)

            \(octets)
            ]]></send>
            """
    }

    private func start(_ phone: SippPhone, _ steps: String, outOfCall: String?) throws -> Child {
        func write(_ steps: String) throws -> String {
            let file = lab.folder.appendingPathComponent("text-\(UUID().uuidString.prefix(8)).xml")
            let text =
                "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<scenario name=\"text\">\n\(steps)\n</scenario>\n"
            try text.write(to: file, atomically: false, encoding: .utf8)
            return file.path
        }
        let other = try outOfCall.map { ["-oocsf", try write($0)] } ?? []
        return try Child(
            Product.tool("sipp"),
            ["\(lab.pcscf)", "-sf", try write(steps)] + other + [
                "-i", "\(phone.address)", "-p", "5090", "-m", "1", "-nostdin", "-timeout", "60", "-timeout_error",
                "-default_behaviors", "none", "-t", "u1", "-trace_err", "-error_file",
                lab.folder.appendingPathComponent("text-\(phone.subscriber.number).errors").path,
            ],
            name: "sipp \(phone.subscriber.number)")
    }
}
