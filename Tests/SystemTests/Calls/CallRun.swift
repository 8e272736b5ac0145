import Foundation
import LabHarness

/// One kind of call over one transport: its phones, and the sipps that play them.
final class CallRun {
    let kind: CallKind
    private let caller: SippPhone
    private let callees: [SippPhone]
    /// Whom the call is for; no phone of theirs need be registered.
    private let called: Subscriber
    private var sipps: [SippRun] = []

    /// Subscribers a run has; the third only lends its address to a second phone of the called.
    static let subscribers = 3

    init(_ kind: CallKind, _ transport: Sipp.Transport, _ lab: Lab, first: Int) {
        self.kind = kind
        func phone(_ number: Int, at place: Int, _ flow: (Int, String)?) -> SippPhone {
            SippPhone(
                lab: lab, subscriber: Subscriber(number: number), address: lab.addresses.ue(place),
                transport: transport, flow: flow)
        }
        caller = phone(first, at: first, nil)
        called = Subscriber(number: first + 1)
        callees = kind.callees.indices.map { index in
            phone(first + 1, at: first + 1 + index, kind.contacts.count > 1 ? (index + 1, kind.contacts[index]) : nil)
        }
    }

    deinit { for sipp in sipps { sipp.child.destroy() } }

    /// Registers the phones of all runs; a subscriber's second one after the first.
    static func register(_ runs: [CallRun]) throws {
        try finish(runs.flatMap { run in try ([run.caller] + run.callees.prefix(1)).map { try $0.register() } })
        try finish(runs.flatMap { run in try run.callees.dropFirst().map { try $0.register() } })
    }

    /// Lets the called phones listen.
    func listen() throws {
        for (phone, steps) in zip(callees, kind.callees) {
            sipps.append(
                try phone.play(
                    kind.name + ", called", steps, with: caller.subscriber, isCaller: false, count: kind.count))
        }
    }

    /// Calls once all the called listen.
    func call() throws {
        try Deadline(seconds: 30).wait("\(kind.name): phones that listen") {
            if let ended = sipps.first(where: { !$0.child.isRunning }) {
                throw HarnessError("\(kind.name): \(try ended.fault() ?? "over before it began")")
            }
            return try callees.allSatisfy { try $0.listens() }
        }
        sipps.append(
            try caller.play(kind.name + ", caller", kind.caller, with: called, isCaller: true, count: kind.count))
    }

    /// What phones found wrong with their calls.
    func faults() throws -> [String] {
        defer { sipps = [] }
        return try Self.faults(of: sipps)
    }

    private static func faults(of sipps: [SippRun]) throws -> [String] {
        defer { for sipp in sipps { sipp.child.destroy() } }
        return try sipps.compactMap { try $0.fault() }
    }

    private static func finish(_ sipps: [SippRun]) throws {
        let faults = try faults(of: sipps)
        guard faults.isEmpty else { throw HarnessError(faults.joined(separator: "\n")) }
    }
}

extension CallRun {
    /// Every kind over every transport, each with subscribers of its own.
    static func all(_ kinds: [CallKind], _ transports: [Sipp.Transport], _ lab: Lab) -> [CallRun] {
        var next = 1
        return transports.flatMap { transport in
            kinds.map { kind in
                defer { next += subscribers }
                return CallRun(kind, transport, lab, first: next)
            }
        }
    }
}
