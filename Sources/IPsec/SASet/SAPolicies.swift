/// Which policies the kernel has for the sets that live.
///
/// Sets of one UE may share a pair of ports (a phone that restarts takes the ports it had), and the kernel has one
/// policy for a selector. So a policy belongs to the flow and not to the set: inbound it takes whichever of our states
/// fits (the state's own selector is checked too), outbound it names the newest set.
public struct SAPolicies: Sendable {
    private struct Key: Hashable {
        var selector: XFRMSelector
        var direction: XFRMPolicy.Direction
    }

    /// Request IDs of the sets that have a flow, oldest first.
    private var users: [Key: [UInt32]] = [:]

    public init() {}

    public var count: Int { users.count }

    /// Every policy the kernel should have.
    public var all: [XFRMPolicy] { users.map { policy($0.key, $0.value) } }

    /// What to ask of the kernel for a new set, after its states are there.
    public mutating func add(_ set: SASet) -> [XFRMRequest] { add(set, set.flows) }

    /// The same for some of its flows.
    public mutating func add(_ set: SASet, _ flows: [SASet.Flow]) -> [XFRMRequest] {
        flows.flatMap { flow -> [XFRMRequest] in
            let key = Key(selector: flow.selector, direction: flow.direction)
            let before = users[key]
            users[key, default: []].append(set.requestID)
            return change(key, from: before, to: users[key])
        }
    }

    /// What to ask of the kernel when a set goes, before its states go.
    public mutating func remove(_ set: SASet) -> [XFRMRequest] {
        set.flows.flatMap { flow -> [XFRMRequest] in
            let key = Key(selector: flow.selector, direction: flow.direction)
            guard let before = users[key], before.contains(set.requestID) else { return [] }
            let after = before.filter { $0 != set.requestID }
            users[key] = after.isEmpty ? nil : after
            return change(key, from: before, to: users[key])
        }
    }

    private func change(_ key: Key, from before: [UInt32]?, to after: [UInt32]?) -> [XFRMRequest] {
        let (old, new) = (before.map { policy(key, $0) }, after.map { policy(key, $0) })
        guard old != new else { return [] }
        guard let new else { return [.deletePolicy(key.selector, key.direction)] }
        return [old == nil ? .addPolicy(new) : .replacePolicy(new)]
    }

    private func policy(_ key: Key, _ users: [UInt32]) -> XFRMPolicy {
        let requestID = key.direction == .in ? 0 : users.last ?? 0
        return XFRMPolicy(
            selector: key.selector, direction: key.direction, action: .protect(requestID: requestID))
    }
}
