import Foundation
import LabHarness
import Testing

extension SystemTests {
    /// `imsbox doctor IMSI` against a core that runs: the causes that need the real thing. Each sentence has its test in
    /// `SubscriberDoctorTests` of the commands' own tests.
    @Suite("Doctor of one phone")
    struct SubscriberDoctor {
        private static let zero = String(repeating: "0", count: 32)

        @Test("A SIM with another K: MAC failure, exit status 1", arguments: [Shape.box, .processes])
        func wrongKey(shape: Shape) throws {
            try Lab.run(shape) { lab in
                let imsi = Subscriber(number: 1).imsi
                try lab.imsbox(
                    [
                        "ue", "register", "--imsi", imsi, "--k", Self.zero, "--opc", Self.zero, "--pcscf",
                        "\(lab.pcscf)",
                    ], expecting: .code(1))
                let found = try Diagnosis(lab, about: imsi, expecting: .code(1))
                #expect(found.said("SIM", "wrong").contains("MAC failure"))
                #expect(found.said("SIM", "wrong").contains("imsbox subscriber add --imsi \(imsi)"))
                #expect(found.said("subscriber", "ok").contains("AKA milenage"))
                #expect(found.said("phone", "ok").contains("s ago from 127."))
                #expect(found.checks("wrong") == ["SIM"])
            }
        }

        @Test("A SIM nobody has added, and one that has not come")
        func strangers() throws {
            try Lab.run(.box) { lab in
                let imsi = "001019999999999"
                try lab.imsbox(
                    [
                        "ue", "register", "--imsi", imsi, "--k", Self.zero, "--opc", Self.zero, "--pcscf",
                        "\(lab.pcscf)",
                    ], expecting: .code(1))
                let found = try Diagnosis(lab, about: imsi, expecting: .code(1))
                #expect(found.said("subscriber", "wrong").contains("imsbox subscriber add --imsi \(imsi)"))
                #expect(found.said("answer", "wrong").contains("DIAMETER_ERROR_USER_UNKNOWN"))
                let absent = try Diagnosis(lab, about: Subscriber(number: 2).imsi, expecting: .code(1))
                #expect(absent.said("phone", "wrong").contains("\(imsi) tries from 127."))
            }
        }

        @Test(
            "A phone that is registered, by its number, and a SIM that was used elsewhere: exit status 0, in plain text"
        )
        func well() throws {
            try Lab.run(.box) { lab in
                let phone = try lab.phone(1, seenElsewhere: 5_000 << 5)
                try #require(phone.attempt().map(\.status) == [401, 401, 200])
                let found = try Diagnosis(lab, about: phone.subscriber.msisdn, expecting: .code(0))
                #expect(found.said("SIM", "ok").contains("has been taken over"))
                #expect(found.said("registration", "ok").contains("registered for another"))
                #expect(found.checks("wrong").isEmpty)
                let text = try lab.imsbox(
                    "doctor", phone.subscriber.imsi, "--instances", lab.folder.path, "--state-dir", lab.state.path)
                #expect(text.contains(" registered for another") && !text.contains("\u{1B}"))
                // Of the machine only what is not as it should be.
                #expect(text.contains("only this host reaches") && !text.contains("state directory"))
            }
        }

        @Test(
            "No route to the phone: what the kernel says of its address where the doctor is",
            .enabled(if: Namespace.isPossible, "needs CAP_SYS_ADMIN and CAP_NET_ADMIN"))
        func noRoute() throws {
            try Lab.run(.box) { lab in
                let phone = try lab.phone(1)
                try #require(phone.attempt().map(\.status) == [401, 200])
                // A namespace without a single route; control sockets are files and work all the same.
                let found = try Diagnosis(
                    lab, about: phone.subscriber.imsi, expecting: .code(1), launcher: [Product.tool("unshare"), "-n"])
                let said = found.said("way", "wrong")
                #expect(said.contains("no route to the phone at \(lab.addresses.ue(1))"), "\(said)")
            }
        }

        @Test("RFC 6733 §5.3, §6.1.4: an MME whose names are not in the file, and a realm that is not served")
        func refusedPeers() throws {
            try Lab.run(.processes, LabSettings { $0.guests = DiameterPeer.hosts }) { lab in
                let mme = try DiameterPeer(lab.addresses.node(9), to: lab.hss, host: "mme.localdomain")
                try #require(mme.ask(mme.capabilitiesExchange()).result == 3010)
                let found = try Diagnosis(lab, expecting: .code(0)).said("Diameter", "warning")
                #expect(found.contains("hss has refused mme.localdomain (realm \(Subscriber.domain))"), "\(found)")
                #expect(found.contains("- { host: mme.localdomain, realm: \(Subscriber.domain), connect: false }"))
                #expect(try lab.imsbox("peers", "--state-dir", lab.state.path).contains("mme.localdomain"))

                let guest = try DiameterPeer(lab.addresses.node(10), to: lab.hss)
                try #require(guest.ask(guest.capabilitiesExchange()).result == 2001)
                var request = guest.message(300, application: DiameterPeer.cx)
                request.add(283, text: "localdomain")
                try #require(guest.ask(request).result == 3003)
                let realm = try Diagnosis(lab, expecting: .code(0)).said("Diameter", "warning")
                #expect(realm.contains("a request of \(guest.host) for the realm localdomain"), "\(realm)")
                #expect(realm.contains("`diameter: served-realms:` of hss.yaml: [localdomain]"))
            }
        }
    }
}
