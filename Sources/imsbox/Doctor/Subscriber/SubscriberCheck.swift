import RoleKit

/// One matter `imsbox doctor IMSI` looks into: of its sentences, the first that holds is said.
///
/// A sentence is a row: what must be so, in what words it is said, and what to do. A further mistake people make is a
/// further row, and a test that makes it.
struct SubscriberCheck {
    struct Sentence {
        /// For tests: every one has a test that provokes its cause.
        var name: String
        var say: (SubscriberFacts) -> Finding?
    }

    var name: String
    var sentences: [Sentence]

    static var table: [SubscriberCheck] {
        [
            SubscriberCheck(name: "subscriber", sentences: provisioning),
            SubscriberCheck(name: "EPS", sentences: eps),
            SubscriberCheck(name: "APN", sentences: accessPoints),
            SubscriberCheck(name: "phone", sentences: phone),
            SubscriberCheck(name: "network", sentences: network),
            SubscriberCheck(name: "way", sentences: way),
            SubscriberCheck(name: "IPsec", sentences: ipsec),
            SubscriberCheck(name: "SIM", sentences: sim),
            SubscriberCheck(name: "answer", sentences: answers),
            SubscriberCheck(name: "registration", sentences: registration),
        ]
    }

    /// What is said, with the sentence it is.
    static func said(_ facts: SubscriberFacts) -> [(sentence: String, check: String, finding: Finding)] {
        table.compactMap { check in
            for sentence in check.sentences {
                if let finding = sentence.say(facts) { return (sentence.name, check.name, finding) }
            }
            return nil
        }
    }

    static func findings(_ facts: SubscriberFacts) -> [(check: String, finding: Finding)] {
        said(facts).map { ($0.check, $0.finding) }
    }
}

extension SubscriberCheck.Sentence {
    init(_ name: String, _ say: @escaping (SubscriberFacts) -> Finding?) {
        self.init(name: name, say: say)
    }
}
