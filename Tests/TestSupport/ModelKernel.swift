public import IPsec

/// A kernel as far as XFRM goes: what there is, what is refused. It can be told to fail.
///
/// `@unchecked Sendable`: a world is driven by one thread.
public final class ModelKernel: SecurityKernel, @unchecked Sendable {
    public struct PolicyKey: Hashable {
        public var selector: XFRMSelector
        public var direction: XFRMPolicy.Direction

        public init(selector: XFRMSelector, direction: XFRMPolicy.Direction) {
            self.selector = selector
            self.direction = direction
        }
    }

    /// States as they were added, keys and all: a test compares those of both ends.
    public private(set) var held: [XFRMState.ID: XFRMState] = [:]
    public private(set) var rules: [PolicyKey: XFRMPolicy] = [:]
    /// Policies of sets, without those that block.
    public var protecting: Int { rules.values.count { $0.action != .block } }
    /// How many more requests succeed; nil: all.
    public var succeeding: Int?
    /// Whether only the one after those is refused, and all that follow succeed again.
    public var refusesOnce = false
    /// What it says to those that do not.
    public var failure = XFRMFailure(.other, code: 12, text: "out of memory")
    /// Algorithms it does not have.
    public var lacking: Set<IPsecSuite> = []
    /// Packets each state has taken in, and thrown away since they did not fit its keys.
    var taken: [XFRMState.ID: UInt64] = [:]
    var forged: [XFRMState.ID: UInt32] = [:]
    private var ended: [XFRMState.ID] = []

    public init() {}

    public func perform(_ requests: [XFRMRequest]) -> [XFRMFailure?] { requests.map { perform($0) } }

    public func states() throws(XFRMFailure) -> [XFRMStateReport] {
        if succeeding == 0 { throw failure }
        return held.values.map(report).sorted { $0.id.spi < $1.id.spi }
    }

    public func state(_ id: XFRMState.ID) throws(XFRMFailure) -> XFRMStateReport? {
        if succeeding == 0 { throw failure }
        return held[id].map(report)
    }

    private func report(_ state: XFRMState) -> XFRMStateReport {
        XFRMStateReport(
            id: state.id, selector: state.selector, requestID: state.requestID, octets: 0,
            packets: taken[state.id] ?? 0, replayed: 0, forged: forged[state.id] ?? 0)
    }

    public func policies() throws(XFRMFailure) -> [XFRMPolicyReport] {
        if succeeding == 0 { throw failure }
        return rules.values.map { policy in
            var requestID: UInt32?
            if case .protect(let id) = policy.action { requestID = id }
            return XFRMPolicyReport(
                selector: policy.selector, direction: policy.direction, index: 0, priority: policy.priority,
                requestID: requestID)
        }
    }

    public func counts() throws(XFRMFailure) -> XFRMCounts {
        if succeeding == 0 { throw failure }
        return XFRMCounts(states: held.count, policies: rules.count)
    }

    /// Somebody empties a table of it: `ip xfrm state flush`, `ip xfrm policy flush`.
    public func flush(states: Bool = false, policies: Bool = false) {
        if states { held = [:] }
        if policies { rules = [:] }
    }

    public func expired() -> [XFRMState.ID] {
        defer { ended = [] }
        return ended
    }

    /// A state has carried all the packets it may.
    public func expire(_ id: XFRMState.ID) {
        if held.removeValue(forKey: id) != nil { ended.append(id) }
    }

    /// The host starts anew.
    public func removeAll() {
        held = [:]
        rules = [:]
    }

    private func perform(_ request: XFRMRequest) -> XFRMFailure? {
        if let left = succeeding {
            guard left > 0 else {
                if refusesOnce { succeeding = nil }
                return failure
            }
            succeeding = left - 1
        }
        switch request {
        case .addState(let state):
            guard !lacking.contains(state.suite) else { return Self.unsupported }
            guard held[state.id] == nil else { return Self.exists }
            held[state.id] = state
            taken[state.id] = nil
        case .deleteState(let id): return held.removeValue(forKey: id) == nil ? Self.absent : nil
        case .getState(let id): return held[id] == nil ? Self.absent : nil
        case .addPolicy(let policy):
            guard rules[Self.key(policy)] == nil else { return Self.exists }
            rules[Self.key(policy)] = policy
        case .replacePolicy(let policy): rules[Self.key(policy)] = policy
        case .deletePolicy(let selector, let direction):
            let key = PolicyKey(selector: selector, direction: direction)
            return rules.removeValue(forKey: key) == nil ? Self.absent : nil
        case .dumpStates, .dumpPolicies, .countStates, .countPolicies: break
        }
        return nil
    }

    private static func key(_ policy: XFRMPolicy) -> PolicyKey {
        PolicyKey(selector: policy.selector, direction: policy.direction)
    }

    private static let exists = XFRMFailure(.exists, code: 17, text: "File exists")
    private static let unsupported = XFRMFailure(.unsupported, code: 38, text: "Function not implemented")
    private static let absent = XFRMFailure(.absent, code: 3, text: "No such process")
}
