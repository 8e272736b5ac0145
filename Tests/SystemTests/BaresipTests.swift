import Foundation
import LabHarness
import Testing

extension SystemTests {
    /// A soft phone nobody here wrote (issue 3, "It must hold").
    @Suite("baresip")
    struct BaresipSuite {
        @Test(
            "RFC 2617: Debian's baresip registers with a password and calls another",
            arguments: zip([Shape.box, .processes], ["udp", "tcp"]))
        func call(shape: Shape, transport: String) throws {
            try Lab.with(.forCalls) { lab in
                let capture = try Capture(lab.addresses, into: lab.folder.appendingPathComponent("baresip.pcapng"))
                try lab.provision(1...1)
                for user in ["alice", "bob"] { try subscribe(user, lab) }
                try lab.start(shape.processes)
                func phone(_ user: String, _ number: Int) throws -> Baresip {
                    try Baresip(
                        user, password: "secret-\(user)", at: lab.addresses.ue(number), transport: transport, lab: lab)
                }
                let (alice, bob) = try (phone("alice", 1), phone("bob", 2))
                try Deadline(seconds: 30).wait("two registrations") {
                    try Set(lab.registrations().map(\.impi)).isSuperset(of: [alice.impi, bob.impi])
                }
                try hold(alice, bob, lab)
                try requireTraced(alice, bob, lab)
                for phone in [alice, bob] { try phone.quit() }
                try Deadline(seconds: 30).wait("no registration") { try lab.registrations().isEmpty }
                try lab.requireNothingLeft()
                try lab.stop()
                let dissection = try capture.finish(lastWords: Endpoint(lab.addresses.node(15), 9))
                try #require(dissection.objections() == [])
                try #require(dissection.count("sip.Method == \"BYE\"") > 0)
            }
        }

        private func subscribe(_ user: String, _ lab: Lab) throws {
            let identity = "\(user)@\(Subscriber.domain)"
            try lab.imsbox(
                "subscriber", "add", "--store", lab.state.appendingPathComponent("hss.sqlite").path, "--impi", identity,
                "--password", "secret-\(user)", "--impu", "sip:\(identity)", "--realm", Subscriber.domain)
        }

        /// One call, as both phones and the core tell it.
        private func hold(_ caller: Baresip, _ called: Baresip, _ lab: Lab) throws {
            try caller.command("dial", called.impu)
            try caller.event("CALL_RINGING")
            let seen = try called.event("CALL_ESTABLISHED")
            try #require((seen["peeruri"] as? String)?.hasPrefix(caller.impu) == true, "\(seen)")
            try caller.event("CALL_ESTABLISHED")
            for instance in ["pcscf", "scscf"] {
                let rows = try #require(try lab.json("calls") as? [String: Any])[instance] as? [[String: Any]] ?? []
                try #require(rows.count == 1, "\(instance): \(rows)")
                try #require(rows[0]["state"] as? String == "answered" && rows[0]["from"] as? String == caller.impu)
            }
            // Media passes by the core, from phone to phone: the SDP came through whole.
            try caller.event("CALL_RTPESTAB")
            try caller.command("hangup")
            try called.event("CALL_CLOSED")
            try caller.event("CALL_CLOSED")
        }

        private func requireTraced(_ caller: Baresip, _ called: Baresip, _ lab: Lab) throws {
            for phone in [caller, called] {
                let ladder = try lab.imsbox("trace", phone.impu, "--state-dir", lab.state.path)
                for word in ["REGISTER", "MAR", "INVITE", "180 Ringing", "ACK", "BYE", "200"] {
                    try #require(ladder.contains(word), "trace \(phone.impu) lacks \(word):\n\(ladder)")
                }
            }
        }
    }
}
