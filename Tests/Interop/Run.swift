import Foundation
import LabHarness

/// What is asked of each combination, in order.
enum Step: String, CaseIterable {
    case registration
    case call
    case deregistration = "de-registration"
}

/// What came of one combination.
struct Outcome {
    let combination: Combination
    let folder: URL
    var done: [Step] = []
    /// SIP and Diameter messages in the capture, and those tshark objects to.
    var messages = 0
    var malformed: [String] = []
    /// What went wrong, with the last lines of the logs.
    var trouble: [String] = []

    var isGood: Bool { done == Step.allCases && messages > 0 && malformed.isEmpty && trouble.isEmpty }

    func cell(_ step: Step) -> String {
        if done.contains(step) { return "ok" }
        return done.count == Step.allCases.firstIndex(of: step) ? "failed" : "not tried"
    }
}

/// Runs one combination from start to stop, with a capture of all its messages.
struct Run {
    private let core: Core
    private let phones: Phones
    private var outcome: Outcome

    static func of(_ combination: Combination, in folder: URL) -> Outcome {
        var run = Run(combination, folder)
        defer { run.core.close() }
        do {
            try? FileManager.default.removeItem(at: folder)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try run.whole()
        } catch {
            run.outcome.trouble.append("\(error)")
        }
        return run.outcome
    }

    private init(_ combination: Combination, _ folder: URL) {
        core = Core(combination, folder: folder)
        phones = Phones(folder: folder)
        outcome = Outcome(combination: combination, folder: folder)
    }

    private mutating func whole() throws {
        let capture = try Capture(
            filter: "udp or tcp", into: outcome.folder.appendingPathComponent("messages.pcapng"))
        do {
            try core.start()
            for step in Step.allCases {
                try perform(step)
                try core.requireAlive()
                outcome.done.append(step)
            }
            try core.stop()
        } catch {
            outcome.trouble.append("\(error)\n\(core.lastWords(12))")
        }
        try judge(capture.finish(lastWords: Endpoint(Role.hss.endpoint.address, 9)))
    }

    private func perform(_ step: Step) throws {
        switch step {
        case .registration:
            try phones.register(expires: 7200)
            let known = try core.ask("registrations")
            for number in 1...2 where !known.contains(Subscriber(number: number).impi) {
                throw HarnessError("the HSS does not know \(Subscriber(number: number).impi) registered\n\(known)")
            }
        case .call:
            try phones.call()
            let left = try core.ask("calls")
            guard left.contains("no calls") else { throw HarnessError("left behind\n\(left)") }
        case .deregistration:
            try phones.register(expires: 0)
            let known = try core.ask("registrations")
            guard known.contains("nobody is registered") else { throw HarnessError("left behind\n\(known)") }
        }
    }

    /// Whatever cannot be decoded, and whatever else tshark objects to in a message of ours. Kamailio's SAR has an AVP
    /// (494 of vendor 50) that tshark does not know; that is Kamailio's business, and our HSS's to put up with.
    private mutating func judge(_ messages: Dissection) throws {
        let ours = outcome.combination.ours.map { "ip.src == \($0.endpoint.address)" }.joined(separator: " or ")
        outcome.messages = try messages.count("sip or diameter")
        outcome.malformed = try messages.fields(
            ["frame.number", "ip.src", "ip.dst", "_ws.col.Info", "_ws.expert.message"],
            where: "\(Dissection.objection) and (\(ours) or _ws.malformed or _ws.unreassembled or _ws.short)")
    }
}
