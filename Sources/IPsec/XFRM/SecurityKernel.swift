/// The kernel's IPsec, as those see it who agree on security associations: asked, it answers at once.
///
/// One object belongs to one instance and is used on its thread.
public protocol SecurityKernel: AnyObject, Sendable {
    /// Asks for each in turn; nil for what was done. What comes after a refusal is asked for all the same.
    func perform(_ requests: [XFRMRequest]) -> [XFRMFailure?]
    /// All states of this network namespace, ours and others'.
    func states() throws(XFRMFailure) -> [XFRMStateReport]
    /// All policies of this network namespace, ours and others'.
    func policies() throws(XFRMFailure) -> [XFRMPolicyReport]
    /// How many of both there are: what it costs to ask does not grow with them.
    func counts() throws(XFRMFailure) -> XFRMCounts
    /// What the kernel has said of its own accord since this was last asked, of others' states too.
    func news() -> [XFRMNews]
}

/// What the kernel says of a state of its own accord.
public enum XFRMNews: Hashable, Sendable {
    /// It has counted all its packets, and is no more: RFC 4303 §3.3.3.
    case ended(XFRMState.ID)
    /// It has taken `noticedPackets`, each of somebody who has its keys, and one more has come.
    case used(XFRMState.ID)
}

/// States and policies of a network namespace, ours and others'.
public struct XFRMCounts: Equatable, Sendable {
    public var states: Int
    public var policies: Int

    public init(states: Int, policies: Int) {
        self.states = states
        self.policies = policies
    }
}
