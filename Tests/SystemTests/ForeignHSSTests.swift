import LabHarness
import Testing

extension SystemTests {
    /// What an I-CSCF makes of answers, good and bad, of an HSS that is not ours (TS 24.229 §5.3.1.3, TS 29.228 §6.1.1).
    @Suite("A foreign HSS")
    struct Foreign {
        /// A User-Authorization-Answer and what the phone must hear.
        struct Case: Sendable, CustomTestStringConvertible {
            let testDescription: String
            var result: UInt32?
            var experimental: UInt32?
            var isError = false
            var application: UInt32?
            let statuses: Set<Int>
        }

        static let refusals = [
            Case(testDescription: "5003, all identities barred", result: 5003, statuses: [403]),
            Case(testDescription: "5001, user unknown", experimental: 5001, statuses: [403]),
            Case(testDescription: "5002, identities do not match", experimental: 5002, statuses: [403]),
            Case(testDescription: "5004, roaming not allowed", experimental: 5004, statuses: [403]),
            Case(
                testDescription: "5001 under a wrong application, as PyHSS answers", experimental: 5001,
                application: 16_777_217, statuses: [403]),
        ]

        static let troubles = [
            Case(testDescription: "5012, unable to comply", result: 5012, statuses: [480, 504]),
            Case(testDescription: "3004, too busy", result: 3004, isError: true, statuses: [480, 504]),
            Case(testDescription: "3002, unable to deliver", result: 3002, isError: true, statuses: [480, 504]),
            Case(testDescription: "no result at all", statuses: [480, 504]),
            Case(testDescription: "a result nobody has heard of", experimental: 5999, statuses: [480, 504]),
        ]

        @Test("TS 24.229 §5.3.1.3: what the HSS refuses is 403", arguments: refusals)
        func refused(answer: Case) throws {
            try Self.registering(answer) { response in
                try #require(answer.statuses.contains(response.status), "\(response.startLine)")
            }
        }

        @Test(
            "TS 24.229 §5.3.1.3: what the HSS cannot do is 480 or 504 with Retry-After, never 403", arguments: troubles)
        func trouble(answer: Case) throws {
            try Self.registering(answer) { response in
                try #require(answer.statuses.contains(response.status), "\(response.startLine)")
                try #require(response.value("Retry-After") != nil)
            }
        }

        private static func registering(_ answer: Case, _ judge: (SIPText) throws -> Void) throws {
            try Lab.with { lab in
                let hss = try ForeignHSS(at: lab.hss) { Self.userAuthorizationAnswer(answer, to: $0) }
                defer { hss.stop() }
                try lab.start([[.scscf, .icscf, .pcscf]])
                let phone = try lab.phone(1)
                try judge(phone.exchange(phone.register()))
                try #require(hss.requests > 0, "the HSS was never asked")
                try lab.stop()
            }
        }

        private static func userAuthorizationAnswer(_ wanted: Case, to request: DiameterBytes) -> DiameterBytes {
            var answer = ForeignHSS.answer(to: request)
            if let application = wanted.application { answer.application = application }
            if wanted.isError { answer.flags |= 0x20 }
            answer.add(260, DiameterPeer.cxApplication)
            answer.add(277, number: 1)
            if let result = wanted.result { answer.add(268, number: result) }
            if let code = wanted.experimental {
                var group = DiameterBytes(command: 0)
                group.add(266, number: 10415)
                group.add(298, number: code)
                answer.add(297, group.avps)
            }
            return answer
        }
    }
}
