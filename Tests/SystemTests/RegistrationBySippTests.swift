import LabHarness
import Testing

extension SystemTests {
    /// Registration and de-registration with IMS AKA by Debian's sipp (issue 2, "It must hold").
    @Suite("Registration by sipp")
    struct RegistrationBySipp {
        @Test("1,000 subscribers register and de-register", arguments: [Shape.box, .processes])
        func aThousandSubscribers(shape: Shape) throws {
            try Lab.run(shape, subscribers: 1...1000) { lab in
                try registerAndDeregister(lab, 1...1000)
            }
        }

        @Test("One role alone and three in a box are the same core", arguments: Role.allCases)
        func mixed(alone: Role) throws {
            try Lab.run(.mixed(alone: alone), subscribers: 1...50) { lab in
                try registerAndDeregister(lab, 1...50)
            }
        }

        @Test("RFC 3261 §18: the same over TCP", arguments: [Shape.box, .processes])
        func overTCP(shape: Shape) throws {
            try Lab.run(shape, subscribers: 1...100) { lab in
                try registerAndDeregister(lab, 1...100, transport: .tcp)
            }
        }

        @Test("RFC 3310 §3.3: with zero octets in RES allowed, sipp is refused for those it cuts, and for nothing else")
        func zeroOctetsInRES() throws {
            let numbers = 1...500
            try Lab.run(.box, subscribers: numbers, LabSettings { $0.avoidsZeroRES = false }) { lab in
                for scenario in ["register", "deregister"] {
                    let result = try lab.sipp(scenario, numbers)
                    try #require(result.status == .code(0) && result.succeeded == numbers.count, "\(result)")
                    // 3.1 % of 500 are to be expected.
                    try #require(!SippRefusals.all(result).isEmpty)
                    try #require(try SippRefusals.unexcused(result, numbers) == [])
                }
            }
        }

        @Test(
            "TS 24.229 §5.4.1.2.2: a wrong response is refused with 403, and the phone may register afterwards",
            arguments: [Shape.box, .processes])
        func wrongResponse(shape: Shape) throws {
            try Lab.run(shape, subscribers: 1...20) { lab in
                let refused = try lab.sipp("wrong-response", 1...20)
                try #require(refused.status == .code(0) && refused.succeeded == 20, "\(refused)")
                try #require(lab.registrations().isEmpty)
                try registerAndDeregister(lab, 1...20)
            }
        }

        @Test(
            "TS 24.229 §5.3.1.3: a user the HSS does not know is refused with 403", arguments: [Shape.box, .processes])
        func unknownUser(shape: Shape) throws {
            try Lab.run(shape, subscribers: 1...10) { lab in
                let refused = try lab.sipp("unknown-user", 501...520)
                try #require(refused.status == .code(0) && refused.succeeded == 20, "\(refused)")
            }
        }

        /// All of `numbers` register, are all registered, de-register, and none is left.
        private func registerAndDeregister(
            _ lab: Lab, _ numbers: ClosedRange<Int>, transport: Sipp.Transport = .udp
        ) throws {
            let registered = try lab.sipp("register", numbers, transport: transport)
            try requireClean(registered, numbers)
            let expected = Set(numbers.map { Subscriber(number: $0).impi })
            try #require(Set(lab.registrations().map(\.impi)) == expected)
            let deregistered = try lab.sipp("deregister", numbers, transport: transport)
            try requireClean(deregistered, numbers)
            try #require(lab.registrations().isEmpty)
        }

        private func requireClean(_ result: SippResult, _ numbers: ClosedRange<Int>) throws {
            try #require(
                result.status == .code(0) && result.succeeded == numbers.count && result.failed == 0, "\(result)")
            try #require(SippRefusals.all(result) == [], "the HSS avoids zero octets in RES: nothing excuses a 403")
        }
    }
}
