/// Response context of a stateful proxy: RFC 3261 §16.7 with timer C (§16.8), transport errors (§16.9), CANCEL
/// (§16.10) and RFC 4320 §4.2.
///
/// It knows branches by number and responses by status; the runner holds the messages.
public struct ProxyResponseContext: Sendable {
    public enum Event: Equatable, Sendable {
        /// The request was forwarded on this branch.
        case forwarded(Int)
        case response(Int, status: Int)
        /// The branch's client transaction ran out of time.
        case timedOut(Int)
        case transportFailed(Int)
        /// Timer C of the branch fired.
        case timerC(Int)
        /// A CANCEL for the request came from upstream.
        case cancelled
        /// The role waits for this branch no longer: it counts as silent, whatever it still says.
        case abandoned(Int)
    }

    public enum Effect: Equatable, Sendable {
        /// Forward the response at hand upstream, at once.
        case relay(Int)
        /// Start the branch's timer C, or start it anew.
        case startTimerC(Int)
        case stopTimerC(Int)
        /// Send a CANCEL for the branch (§9.1, §16.10).
        case cancel(Int)
        /// Forget the branch's client transaction: no answer is expected from it (§16.8).
        case giveUp(Int)
        /// The context has its final response.
        case finish(Result)
    }

    /// What the context came to.
    public enum Result: Equatable, Sendable {
        /// The branch's final response; for 401 and 407 the challenges of these other branches belong into it
        /// (§16.7 step 7).
        case response(Int, challengesOf: [Int])
        /// Nothing but silence: 408 to an INVITE, nothing to anything else (RFC 4320 §4.2).
        case timeout
        /// No branch could be reached.
        case transportFailed
    }

    private enum BranchState: Equatable, Sendable { case calling, proceeding, final }

    private struct Branch: Sendable {
        var state = BranchState.calling
        var isCancelled = false
        var status = 0
        var isLocal = false
        var order = 0
    }

    private let isInvite: Bool
    private var branches: [Branch]
    private var finals = 0
    /// True once a final response has been chosen.
    public private(set) var isFinished = false

    public init(isInvite: Bool, branches count: Int) {
        self.isInvite = isInvite
        branches = Array(repeating: Branch(), count: count)
    }

    /// True once no branch can bring anything any more.
    public var isComplete: Bool { finals == branches.count }

    public mutating func handle(_ event: Event) -> Effects<Effect> {
        switch event {
        // §16.6 step 11: timer C guards every INVITE branch.
        case .forwarded(let branch):
            return isPending(branch) && isInvite ? Effects(.startTimerC(branch)) : .none
        case .response(let branch, let status):
            return isPending(branch) ? pending(branch, status) : settled(branch, status)
        // §16.9: a transport error counts as a 503.
        case .transportFailed(let branch):
            return isPending(branch) ? final(branch, 503, isLocal: true) : .none
        case .timedOut(let branch):
            return isPending(branch) ? final(branch, 408, isLocal: true) : .none
        case .timerC(let branch):
            return isPending(branch) ? timerC(branch) : .none
        // §16.10: a CANCEL from upstream cancels what is pending; a final response still has to come.
        case .cancelled:
            return cancelPending()
        case .abandoned(let branch):
            return isPending(branch) ? abandon(branch) : .none
        }
    }

    private func isPending(_ branch: Int) -> Bool {
        branches.indices.contains(branch) && branches[branch].state != .final
    }

    /// A response on a branch without a final one.
    private mutating func pending(_ branch: Int, _ status: Int) -> Effects<Effect> {
        if status >= 200 { return final(branch, status, isLocal: false) }
        var effects = Effects<Effect>.none
        // §9.1: a CANCEL may go only after a provisional response.
        if branches[branch].state == .calling, branches[branch].isCancelled { effects.append(.cancel(branch)) }
        branches[branch].state = .proceeding
        // §16.7 steps 2 and 4: 100 is hop by hop; others restart timer C and go upstream until a final one has gone.
        guard status > 100 else { return effects }
        if isInvite { effects.append(.startTimerC(branch)) }
        if !isFinished { effects.append(.relay(branch)) }
        return effects
    }

    /// A response on a branch that has its final one: only further 2xx to INVITE matter (§16.7 step 4).
    private func settled(_ branch: Int, _ status: Int) -> Effects<Effect> {
        isInvite && (200..<300).contains(status) && isFinished ? Effects(.relay(branch)) : .none
    }

    private mutating func final(_ branch: Int, _ status: Int, isLocal: Bool) -> Effects<Effect> {
        finals += 1
        branches[branch].state = .final
        branches[branch].status = status
        branches[branch].isLocal = isLocal
        branches[branch].order = finals
        var effects = isInvite ? Effects<Effect>(.stopTimerC(branch)) : .none
        if (200..<300).contains(status) {
            if isFinished {
                // §16.7 step 4: a 2xx to INVITE goes up even after another final response; others have no use.
                if isInvite { effects.append(.relay(branch)) }
                return effects
            }
            isFinished = true
            effects.append(.finish(.response(branch, challengesOf: [])))
            effects.append(contentsOf: cancelPending())
            return effects
        }
        // §16.7 step 5: 6xx ends the search, but waits for what the cancelled branches bring.
        if status >= 600 { effects.append(contentsOf: cancelPending()) }
        if isComplete, !isFinished {
            isFinished = true
            effects.append(.finish(best()))
        }
        return effects
    }

    /// §16.8: with a provisional response the branch is cancelled, else it counts as answered with 408.
    private mutating func timerC(_ branch: Int) -> Effects<Effect> {
        if branches[branch].state == .proceeding { return cancel(branch) }
        var effects = Effects<Effect>(.giveUp(branch))
        effects.append(contentsOf: final(branch, 408, isLocal: true))
        return effects
    }

    /// As timer C does, but what has answered provisionally is not waited for either: it is cancelled, and its final
    /// response changes nothing any more.
    private mutating func abandon(_ branch: Int) -> Effects<Effect> {
        var effects =
            isInvite && branches[branch].state == .proceeding ? cancel(branch) : Effects(.giveUp(branch))
        effects.append(contentsOf: final(branch, 408, isLocal: true))
        return effects
    }

    /// §16.10, §16.7 step 10.
    private mutating func cancelPending() -> Effects<Effect> {
        var effects = Effects<Effect>.none
        guard isInvite else { return effects }
        for branch in branches.indices where branches[branch].state != .final {
            effects.append(contentsOf: cancel(branch))
        }
        return effects
    }

    private mutating func cancel(_ branch: Int) -> Effects<Effect> {
        if branches[branch].isCancelled { return .none }
        branches[branch].isCancelled = true
        return branches[branch].state == .proceeding ? Effects(.cancel(branch)) : .none
    }

    /// §16.7 steps 6 and 7.
    private func best() -> Result {
        let candidates = branches.indices.compactMap { branch -> BestResponse.Candidate? in
            // RFC 4320 §4.2: a 408 to anything but INVITE is as good as silence.
            if !isInvite, branches[branch].status == 408 { return nil }
            return BestResponse.Candidate(
                branch: branch, status: branches[branch].status, isLocal: branches[branch].isLocal,
                order: branches[branch].order)
        }
        guard let best = BestResponse.choose(candidates) else { return .timeout }
        if best.isLocal { return best.status == 408 ? .timeout : .transportFailed }
        return .response(best.branch, challengesOf: challenges(besides: best))
    }

    private func challenges(besides best: BestResponse.Candidate) -> [Int] {
        guard best.status == 401 || best.status == 407 else { return [] }
        return branches.indices.filter {
            $0 != best.branch && (branches[$0].status == 401 || branches[$0].status == 407)
        }
    }
}
