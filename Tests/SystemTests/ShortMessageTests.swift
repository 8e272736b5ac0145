import Foundation
import LabHarness
import Testing

extension SystemTests {
    /// Short messages through processes and sockets: UEs, core and IP-SM-GW each by themselves (TS 24.341).
    @Suite("Short messages")
    struct ShortMessages {
        private static let settings = LabSettings {
            $0.hasGateway = true
            $0.writesCapture = true
        }

        private func number(_ ue: Int) -> String { "+\(Subscriber(number: ue).msisdn)" }

        private func send(_ lab: Lab, _ text: String, more: [String] = []) throws -> String {
            try lab.imsbox(
                ["ue", "message", "--sms", "--from", "1", "--to", number(2), "--text", text, "--pcscf", "\(lab.pcscf)"]
                    + more)
        }

        private func stay(_ lab: Lab, _ ue: Int) throws -> Child {
            let phone = try Child(
                Product.binary(), ["ue", "register", "--ue", "\(ue)", "--stay", "--pcscf", "\(lab.pcscf)"],
                name: "ue \(ue)")
            try phone.waitForLine(beginning: "waiting", within: 30)
            return phone
        }

        /// What the gateway counts.
        private func count(_ lab: Lab, _ key: String) throws -> Int {
            let said = try lab.imsbox("status", "--json", "--state-dir", lab.state.path)
            let rows = try JSONSerialization.jsonObject(with: Data(said.utf8)) as? [[String: Any]]
            let gateway = rows?.first { $0["instance"] as? String == "ipsmgw" }
            return (gateway?["counts"] as? [String: Any])?[key] as? Int ?? -1
        }

        private func dissect(_ lab: Lab) -> Dissection {
            Dissection(file: lab.folder.appendingPathComponent("ipsmgw.pcap"))
        }

        @Test("Two lab UEs in processes of their own: RP-ACK, text, status report; tshark reads the same")
        func twoProcesses() throws {
            try Lab.run(.box, Self.settings) { lab in
                try lab.startGateway()
                let phone = try stay(lab, 2)
                defer { phone.destroy() }
                let said = try send(lab, "hello there", more: ["--report"])
                #expect(said.contains("RP-ACK: the service centre has the message"), "\(said)")
                #expect(said.contains("status report: the message for \(number(2)) was delivered"), "\(said)")
                try phone.waitForLine(beginning: "short message from \(number(1)): hello there", within: 30)
                // In several parts, and in an alphabet of two octets a character.
                let long = String(repeating: "long ", count: 80) + "end"
                _ = try send(lab, long)
                try phone.waitForLine(beginning: "short message from \(number(1)): \(long)", within: 30)
                _ = try send(lab, "привет 😀")
                try phone.waitForLine(beginning: "short message from \(number(1)): привет 😀", within: 30)
                let json = try lab.imsbox([
                    "ue", "message", "--sms", "--json", "--from", "3", "--to", "4", "--text", "both here", "--pcscf",
                    "\(lab.pcscf)",
                ])
                #expect(json.contains("\"arrived\": true"))
                try Deadline(seconds: 20).wait("an empty store") { try self.count(lab, "stored") == 0 }
                try lab.stop()
                try read(dissect(lab))
            }
        }

        /// The gateway's own capture, in the words of a decoder nobody here wrote.
        private func read(_ dissection: Dissection) throws {
            #expect(try dissection.count("_ws.malformed") == 0)
            let submits = try dissection.fields(
                ["gsm_sms.tp-da", "gsm_sms.sms_text"], where: "gsm_sms.tp-mti == 1 && gsm_sms.tp-da")
            #expect(submits.contains { $0.contains("15550000002") && $0.contains("hello there") }, "\(submits)")
            let delivers = try dissection.fields(
                ["gsm_sms.tp-oa", "gsm_sms.sms_text"], where: "gsm_a.rp.msg_type == 1 && gsm_sms.tp-oa")
            #expect(delivers.contains { $0.contains("15550000001") && $0.contains("hello there") }, "\(delivers)")
            #expect(delivers.contains { $0.contains("привет") }, "\(delivers)")
            // RP-ACK of each side, and a status report with TP-Status 0.
            for filter in ["gsm_a.rp.msg_type == 2", "gsm_a.rp.msg_type == 3", "gsm_sms.tp-ra"] {
                #expect(try dissection.count(filter) > 0, "\(filter)")
            }
        }

        @Test("Recipient away, kill -9 of the gateway in between: delivered once and only once")
        func awayAndRestart() throws {
            try Lab.run(.processes, Self.settings) { lab in
                let first = try lab.startGateway()
                let said = try send(lab, "while you were out")
                #expect(said.contains("RP-ACK"), "\(said)")
                #expect(try count(lab, "stored") == 1)
                lab.crashGateway(first)
                let second = try lab.startGateway()
                #expect(try count(lab, "stored") == 1)
                let phone = try stay(lab, 2)
                defer { phone.destroy() }
                let line = "short message from \(number(1)): while you were out"
                try phone.waitForLine(beginning: line, within: 30)
                try Deadline(seconds: 20).wait("an empty store") { try self.count(lab, "stored") == 0 }
                // Once more, right after it has been delivered: nothing is left to be sent.
                lab.crashGateway(second)
                try lab.startGateway()
                #expect(try count(lab, "stored") == 0)
                _ = try send(lab, "and this")
                try phone.waitForLine(beginning: "short message from \(number(1)): and this", within: 30)
                #expect(phone.text.components(separatedBy: line).count == 2)
            }
        }

        @Test("Two sipp UEs exchange the TPDUs they were given; tshark reads them at the gateway")
        func sipp() throws {
            try Lab.run(.box, Self.settings) { lab in
                try lab.startGateway()
                func phone(_ number: Int) -> SippPhone {
                    SippPhone(
                        lab: lab, subscriber: Subscriber(number: number), address: lab.addresses.ue(number),
                        transport: .udp)
                }
                for number in 1...2 { try #require(phone(number).register().fault() == nil) }
                let texter = SippTexter(lab: lab)
                let receiver = try texter.receive(phone(2))
                defer { receiver.destroy() }
                try Deadline(seconds: 30).wait("a phone that listens") { try phone(2).listens() }
                let sender = try texter.send(phone(1), to: Subscriber(number: 2))
                defer { sender.destroy() }
                #expect(try sender.waitForExit(within: 60) == .code(0), "\(sender.text.suffix(2000))")
                #expect(try receiver.waitForExit(within: 60) == .code(0), "\(receiver.text.suffix(2000))")
                try Deadline(seconds: 20).wait("an empty store") { try self.count(lab, "stored") == 0 }
                #expect(try count(lab, "delivered") == 1)
                try lab.stop()
                let delivers = try dissect(lab).fields(
                    ["gsm_sms.tp-oa", "gsm_sms.sms_text"], where: "gsm_a.rp.msg_type == 1 && gsm_sms.tp-oa")
                #expect(delivers.contains { $0.contains("15550000001") && $0.contains("hello") }, "\(delivers)")
                #expect(try dissect(lab).count("_ws.malformed") == 0)
            }
        }

        @Test("Plain text between soft clients goes past the gateway, which need not even run")
        func plainText() throws {
            try Lab.run(.box, Self.settings) { lab in
                let said = try lab.imsbox([
                    "ue", "message", "--from", "1", "--to", "2", "--text", "plain", "--pcscf", "\(lab.pcscf)",
                ])
                #expect(said.contains("200 OK"), "\(said)")
                let short = try lab.imsbox(
                    [
                        "ue", "message", "--sms", "--from", "1", "--to", "2", "--text", "short", "--pcscf",
                        "\(lab.pcscf)",
                    ],
                    expecting: .code(1))
                #expect(short.contains("is there an IP-SM-GW"), "\(short)")
            }
        }
    }
}
