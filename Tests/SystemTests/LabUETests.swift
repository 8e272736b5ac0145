import Foundation
import LabHarness
import Testing

extension SystemTests {
    /// `imsbox ue`: exit status, what it says, and how it tells failures apart.
    @Suite("Lab UE")
    struct LabUE {
        @Test("Registers by UDP and TCP, says what was granted, and takes it back", arguments: ["udp", "tcp"])
        func registers(transport: String) throws {
            try Lab.run(.box) { lab in
                let options = ["--pcscf", "\(lab.pcscf)", "--transport", transport]
                let said = try lab.imsbox(["ue", "register", "--ue", "1"] + options)
                #expect(said.contains("registered \(Subscriber(number: 1).impu) for 7200 s"))
                #expect(said.contains("tel:+\(Subscriber(number: 1).msisdn)"))
                let shown = try lab.imsbox("registrations", "--state-dir", lab.state.path)
                #expect(shown.contains(Subscriber(number: 1).imsi))
                let json = try lab.imsbox(["ue", "register", "--ue", "1", "--deregister", "--json"] + options)
                let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
                #expect(object?["expires"] as? Int == 7_200)
            }
        }

        @Test("Each failure has its status and its cure")
        func failures() throws {
            try Lab.run(.box) { lab in
                let core = ["--pcscf", "\(lab.pcscf)"]
                func fail(_ arguments: [String], _ words: String..., status: Int32 = 1) throws {
                    let said = try lab.imsbox(["ue"] + arguments, expecting: .code(status))
                    for word in words { #expect(said.contains(word), "\(arguments): \(said)") }
                }
                let zero = String(repeating: "0", count: 32)
                let imsi = Subscriber(number: 1).imsi
                try fail(
                    ["register", "--imsi", imsi, "--k", zero, "--opc", zero] + core, "MAC failure",
                    "K or OPc differ from the HSS's")
                try fail(["register", "--ue", "4711"] + core, "403", "imsbox subscriber list")
                try fail(
                    ["register", "--pcscf", "\(lab.pcscf.address):1", "--transport", "tcp"], "nobody listens", "--pcscf"
                )
                try fail(
                    ["register", "--pcscf", "\(lab.pcscf.address):1", "--timeout", "1"], "no answer", "imsbox status")
                try fail(["register", "--ue", "0"], "--ue", status: 64)
                try fail(["register", "--imsi", imsi, "--k", "12"], "32 hexadecimal digits", status: 64)
                try fail(["register", "--k", zero], "--imsi", status: 64)
                try fail(["call", "--to", "tel:+1", "--dial", "2"], "--to", status: 64)
                try fail(["load", "--count", "0"], "--count", status: 64)
                try fail(["register", "--again", "-1"], "--again", status: 64)
                try fail(["register", "--ipsec-algorithms", "hmac-sha-1-96"], "null/aes-gcm", status: 64)
                try fail(
                    ["register", "--ipsec", "required", "--user", "a", "--password", "b"] + core, "SIM", "--ipsec")
            }
        }

        @Test("Calls: answered, busy, cancelled, reliable; with their exit status")
        func calls() throws {
            try Lab.run(.box) { lab in
                let call = ["ue", "call", "--from", "1", "--to", "2", "--pcscf", "\(lab.pcscf)"]
                let answered = try lab.imsbox(call + ["--hold", "0"])
                for line in ["180 Ringing", "answered", "call over: hung up"] { #expect(answered.contains(line)) }
                let reliable = try lab.imsbox(call + ["--hold", "0", "--reliable", "--transport", "tcp"])
                #expect(reliable.contains("call over: hung up"))
                let waiting = try lab.imsbox(call + ["--hold", "0", "--preconditions"])
                for line in ["183 Session Progress", "180 Ringing", "call over: hung up"] {
                    #expect(waiting.contains(line), "\(waiting)")
                }
                for dialled in ["+15550000002", "0015550000002", "5550000002", "tel:+1-555-0000-002"] {
                    let said = try lab.imsbox(call + ["--hold", "0", "--dial", dialled])
                    #expect(said.contains("call over: hung up"), "\(dialled): \(said)")
                }
                let busy = try lab.imsbox(call + ["--busy"], expecting: .code(1))
                #expect(busy.contains("486 Busy Here"))
                let rung = try lab.imsbox(call + ["--ring", "--patience", "1"], expecting: .code(1))
                #expect(rung.contains("nobody answered"))
            }
        }

        @Test("A UE that stays is called and written to by another process, and de-registers on Ctrl-C")
        func stays() throws {
            try Lab.run(.box) { lab in
                let core = ["--pcscf", "\(lab.pcscf)"]
                let phone = try Child(
                    Product.binary(), ["ue", "register", "--ue", "2", "--stay"] + core, name: "ue 2")
                defer { phone.destroy() }
                try phone.waitForLine(beginning: "waiting", within: 30)
                let number = "tel:+\(Subscriber(number: 2).msisdn)"
                try lab.imsbox(["ue", "message", "--from", "1", "--to", number, "--text", "hello there"] + core)
                try phone.waitForLine(beginning: "message from", within: 30)
                #expect(phone.text.contains("hello there"))
                try lab.imsbox(["ue", "call", "--from", "1", "--to", number, "--hold", "0"] + core)
                try phone.waitForLine(beginning: "call over: the other side hung up", within: 30)
                phone.signal(SIGINT)
                #expect(try phone.waitForExit(within: 30) == .code(0))
                #expect(phone.text.contains("de-registered"))
                let shown = try lab.imsbox("registrations", "--state-dir", lab.state.path)
                #expect(!shown.contains(Subscriber(number: 2).imsi))
            }
        }

        @Test("A load run registers and calls at a rate, without a progress line where nobody looks")
        func load() throws {
            try Lab.run(.box) { lab in
                let said = try lab.imsbox([
                    "ue", "load", "--count", "10", "--rate", "10", "--calls", "--hold", "0", "--pcscf", "\(lab.pcscf)",
                ])
                #expect(said.contains("registrations: 10 done, 0 failed; p50 "))
                #expect(said.contains("calls: 5 done, 0 failed; p50 "))
                #expect(!said.contains("\r"))
                let json = try lab.imsbox(
                    [
                        "ue", "load", "--count", "3", "--first", "9", "--json", "--pcscf", "\(lab.pcscf)",
                    ], expecting: .code(1))
                #expect(json.contains("\"done\": 2") && json.contains("\"failed\": 1"))
            }
        }
    }
}
