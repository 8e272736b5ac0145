import IPsec

/// A kernel whose states have all taken a packet: what a crowd's UEs send is handed to the P-CSCF past it.
///
/// `@unchecked Sendable`: a world is driven by one thread.
final class CrowdKernel: SecurityKernel, @unchecked Sendable {
    private let kernel: any SecurityKernel

    init(_ kernel: any SecurityKernel) { self.kernel = kernel }

    func state(_ id: XFRMState.ID) throws(XFRMFailure) -> XFRMStateReport? {
        var report = try kernel.state(id)
        report?.packets += 1
        return report
    }

    func perform(_ requests: [XFRMRequest]) -> [XFRMFailure?] { kernel.perform(requests) }
    func states() throws(XFRMFailure) -> [XFRMStateReport] { try kernel.states() }
    func policies() throws(XFRMFailure) -> [XFRMPolicyReport] { try kernel.policies() }
    func counts() throws(XFRMFailure) -> XFRMCounts { try kernel.counts() }
    func expired() -> [XFRMState.ID] { kernel.expired() }
}
