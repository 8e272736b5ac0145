/// One subscription at the notifier, RFC 6665 §4.2: when a NOTIFY is due, what its fate means, when all is over.
///
/// One NOTIFY is under way at a time, so that they cannot overtake one another; what changes meanwhile goes into the next.
/// Authorisation comes before the machine: there is no pending state.
public struct NotifierSubscription: Equatable, Sendable {
    /// RFC 6665 §4.2.2.
    public enum State: Equatable, Sendable {
        /// SUBSCRIBE has not been answered yet.
        case resourceCheck
        case active
        /// The last NOTIFY is due or under way.
        case terminating
        case terminated
    }

    public enum Timer: Equatable, Sendable {
        /// The granted time.
        case expiry
        /// A NOTIFY is to be sent again after a Retry-After.
        case retry
    }

    public enum Event: Equatable, Sendable {
        /// A SUBSCRIBE has been granted: the first, or a refresh.
        case subscribed(seconds: Int)
        /// A SUBSCRIBE with Expires 0 has been accepted.
        case unsubscribed
        /// What is watched has changed.
        case resourceChanged
        /// What is watched is no more, or may not be watched any more.
        case resourceGone(SubscriptionState.TerminationReason)
        case fired(Timer)
        /// A final response to the NOTIFY under way.
        case answered(status: Int, retryAfter: Int?)
        /// No response to it, or no way to send it.
        case unanswered
    }

    public enum Effect: Equatable, Sendable {
        case start(Timer, seconds: Int)
        case cancel(Timer)
        /// Send a NOTIFY with the state there is now.
        case notify
        /// Send the last NOTIFY.
        case notifyTermination(SubscriptionState.TerminationReason)
        /// The subscription is over: forget it.
        case ended
    }

    /// NOTIFYs sent again after a Retry-After before we give up.
    public static let maximumRetries = 5
    /// Longest Retry-After heeded, in seconds.
    public static let longestRetry = 600

    public private(set) var state = State.resourceCheck
    /// A NOTIFY has no answer yet.
    private var isNotifying = false
    /// A NOTIFY waits: for the answer to the one before, or for its retry.
    private var isDue = false
    private var isRetrying = false
    private var retries = 0
    private var reason = SubscriptionState.TerminationReason.timeout

    public init() {}

    public mutating func handle(_ event: Event) -> Effects<Effect> {
        switch state {
        case .resourceCheck: return resourceCheck(event)
        case .active: return active(event)
        case .terminating: return terminating(event)
        case .terminated: return .none
        }
    }

    private mutating func resourceCheck(_ event: Event) -> Effects<Effect> {
        switch event {
        // §4.2.1.2: a NOTIFY follows every 2xx to a SUBSCRIBE at once.
        case .subscribed(let seconds):
            state = .active
            isNotifying = true
            return Effects(.start(.expiry, seconds: seconds), .notify)
        // §4.4.3: a SUBSCRIBE with Expires 0 outside a subscription fetches the state once.
        case .unsubscribed: return terminate(.timeout)
        case .resourceGone(let reason): return terminate(reason)
        case .resourceChanged, .fired, .answered, .unanswered: return .none
        }
    }

    private mutating func active(_ event: Event) -> Effects<Effect> {
        switch event {
        case .subscribed(let seconds):
            var effects: Effects<Effect> = Effects(.start(.expiry, seconds: seconds))
            effects.append(contentsOf: notify())
            return effects
        case .resourceChanged: return notify()
        // §4.2.1.4: unsubscribing ends with a NOTIFY too.
        case .unsubscribed: return terminate(.timeout)
        // §4.2.2: the subscription was not refreshed.
        case .fired(.expiry): return terminate(.timeout)
        case .resourceGone(let reason): return terminate(reason)
        case .fired(.retry):
            isRetrying = false
            isNotifying = true
            isDue = false
            return Effects(.notify)
        case .answered(let status, let retryAfter): return answered(status, retryAfter)
        // §4.2.2: a NOTIFY that timed out ends a subscription made by SUBSCRIBE.
        case .unanswered: return end()
        }
    }

    private mutating func terminating(_ event: Event) -> Effects<Effect> {
        switch event {
        case .answered(let status, _):
            guard isDue, (200..<300).contains(status) else { return end() }
            isDue = false
            return Effects(.notifyTermination(reason))
        case .unanswered: return end()
        // Everything that crosses the last NOTIFY: the subscriber has been told, or is about to be.
        case .subscribed, .unsubscribed, .resourceChanged, .resourceGone, .fired: return .none
        }
    }

    private mutating func answered(_ status: Int, _ retryAfter: Int?) -> Effects<Effect> {
        isNotifying = false
        if (200..<300).contains(status) {
            retries = 0
            return isDue ? notify() : .none
        }
        // §4.2.2: 481 always ends it, any other failure unless it asks for another try.
        guard status != 481, let retryAfter, retries < Self.maximumRetries else { return end() }
        retries += 1
        isRetrying = true
        return Effects(.start(.retry, seconds: min(max(1, retryAfter), Self.longestRetry)))
    }

    private mutating func notify() -> Effects<Effect> {
        guard !isNotifying, !isRetrying else {
            isDue = true
            return .none
        }
        isNotifying = true
        isDue = false
        return Effects(.notify)
    }

    private mutating func terminate(_ reason: SubscriptionState.TerminationReason) -> Effects<Effect> {
        state = .terminating
        self.reason = reason
        isDue = isNotifying
        let timers: Effects<Effect> =
            isRetrying ? Effects(.cancel(.expiry), .cancel(.retry)) : Effects(.cancel(.expiry))
        isRetrying = false
        guard !isNotifying else { return timers }
        isNotifying = true
        var effects = timers
        effects.append(.notifyTermination(reason))
        return effects
    }

    private mutating func end() -> Effects<Effect> {
        let wasActive = state == .active
        state = .terminated
        guard wasActive else { return Effects(.ended) }
        return isRetrying ? Effects(.cancel(.expiry), .cancel(.retry), .ended) : Effects(.cancel(.expiry), .ended)
    }
}
