import Diameter
import IMSCore
import RoleKit
import Testing

@testable import HSS

@Suite("TS 29.228 Annex B: services: of every subscriber")
struct OperatorServiceTests {
    private typealias Value = SettingsNode.Value

    private func map(_ pairs: [(String, Value)]) -> Value {
        .map(pairs.map { (key: $0.0, keyLine: 3, node: SettingsNode($0.1, line: 3)) })
    }

    private func list(_ values: [Value]) -> Value { .list(values.map { SettingsNode($0, line: 3) }) }

    private func read(_ services: [[(String, Value)]]) -> ([OperatorService], [SettingsFault]) {
        let node = SettingsNode(map([("services", list(services.map(map)))]), line: 1)
        var reader = SettingsReader(node)
        let config = HSSConfig(reading: &reader)
        return (config.services, reader.finish())
    }

    private static let named: [(String, Value)] = [
        ("name", .scalar("sms")), ("server", .scalar("sip:as.example.org:7060")),
    ]

    /// A request as the criteria see it.
    private struct Request: TriggerSubject {
        var triggerMethod: String
        var triggerURI = "tel:+1555"
        var sessionCase = SessionCase.originating
        var registrationType: RegistrationType?
        var isServedUserRegistered = true
        var content: String?
        var triggerHeaderNames: [String] { content == nil ? [] : ["Content-Type"] }
        var sessionDescriptionLines: [String] = []
        func triggerHeaders(named name: String) -> [String] { name == "Content-Type" ? content.map { [$0] } ?? [] : [] }
    }

    private func isMet(_ trigger: [[(String, Value)]], _ request: Request) throws -> Bool {
        let (services, faults) = read([Self.named + [("trigger", list(trigger.map(map)))]])
        try #require(faults.isEmpty, "\(faults)")
        return ServiceCriteria(services.map(\.criterion)).next(after: nil, for: request) != nil
    }

    @Test("No service is the default; without a trigger every request goes to the server")
    func plain() throws {
        var reader = SettingsReader(SettingsNode(.null, line: 1))
        #expect(HSSConfig(reading: &reader).services.isEmpty)
        let (services, faults) = read([Self.named, [("name", .scalar("b")), ("server", .scalar("sip:b"))]])
        #expect(faults.isEmpty && services.map(\.criterion.priority) == [10, 20])
        let criterion = try #require(services.first?.criterion)
        #expect(criterion.triggerPoint == nil && criterion.applicationServer.defaultHandling == .sessionContinued)
    }

    @Test("Every key is read, and the profile of every subscriber has it")
    func whole() throws {
        let (services, faults) = read([
            Self.named + [
                ("priority", .scalar("7")), ("default-handling", .scalar("terminate")), ("service-info", .scalar("x")),
                ("include-register-request", .scalar("true")), ("include-register-response", .scalar("true")),
                ("trigger", list([map([("method", .scalar("REGISTER"))])])),
            ]
        ])
        #expect(faults.isEmpty)
        let criterion = try #require(services.first?.criterion)
        #expect(criterion.priority == 7)
        #expect(
            criterion.applicationServer
                == ApplicationServer(
                    serverName: "sip:as.example.org:7060", defaultHandling: .sessionTerminated, serviceInfo: "x",
                    includesRegisterRequest: true, includesRegisterResponse: true))
        let profile = Lab.subscriber.profile(home: Lab.home, services: [criterion])
        #expect(try UserProfile(parsing: profile.xml()).serviceProfiles.map(\.initialFilterCriteria) == [[criterion]])
    }

    @Test("The lines of a condition are all to be met, of several conditions one")
    func conditions() throws {
        let message: [(String, Value)] = [
            ("method", .scalar("MESSAGE")), ("session-case", .scalar("originating")),
            ("header", map([("Content-Type", .scalar("application/vnd\\.3gpp\\.sms"))])),
        ]
        let register: [(String, Value)] = [("method", .scalar("REGISTER"))]
        let sms = Request(triggerMethod: "MESSAGE", content: "application/vnd.3gpp.sms")
        var away = sms
        away.sessionCase = .originatingUnregistered
        var toUser = sms
        toUser.sessionCase = .terminating
        var plain = sms
        plain.content = "text/plain"
        for (request, expected) in [(sms, true), (away, true), (toUser, false), (plain, false)] {
            #expect(try isMet([message, register], request) == expected)
            #expect(try isMet([register, message], request) == expected)
        }
        for type in RegistrationType.allCases {
            #expect(try isMet([message, register], Request(triggerMethod: "REGISTER", registrationType: type)))
        }
    }

    @Test("not: none of its lines; registration: of these types; sdp, request-uri and a header that is just there")
    func others() throws {
        let sms = Request(triggerMethod: "MESSAGE", content: "text/plain")
        let not: [(String, Value)] = [
            ("method", .scalar("MESSAGE")),
            (
                "not",
                map([("header", map([("Content-Type", .scalar("sms"))])), ("session-case", .scalar("terminating"))])
            ),
        ]
        #expect(try isMet([not], sms))
        var other = sms
        other.sessionCase = .terminating
        #expect(try !isMet([not], other))
        other = sms
        other.content = "application/vnd.3gpp.sms"
        #expect(try !isMet([not], other))
        let types: [(String, Value)] = [
            ("method", .scalar("REGISTER")),
            ("registration", list([.scalar("initial"), .scalar("de-registration")])),
        ]
        let results = try RegistrationType.allCases.map {
            try isMet([types], Request(triggerMethod: "REGISTER", registrationType: $0))
        }
        #expect(results == [true, false, true])
        #expect(try isMet([[("header", map([("Content-Type", .scalar(""))]))]], sms))
        #expect(try isMet([[("request-uri", .scalar("^tel:"))]], sms))
        #expect(try !isMet([[("sdp", map([("m", .scalar("^video"))]))]], sms))
        var video = Request(triggerMethod: "INVITE")
        video.sessionDescriptionLines = ["m=video 1 RTP/AVP 99"]
        #expect(try isMet([[("sdp", map([("m", .scalar("^video"))]))]], video))
    }

    @Test(
        "A mistake refuses the start and says what would be right",
        arguments: [
            ("server", "https://x", "SIP URI"), ("default-handling", "drop", "default-handling"),
            ("priority", "-1", "priority"), ("trigger", "", "trigger"), ("tigger", "x", "did you mean `trigger`"),
        ])
    func mistakes(key: String, value: String, told: String) {
        let rest = Self.named.filter { $0.0 != key }
        let (_, faults) = read([rest + [(key, key == "trigger" ? list([map([])]) : .scalar(value))]])
        #expect(faults.contains { "\($0)".contains(told) }, "\(faults)")
    }

    @Test("A condition's mistakes, too: an expression, a case, a type without REGISTER, two equal priorities")
    func mistakesInside() {
        for line in [
            ("request-uri", Value.scalar("(")), ("session-case", .scalar("sideways")),
            ("registration", .scalar("initial")), ("header", map([("Event", .scalar("a{99999}"))])),
        ] {
            let (_, faults) = read([Self.named + [("trigger", list([map([("method", .scalar("INVITE")), line])]))]])
            #expect(faults.count == 1, "\(line.0): \(faults)")
        }
        let (_, faults) = read([Self.named + [("priority", .scalar("1"))], Self.named + [("priority", .scalar("1"))]])
        #expect(faults.count == 1)
    }
}
