import IPsec

/// A kernel as far as XFRM goes: what there is, what is refused. It can be told to fail.
struct ModelKernel {
    private(set) var states: [XFRMState.ID: XFRMSelector] = [:]
    private(set) var policies: [PolicyKey: XFRMPolicy] = [:]
    /// How many more requests succeed; nil: all.
    var succeeding: Int?

    struct PolicyKey: Hashable {
        var selector: XFRMSelector
        var direction: XFRMPolicy.Direction
    }

    mutating func perform(_ requests: [XFRMRequest]) -> [XFRMFailure?] { requests.map { perform($0) } }

    private mutating func perform(_ request: XFRMRequest) -> XFRMFailure? {
        if let left = succeeding {
            guard left > 0 else { return XFRMFailure(.other, code: 12, text: "out of memory") }
            succeeding = left - 1
        }
        switch request {
        case .addState(let state):
            guard states[state.id] == nil else { return Self.exists }
            states[state.id] = state.selector
        case .deleteState(let id): return states.removeValue(forKey: id) == nil ? Self.absent : nil
        case .getState(let id): return states[id] == nil ? Self.absent : nil
        case .addPolicy(let policy):
            guard policies[Self.key(policy)] == nil else { return Self.exists }
            policies[Self.key(policy)] = policy
        case .replacePolicy(let policy): policies[Self.key(policy)] = policy
        case .deletePolicy(let selector, let direction):
            let key = PolicyKey(selector: selector, direction: direction)
            return policies.removeValue(forKey: key) == nil ? Self.absent : nil
        case .dumpStates, .dumpPolicies: break
        }
        return nil
    }

    private static func key(_ policy: XFRMPolicy) -> PolicyKey {
        PolicyKey(selector: policy.selector, direction: policy.direction)
    }

    private static let exists = XFRMFailure(.exists, code: 17, text: "File exists")
    private static let absent = XFRMFailure(.absent, code: 3, text: "No such process")
}
