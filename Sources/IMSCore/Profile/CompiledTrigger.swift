/// A trigger point with its expressions compiled, TS 29.228 Annex C and Annex F.
struct CompiledTrigger: Sendable {
    private struct Condition: Sendable {
        var isNegated: Bool
        var test: Test
    }

    private enum Test: Sendable {
        case uri(String, PosixExpression?)
        case method(String, registrationTypes: [Int])
        case header(Name, content: PosixExpression?)
        case sessionCase(Int)
        case sessionDescription(Name, content: PosixExpression?)
        /// Its expression cannot be read: never met, negated or not.
        case never
    }

    /// The name of a header or the type of a line: a word, or an expression over words.
    fileprivate enum Name: Sendable {
        case word(String)
        case expression(PosixExpression)
    }

    private let isConjunctive: Bool
    private let groups: [[Condition]]

    /// - Parameter faults: gets the expressions that cannot be read.
    init(_ point: TriggerPoint, _ faults: inout [String]) {
        isConjunctive = point.isConjunctive
        var groups: [(number: Int, conditions: [Condition])] = []
        for trigger in point.triggers {
            let test = Self.test(trigger, &faults)
            let condition = Condition(isNegated: trigger.isNegated, test: test)
            // Annex E asks for a group; what names none is of the first.
            for number in trigger.groups.isEmpty ? [0] : trigger.groups {
                if let index = groups.firstIndex(where: { $0.number == number }) {
                    groups[index].conditions.append(condition)
                } else {
                    groups.append((number, [condition]))
                }
            }
        }
        self.groups = groups.map(\.conditions)
    }

    /// Annex C: conjunctive, every group has a condition that is met; disjunctive, all of one group are. A trigger point
    /// without conditions, which the schema does not allow, is never met.
    func matches(_ subject: some TriggerSubject) -> Bool {
        guard !groups.isEmpty else { return false }
        return isConjunctive
            ? groups.allSatisfy { $0.contains { Self.isMet($0, subject) } }
            : groups.contains { $0.allSatisfy { Self.isMet($0, subject) } }
    }

    private static func isMet(_ condition: Condition, _ subject: some TriggerSubject) -> Bool {
        if case .never = condition.test { return false }
        return holds(condition.test, subject) != condition.isNegated
    }

    private static func holds(_ test: Test, _ subject: some TriggerSubject) -> Bool {
        switch test {
        case .uri(let text, let expression):
            // A profile may name an identity as it is, where `+` would be an operator.
            return subject.triggerURI == text || expression?.matches(subject.triggerURI) == true
        case .method(let method, let types):
            guard subject.triggerMethod == method else { return false }
            guard let type = subject.registrationType, !types.isEmpty else { return true }
            return types.contains(type.rawValue)
        case .header(let name, let content):
            return values(name, subject).contains { content?.matches($0) ?? true }
        case .sessionCase(let number): return subject.sessionCase.rawValue == number
        case .sessionDescription(let type, let content):
            return subject.sessionDescriptionLines.contains { line in
                let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, type.means(String(parts[0])) else { return false }
                return content?.matches(String(parts[1])) ?? true
            }
        case .never: return false
        }
    }

    private static func values(_ name: Name, _ subject: some TriggerSubject) -> [String] {
        if case .word(let word) = name { return subject.triggerHeaders(named: word) }
        var seen: Set<String> = []
        return subject.triggerHeaderNames.filter { name.means($0) && seen.insert($0).inserted }
            .flatMap { subject.triggerHeaders(named: $0) }
    }

    // MARK: Compiling

    private static func test(_ trigger: ServicePointTrigger, _ faults: inout [String]) -> Test {
        switch trigger.condition {
        case .requestURI(let text): return .uri(text, expression(text, &faults))
        case .method(let method): return .method(method, registrationTypes: trigger.registrationTypes)
        case .sessionCase(let number): return .sessionCase(number)
        case .sipHeader(let header, let content):
            // Media types are the same in any case (RFC 3261 §7.3.1): who writes one otherwise must not get past a server.
            let isType = header.lowercased() == "content-type"
            guard let (name, content) = pair(header, content, ignoringCase: isType, &faults) else { return .never }
            return .header(name, content: content)
        case .sessionDescription(let line, let content):
            guard let (name, content) = pair(line, content, &faults) else { return .never }
            return .sessionDescription(name, content: content)
        }
    }

    private static func pair(
        _ name: String, _ content: String?, ignoringCase: Bool = false, _ faults: inout [String]
    ) -> (Name, PosixExpression?)? {
        let isWord = name.utf8.allSatisfy { $0 == UInt8(ascii: "-") || $0 &- 48 < 10 || ($0 | 32) &- 97 < 26 }
        guard
            let name = isWord
                ? .word(name) : expression("^(\(name))$", ignoringCase: true, &faults).map(Name.expression)
        else { return nil }
        guard let content else { return (name, nil) }
        return expression(content, ignoringCase: ignoringCase, &faults).map { (name, $0) }
    }

    private static func expression(
        _ text: String, ignoringCase: Bool = false, _ faults: inout [String]
    ) -> PosixExpression? {
        let expression = PosixExpression(text, ignoringCase: ignoringCase)
        if expression == nil { faults.append(text) }
        return expression
    }
}

extension CompiledTrigger.Name {
    /// Whether a word is meant; case does not count.
    func means(_ word: String) -> Bool {
        switch self {
        case .word(let own): own.lowercased() == word.lowercased()
        case .expression(let expression): expression.matches(word)
        }
    }
}
