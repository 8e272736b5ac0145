/// The kernel's IPsec, as those see it who agree on security associations: asked, it answers at once.
///
/// One object belongs to one instance and is used on its thread.
public protocol SecurityKernel: AnyObject, Sendable {
    /// Asks for each in turn; nil for what was done. What comes after a refusal is asked for all the same.
    func perform(_ requests: [XFRMRequest]) -> [XFRMFailure?]
    /// All states of this network namespace, ours and others'.
    func states() throws(XFRMFailure) -> [XFRMStateReport]
    /// One state, with what it has counted; nil where there is none.
    func state(_ id: XFRMState.ID) throws(XFRMFailure) -> XFRMStateReport?
    /// All policies of this network namespace, ours and others'.
    func policies() throws(XFRMFailure) -> [XFRMPolicyReport]
    /// How many of both there are: what it costs to ask does not grow with them.
    func counts() throws(XFRMFailure) -> XFRMCounts
    /// States the kernel has ended since this was last asked: RFC 4303 §3.3.3 lets none count past its packets. Others'
    /// may be among them.
    func expired() -> [XFRMState.ID]
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
