import LabUE
import LabWorld
import RoleKit
import TestSupport
import Testing

@testable import ICSCF
@testable import PCSCF
@testable import SCSCF

/// What every element of a world holds: transactions, response contexts, procedures that wait, calls shown, timers.
/// Before a call and after it, once the longest timer has passed, it is the same.
struct Holdings: Equatable {
    private(set) var rows: [String: Int] = [:]

    init(_ core: CoreWorld, _ phones: [FleetUnderTest], without dead: Set<CoreWorld.Member> = []) {
        for member in CoreWorld.Member.allCases where !dead.contains(member) { take(member, core) }
        for phone in phones {
            take(phone.node.name, phone.fleet.assumeIsolated { $0.counts })
            rows["\(phone.node.name) timers"] = phone.node.timers.running
            let status = phone.fleet.assumeIsolated { $0.snapshot(.status) }
            for key in ["calls", "requests"] { rows["\(phone.node.name) \(key)"] = Self.number(status[key]) }
        }
    }

    private mutating func take(_ member: CoreWorld.Member, _ core: CoreWorld) {
        let name = member.rawValue
        switch member {
        case .pcscf:
            take(name, core.pcscf.assumeIsolated { $0.stack.counts })
            rows["\(name) calls"] = Self.count(core.pcscf.assumeIsolated { $0.snapshot(.calls) })
        case .icscf: take(name, core.icscf.assumeIsolated { $0.sip.counts })
        case .scscf:
            take(name, core.scscfs[0].assumeIsolated { $0.stack.counts })
            rows["\(name) calls"] = Self.count(core.scscfs[0].assumeIsolated { $0.snapshot(.calls) })
        case .hss: break
        }
        rows["\(name) timers"] = core.node(member).timers.running
    }

    private mutating func take(_ name: String, _ counts: SIPCounts) {
        rows["\(name) server transactions"] = counts.serverTransactions
        rows["\(name) client transactions"] = counts.clientTransactions
        rows["\(name) response contexts"] = counts.contexts
        rows["\(name) unanswered"] = counts.unanswered
        rows["\(name) waiting procedures"] = counts.waiting
        rows["\(name) SIP timers"] = counts.timers
    }

    private static func count(_ report: Report) -> Int {
        guard case .list(let rows) = report else { return -1 }
        return rows.count
    }

    private static func number(_ report: Report?) -> Int {
        guard case .number(let value)? = report else { return -1 }
        return value
    }

    /// Where `other` differs, for the message of a failed check.
    func difference(from other: Holdings, ignoring isIgnored: (String) -> Bool = { _ in false }) -> [String] {
        rows.filter { other.rows[$0.key] != $0.value && !isIgnored($0.key) }.map { "\($0.key): \($0.value)" }.sorted()
    }
}
