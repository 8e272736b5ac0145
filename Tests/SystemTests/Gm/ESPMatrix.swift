import Foundation
import IPsec
import LabHarness
import RoleKit
import Testing

extension ESPCore {
    /// Every algorithm on every transport and family, through what a phone does in a day. `Tests/Lab/run ESPMatrix`
    /// runs it alone and prints the table.
    @Suite("Matrix")
    struct ESPMatrix {
        @Test(
            "TS 33.203 §7: register, again without and with a challenge, call, text, de-register; nothing in the clear")
        func matrix() throws {
            let kinds = Self.kinds
            let settings = LabSettings { $0.algorithms = IPsecSuite.all.map(\.description) }
            var table = GmTable()
            try GmLab.run(.mixed(alone: .scscf), ues: 2 * kinds.count, settings) { gm in
                let rows = try kinds.enumerated().map { try GmRow(gm, first: 2 * $0 + 1, $1) }
                for step in GmRow.Step.beforeRestart { for row in rows { table.note(row.kind, step, row.run(step)) } }
                // An S-CSCF that has forgotten everybody challenges the next REGISTER (TS 24.229 §5.4.1.2.2).
                try gm.restart(.scscf)
                for step in GmRow.Step.afterRestart { for row in rows { table.note(row.kind, step, row.run(step)) } }
                let sets = try gm.sets()
                for row in rows { table.note(row.kind, .counters, row.judge(sets)) }
                #expect(try gm.kernelFault() == nil)
                for row in rows { try row.stop() }
            }
            print(table)
            for fault in table.faults { Issue.record("\(fault)") }
            #expect(table.count == kinds.count)
        }

        static let suites = ["hmac-sha-1-96", "hmac-md5-96"].flatMap { alg in
            ["null", "aes-cbc"].map { "\(alg)/\($0)" }
        }

        /// AES-GCM and AES-GMAC stand for themselves; all else is combined with all else.
        static var kinds: [GmPhone.Kind] {
            (suites + ["null/aes-gcm", "aes-gmac/null"]).compactMap { IPsecSuite($0) }.flatMap { suite in
                [LinkKind.udp, .tcp].flatMap { transport in
                    [false, true].map { GmPhone.Kind(transport: transport, isIPv6: $0, suite: suite) }
                }
            }
        }
    }
}

/// Two UEs of one kind, and what they go through.
struct GmRow {
    enum Step: String, CaseIterable {
        case register, again, call, callBack = "call back", message, messageBack = "message back"
        case challenged, callAfter = "call after", callBackAfter = "call back after", messageAfter = "message after"
        case deregister, clear = "no clear text", counters, gone = "UE's kernel"

        static let beforeRestart: [Step] = [.register, .again, .call, .callBack, .message, .messageBack]
        static let afterRestart: [Step] = [
            .challenged, .callAfter, .callBackAfter, .messageAfter, .deregister, .clear, .gone,
        ]
    }

    let kind: GmPhone.Kind
    let one: GmPhone
    let other: GmPhone

    init(_ gm: GmLab, first: Int, _ kind: GmPhone.Kind) throws {
        self.kind = kind
        one = try gm.phone(first, kind)
        other = try gm.phone(first + 1, kind)
    }

    private var both: [GmPhone] { [one, other] }

    /// Nil where all went well.
    func run(_ step: Step) -> String? {
        do { return try perform(step) } catch { return "\(error)" }
    }

    private func perform(_ step: Step) throws -> String? {
        switch step {
        case .register: for phone in both { try phone.register() }
        case .again, .challenged: return try registerAgain(isChallenged: step == .challenged)
        case .call, .callAfter: try one.call(other)
        case .callBack, .callBackAfter: try other.call(one)
        case .message: try one.message(other)
        case .messageBack: try other.message(one)
        case .messageAfter:
            try one.message(other)
            try other.message(one)
        case .deregister: for phone in both { try phone.deregister() }
        case .clear: return try both.compactMap { try $0.leak() }.first
        case .gone: return try both.compactMap(remains).first
        case .counters: break
        }
        return nil
    }

    /// A re-registration keeps its set without a challenge and has a new one with it, TS 33.203 §7.3.1, §7.4.
    private func registerAgain(isChallenged: Bool) throws -> String? {
        for phone in both {
            let before = try #require(try phone.security())
            let after = try phone.register()
            let isNew = after != before
            if isNew != isChallenged { return isNew ? "a new set without a challenge" : "no new set" }
        }
        return nil
    }

    /// A UE that has gone has nothing left in its kernel.
    private func remains(_ phone: GmPhone) throws -> String? {
        let (states, policies) = try phone.associations()
        return states.isEmpty && policies.isEmpty ? nil : "\(states.count) states, \(policies.count) policies left"
    }

    /// What the P-CSCF shows of the sets of both at the end: all on their way out, used both ways, nothing rejected.
    func judge(_ sets: [GmSet]) -> String? {
        for phone in both {
            let own = sets.filter { $0.impi == phone.subscriber.impi }
            if own.isEmpty { return "no set shown" }
            if own.contains(where: { $0.state != "closing" }) { return "left as \(own.map(\.state))" }
            if own.contains(where: { $0.algorithms != kind.suite.description }) { return "\(own.map(\.algorithms))" }
            if own.contains(where: { $0.rejected != 0 }) { return "rejected \(own.map(\.rejected))" }
            if own.contains(where: { $0.received == 0 || $0.sent == 0 }) { return "a set was not used" }
        }
        return nil
    }

    func stop() throws { for phone in both { try phone.stop() } }
}

/// The matrix as it is printed: a row a kind, a column a step, and below it what failed.
struct GmTable: CustomStringConvertible {
    private var kinds: [GmPhone.Kind] = []
    private var notes: [GmPhone.Kind: [GmRow.Step: String]] = [:]
    private var done: [GmPhone.Kind: Set<GmRow.Step>] = [:]

    mutating func note(_ kind: GmPhone.Kind, _ step: GmRow.Step, _ fault: String?) {
        if done[kind] == nil { kinds.append(kind) }
        done[kind, default: []].insert(step)
        notes[kind, default: [:]][step] = fault
    }

    /// Rows in which every step was tried.
    var count: Int { done.values.count { $0.count == GmRow.Step.allCases.count } }

    var faults: [String] {
        kinds.flatMap { kind in
            GmRow.Step.allCases.compactMap { step in notes[kind]?[step].map { "\(kind): \(step.rawValue): \($0)" } }
        }
    }

    var description: String {
        let rows = kinds.map { kind -> String in
            let failed = GmRow.Step.allCases.filter { notes[kind]?[$0] != nil }.map(\.rawValue)
            let words = "\(kind)".split(separator: " ").map(String.init)
            let cells = zip(words, [4, 5, 22]).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
            return cells.joined(separator: " ") + (failed.isEmpty ? "ok" : "FAILED: " + failed.joined(separator: ", "))
        }
        let steps = GmRow.Step.allCases.map(\.rawValue).joined(separator: ", ")
        return (["Gm with IPsec, each row: \(steps)"] + rows).joined(separator: "\n")
    }
}
