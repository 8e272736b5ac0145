public import IMSCore

/// A service every subscriber has: an entry of `services:`, as the filter criterion of each service profile.
///
/// Criteria of a single subscriber would be added in `Subscriber.profile`; nothing else looks at them.
public struct OperatorService: Hashable, Sendable {
    /// For people; no message bears it.
    public var name: String
    public var criterion: InitialFilterCriterion

    public init(name: String, criterion: InitialFilterCriterion) {
        self.name = name
        self.criterion = criterion
    }
}
