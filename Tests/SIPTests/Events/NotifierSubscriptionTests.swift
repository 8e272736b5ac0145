import SIP
import Testing

@Suite("RFC 6665 §4.2: a subscription at the notifier")
struct NotifierSubscriptionTests {
    private typealias Machine = NotifierSubscription

    private func granted() -> Machine {
        var machine = Machine()
        _ = machine.handle(.subscribed(seconds: 3_600))
        return machine
    }

    private func idle() -> Machine {
        var machine = granted()
        _ = machine.handle(.answered(status: 200, retryAfter: nil))
        return machine
    }

    private func effects(_ machine: inout Machine, _ event: Machine.Event) -> [Machine.Effect] {
        Array(machine.handle(event))
    }

    @Test("§4.2.1.2: a NOTIFY follows the first SUBSCRIBE at once, and the granted time runs")
    func first() {
        var machine = Machine()
        #expect(
            effects(&machine, .subscribed(seconds: 3_600)) == [.start(.expiry, seconds: 3_600), .notify])
        #expect(machine.state == .active)
    }

    @Test("§4.2.1.3: a refresh starts the time anew and brings a NOTIFY")
    func refresh() {
        var machine = idle()
        #expect(effects(&machine, .subscribed(seconds: 60)) == [.start(.expiry, seconds: 60), .notify])
    }

    @Test("§4.4.3: Expires 0 outside a subscription fetches the state once")
    func fetch() {
        var machine = Machine()
        #expect(effects(&machine, .unsubscribed) == [.cancel(.expiry), .notifyTermination(.timeout)])
        #expect(effects(&machine, .answered(status: 200, retryAfter: nil)) == [.ended])
        #expect(machine.state == .terminated)
    }

    @Test("one NOTIFY at a time: what changes meanwhile goes into the one after")
    func oneAtATime() {
        var machine = granted()
        #expect(effects(&machine, .resourceChanged).isEmpty)
        #expect(effects(&machine, .resourceChanged).isEmpty)
        #expect(effects(&machine, .answered(status: 200, retryAfter: nil)) == [.notify])
        #expect(effects(&machine, .answered(status: 200, retryAfter: nil)).isEmpty)
        #expect(effects(&machine, .resourceChanged) == [.notify])
    }

    @Test(
        "§4.2.2: 481, a failure without Retry-After and silence end it",
        arguments: [
            .answered(status: 481, retryAfter: nil), .answered(status: 481, retryAfter: 5),
            .answered(status: 408, retryAfter: nil), .answered(status: 404, retryAfter: nil),
            .answered(status: 500, retryAfter: nil), .answered(status: 302, retryAfter: nil), .unanswered,
        ] as [NotifierSubscription.Event])
    func failure(_ event: NotifierSubscription.Event) {
        var machine = granted()
        #expect(effects(&machine, event) == [.cancel(.expiry), .ended])
        #expect(effects(&machine, .resourceChanged).isEmpty)
        #expect(machine.state == .terminated)
    }

    @Test("§4.2.2: a failure with Retry-After is tried again, within bounds")
    func retryAfter() {
        var machine = granted()
        for _ in 0..<Machine.maximumRetries {
            #expect(effects(&machine, .answered(status: 503, retryAfter: 9_999)) == [.start(.retry, seconds: 600)])
            #expect(effects(&machine, .resourceChanged).isEmpty)
            #expect(effects(&machine, .fired(.retry)) == [.notify])
        }
        #expect(effects(&machine, .answered(status: 503, retryAfter: 5)) == [.cancel(.expiry), .ended])
    }

    @Test("§4.2.2: a 2xx gives all retries back, and a Retry-After of nothing is a second")
    func retriesAreForgotten() {
        var machine = granted()
        for _ in 0..<(3 * Machine.maximumRetries) {
            #expect(effects(&machine, .answered(status: 500, retryAfter: 0)) == [.start(.retry, seconds: 1)])
            #expect(effects(&machine, .fired(.retry)) == [.notify])
            #expect(effects(&machine, .answered(status: 200, retryAfter: nil)).isEmpty)
            #expect(effects(&machine, .resourceChanged) == [.notify])
        }
    }

    @Test("§4.2.1.4: unsubscribing, expiry and the end of what is watched are told in a last NOTIFY")
    func terminations() {
        let cases: [(Machine.Event, SubscriptionState.TerminationReason)] = [
            (.unsubscribed, .timeout), (.fired(.expiry), .timeout), (.resourceGone(.noresource), .noresource),
            (.resourceGone(.rejected), .rejected),
        ]
        for (event, reason) in cases {
            var machine = idle()
            #expect(effects(&machine, event) == [.cancel(.expiry), .notifyTermination(reason)])
            #expect(machine.state == .terminating)
            #expect(effects(&machine, .resourceChanged).isEmpty)
            #expect(effects(&machine, .subscribed(seconds: 60)).isEmpty)
            #expect(effects(&machine, .answered(status: 200, retryAfter: nil)) == [.ended])
        }
    }

    @Test("the last NOTIFY waits for the one under way")
    func lastWaits() {
        var machine = granted()
        #expect(effects(&machine, .resourceGone(.noresource)) == [.cancel(.expiry)])
        #expect(effects(&machine, .answered(status: 200, retryAfter: nil)) == [.notifyTermination(.noresource)])
        #expect(effects(&machine, .answered(status: 503, retryAfter: 5)) == [.ended])
    }

    @Test("§4.2.2: no last NOTIFY to a subscriber that has answered 481 or nothing")
    func lastIsSpared() {
        for event in [.answered(status: 481, retryAfter: nil), .unanswered] as [Machine.Event] {
            var machine = granted()
            _ = machine.handle(.resourceGone(.noresource))
            #expect(effects(&machine, event) == [.ended])
        }
    }

    @Test("a retry under way is stopped by the end")
    func endStopsRetry() {
        var machine = granted()
        _ = machine.handle(.answered(status: 500, retryAfter: 30))
        #expect(
            effects(&machine, .resourceGone(.noresource))
                == [.cancel(.expiry), .cancel(.retry), .notifyTermination(.noresource)])
    }

    @Test("nothing happens after the end", arguments: [0, 1, 2, 3, 4])
    func afterTheEnd(_ index: Int) {
        var machine = granted()
        _ = machine.handle(.unanswered)
        let events: [Machine.Event] = [
            .subscribed(seconds: 1), .unsubscribed, .resourceGone(.rejected), .fired(.expiry), .unanswered,
        ]
        #expect(effects(&machine, events[index]).isEmpty)
        #expect(machine.state == .terminated)
    }
}
