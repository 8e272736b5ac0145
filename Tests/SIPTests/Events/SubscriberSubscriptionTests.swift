import SIP
import Testing

@Suite("RFC 6665 §4.1: a subscription at the subscriber")
struct SubscriberSubscriptionTests {
    private typealias Machine = SubscriberSubscription

    private let over: [SubscriberSubscription.Effect] = [.cancel(.n), .cancel(.refresh), .cancel(.expiry), .ended]

    private func waiting() -> Machine {
        var machine = Machine()
        _ = machine.handle(.begin)
        return machine
    }

    private func active() -> Machine {
        var machine = waiting()
        _ = machine.handle(.accepted(seconds: 8_100))
        _ = machine.handle(.notified(.active(expires: nil)))
        return machine
    }

    private func effects(_ machine: inout Machine, _ event: Machine.Event) -> [Machine.Effect] {
        Array(machine.handle(event))
    }

    @Test("§4.1.2.4: timer N runs from the SUBSCRIBE to the first NOTIFY")
    func begins() {
        var machine = Machine()
        #expect(effects(&machine, .begin) == [.start(.n, seconds: 32), .subscribe])
        #expect(
            effects(&machine, .accepted(seconds: 8_100))
                == [.start(.expiry, seconds: 8_100), .start(.refresh, seconds: 7_500)])
        #expect(machine.state == .notifyWait)
        #expect(effects(&machine, .notified(.active(expires: nil))) == [.cancel(.n)])
        #expect(machine.state == .active)
    }

    @Test("§4.1.2.4: a NOTIFY may come before the 2xx")
    func notifyFirst() {
        var machine = waiting()
        #expect(
            effects(&machine, .notified(.active(expires: 100)))
                == [.cancel(.n), .start(.expiry, seconds: 100), .start(.refresh, seconds: 50)])
        #expect(
            effects(&machine, .accepted(seconds: 100))
                == [.start(.expiry, seconds: 100), .start(.refresh, seconds: 50)])
    }

    @Test(
        "§4.1.2.1: refusal, silence and timer N make no subscription",
        arguments: [.refused(status: 403), .refused(status: 489), .unanswered, .fired(.n)]
            as [SubscriberSubscription.Event])
    func neverBegun(_ event: SubscriberSubscription.Event) {
        var machine = waiting()
        #expect(effects(&machine, event) == over)
        #expect(machine.state == .terminated)
        #expect(effects(&machine, .begin).isEmpty)
    }

    @Test("§4.1.2.2: one refresh at a time, at its time or when more time is wanted")
    func refresh() {
        var machine = active()
        #expect(effects(&machine, .fired(.refresh)) == [.subscribe])
        #expect(effects(&machine, .prolong).isEmpty)
        #expect(
            effects(&machine, .accepted(seconds: 60))
                == [.start(.expiry, seconds: 60), .start(.refresh, seconds: 30)])
        #expect(effects(&machine, .prolong) == [.subscribe])
    }

    @Test("§4.1.2.2: 481 to a refresh ends it, another failure leaves it its time")
    func refreshFails() {
        var machine = active()
        #expect(effects(&machine, .refused(status: 500)).isEmpty)
        #expect(effects(&machine, .prolong) == [.subscribe])
        #expect(effects(&machine, .refused(status: 481)) == over)
        machine = active()
        #expect(effects(&machine, .unanswered) == over)
        machine = active()
        #expect(effects(&machine, .fired(.expiry)) == over)
    }

    @Test("§4.1.2.3: a NOTIFY with terminated ends it, pending does not")
    func terminated() {
        var machine = active()
        #expect(effects(&machine, .notified(.pending(expires: nil))).isEmpty)
        #expect(machine.state == .pending)
        #expect(effects(&machine, .notified(.terminated(reason: .noresource, retryAfter: nil))) == over)
    }

    @Test("what is watched is gone here: the last NOTIFY is awaited, not for ever")
    func leaving() {
        for last in [.notified(.terminated(reason: .timeout, retryAfter: nil)), .fired(.n)] as [Machine.Event] {
            var machine = active()
            #expect(
                effects(&machine, .resourceGone)
                    == [.cancel(.refresh), .cancel(.expiry), .start(.n, seconds: 32)])
            #expect(effects(&machine, .notified(.active(expires: 5))).isEmpty)
            #expect(effects(&machine, .accepted(seconds: 5)).isEmpty)
            #expect(effects(&machine, last) == over)
        }
    }

    @Test(
        "TS 24.229 §5.1.1.4.1: 600 s before the end of a long grant, at half of a short one",
        arguments: [
            (8_100, 7_500), (1_201, 601), (1_200, 600), (60, 30), (1, 1),
        ])
    func refreshTime(_ row: (Int, Int)) {
        #expect(Machine.refreshTime(of: row.0) == row.1)
    }
}

@Suite("RFC 6665 §8.2: headers of events")
struct EventHeaderTests {
    private func notify(_ lines: String) throws -> SIPMessage {
        try SIPMessage(
            Array(
                """
                NOTIFY sip:a@b SIP/2.0\r
                Via: SIP/2.0/UDP b;branch=z9hG4bKx\r
                From: <sip:a@b>;tag=1\r
                To: <sip:a@b>;tag=2\r
                Call-ID: c\r
                CSeq: 1 NOTIFY\r
                \(lines)\r
                Content-Length: 0\r
                \r

                """.utf8))
    }

    @Test(
        "§8.2.3: Subscription-State read and written",
        arguments: [
            "active;expires=3600", "active", "pending;expires=5", "terminated;reason=noresource",
            "terminated;reason=probation;retry-after=7",
        ])
    func roundTrip(_ text: String) throws {
        #expect(SubscriptionState(try notify("Subscription-State: \(text)"))?.text == text)
    }

    @Test("§4.1.3: case does not matter, an unknown reason does not forbid subscribing again")
    func lenient() throws {
        #expect(SubscriptionState(try notify("Subscription-State: Active ; expires=x")) == .active(expires: nil))
        #expect(
            SubscriptionState(try notify("Subscription-State: terminated;reason=odd"))
                == .terminated(reason: .timeout, retryAfter: nil))
        #expect(SubscriptionState(try notify("Subscription-State: waiting")) == nil)
        #expect(SubscriptionState(try notify("X: y")) == nil)
    }

    @Test("§8.2.1: Event with and without id, compact too")
    func event() throws {
        #expect(EventHeader(try notify("Event: Reg")) == EventHeader(package: "reg"))
        #expect(EventHeader(try notify("o: reg;id=7"))?.text == "reg;id=7")
        #expect(EventHeader(try notify("Event: ")) == nil)
    }
}
