import Console
import Diameter
import PCSCF
import RoleKit
import Tap

/// Where the facts of one subscriber come from: what the running instances answer, and this host's routes.
extension SubscriberFacts {
    /// An instance that can be asked; nil where it gives no answer.
    struct Source {
        var name: String
        var role: Role
        var ask: (ControlRequest) -> Report?
    }

    /// From the instances that answered already.
    init(_ question: String, _ machine: DoctorFacts) {
        let sources = machine.running.compactMap { instance -> Source? in
            guard let role = Role.allCases.first(where: { $0.title == instance.role }) else { return nil }
            return Source(name: instance.name, role: role) { request in
                try? ControlClient.ask(request, instance: instance.name, in: machine.state.sockets)
            }
        }
        let home =
            machine.plans.first { $0.role == .hss }?.homeNetwork ?? machine.plans.first?.homeNetwork
            ?? CommonSettings.labNetwork
        self.init(question, home: home, sources, now: WallClock.now) { Route.toward($0) }
        suites = machine.plans.compactMap(\.gate).first?.ipsec.suites ?? []
    }

    init(
        _ question: String, home: String, _ sources: [Source], now: Int64, route: (SocketAddress) -> Route
    ) {
        self.init(asked: question, home: home)
        self.now = now
        roles = Set(sources.map(\.role))
        var keys = Timeline.keys(of: question)
        readSubscriber(sources)
        keys.formUnion((names("impus") + names("barred") + [text("impi")]).filter { !$0.isEmpty }.map(TraceKey.of))
        readTrace(sources, &keys)
        readStory()
        registration = Self.row("registrations", sources, [.pcscf, .scscf], keys).last
        isLostAtSCSCF = isServed(sources) && Self.row("registrations", sources, [.scscf], keys).isEmpty
        sets = Self.row("sas", sources, [.pcscf], keys)
        if let address { self.route = route(address) }
        if attempts.isEmpty, registration == nil { readOthers(sources) }
    }

    /// Whether the S-CSCF that the HSS has stored is one of those that answer.
    private func isServed(_ sources: [Source]) -> Bool {
        let name = text("s-cscf")
        return !name.isEmpty
            && sources.contains { source in
                source.role == .scscf
                    && source.ask(ControlRequest(command: "status"))?["counts"]?["uri"] == .text(name)
            }
    }

    private mutating func readSubscriber(_ sources: [Source]) {
        for source in sources where source.role == .hss {
            guard let answer = source.ask(ControlRequest(command: "subscriber", keys: [asked])) else { continue }
            mmes += (source.ask(ControlRequest(command: "peers"))?.elements ?? []).compactMap { row in
                let applications = (row["applications"]?.elements ?? []).compactMap(\.number)
                guard row["open"] == .flag(true), applications.contains(Int(Application.s6a)) else { return nil }
                return (row["peer"]?.text ?? "", row["realm"]?.text ?? "")
            }
            // A second HSS that knows it counts more than a first that does not.
            if subscriber == nil || answer["known"] == .flag(true) { subscriber = answer }
        }
    }

    /// Questions to the instances: what one learns of a subscriber's identities the others are asked for too.
    private static let rounds = 3

    private mutating func readTrace(_ sources: [Source], _ keys: inout Set<String>) {
        var found: [TraceRow] = []
        for _ in 0..<Self.rounds {
            found = []
            forgotten = 0
            var learnt = keys
            for source in sources {
                guard let answer = source.ask(ControlRequest(command: "trace", keys: keys.sorted())) else { continue }
                found += (answer["rows"]?.elements ?? []).compactMap(TraceRow.init(reading:))
                learnt.formUnion((answer["keys"]?.elements ?? []).compactMap(\.text))
                forgotten += answer["dropped"]?.number ?? 0
            }
            if learnt == keys { break }
            keys = learnt
        }
        rows = Self.ordered(found)
    }

    /// By time; what came together stays as its instance saw it.
    private static func ordered(_ rows: [TraceRow]) -> [TraceRow] {
        rows.enumerated().sorted { ($0.element.unixNanoseconds, $0.offset) < ($1.element.unixNanoseconds, $1.offset) }
            .map(\.element)
    }

    /// Rows of a list that are this subscriber's, from the first role that has any.
    private static func row(_ command: String, _ sources: [Source], _ roles: [Role], _ keys: Set<String>) -> [Report] {
        for role in roles {
            let found = sources.filter { $0.role == role }.flatMap { source in
                (source.ask(ControlRequest(command: command))?.elements ?? []).filter { row in
                    let names = [row["impi"], row["impu"]].compactMap { $0?.text } + texts(row["identities"])
                    return names.contains { keys.contains(TraceKey.of($0)) }
                }
            }
            if !found.isEmpty { return found }
        }
        return []
    }

    private static func texts(_ report: Report?) -> [String] { (report?.elements ?? []).compactMap(\.text) }

    /// Who else registers: perhaps the SIM in the phone is another one.
    private mutating func readOthers(_ sources: [Source]) {
        guard let edge else { return }
        let all = sources.filter { $0.role == edge }.flatMap { source in
            (source.ask(ControlRequest(command: "trace"))?["rows"]?.elements ?? []).compactMap(
                TraceRow.init(reading:))
        }
        var last: [String: RegisterAttempt] = [:]
        for attempt in RegisterAttempt.all(Self.ordered(all), at: edge) where attempt.isPlain {
            last[attempt.user] = attempt
        }
        others = last.values.sorted { $0.time < $1.time }
    }
}
