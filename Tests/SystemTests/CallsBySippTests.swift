import LabHarness
import Testing

extension SystemTests {
    /// Sessions by Debian's sipp (issue 3, "It must hold").
    @Suite("Calls by sipp")
    struct CallsBySipp {
        /// Scenarios of caller and callee, and how often.
        private static let kinds: [(caller: String, callee: String, count: Int)] = [
            ("call-caller", "call-callee", 20), ("hangup-caller", "hangup-callee", 10),
            ("busy-caller", "busy-callee", 10), ("cancel-caller", "cancel-callee", 10),
            ("reliable-caller", "reliable-callee", 5), ("message-sender", "message-receiver", 20),
        ]

        @Test(
            """
            TS 24.229 §5.2.6, §5.4.3: calls, hang-up from both sides, busy, CANCEL, PRACK, UPDATE, re-INVITE, REFER and \
            MESSAGE between two phones; no call stays behind
            """, arguments: [Shape.box, .processes], [Sipp.Transport.udp, .tcp])
        func calls(shape: Shape, transport: Sipp.Transport) throws {
            try Lab.run(shape, subscribers: 1...4) { lab in
                let pair = SippPair(lab: lab, transport: transport)
                try pair.register()
                for kind in Self.kinds { try pair.run(kind.caller, kind.callee, count: kind.count) }
                try pair.requireNoCalls()
            }
        }
    }
}
