import IMSCore
import RoleKit

/// An entry of `services:`, TS 29.228 Annex B.2.2.
///
/// | key | type | default | meaning |
/// |---|---|---|---|
/// | `name` | text | – | for people |
/// | `server` | SIP URI | – | the application server |
/// | `priority` | number | 10 times its place in the list | lower is asked first |
/// | `default-handling` | continue, terminate | continue | what becomes of a request while the server does not work |
/// | `service-info` | text | – | sent along in third-party REGISTERs |
/// | `include-register-request`, `include-register-response` | flag | false | whether those hold the phone's REGISTER and its answer |
/// | `trigger` | list of conditions | – | one of them has to be met; without it every request is sent there |
///
/// A condition is met where each of its lines is:
///
/// | key | type | meaning |
/// |---|---|---|
/// | `method` | word | MESSAGE, INVITE, REGISTER … |
/// | `session-case` | list of originating, terminating, terminating-unregistered, diverted | one of these |
/// | `registration` | list of initial, re-registration, de-registration | with method REGISTER; without it all of them |
/// | `request-uri` | expression | of the Request-URI |
/// | `header` | map of name: expression | an empty expression: the header is there |
/// | `sdp` | map of type: expression | of a line of the session description, such as `m: ^video` |
/// | `not` | map of the same keys | none of these |
///
/// Expressions are POSIX extended ones (`PosixExpression`).
extension OperatorService {
    enum Handling: String, CaseIterable {
        case proceed = "continue"
        case terminate
    }

    /// Services one profile may have.
    static let most = 50

    static func list(reading reader: inout SettingsReader) -> [OperatorService] {
        var services: [OperatorService] = []
        var priorities: Set<Int> = []
        reader.sections("services") { section in
            let service = OperatorService(reading: &section, place: services.count + 1)
            if !priorities.insert(service.criterion.priority).inserted {
                section.reject(
                    "priority", problem: "two services have priority \(service.criterion.priority)",
                    cure: "give each its own")
            }
            services.append(service)
        }
        if services.count > most {
            reader.reject("services", problem: "`services` has \(services.count)", cure: "name at most \(most)")
        }
        return services
    }

    private init(reading reader: inout SettingsReader, place: Int) {
        name = reader.requiredString("name", example: "sms")
        let server = reader.requiredString("server", example: "sip:as.example.org:7060")
        if !server.isEmpty, !server.hasPrefix("sip:") {
            reader.reject(
                "server", problem: "\"\(server)\" is not a SIP URI", cure: "write e.g. sip:as.example.org:7060")
        }
        let handling = reader.choice("default-handling", default: Handling.proceed)
        let application = ApplicationServer(
            serverName: server, defaultHandling: handling == .proceed ? .sessionContinued : .sessionTerminated,
            serviceInfo: reader.string("service-info"),
            includesRegisterRequest: reader.flag("include-register-request", default: false),
            includesRegisterResponse: reader.flag("include-register-response", default: false))
        let priority = reader.integer("priority", default: 10 * place, in: 0...Int(Int32.max))
        var point = TriggerPoint(isConjunctive: false, triggers: [])
        let isConditional = reader.has("trigger")
        reader.sections("trigger") { point.triggers += TriggerReader.condition(&$0, from: point.triggers) }
        if isConditional, point.triggers.isEmpty {
            reader.reject(
                "trigger", problem: "`trigger` has no condition", cure: "leave it out to send every request there")
        }
        criterion = InitialFilterCriterion(
            priority: priority, triggerPoint: isConditional ? point : nil, applicationServer: application)
    }
}

/// Conditions of `trigger:` as service point triggers in disjunctive normal form: a condition is a group, and as many
/// groups as it allows session cases.
private enum TriggerReader {
    private enum Case: String, CaseIterable {
        case originating, terminating
        case terminatingUnregistered = "terminating-unregistered"
        case diverted

        var numbers: [SessionCase] {
            switch self {
            case .originating: [.originating, .originatingUnregistered]
            case .terminating: [.terminating]
            case .terminatingUnregistered: [.terminatingUnregistered]
            case .diverted: [.originatingCDIV]
            }
        }
    }

    private enum Kind: String, CaseIterable {
        case initial
        case reRegistration = "re-registration"
        case deRegistration = "de-registration"

        var type: RegistrationType {
            switch self {
            case .initial: .initial
            case .reRegistration: .reRegistration
            case .deRegistration: .deRegistration
            }
        }
    }

    static func condition(
        _ reader: inout SettingsReader, from earlier: [ServicePointTrigger]
    ) -> [ServicePointTrigger] {
        let first = (earlier.flatMap(\.groups).max() ?? -1) + 1
        let cases = sessionCases(&reader)
        let groups = Array(first..<(first + max(1, cases.count)))
        var triggers = shared(&reader, groups, isNegated: false)
        for (index, number) in cases.enumerated() {
            triggers.append(ServicePointTrigger(groups: [first + index], condition: .sessionCase(number.rawValue)))
        }
        reader.section("not") { section in
            triggers += shared(&section, groups, isNegated: true)
            for number in sessionCases(&section) {
                triggers.append(
                    ServicePointTrigger(isNegated: true, groups: groups, condition: .sessionCase(number.rawValue)))
            }
        }
        if triggers.isEmpty {
            reader.reject("method", problem: "a condition without a line", cure: "write e.g. `method: MESSAGE`")
        }
        return triggers
    }

    private static func shared(
        _ reader: inout SettingsReader, _ groups: [Int], isNegated: Bool
    ) -> [ServicePointTrigger] {
        var triggers: [ServicePointTrigger] = []
        func add(_ condition: ServicePointTrigger.Condition, _ types: [Int] = []) {
            triggers.append(
                ServicePointTrigger(
                    isNegated: isNegated, groups: groups, condition: condition, registrationTypes: types))
        }
        let kinds = words("registration", &reader, of: Kind.self).map(\.type.rawValue)
        let method = reader.string("method")
        if let method { add(.method(method), kinds) }
        if !kinds.isEmpty, method != "REGISTER" {
            reader.reject("registration", problem: "`registration` is for REGISTER", cure: "add `method: REGISTER`")
        }
        if let text = expression(reader.string("request-uri"), "request-uri", &reader) { add(.requestURI(text)) }
        for row in reader.table("header") {
            add(.sipHeader(header: row.name, content: expression(row.value, "header", &reader)))
        }
        for row in reader.table("sdp") {
            add(.sessionDescription(line: row.name, content: expression(row.value, "sdp", &reader)))
        }
        return triggers
    }

    private static func sessionCases(_ reader: inout SettingsReader) -> [SessionCase] {
        words("session-case", &reader, of: Case.self).flatMap(\.numbers)
    }

    private static func words<E: RawRepresentable & CaseIterable>(
        _ key: String, _ reader: inout SettingsReader, of type: E.Type
    ) -> [E] where E.RawValue == String {
        reader.strings(key, default: []).compactMap { word in
            let found = E(rawValue: word)
            if found == nil {
                reader.reject(
                    key, problem: "\"\(word)\" is no \(key)",
                    cure: "write " + E.allCases.map(\.rawValue).joined(separator: ", "))
            }
            return found
        }
    }

    /// Nil for an empty one; one that cannot be used refuses the start here, not in an S-CSCF.
    private static func expression(_ text: String?, _ key: String, _ reader: inout SettingsReader) -> String? {
        guard let text, !text.isEmpty else { return nil }
        if PosixExpression(text) == nil {
            reader.reject(
                key, problem: "\"\(text)\" is no extended regular expression, or too costly a one",
                cure: "see regex(7); no back-references")
        }
        return text
    }
}
