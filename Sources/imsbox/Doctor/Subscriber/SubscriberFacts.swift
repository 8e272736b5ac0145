import Diameter
import IPsec
import RoleKit
import SIP
import Tap

/// What `imsbox doctor IMSI` judges: one subscriber as the HSS has it, and what its phone and the core said to each other
/// as the instances remember it. Gathered by `SubscriberFacts+Gathering.swift`; nothing here opens anything.
struct SubscriberFacts {
    /// As the command was asked.
    var asked: String
    var home: String
    /// What answers.
    var roles: Set<Role> = []
    /// The subscriber in the HSS; nil where no HSS of ours answers.
    var subscriber: Report?
    /// MMEs that are connected to our HSS, with the realm they say they are of.
    var mmes: [(host: String, realm: String)] = []
    /// The timeline of this subscriber, in the order of time.
    var rows: [TraceRow] = []
    /// Messages the instances have forgotten already.
    var forgotten = 0
    /// REGISTERs of others; looked for only where this phone has sent none.
    var others: [RegisterAttempt] = []
    /// Its row at the P-CSCF or else at the S-CSCF.
    var registration: Report?
    /// The S-CSCF the HSS has for it answers here, and does not know it.
    var isLostAtSCSCF = false
    /// Its sets of security associations.
    var sets: [Report] = []
    var route = Route.unknown
    /// Algorithms of the P-CSCF, where its file is here.
    var suites: [IPsecSuite] = []
    /// Unix nanoseconds.
    var now: Int64 = 0

    /// Its REGISTERs, as the first of our elements on their way saw them.
    private(set) var attempts: [RegisterAttempt] = []
    /// Since the phone last began anew: the REGISTERs of one registration.
    private(set) var chain: ArraySlice<RegisterAttempt> = []

    /// How long a phone may think before it is called silent: USIM and IPsec take a second.
    static let patience = 4.0

    /// The element phones' REGISTERs reach first, of those that run here.
    var edge: Role? { [Role.pcscf, .icscf, .scscf].first(where: roles.contains) }

    /// To be called once `rows` and `now` are complete.
    mutating func readStory() {
        guard let edge else { return }
        attempts = RegisterAttempt.all(rows, at: edge)
        chain = Self.chain(attempts) { self.seconds(since: $0.lastTime) }
    }

    /// The last registration that says something: one that has only just begun tells less than the one before it.
    private static func chain(
        _ attempts: [RegisterAttempt], age: (RegisterAttempt) -> Double
    ) -> ArraySlice<RegisterAttempt> {
        func begin(of index: Int) -> Int { attempts[...index].lastIndex { $0.proof == .none } ?? 0 }
        guard let last = attempts.indices.last else { return [] }
        let isYoung = attempts[last].proof == .none && age(attempts[last]) < patience
        let isOpen = attempts[last].answer.map { $0.status == 401 } ?? true
        let end = isYoung && isOpen && last > 0 ? last - 1 : last
        return attempts[begin(of: end)...end]
    }
}

extension SubscriberFacts {
    func seconds(since time: Int64) -> Double { max(0, Double(now - time) / 1e9) }

    /// `3 s ago`, `5 min ago`.
    func ago(_ time: Int64) -> String {
        let seconds = Int(seconds(since: time))
        switch seconds {
        case ..<120: return "\(seconds) s ago"
        case ..<7_200: return "\(seconds / 60) min ago"
        default: return "\(seconds / 3_600) h ago"
        }
    }

    // MARK: what the HSS has

    var isProvisioned: Bool { subscriber?["known"] == .flag(true) }

    func names(_ key: String) -> [String] { (subscriber?[key]?.elements ?? []).compactMap(\.text) }

    func text(_ key: String) -> String { subscriber?[key]?.text ?? "" }

    /// The IMSI, as far as the question or the HSS tells it.
    var imsi: String? {
        let known = text("imsi")
        if !known.isEmpty { return known }
        let digits = asked.utf8.prefix { $0 != UInt8(ascii: "@") }
        let isIMSI = (14...15).contains(digits.count) && digits.allSatisfy { $0 &- 48 < 10 }
        return isIMSI ? String(decoding: Array(digits), as: UTF8.self) : nil
    }

    // MARK: what happened

    /// What the roles have decided since this registration began.
    var decisions: [String] { events(since: chain.first?.time ?? .min).map(\.summary) }

    func events(since time: Int64) -> [TraceRow] { rows.filter { $0.kind == .event && $0.unixNanoseconds >= time } }

    func decided(_ words: String) -> Bool { decisions.contains { $0.contains(words) } }

    /// Results of the HSS's answers since this registration began.
    var results: [DiameterResult] {
        let begin = chain.first?.time ?? .min
        return rows.filter { $0.kind == .diameter && $0.unixNanoseconds >= begin }.compactMap { row in
            guard let (message, _) = try? DiameterMessage.decode(row.bytes), !message.isRequest else { return nil }
            return message.result
        }
    }

    /// The last word on whether it is registered: what a role told of itself.
    var lastTurn: TraceRow? {
        rows.last { row in
            row.kind == .event && Self.turns.contains { row.summary.hasPrefix($0) }
        }
    }

    private static let turns = ["registered", "registration refreshed", "de-registered", "registration e"]

    /// The P-CSCF's or S-CSCF's refusal of the last REGISTER.
    var refusal: RegisterAttempt? {
        guard let last = chain.last, let answer = last.answer, answer.status >= 300, answer.status != 401 else {
            return nil
        }
        return last
    }

    /// It says its last REGISTER again although that was answered.
    var isDeaf: Bool {
        attempts.last.map { last in last.answer.map { last.lastTime > $0.time } ?? false } ?? false
    }

    /// A challenge the phone has heard, or may have, and not answered, long enough ago.
    var unanswered: RegisterAttempt? {
        guard !isDeaf, let last = chain.last, let answer = last.answer, answer.status == 401,
            seconds(since: answer.time) >= Self.patience
        else { return nil }
        return last
    }

    /// The set a challenge of the phone waits with.
    var waitingSet: Report? { sets.last { $0["state"]?.text == "temporary" } }
}
