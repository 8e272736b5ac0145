/// One subscription at the subscriber, RFC 6665 §4.1.2: from SUBSCRIBE to the NOTIFY that ends it.
public struct SubscriberSubscription: Equatable, Sendable {
    /// RFC 6665 §4.1.2, figure 1.
    public enum State: Equatable, Sendable {
        case `init`
        /// SUBSCRIBE is sent, no NOTIFY has come.
        case notifyWait
        case pending
        case active
        /// What we watch is gone here: the notifier's last NOTIFY is on its way, perhaps.
        case leaving
        case terminated
    }

    public enum Timer: Equatable, Sendable {
        /// Timer N: no NOTIFY came (§4.1.2.4).
        case n
        /// Time to refresh.
        case refresh
        /// The granted time is over.
        case expiry
    }

    public enum Event: Equatable, Sendable {
        case begin
        /// A 2xx to SUBSCRIBE.
        case accepted(seconds: Int)
        /// A final response to SUBSCRIBE that is no 2xx.
        case refused(status: Int)
        /// No response to it.
        case unanswered
        /// A NOTIFY in the dialog.
        case notified(SubscriptionState)
        /// What we watch is to be watched longer than the grant lasts.
        case prolong
        /// What we watch is gone here.
        case resourceGone
        case fired(Timer)
    }

    public enum Effect: Equatable, Sendable {
        /// Send SUBSCRIBE: the first, or one in the dialog.
        case subscribe
        case start(Timer, seconds: Int)
        case cancel(Timer)
        /// The subscription is over: forget it.
        case ended
    }

    /// Timer N, 64·T1 in seconds (§4.1.2.4).
    public static let timerN = 32

    public private(set) var state = State.`init`
    private var isRefreshing = false

    public init() {}

    /// When to refresh, in seconds from the grant: 600 s before the end of a long one, at half of a short one (as a UE
    /// does, TS 24.229 §5.1.1.4.1).
    public static func refreshTime(of seconds: Int) -> Int { seconds > 1_200 ? seconds - 600 : max(1, seconds / 2) }

    public mutating func handle(_ event: Event) -> Effects<Effect> {
        switch state {
        case .`init`: return initial(event)
        case .notifyWait: return notifyWait(event)
        case .pending, .active: return established(event)
        case .leaving: return leaving(event)
        case .terminated: return .none
        }
    }

    private mutating func initial(_ event: Event) -> Effects<Effect> {
        switch event {
        // §4.1.2.4: timer N starts with the SUBSCRIBE.
        case .begin:
            state = .notifyWait
            return Effects(.start(.n, seconds: Self.timerN), .subscribe)
        case .resourceGone:
            state = .terminated
            return Effects(.ended)
        case .accepted, .refused, .unanswered, .notified, .prolong, .fired: return .none
        }
    }

    private mutating func notifyWait(_ event: Event) -> Effects<Effect> {
        switch event {
        case .accepted(let seconds): return granted(seconds)
        // §4.1.2.1: a refused SUBSCRIBE makes no subscription; a NOTIFY that never comes neither (§4.1.2.4).
        case .refused, .unanswered, .fired(.n): return end()
        case .fired(.expiry), .fired(.refresh): return .none
        // §4.1.2.4: a NOTIFY may come before the 2xx.
        case .notified(let told):
            var effects: Effects<Effect> = Effects(.cancel(.n))
            state = .active
            effects.append(contentsOf: notified(told))
            return effects
        case .resourceGone: return leave()
        // The grant to come decides.
        case .prolong, .begin: return .none
        }
    }

    private mutating func established(_ event: Event) -> Effects<Effect> {
        switch event {
        case .accepted(let seconds):
            isRefreshing = false
            return granted(seconds)
        // §4.1.2.2: 481 (and 408, RFC 5057 §5.1) end it; after another failure the last grant holds.
        case .refused(let status):
            isRefreshing = false
            return status == 481 || status == 408 ? end() : .none
        case .unanswered: return end()
        case .notified(let told): return notified(told)
        case .prolong, .fired(.refresh):
            guard !isRefreshing else { return .none }
            isRefreshing = true
            return Effects(.subscribe)
        case .fired(.expiry): return end()
        case .resourceGone: return leave()
        case .begin, .fired(.n): return .none
        }
    }

    private mutating func leaving(_ event: Event) -> Effects<Effect> {
        switch event {
        case .notified(.terminated), .fired(.n), .refused, .unanswered: return end()
        case .begin, .accepted, .notified, .prolong, .resourceGone, .fired: return .none
        }
    }

    private func granted(_ seconds: Int) -> Effects<Effect> {
        Effects(.start(.expiry, seconds: seconds), .start(.refresh, seconds: Self.refreshTime(of: seconds)))
    }

    /// §4.1.2.3: the NOTIFY says how it stands; a shorter time than granted counts.
    private mutating func notified(_ told: SubscriptionState) -> Effects<Effect> {
        switch told {
        case .active(let seconds):
            state = .active
            return seconds.map(granted) ?? .none
        case .pending(let seconds):
            state = .pending
            return seconds.map(granted) ?? .none
        case .terminated: return end()
        }
    }

    private mutating func leave() -> Effects<Effect> {
        state = .leaving
        return Effects(.cancel(.refresh), .cancel(.expiry), .start(.n, seconds: Self.timerN))
    }

    private mutating func end() -> Effects<Effect> {
        state = .terminated
        return Effects(.cancel(.n), .cancel(.refresh), .cancel(.expiry), .ended)
    }
}
