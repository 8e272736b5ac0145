import IPsec
import RoleKit

/// What others have in the kernel, by which it shows that something of ours is gone.
struct KernelCensus: Sendable {
    /// How many are not ours; nil until it has been looked at.
    private var others: Int?
    private var looked = 0

    /// Others come and go, which looks like ours going: a look at everything for no more than that is so far apart.
    static let patienceMilliseconds = 30_000

    /// Whether everything should be looked at, by how many there are and how many of them are ours.
    mutating func isSuspect(total: Int, own: Int, now: Int) -> Bool {
        let rest = total - own
        if let others, rest >= others {
            self.others = rest
            return false
        }
        guard others == nil || rest < 0 || now - looked >= Self.patienceMilliseconds else { return false }
        (others, looked) = (rest, now)
        return true
    }

    /// What was missing is there again, or ours no more.
    mutating func settle(total: Int, own: Int) { others = total - own }
}

/// The kernel's tables are every administrator's: `ip xfrm policy flush`, or a program that tidies up at its start. What
/// then was protected would go in the clear, so policies are put back; a set without its states has ended.
extension PCSCF {
    func checkKernel() {
        guard let kernel = security?.kernel, security?.table.count ?? 0 > 0 else { return }
        do throws(XFRMFailure) {
            let (counts, policies) = (try kernel.counts(), ownPolicies)
            let now = now
            // Policies first: until they are there nothing is protected.
            if security?.otherPolicies.isSuspect(total: counts.policies, own: policies, now: now) == true {
                try putPoliciesBack(kernel)
                let (after, own) = (try kernel.counts().policies, ownPolicies)
                security?.otherPolicies.settle(total: after, own: own)
            }
            let states = ownStates
            if security?.otherStates.isSuspect(total: counts.states, own: states, now: now) == true {
                try endHollowSets(kernel)
                try settle(kernel)
            }
        } catch {
            ports.log.error("the kernel's IPsec was not looked at", [(.reason, error.description)])
        }
    }

    private func settle(_ kernel: any SecurityKernel) throws(XFRMFailure) {
        let (counts, states, policies) = (try kernel.counts(), ownStates, ownPolicies)
        security?.otherPolicies.settle(total: counts.policies, own: policies)
        security?.otherStates.settle(total: counts.states, own: states)
    }

    private var ownStates: Int { security?.table.stateCount ?? 0 }
    private var ownPolicies: Int { (security?.table.ruleCount ?? 0) + protectedPorts.blocks.count }

    private func putPoliciesBack(_ kernel: any SecurityKernel) throws(XFRMFailure) {
        let there = Set(try kernel.policies().map { ProtectedPorts.Rule($0.selector, $0.direction) })
        let missing = ((security?.table.rules ?? []) + protectedPorts.blocks).filter {
            !there.contains(.init($0.selector, $0.direction))
        }
        guard !missing.isEmpty else { return }
        let failures = kernel.perform(missing.map(XFRMRequest.replacePolicy)).compactMap { $0 }
        if let failure = failures.first { throw failure }
        ports.log.error(
            "IPsec policies gone from the kernel are put back: clear text may have gone out",
            [(.count, String(missing.count)), (.cure, "let nobody flush them, by `ip xfrm` or another program")]
        )
    }

    private func endHollowSets(_ kernel: any SecurityKernel) throws(XFRMFailure) {
        let there = Set(try kernel.states().lazy.filter { !$0.isLarval }.map(\.id))
        let hollow = (security?.table.all ?? []).filter { agreement in
            security?.table.flows(of: agreement).allSatisfy { there.contains($0.stateID) } == false
        }
        guard !hollow.isEmpty else { return }
        for set in hollow {
            let before = security?.table.life(of: set.user)
            guard let changes = security?.table.lost(set: set.id) else { continue }
            apply(changes)
            keepSets(of: set.user, before: before)
        }
        ports.log.error(
            "IPsec sets were gone from the kernel: their phones must register again",
            [(.count, String(hollow.count)), (.cure, "let nobody flush them, by `ip xfrm` or another program")])
    }
}
