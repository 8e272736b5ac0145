import IMSCore
import Testing

/// A request as a table row.
struct Subject: TriggerSubject {
    var triggerMethod = "MESSAGE"
    var triggerURI = "sip:bob@home1.net"
    var sessionCase = SessionCase.originating
    var registrationType: RegistrationType?
    var isServedUserRegistered = true
    var headers: [(name: String, value: String)] = []
    var sessionDescriptionLines: [String] = []

    func triggerHeaders(named name: String) -> [String] {
        headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }
    var triggerHeaderNames: [String] { headers.map(\.name) }
}

@Suite("TS 29.228 Annex B, C and F: initial filter criteria")
struct ServiceCriteriaTests {
    private typealias SPT = ServicePointTrigger

    private static let text = Subject(
        headers: [("Content-Type", "application/vnd.3gpp.sms"), ("Accept-Contact", "*;+g.3gpp.smsip")],
        sessionDescriptionLines: ["v=0", "m=audio 49000 RTP/AVP 0", "a=sendrecv", "m=video 0 RTP/AVP 99"])

    private func isMet(
        _ point: TriggerPoint?, by subject: Subject = text, part: InitialFilterCriterion.ProfilePart? = nil
    )
        -> Bool
    {
        let criterion = InitialFilterCriterion(
            priority: 1, triggerPoint: point, applicationServer: ApplicationServer(serverName: "sip:as"),
            profilePart: part)
        return ServiceCriteria([criterion]).next(after: nil, for: subject) != nil
    }

    private func isMet(_ condition: SPT.Condition, negated: Bool = false, by subject: Subject = text) -> Bool {
        let one = SPT(isNegated: negated, groups: [0], condition: condition)
        // With one condition both normal forms are the same.
        let results = [true, false].map { isMet(TriggerPoint(isConjunctive: $0, triggers: [one]), by: subject) }
        #expect(results[0] == results[1])
        return results[0]
    }

    @Test(
        "Annex F: every kind of condition, and its negation",
        arguments: [
            (SPT.Condition.method("MESSAGE"), true), (.method("INVITE"), false), (.method("message"), false),
            (.requestURI("sip:bob@home1.net"), true), (.requestURI("^sip:.*@home1\\.net$"), true),
            (.requestURI("alice"), false), (.sessionCase(0), true), (.sessionCase(1), false), (.sessionCase(9), false),
            (.sipHeader(header: "content-type", content: "application/vnd\\.3gpp\\.sms"), true),
            (.sipHeader(header: "Content-Type", content: "^application/(sdp|vnd\\.3gpp\\.sms)$"), true),
            // A media type is the same in any case; all else is taken as it stands.
            (.sipHeader(header: "Content-Type", content: "APPLICATION"), true),
            (.sipHeader(header: "Accept-Contact", content: "G\\.3GPP"), false),
            (.sipHeader(header: "Content-Type", content: nil), true),
            (.sipHeader(header: "Event", content: nil), false),
            (.sipHeader(header: "Content-.*|Event", content: "sms"), true),
            (.sipHeader(header: "Content", content: nil), false),
            (.sipHeader(header: "Accept-Contact", content: "\\+g\\.3gpp\\.smsip"), true),
            (.sessionDescription(line: "m", content: "^video"), true),
            (.sessionDescription(line: "m", content: nil), true),
            (.sessionDescription(line: "m", content: "message"), false),
            (.sessionDescription(line: "a|b", content: "sendrecv"), true),
            (.sessionDescription(line: "k", content: nil), false),
        ])
    func conditions(condition: ServicePointTrigger.Condition, isMet expected: Bool) {
        #expect(isMet(condition) == expected)
        #expect(isMet(condition, negated: true) == !expected)
    }

    @Test("Annex F: an identity with a + may be named as it is")
    func literalURI() {
        #expect(isMet(.requestURI("sip:+1555@home1.net"), by: Subject(triggerURI: "sip:+1555@home1.net")))
        #expect(isMet(.requestURI("tel:\\+1555"), by: Subject(triggerURI: "tel:+1555")))
    }

    @Test("Annex C: conjunctive is AND of ORs, disjunctive OR of ANDs; a condition may be in several groups")
    func normalForms() {
        let (yes, no) = (SPT.Condition.method("MESSAGE"), SPT.Condition.method("INVITE"))
        func point(_ isConjunctive: Bool, _ rows: [(SPT.Condition, [Int])]) -> TriggerPoint {
            TriggerPoint(isConjunctive: isConjunctive, triggers: rows.map { SPT(groups: $0.1, condition: $0.0) })
        }
        #expect(isMet(point(true, [(yes, [1]), (no, [1]), (yes, [2])])))
        #expect(!isMet(point(true, [(yes, [1]), (no, [2])])))
        #expect(isMet(point(true, [(yes, [1, 2]), (no, [1]), (no, [2])])))
        #expect(isMet(point(false, [(yes, [1]), (no, [2])])))
        #expect(!isMet(point(false, [(yes, [1]), (no, [1]), (no, [2])])))
        #expect(isMet(point(false, [(yes, [1, 2]), (no, [1]), (yes, [2])])))
        // One group each for what names none.
        #expect(isMet(point(false, [(yes, [])])) && !isMet(point(false, [(yes, []), (no, [])])))
    }

    @Test("Annex B.2.2: no trigger point is every request, an empty one is none")
    func unconditional() {
        #expect(isMet(nil) && isMet(nil, by: Subject(triggerMethod: "REGISTER", registrationType: .initial)))
        #expect(!isMet(TriggerPoint(isConjunctive: true, triggers: [])))
        #expect(!isMet(TriggerPoint(isConjunctive: false, triggers: [])))
    }

    @Test("Annex F: RegistrationType counts with REGISTER alone")
    func registrationTypes() {
        let both = SPT(groups: [0], condition: .method("REGISTER"), registrationTypes: [0, 2])
        let point = TriggerPoint(isConjunctive: false, triggers: [both])
        for (type, expected) in [(RegistrationType.initial, true), (.reRegistration, false), (.deRegistration, true)] {
            #expect(isMet(point, by: Subject(triggerMethod: "REGISTER", registrationType: type)) == expected)
        }
        #expect(!isMet(point))
        let odd = SPT(groups: [0], condition: .method("MESSAGE"), registrationTypes: [1])
        #expect(isMet(TriggerPoint(isConjunctive: false, triggers: [odd])))
    }

    @Test("Annex E: ProfilePartIndicator says for which part of a user's life")
    func profilePart() {
        let away = Subject(sessionCase: .terminatingUnregistered, isServedUserRegistered: false)
        #expect(isMet(nil, part: .registered) && !isMet(nil, part: .unregistered))
        #expect(!isMet(nil, by: away, part: .registered) && isMet(nil, by: away, part: .unregistered))
    }

    @Test("Annex B.2.2: the lowest priority first, each once; equal ones by the document")
    func order() {
        func criterion(_ priority: Int, _ name: String, _ method: String = "MESSAGE") -> InitialFilterCriterion {
            InitialFilterCriterion(
                priority: priority,
                triggerPoint: TriggerPoint(
                    isConjunctive: true, triggers: [SPT(groups: [0], condition: .method(method))]),
                applicationServer: ApplicationServer(serverName: name))
        }
        let services = ServiceCriteria([
            criterion(5, "c"), criterion(0, "a"), criterion(5, "d"), criterion(3, "x", "INVITE"), criterion(4, "b"),
        ])
        var names: [String] = []
        var place: ServiceCriteria.Position?
        while let match = services.next(after: place, for: Self.text) {
            names.append(match.server.serverName)
            place = match.position
        }
        #expect(names == ["a", "b", "c", "d"])
        #expect(services.all(for: Self.text).map(\.server.serverName) == names)
    }

    @Test(
        "Annex F: an expression that cannot be used never matches, negated or not, and is told of",
        arguments: [
            "(", "a{2,1}", "[[:nonsense:]]", "(a)\\1", "(x{200}){200}", "a{99999}", String(repeating: "a", count: 513),
            "a\0b",
        ])
    func badExpressions(text: String) {
        let condition = SPT.Condition.sipHeader(header: "Content-Type", content: text)
        #expect(!isMet(condition) && !isMet(condition, negated: true))
        let criterion = InitialFilterCriterion(
            priority: 1,
            triggerPoint: TriggerPoint(isConjunctive: true, triggers: [SPT(groups: [0], condition: condition)]),
            applicationServer: ApplicationServer(serverName: "sip:as"))
        #expect(ServiceCriteria([criterion]).faults == [text])
        #expect(PosixExpression(text) == nil)
    }

    @Test("Expressions: a long text does not match, and costs no time")
    func longText() throws {
        let expression = try #require(PosixExpression("(a+)+b"))
        #expect(!expression.matches(String(repeating: "a", count: PosixExpression.longestText)))
        #expect(!expression.matches(String(repeating: "a", count: PosixExpression.longestText) + "b"))
        #expect(expression.matches("xxaab"))
    }
}
