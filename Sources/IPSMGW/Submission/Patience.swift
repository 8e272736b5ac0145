import RoleKit
import SIP

/// Submissions whose 202 waits for the disk: for two seconds at most, so that an S-CSCF does not take a slow disk for a
/// dead gateway and try another way. RP-ACK or RP-ERROR wait as long as it takes (TS 24.011 §6.3.1: TR1M, 35 to 45 s).
struct Patience {
    static let milliseconds = 2_000

    private var waiting: [UInt64: (incoming: IncomingRequest, timer: TimerID)] = [:]
    private var last: UInt64 = 0

    mutating func begin(_ incoming: IncomingRequest, _ start: (UInt64) -> TimerID) -> UInt64 {
        last += 1
        waiting[last] = (incoming, start(last))
        return last
    }

    mutating func end(_ number: UInt64) -> (incoming: IncomingRequest, timer: TimerID)? {
        waiting.removeValue(forKey: number)
    }
}

extension IPSMGW {
    /// From now on the 202 of this submission is owed; `patienceEnds` sends it, once.
    func bePatient(_ incoming: IncomingRequest) -> UInt64 {
        patience.begin(incoming) { number in
            ports.timers.start(
                afterMilliseconds: Patience.milliseconds,
                TimerToken(.role, kind: TimerKind.patience.rawValue, id: number))
        }
    }

    func patienceEnds(_ number: UInt64) {
        guard let ended = patience.end(number) else { return }
        ports.timers.cancel(ended.timer)
        sip.respond(ended.incoming, 202)
    }
}
