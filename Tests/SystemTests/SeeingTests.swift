import AKA
import Foundation
import LabHarness
import Testing

extension SystemTests {
    /// What the control socket shows, and what nothing may show.
    @Suite("Seeing")
    struct Seeing {
        @Test("`status`, `peers`, `registrations` and `trace` tell what happened", arguments: [Shape.box, .processes])
        func commands(shape: Shape) throws {
            try Lab.run(shape) { lab in
                let phone = try lab.phone(1)
                try #require(phone.attempt().map(\.status) == [401, 200])
                let status = try lab.imsbox("status", "--state-dir", lab.state.path)
                for role in Role.allCases {
                    #expect(status.contains(role.rawValue), "status does not name the \(role): \(status)")
                }
                let peers = try lab.imsbox("peers", "--state-dir", lab.state.path)
                #expect(peers.contains("hss.\(Subscriber.domain)"))
                let shown = try lab.imsbox("registrations", "--state-dir", lab.state.path)
                #expect(shown.contains(phone.subscriber.imsi))
                for key in [phone.subscriber.impu, phone.subscriber.imsi, phone.callID] {
                    let ladder = try lab.imsbox("trace", key, "--state-dir", lab.state.path)
                    for word in ["REGISTER", "401", "200"] {
                        #expect(ladder.contains(word), "trace \(key) lacks \(word):\n\(ladder)")
                    }
                }
                let ladder = try lab.imsbox("trace", phone.subscriber.imsi, "--state-dir", lab.state.path)
                for word in ["UAR", "MAR", "SAR"] { #expect(ladder.contains(word), "trace lacks \(word):\n\(ladder)") }
            }
        }

        @Test(
            "Design §7: K, OPc, CK, IK and RES appear in no log, no trace, no JSON", arguments: [Shape.box, .processes])
        func secrets(shape: Shape) throws {
            try Lab.run(shape) { lab in
                let phone = try lab.phone(1)
                try #require(phone.attempt().map(\.status) == [401, 200])
                let last = try #require(phone.lastKeys)
                var said = lab.output
                for command in ["status", "registrations", "peers", "trace"] {
                    said += try lab.imsbox(command, "--json", "--state-dir", lab.state.path)
                    said += try lab.imsbox(command, "--state-dir", lab.state.path)
                }
                said += try lab.imsbox(
                    "subscriber", "show", phone.subscriber.imsi, "--store",
                    lab.state.appendingPathComponent("hss.sqlite").path)
                let text = said.lowercased()
                try #require(text.contains(phone.subscriber.imsi), "nothing was captured to look through")
                // The lab's K is readable text, and would be as bad in that form.
                #expect(!said.contains(String(decoding: last.keys.k.octets, as: UTF8.self)), "K is shown")
                for (name, secret, _) in last.secrets {
                    #expect(!text.contains(secret.lowercased()), "\(name) is shown")
                }
            }
        }

        @Test(
            "TS 24.229 §5.2.2.2: ck and ik do not leave the P-CSCF toward the phone",
            arguments: [Shape.box, .processes])
        func keysStayInside(shape: Shape) throws {
            try Lab.run(shape) { lab in
                let phone = try lab.phone(1)
                let challenge = try phone.exchange(phone.register())
                try #require(challenge.status == 401)
                #expect(challenge.challenge("ck") == nil && challenge.challenge("ik") == nil)
                #expect(challenge.challenge("algorithm") == "AKAv1-MD5")
                let granted = try phone.exchange(phone.register(.answer(challenge)))
                #expect(
                    granted.values("P-Charging-Vector").isEmpty
                        && granted.values("P-Charging-Function-Addresses").isEmpty)
            }
        }

        @Test("The database is readable by its owner alone")
        func databaseMode() throws {
            try Lab.run(.box) { lab in
                let path = lab.state.appendingPathComponent("hss.sqlite").path
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                try #require(mode == 0o600)
            }
        }
    }
}
