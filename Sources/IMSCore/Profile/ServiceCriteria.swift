/// The initial filter criteria of a service profile, in the order they are tried and with their expressions compiled.
/// TS 29.228 Annex B.2.2, TS 24.229 §5.4.3.2
///
/// A class, because thousands of users share one list.
public final class ServiceCriteria: Sendable {
    /// Where a criterion stands. Priorities should be unique; where they are not, the document's order counts.
    public struct Position: Hashable, Comparable, Sendable {
        public var priority: Int
        public var ordinal: Int

        public init(priority: Int, ordinal: Int = 0) {
            self.priority = priority
            self.ordinal = ordinal
        }

        public static func < (a: Position, b: Position) -> Bool {
            (a.priority, a.ordinal) < (b.priority, b.ordinal)
        }
    }

    /// A criterion that has matched.
    public struct Match: Sendable {
        public var position: Position
        public var server: ApplicationServer
    }

    private struct Entry: Sendable {
        var position: Position
        var criterion: InitialFilterCriterion
        var trigger: CompiledTrigger?
    }

    /// As the profile has them.
    public let criteria: [InitialFilterCriterion]
    /// Expressions that cannot be read, or cost too much: their conditions are never met.
    public let faults: [String]
    private let entries: [Entry]

    public init(_ criteria: [InitialFilterCriterion]) {
        self.criteria = criteria
        var faults: [String] = []
        var entries: [Entry] = []
        for criterion in criteria {
            let ordinal = entries.count { $0.position.priority == criterion.priority }
            entries.append(
                Entry(
                    position: Position(priority: criterion.priority, ordinal: ordinal), criterion: criterion,
                    trigger: criterion.triggerPoint.map { CompiledTrigger($0, &faults) }))
        }
        self.entries = entries.sorted { $0.position < $1.position }
        self.faults = faults
    }

    /// The first criterion behind this place that the request meets.
    public func next(after place: Position?, for subject: some TriggerSubject) -> Match? {
        for entry in entries {
            if let place, entry.position <= place { continue }
            if isMet(entry, subject) {
                return Match(position: entry.position, server: entry.criterion.applicationServer)
            }
        }
        return nil
    }

    /// Every criterion the request meets, in order.
    public func all(for subject: some TriggerSubject) -> [Match] {
        entries.filter { isMet($0, subject) }.map {
            Match(position: $0.position, server: $0.criterion.applicationServer)
        }
    }

    /// Annex B.2.2: without a trigger point always; ProfilePartIndicator says for which part of the user's life.
    private func isMet(_ entry: Entry, _ subject: some TriggerSubject) -> Bool {
        switch entry.criterion.profilePart {
        case .registered where !subject.isServedUserRegistered: return false
        case .unregistered where subject.isServedUserRegistered: return false
        default: return entry.trigger?.matches(subject) ?? true
        }
    }
}
