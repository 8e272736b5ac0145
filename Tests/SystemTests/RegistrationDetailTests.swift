import Foundation
import LabHarness
import Testing

extension SystemTests {
    /// What a registration grants and what ends it, on the wire (TS 24.229 §5.4.1).
    @Suite("Registration in detail")
    struct RegistrationDetail {
        @Test(
            "TS 24.229 §5.4.1.2.2F: the 200 names the identities that may be used, where to send requests, for how long"
        )
        func granted() throws {
            try Lab.run(.processes) { lab in
                let phone = try lab.phone(1)
                let granted = try #require(phone.attempt(expires: 600_000).last)
                try #require(granted.status == 200)
                let identities = granted.values("P-Associated-URI").joined(separator: ", ")
                #expect(identities.hasPrefix("<sip:+\(phone.subscriber.msisdn)@\(Subscriber.domain)>"))
                #expect(identities.contains("<tel:+\(phone.subscriber.msisdn)>"))
                #expect(!identities.contains(phone.subscriber.imsi), "the barred identity is offered: \(identities)")
                #expect(granted.value("Service-Route")?.contains("scscf.\(Subscriber.domain)") == true)
                #expect(granted.values("Contact").joined().contains("expires=7200"))
            }
        }

        @Test("RFC 3261 §10.2.2: `Contact: *` ends every binding")
        func everyContact() throws {
            try Lab.run(.box) { lab in
                let phone = try lab.phone(1)
                try #require(phone.attempt().map(\.status) == [401, 200])
                try #require(phone.attempt(expires: 0, contact: "*").map(\.status) == [401, 200])
                try #require(lab.registrations().isEmpty)
            }
        }

        @Test("RFC 3261 §10.3 step 7: too short a time is 423 with Min-Expires")
        func tooBrief() throws {
            try Lab.run(.box) { lab in
                let phone = try lab.phone(1)
                let refused = try #require(phone.attempt(expires: 5).last)
                try #require(refused.status == 423)
                let least = try #require(refused.value("Min-Expires").flatMap { Int($0) })
                try #require(phone.attempt(expires: least).last?.status == 200)
            }
        }

        @Test("TS 24.229 §5.4.1.4.2: a binding that is not there cannot be ended: 481")
        func unknownBinding() throws {
            try Lab.run(.box) { lab in
                try #require(lab.phone(1).attempt().map(\.status) == [401, 200])
                let elsewhere = "<sip:001010000000001@\(lab.addresses.ue(700)):5099>"
                try #require(lab.phone(1).attempt(expires: 0, contact: elsewhere).last?.status == 481)
            }
        }

        @Test("TS 24.229 §5.4.1.4: a registration that is not refreshed ends by itself, in every role")
        func expiry() throws {
            try Lab.run(.processes, LabSettings { $0.leastExpires = 1 }) { lab in
                let phone = try lab.phone(1)
                try #require(phone.attempt(expires: 2).map(\.status) == [401, 200])
                try #require(!lab.registrations().isEmpty)
                let deadline = Deadline(seconds: 20)
                while try !lab.registrations().isEmpty {
                    try #require(!deadline.hasPassed, "still registered long after two seconds")
                }
            }
        }

        @Test("TS 29.228 §6.1.1.1: an IMPU of somebody else's set is refused with 403")
        func foreignIdentity() throws {
            try Lab.run(.box) { lab in
                let phone = try lab.phone(1)
                phone.impu = Subscriber(number: 2).impu
                try #require(phone.attempt().last?.status == 403)
                try #require(lab.registrations().isEmpty)
            }
        }

        @Test("TS 24.229 §5.4.1.2.1B: SIP Digest for a user with a password", arguments: [Shape.box, .processes])
        func password(shape: Shape) throws {
            try Lab.run(shape) { lab in
                let alice = "alice@\(Subscriber.domain)"
                try lab.imsbox(
                    "subscriber", "add", "--impi", alice, "--impu", "sip:\(alice)", "--password", "wonderland",
                    "--realm", Subscriber.domain, "--store", lab.state.appendingPathComponent("hss.sqlite").path)
                let phone = try lab.phone(700)
                (phone.impi, phone.impu) = (alice, "sip:\(alice)")
                let challenge = try Self.challenged(phone)
                try #require(phone.exchange(phone.register(.password(challenge, "looking-glass"))).status != 200)
                let again = try Self.challenged(phone)
                try #require(phone.exchange(phone.register(.password(again, "wonderland"))).status == 200)
                try #require(lab.registrations().contains { $0.impi == alice })
            }
        }

        /// The HSS sees what was provisioned while it runs within a second or so; until then the user is unknown.
        private static func challenged(_ phone: Phone) throws -> SIPText {
            let deadline = Deadline(seconds: 15)
            while true {
                let response = try phone.exchange(phone.register())
                if response.status == 401 { return response }
                try #require(response.status == 403 && !deadline.hasPassed, "\(response.startLine)")
            }
        }

        @Test("A set whose every identity is barred is refused at provisioning, with a reason")
        func barredSet() throws {
            try Lab.with { lab in
                let store = lab.state.appendingPathComponent("hss.sqlite").path
                let key = String(repeating: "0123456789abcdef", count: 2)
                let said = try lab.imsbox(
                    "subscriber", "add", "--imsi", "001010000000042", "--k", key, "--opc", key, "--store", store,
                    expecting: .code(64))
                #expect(said.contains("barred"))
            }
        }
    }
}
