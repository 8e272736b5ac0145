import LabHarness
import Testing

extension SystemTests {
    /// AKA from the card's side, where sipp cannot follow: resynchronisation, MAC failure, what the card remembers.
    @Suite("Authentication")
    struct Authentication {
        /// SQN_MS of a card that was used elsewhere: SEQ 2^20, index 0.
        private static let farAhead: UInt64 = 1 << 25

        @Test(
            "TS 33.102 §6.3.5: AUTS brings the HSS back in step, once and for all", arguments: [Shape.box, .processes])
        func resynchronisation(shape: Shape) throws {
            try Lab.run(shape) { lab in
                let phone = try lab.phone(1, seenElsewhere: Self.farAhead)
                try #require(phone.attempt().map(\.status) == [401, 401, 200])
                try #require(phone.attempt().map(\.status) == [401, 200])
            }
        }

        @Test("TS 33.102 §6.3.5: a card that is never content ends in a refusal, not in a loop")
        func resynchronisationIsLimited() throws {
            try Lab.run(.box) { lab in
                let phone = try lab.phone(1, seenElsewhere: Self.farAhead)
                var response = try phone.exchange(phone.register())
                var challenges = 0
                while response.status == 401 && challenges < 10 {
                    challenges += 1
                    try phone.useCardElsewhere(until: Self.farAhead << UInt64(challenges))
                    response = try phone.exchange(phone.register(.answer(response)))
                }
                try #require(response.status == 403, "after \(challenges) challenges")
                try #require(phone.attempt().last?.status == 200)
            }
        }

        @Test("TS 24.229 §5.4.1.2.3: empty responses are challenged again at most twice, then refused")
        func emptyResponse() throws {
            try Lab.run(.box) { lab in
                let phone = try lab.phone(2)
                var statuses: [Int] = []
                var response = try phone.exchange(phone.register())
                while response.status == 401 && statuses.count < 10 {
                    statuses.append(response.status)
                    response = try phone.exchange(phone.register(.macFailure(response)))
                }
                statuses.append(response.status)
                try #require(statuses.last == 403 && (2...4).contains(statuses.count), "\(statuses)")
                try #require(phone.attempt().last?.status == 200)
            }
        }

        @Test("RFC 3310 §3.2: a challenge answered twice, or late, is not accepted a second time")
        func replayedResponse() throws {
            try Lab.run(.box) { lab in
                let phone = try lab.phone(3)
                let challenge = try phone.exchange(phone.register())
                let answer = try phone.parameters(.answer(challenge))
                try #require(phone.exchange(phone.register(.verbatim(answer))).status == 200)
                try #require(phone.exchange(phone.register(.verbatim(answer))).status != 200)
            }
        }

        @Test("TS 24.229 §5.4.1.2.2: an answer to a challenge of another user is refused")
        func borrowedResponse() throws {
            try Lab.run(.box) { lab in
                let (one, other) = (try lab.phone(4), try lab.phone(5))
                let challenge = try one.exchange(one.register())
                _ = try other.exchange(other.register())
                let stolen = try one.parameters(.answer(challenge))
                try #require(other.exchange(other.register(.verbatim(stolen))).status != 200)
                try #require(!lab.registrations().contains { $0.impi == other.subscriber.impi })
            }
        }
    }
}
