import Diameter
import RoleKit

/// What runs, and what it says of itself.
extension DoctorCheck {
    static func instances(_ facts: DoctorFacts) -> [Finding] {
        guard facts.isAnythingRunning else {
            return [
                .warning(
                    "nothing runs here: no instance answers in \(facts.state.sockets)",
                    cure: "make run (or imsbox up \(facts.directory)); --state-dir says where else to look")
            ]
        }
        let hidden = facts.hidden.map { Finding(.warning, said: $0) }
        // Of another user's, nobody knows which it are.
        let missing = hidden.isEmpty ? facts.plans.filter { !facts.runs($0.name) } : []
        let absent = missing.map {
            Finding.wrong(
                "\($0.title) does not run, others do", cure: "imsbox run \($0.file), and look at what it says")
        }
        let slow = facts.running.filter { !$0.isReady }.map {
            Finding.wrong(
                "\($0.role) \($0.name) runs but is not ready",
                cure: "it waits for its Diameter peers: see below, and `imsbox peers`")
        }
        let ready = facts.running.filter(\.isReady).map { "\($0.role) \($0.name)" }
        let fine = ready.isEmpty ? [] : [Finding.ok("ready: \(ready.joined(separator: ", "))")]
        return hidden + absent + slow + fine
    }

    /// Whether each instance's configured peers are open (RFC 6733 §5.6).
    static func diameter(_ facts: DoctorFacts) -> [Finding] {
        var closed: [Finding] = []
        var open = 0
        for instance in facts.running {
            for peer in instance.peers.elements where peer["open"] != nil {
                if let refused = turnedAway(peer, by: instance) {
                    closed.append(refused)
                } else if peer["open"] == .flag(true) {
                    open += 1
                } else if peer["configured"] == .flag(true) {
                    closed.append(unopened(peer, of: instance))
                }
            }
        }
        return closed.isEmpty && open > 0 ? [.ok("every configured peer is open")] : closed
    }

    /// A CSCF whose HSS is away cannot work; an HSS may have peers that are not started yet.
    private static func unopened(_ peer: Report, of instance: DoctorFacts.RunningInstance) -> Finding {
        func text(_ key: String) -> String { peer[key]?.text ?? "" }
        let problem = text("problem").isEmpty ? text("state") : text("problem")
        let place = text("address").isEmpty ? text("peer") : "\(text("peer")) at \(text("address"))"
        if instance.role == Role.hss.title {
            return .warning(
                "\(instance.name): \(place) is not connected (\(problem))",
                cure: "start it, or take it out of `diameter: peers:`; its `diameter: host:` must be the name here")
        }
        return .wrong(
            "\(instance.name) has no connection with \(place) (\(problem))",
            cure: "see that it runs, that `address:` of `diameter: peers:` is its address, and that it names "
                + "\(instance.name) among its own peers")
    }

    /// Who was refused: a peer whose names are not those of the file (RFC 6733 §5.3), or its request (§6.1.4).
    private static func turnedAway(_ row: Report, by instance: DoctorFacts.RunningInstance) -> Finding? {
        func text(_ key: String) -> String { row[key]?.text ?? "" }
        let (file, problem) = ("\(instance.name).yaml", text("problem"))
        switch text("state") {
        case DiameterNode.refusedPeer:
            return .warning(
                "\(instance.name) has refused \(text("peer")) (realm \(text("realm"))) at \(text("address")): \(problem)",
                cure: problem.contains("(\(ResultCode.unknownPeer.rawValue))")
                    ? "if it is yours, write its names under `diameter: peers:` of \(file), or `accept-unknown-peers: true`: "
                        + "- { host: \(text("peer")), realm: \(text("realm")), connect: false }"
                    : "look at what it says of itself: the applications and the Origin-Host of its CER")
        case DiameterNode.refusedRequest:
            return .warning(
                "\(instance.name) has refused a request of \(text("peer")) for the realm \(text("realm")): \(problem)",
                cure: problem.contains("(\(ResultCode.realmNotServed.rawValue))")
                    ? "write the realm into `diameter: served-realms:` of \(file): [\(text("realm"))]"
                    : "imsbox trace shows the request; its sender's log what it makes of the answer")
        default: return nil
        }
    }

    static func subscribers(_ facts: DoctorFacts) -> [Finding] {
        facts.running.filter { $0.role == Role.hss.title }.compactMap { hss in
            guard let count = hss.status["counts"]?["subscribers"]?.number else { return nil }
            if count > 0 { return .ok("\(hss.name) knows \(count) subscriber\(count == 1 ? "" : "s")") }
            return .wrong(
                "\(hss.name) knows no subscriber, so nobody can register",
                cure: "imsbox subscriber add (or import); --help of each has an example")
        }
    }

    /// Where databases, journals and control sockets are written.
    static func stateDirectory(_ facts: DoctorFacts) -> [Finding] {
        let (path, state) = (facts.state.path, facts.state)
        // What runs has it; that the user of this command has not is no matter.
        if let problem = state.problem, !facts.isAnythingRunning {
            return [
                .wrong(
                    "\(path) cannot be written to: \(problem)",
                    cure: "run imsbox as the user it belongs to, or choose another with --state-dir")
            ]
        }
        if let free = state.free, free < leastFree {
            return [
                .warning(
                    "\(path) has \(free >> 20) MB left: the HSS's database and the journals need room",
                    cure: "make room on its file system, or choose another with --state-dir")
            ]
        }
        return [.ok("\(path) has room\(state.free.map { ", \($0 >> 20) MB" } ?? "")")]
    }

    static let leastFree: UInt64 = 100 << 20
}
