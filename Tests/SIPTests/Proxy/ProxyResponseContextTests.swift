import SIP
import Testing

@Suite("Proxy response context")
struct ProxyResponseContextTests {
    typealias Context = ProxyResponseContext

    /// A context with its branches forwarded, then these events; the effects of the last one.
    func run(
        invite: Bool = true, branches: Int = 1, _ events: [Context.Event]
    ) -> (context: Context, effects: [Context.Effect]) {
        var context = Context(isInvite: invite, branches: branches)
        for branch in 0..<branches { _ = context.handle(.forwarded(branch)) }
        var last: [Context.Effect] = []
        for event in events { last = Array(context.handle(event)) }
        return (context, last)
    }

    /// What the context chooses once each branch has brought one status (0: time-out, −1: transport failure).
    func outcome(invite: Bool = true, _ statuses: [Int]) -> Context.Result? {
        var context = Context(isInvite: invite, branches: statuses.count)
        var found: Context.Result?
        for (branch, status) in statuses.enumerated() {
            let event: Context.Event =
                switch status {
                case 0: .timedOut(branch)
                case -1: .transportFailed(branch)
                default: .response(branch, status: status)
                }
            for case .finish(let result) in context.handle(event) { found = result }
        }
        return found
    }

    @Test("RFC 3261 §16.6 step 11: timer C guards an INVITE branch and nothing else")
    func timerCStarts() {
        var invite = Context(isInvite: true, branches: 1)
        #expect(Array(invite.handle(.forwarded(0))) == [.startTimerC(0)])
        var register = Context(isInvite: false, branches: 1)
        #expect(register.handle(.forwarded(0)).isEmpty)
    }

    @Test("RFC 3261 §16.7 steps 2 and 4: 100 stays here, other provisionals go up and restart timer C")
    func provisional() {
        #expect(run([.response(0, status: 100)]).effects == [])
        #expect(run([.response(0, status: 180)]).effects == [.startTimerC(0), .relay(0)])
        #expect(run([.response(0, status: 180), .response(0, status: 183)]).effects == [.startTimerC(0), .relay(0)])
    }

    @Test("A branch nobody waits for counts as silent: given up, or cancelled where it rings; then it changes nothing")
    func abandoned() {
        let silent = run([.abandoned(0)])
        #expect(silent.effects == [.giveUp(0), .stopTimerC(0), .finish(.timeout)] && silent.context.isComplete)
        let ringing: [Context.Event] = [.response(0, status: 100), .abandoned(0)]
        #expect(run(ringing).effects == [.cancel(0), .stopTimerC(0), .finish(.timeout)])
        #expect(run(ringing + [.response(0, status: 487)]).effects == [])
        #expect(run(ringing + [.response(0, status: 200)]).effects == [.relay(0)])
        #expect(
            run(invite: false, [.response(0, status: 100), .abandoned(0)]).effects == [.giveUp(0), .finish(.timeout)])
        #expect(run([.response(0, status: 486), .abandoned(0)]).effects == [])
    }

    @Test("RFC 3261 §16.7 step 5: the first 2xx is the result; other branches are cancelled")
    func success() {
        let run = run(
            branches: 3,
            [
                .response(1, status: 180), .response(2, status: 100), .response(0, status: 200),
            ])
        #expect(run.effects == [.stopTimerC(0), .finish(.response(0, challengesOf: [])), .cancel(1), .cancel(2)])
        #expect(!run.context.isComplete)
    }

    @Test("RFC 3261 §16.7 step 4: further 2xx to INVITE go up, on the same branch and on others")
    func more2xx() {
        let first: [Context.Event] = [.response(0, status: 200)]
        #expect(run(branches: 2, first + [.response(0, status: 200)]).effects == [.relay(0)])
        #expect(run(branches: 2, first + [.response(1, status: 200)]).effects == [.stopTimerC(1), .relay(1)])
        #expect(run(branches: 2, first + [.response(1, status: 180)]).effects.contains(.relay(1)) == false)
        #expect(run(invite: false, branches: 2, first + [.response(1, status: 200)]).effects == [])
    }

    @Test("RFC 3261 §9.1: a branch without a provisional is cancelled once one comes")
    func cancelWaitsForProvisional() {
        #expect(run([.cancelled]).effects == [])
        #expect(run([.cancelled, .response(0, status: 100)]).effects == [.cancel(0)])
        #expect(run([.cancelled, .response(0, status: 180)]).effects == [.cancel(0), .startTimerC(0), .relay(0)])
        #expect(
            run([.cancelled, .response(0, status: 100), .response(0, status: 180)]).effects.contains(.cancel(0))
                == false)
    }

    @Test("RFC 3261 §16.10: CANCEL from upstream cancels every pending branch, once, and waits for their answers")
    func cancelled() {
        let events: [Context.Event] = [.response(0, status: 180), .response(1, status: 100), .cancelled]
        #expect(run(branches: 2, events).effects == [.cancel(0), .cancel(1)])
        #expect(run(branches: 2, events + [.cancelled]).effects == [])
        #expect(
            run(branches: 2, events + [.response(1, status: 487), .response(0, status: 487)]).effects
                == [.stopTimerC(0), .finish(.response(1, challengesOf: []))])
        #expect(run(invite: false, [.cancelled]).effects == [])
    }

    @Test("RFC 3261 §16.7 step 6: 6xx first, else the lowest class, in it what helps the client; 503 last")
    func best() {
        #expect(outcome([404, 603, 200]) == .response(2, challengesOf: []))
        #expect(outcome([404, 603]) == .response(1, challengesOf: []))
        #expect(outcome([500, 404]) == .response(1, challengesOf: []))
        #expect(outcome([404, 302]) == .response(1, challengesOf: []))
        #expect(outcome([404, 486, 484]) == .response(2, challengesOf: []))
        #expect(outcome([486, 404]) == .response(0, challengesOf: []))
        #expect(outcome([503, 504]) == .response(1, challengesOf: []))
        #expect(outcome([408, 486]) == .response(1, challengesOf: []))
        #expect(outcome([0, 486]) == .response(1, challengesOf: []))
        #expect(outcome([0, 408]) == .response(1, challengesOf: []))
        #expect(outcome([-1, 503]) == .response(1, challengesOf: []))
    }

    @Test("RFC 3261 §16.7 step 5: 6xx cancels what is pending and the result waits for it")
    func globalFailure() {
        let events: [Context.Event] = [.response(1, status: 180), .response(0, status: 600)]
        #expect(run(branches: 2, events).effects == [.stopTimerC(0), .cancel(1)])
        #expect(
            run(branches: 2, events + [.response(1, status: 487)]).effects
                == [.stopTimerC(1), .finish(.response(0, challengesOf: []))])
        #expect(
            run(branches: 2, events + [.response(1, status: 200)]).effects
                == [.stopTimerC(1), .finish(.response(1, challengesOf: []))])
    }

    @Test("RFC 3261 §16.7 step 7: the challenges of all 401 and 407 belong into the one forwarded")
    func challenges() {
        #expect(outcome([401, 407, 404, 401]) == .response(0, challengesOf: [1, 3]))
        #expect(outcome([404, 404]) == .response(0, challengesOf: []))
    }

    @Test("RFC 3261 §16.7 step 6, §16.9: silence is a time-out, no transport a transport failure")
    func nothingCame() {
        #expect(outcome([0]) == .timeout)
        #expect(outcome([-1]) == .transportFailed)
        #expect(outcome([0, -1]) == .timeout)
        #expect(outcome([-1, -1]) == .transportFailed)
    }

    @Test("RFC 4320 §4.2: a 408 to a non-INVITE is as good as silence")
    func nonInvite408() {
        #expect(outcome(invite: false, [408]) == .timeout)
        #expect(outcome(invite: false, [0]) == .timeout)
        #expect(outcome(invite: false, [408, 503]) == .response(1, challengesOf: []))
        #expect(outcome(invite: true, [408]) == .response(0, challengesOf: []))
    }

    @Test("RFC 3261 §16.8: timer C cancels a branch that rings, and counts a silent one as 408")
    func timerC() {
        #expect(run([.response(0, status: 180), .timerC(0)]).effects == [.cancel(0)])
        #expect(run([.timerC(0)]).effects == [.giveUp(0), .stopTimerC(0), .finish(.timeout)])
        #expect(run([.response(0, status: 200), .timerC(0)]).effects == [])
    }

    @Test("Events of branches that do not exist or are over do nothing")
    func noise() {
        #expect(run([.response(7, status: 200)]).effects == [])
        #expect(run([.timedOut(-1)]).effects == [])
        #expect(run([.response(0, status: 486), .response(0, status: 404)]).effects == [])
        #expect(run([.response(0, status: 486), .timedOut(0)]).effects == [])
    }
}
